/** Messages between workers about a zone, as they travel on the bus. */
import type { UserId, ZoneId } from "../../core/ids.ts";
import { type Topic, topic } from "../../core/ports/store/bus.ts";
import type { Claim, Entity, EntityTraits, Player, ReplicaId } from "./model.ts";

export type PlayerRecord = readonly [
  id: UserId,
  name: string,
  x: number,
  y: number,
  since: number,
  seq: number | null,
  /** The zone that it has just come from. */
  from?: ZoneId,
];
export type MoveRecord = readonly [id: UserId, x: number, y: number, seq: number | null];
export type EntityRecord = EntityTraits & { readonly x: number; readonly y: number; readonly since: number };

export interface Snapshot {
  readonly number: number;
  readonly entered: readonly PlayerRecord[];
  readonly entities: readonly EntityRecord[];
}

export interface ReplicaBatch extends Snapshot {
  readonly kind: "batch";
  readonly moved: readonly MoveRecord[];
  readonly left: readonly UserId[];
  /** Of the players in `left`, those that went to another zone. Absent in batches of older workers. */
  readonly gone?: readonly (readonly [id: UserId, to: ZoneId])[];
  readonly despawned: readonly (readonly [id: string, since: number])[];
  /** Of all that the worker has after this batch; about once a second. Absent in batches of older workers. */
  readonly digest?: string;
}

export type ReplicaMessage = { readonly from: ReplicaId } & (
  | ReplicaBatch
  | ({ readonly kind: "snapshot"; readonly to: ReplicaId } & Snapshot)
  | { readonly kind: "hello"; readonly to?: ReplicaId }
  | { readonly kind: "alive" }
  | { readonly kind: "bye" }
  /** A persistent entity was written to the store, or removed from it. */
  | { readonly kind: "persistent"; readonly entity: EntityRecord; readonly removed: boolean }
);

/** Counts and sums of claims, which differ where a message was missed. */
export function digestOf(claims: {
  readonly players: Iterable<Claim>;
  readonly entities: Iterable<Claim>;
}): string {
  const side = (all: Iterable<Claim>) => {
    let count = 0;
    let sum = 0;
    for (const { since } of all) {
      count++;
      sum += Math.round(since) % 1e9;
    }
    return `${count}:${sum}`;
  };
  return `${side(claims.players)} ${side(claims.entities)}`;
}

export const topicOf = (zone: ZoneId): Topic<ReplicaMessage> => topic<ReplicaMessage>(`world:${zone}`);

/** How long a record says where a player has come from: until workers that have just met have exchanged snapshots. */
const NEW_MS = 3_000;

export const playerRecord = ({ id, name, x, y, claim, seq, cameFrom }: Player, now: number): PlayerRecord =>
  cameFrom === undefined || now - claim.since > NEW_MS
    ? [id, name, x, y, claim.since, seq ?? null]
    : [id, name, x, y, claim.since, seq ?? null, cameFrom];

export const entityRecord = (entity: Entity): EntityRecord => ({
  id: entity.id,
  kind: entity.kind,
  data: entity.data,
  owner: entity.owner,
  persistent: entity.persistent,
  x: entity.x,
  y: entity.y,
  since: entity.claim.since,
});
