/** What workers tell each other of a zone, as it travels on the bus. */
import type { UserId, ZoneId } from "../../core/ids.ts";
import { type Topic, topic } from "../../core/ports/store/bus.ts";
import type { Claim, Entity, Player, ReplicaId } from "./model.ts";
import type { EntityTraits } from "./zone.ts";

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

export interface Contents {
  readonly number: number;
  readonly entered: readonly PlayerRecord[];
  readonly entities: readonly EntityRecord[];
}

export interface Batch extends Contents {
  readonly kind: "batch";
  readonly moved: readonly MoveRecord[];
  readonly left: readonly UserId[];
  /** Of those who left, who went to another zone. Absent in batches of workers that do not tell. */
  readonly gone?: readonly (readonly [id: UserId, to: ZoneId])[];
  readonly despawned: readonly (readonly [id: string, since: number])[];
  /** Of all that the worker has after this batch; now and then. Absent in batches of workers that do not tell. */
  readonly digest?: string;
}

export type Message = { readonly from: ReplicaId } & (
  | Batch
  | ({ readonly kind: "snapshot"; readonly to: ReplicaId } & Contents)
  | { readonly kind: "hello"; readonly to?: ReplicaId }
  | { readonly kind: "alive" }
  | { readonly kind: "bye" }
  /** A persistent entity, whose truth is in the store, was written or removed. */
  | { readonly kind: "persistent"; readonly entity: EntityRecord; readonly removed: boolean }
);

/** Counts and sums of claims are the same where the same is there: enough to find that something was missed. */
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

export const topicOf = (zone: ZoneId): Topic<Message> => topic<Message>(`world:${zone}`);

/** How long it is told where a player has come from: until workers that have just met have told each other who is there. */
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
