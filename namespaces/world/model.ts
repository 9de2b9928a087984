/** What a zone holds: players, entities, and the connections that watch; and their forms on the wire. */

import type { Session } from "../../core/contract/session.ts";
import type { UserId, ZoneId } from "../../core/ids.ts";
import type { RoomName } from "../../core/rooms.ts";
import type { Thing } from "./interest/interest.ts";
import type { ZoneRules } from "./options.ts";
import type { Pace, SpeedLimit } from "./rules.ts";
import type { MovedPlayer, Updates, WireEntity, WirePlayer, WorldContract } from "./schema.ts";

/** Names one run of one worker between workers of the world. */
export type ReplicaId = string & { readonly __brand: "source" };

/**
 * Who decides about a thing: the worker whose connection moves it. `since` says which of two claims is newer; where both are
 * equal the greater source wins, on every worker alike.
 */
export interface Claim {
  readonly source: ReplicaId;
  readonly since: number;
}

export function outranks(claim: Claim, other: Claim): boolean {
  return claim.since > other.since || (claim.since === other.since && claim.source > other.source);
}

interface Claimed extends Thing {
  claim: Claim;
  /** Whether the other workers have been told of it, or will be by a snapshot. */
  announced: boolean;
}

/** One avatar per user and zone, however many of the user's connections are there. */
export interface Player extends Claimed {
  readonly id: UserId;
  name: string;
  seq: number | undefined;
  /** Its place as frames tell of it, made once for the frames of all cells around; undefined when it has moved. */
  wire: MovedPlayer | undefined;
  /** The connection of this worker that moves it: the user's newest. */
  driver: Viewer | undefined;
  /** The zone that it has come from, if it has come from one. */
  cameFrom: ZoneId | undefined;
  /** It has come since the last tick, which the next one tells. */
  isNew: boolean;
  /** The zone that it went to, of one that has left. */
  wentTo: ZoneId | undefined;
  /** When another worker last told where it is; of no use while it has a driver here. */
  heardAt: number;
}

export interface Entity extends Claimed {
  kind: string;
  data: unknown;
  owner: UserId;
  persistent: boolean;
}

/** Viewers in one cell: they share frames. */
export interface ViewCell {
  readonly key: number;
  readonly rooms: Readonly<Record<Updates, RoomName>>;
  readonly viewers: Record<Updates, number>;
}

/** What a viewer was told is there, until it joins a cell. */
export interface Known {
  readonly players: Map<string, Player>;
  readonly entities: Map<string, Entity>;
}

/** A footprint that was written, or is being written. */
export interface Noted {
  readonly x: number;
  readonly y: number;
  readonly at: number;
  /** Of the document; undefined until it is written. */
  version: number | undefined;
}

export interface Viewer {
  readonly session: Session<WorldContract>;
  readonly updates: Updates;
  x: number;
  y: number;
  /** The cell it looks from. */
  cell: number;
  pace: Pace;
  /** Where it was last remembered to be; undefined before the first time, and after one that failed. */
  noted: Noted | undefined;
  /** The avatar it moves; undefined for those who only watch. */
  player: Player | undefined;
  /** The cell whose frames it gets. */
  view: ViewCell | undefined;
  known: Known | undefined;
  /** Whether the frames it got treat its own user's avatar as another's. */
  seesSelf: boolean;
  /** Its view must be worked out anew. */
  stale: boolean;
  /** While it is told of what is around it in portions: the tick up to which it knows of what it was told. */
  toldAt?: number | undefined;
  /** It has not taken its last portion yet. */
  isTaking?: boolean;
}

/** One that has been told nothing yet and moves nobody. */
export const newViewer = (
  from: Pick<Viewer, "session" | "updates" | "x" | "y" | "cell" | "pace">,
): Viewer => ({
  ...from,
  noted: undefined,
  player: undefined,
  view: undefined,
  known: undefined,
  seesSelf: false,
  stale: false,
});

export const speedLimit = (rules: ZoneRules): SpeedLimit => ({
  unitsPerSecond: rules.speedLimit,
  creditMs: rules.creditMs,
});

/** Whether it is the viewer's own avatar; only the connection that moves it takes it for its own. */
export const isSelf = (viewer: Viewer, player: Player): boolean => viewer.player === player;

export const wirePlayer = (player: Player): WirePlayer => ({
  user_id: player.id,
  name: player.name,
  x: player.x,
  y: player.y,
});

export function wireMove(player: Player): MovedPlayer {
  const { id, x, y, seq } = player;
  player.wire ??= seq === undefined ? [id, x, y] : [id, x, y, seq];
  return player.wire;
}

export const wireEntity = (
  entity: Pick<Entity, "id" | "kind" | "x" | "y" | "owner" | "data">,
): WireEntity => ({
  entity_id: entity.id,
  kind: entity.kind,
  x: entity.x,
  y: entity.y,
  owner: entity.owner,
  ...(entity.data === undefined ? {} : { data: entity.data }),
});
