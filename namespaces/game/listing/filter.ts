/** Which rooms fit a filter. Pure. */
import { createHash } from "node:crypto";
import type { Label, Labels } from "../../../core/games/labels.ts";
import type { RoomView } from "../schema.ts";
import type { RoomFilter } from "./schema.ts";

/** All of a room that filters look at. */
export interface RoomFacts {
  readonly game: string;
  readonly phase: RoomView["phase"];
  readonly open: boolean;
  readonly labels: Labels;
}

/** What a filter says of one label. */
export type LabelWish = NonNullable<RoomFilter["labels"]>[string];
/** Both ends are in it. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

const NO_LABELS: Labels = {};

export const factsOf = ({ game, phase, players, max_players, labels = NO_LABELS }: RoomView): RoomFacts => ({
  game,
  phase,
  open: players.length < max_players,
  labels,
});

export function fits({ game, phase, open, labels }: RoomFilter, room: RoomFacts): boolean {
  if (game !== undefined && game !== room.game) return false;
  if (phase !== undefined && phase !== room.phase) return false;
  if (open !== undefined && open !== room.open) return false;
  for (const name in labels)
    if (Object.hasOwn(labels, name) && !labelFits(labels[name] as LabelWish, ownLabel(room.labels, name)))
      return false;
  return true;
}

const ownLabel = (labels: Labels, name: string): Label | undefined =>
  Object.hasOwn(labels, name) ? labels[name] : undefined;

function labelFits(wish: LabelWish, label: Label | undefined): boolean {
  if (label === undefined) return false;
  const range = rangeOf(wish);
  if (range !== undefined) return typeof label === "number" && label >= range.min && label <= range.max;
  return valuesOf(wish).includes(label);
}

/** The values of which a room must have one; none for a range. */
export function valuesOf(wish: LabelWish): readonly Label[] {
  if (Array.isArray(wish)) return wish;
  return typeof wish === "object" ? [] : [wish];
}

export function rangeOf(wish: LabelWish): NumberRange | undefined {
  if (typeof wish !== "object" || Array.isArray(wish)) return undefined;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = wish as Partial<NumberRange>;
  return { min, max };
}

/** Names a filter: equal ones have the same name, on every worker. */
export function nameOf({ game, phase, open, labels = {} }: RoomFilter, limit: number): string {
  const wishes = Object.keys(labels)
    .sort()
    .map((name) => [name, canonical(labels[name] as LabelWish)]);
  const text = JSON.stringify([game ?? null, phase ?? null, open ?? null, wishes, limit]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

function canonical(wish: LabelWish): unknown {
  if (Array.isArray(wish)) return [...new Set(wish.map((value) => JSON.stringify(value)))].sort();
  if (typeof wish !== "object") return wish;
  const { min = null, max = null } = wish as { min?: number; max?: number };
  return { min, max };
}
