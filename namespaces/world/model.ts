/** What a zone holds: players, entities and the connections that watch it; and their forms on the wire. */

import type { Session } from "../../core/contract/session.ts";
import type { UserId, ZoneId } from "../../core/ids.ts";
import type { RoomName } from "../../core/rooms.ts";
import { Unplaced } from "./interest/interest.ts";
import type { ZoneRules } from "./options.ts";
import type { Updates, WireEntity, WirePlayer, WorldContract } from "./schema.ts";
import type { MovementPace, OwnPace, SpeedLimit } from "./speed-limit.ts";

/** Names one run of one worker to the other workers of the world. */
export type ReplicaId = string & { readonly __brand: "replica" };

/**
 * Which worker decides about a player or entity: the one whose connection moves it. `since` says which of two claims is newer; where
 * both are equal the greater replica id wins, on every worker alike.
 */
export interface Claim {
  readonly replica: ReplicaId;
  readonly since: number;
}

export function outranks(claim: Claim, other: Claim): boolean {
  return claim.since > other.since || (claim.since === other.since && claim.replica > other.replica);
}

class Claimed extends Unplaced {
  claim: Claim;
  /** Whether the other workers know it, or will by a snapshot. */
  announced = false;

  constructor(id: string, claim: Claim) {
    super(id);
    this.claim = claim;
  }
}

/** One avatar per user and zone, however many of the user's connections are there. */
export class Player extends Claimed {
  declare readonly id: UserId;
  name: string;
  seq: number | undefined;
  /** Its forms in frames, made once for the frames of all cells around; undefined when it has moved. */
  moveText: string | undefined = undefined;
  entryText: string | undefined = undefined;
  /** The connection of this worker that moves it: the user's newest. */
  driver: Viewer | undefined = undefined;
  /** The zone that it has come from, if any. */
  cameFrom: ZoneId | undefined = undefined;
  /** It has come since the last tick; the next one announces it. */
  isNew = false;
  /** The zone that it has gone to, if it has left for one. */
  wentTo: ZoneId | undefined = undefined;
  /** When another worker last reported its position; of no use while it has a driver here. */
  heardAt = 0;

  constructor(id: UserId, claim: Claim, name: string, seq: number | undefined) {
    super(id, claim);
    this.name = name;
    this.seq = seq;
  }
}

/** What an entity is, apart from where. */
export interface EntityTraits {
  readonly id: string;
  readonly kind: string;
  readonly data: unknown;
  readonly owner: UserId;
  readonly persistent: boolean;
}

export class Entity extends Claimed {
  kind: string;
  data: unknown;
  owner: UserId;
  persistent: boolean;

  constructor({ id, kind, data, owner, persistent }: EntityTraits, claim: Claim) {
    super(id, claim);
    this.kind = kind;
    this.data = data;
    this.owner = owner;
    this.persistent = persistent;
  }
}

/** Viewers in one cell: they share frames. */
export interface ViewCell {
  readonly key: number;
  readonly rooms: Readonly<Record<Updates, RoomName>>;
  readonly viewers: Record<Updates, number>;
}

/** What a viewer was shown, until it joins a cell. */
export interface ShownItems {
  readonly players: Map<string, Player>;
  readonly entities: Map<string, Entity>;
}

/** A last position that was written, or is being written. */
export interface RecordedPosition {
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
  readonly pace: OwnPace;
  /** Its last position as it was recorded; undefined before the first time. */
  recorded: RecordedPosition | undefined;
  /** The avatar that it moves; undefined for a connection that only watches. */
  player: Player | undefined;
  /** The cell whose frames it gets. */
  view: ViewCell | undefined;
  shown: ShownItems | undefined;
  /** Whether the frames it got show its own user's avatar as another's. */
  seesSelf: boolean;
  /** Its view must be computed anew. */
  stale: boolean;
  /** While it is shown its surroundings page by page: the tick up to which it knows of changes of what it was shown. */
  shownAt: number | undefined;
  /** It has not taken its last page yet. */
  isTaking: boolean;
}

/** A viewer that has been shown nothing yet and moves nobody. */
export const newViewer = ({
  session,
  updates,
  x,
  y,
  cell,
  pace: { credit, at },
}: Pick<Viewer, "session" | "updates" | "x" | "y" | "cell"> & { readonly pace: MovementPace }): Viewer => ({
  session,
  updates,
  x,
  y,
  cell,
  pace: { credit, at },
  recorded: undefined,
  player: undefined,
  view: undefined,
  shown: undefined,
  seesSelf: false,
  stale: false,
  shownAt: undefined,
  isTaking: false,
});

export const speedLimit = (rules: ZoneRules): SpeedLimit => ({
  unitsPerSecond: rules.speedLimit,
  creditMs: rules.creditMs,
});

/** Whether it is the viewer's own avatar: only that of the connection that moves it is. */
export const isSelf = (viewer: Viewer, player: Player): boolean => viewer.player === player;

export const wirePlayer = (player: Player): WirePlayer => ({
  user_id: player.id,
  name: player.name,
  x: player.x,
  y: player.y,
});

// A template would make a string of parts, which costs more to join than `JSON.stringify` does.

/** JSON of `WirePlayer`. */
export function entryTextOf(player: Player): string {
  player.entryText ??= JSON.stringify(wirePlayer(player));
  return player.entryText;
}

/** JSON of one move of `WorldTick`. */
export function moveTextOf(player: Player): string {
  const { id, x, y, seq } = player;
  player.moveText ??= JSON.stringify(seq === undefined ? [id, x, y] : [id, x, y, seq]);
  return player.moveText;
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
