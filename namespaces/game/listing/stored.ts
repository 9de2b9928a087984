/**
 * What the lists of rooms keep, all in one partition: of each listed room its view as it was listed last, its places in the indexes, and
 * the stream of changes. One commit writes them together, so whoever lists a room anew knows every entry that it has.
 */
import type { Label, Labels } from "../../../core/games/labels.ts";
import type { RoomId } from "../../../core/ids.ts";
import { type DeadlineKind, deadlineKind } from "../../../core/ports/store/deadlines.ts";
import { type IndexWrite, indexPut } from "../../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { RoomView } from "../schema.ts";
import type { RoomFacts } from "./filter.ts";

export interface Listed {
  readonly room: RoomView;
  readonly createdAt: number;
}

/** A room came into the lists, has changed there, or has left them. */
export interface ListChange {
  readonly id: RoomId;
  /** Null: it has left. */
  readonly room: RoomView | null;
  /** As it was listed before; null: it was not. */
  readonly was: RoomFacts | null;
}

export const LOBBY = partitions.lobby();

export const listKeys = {
  listed: (id: RoomId) => documentKey<Listed>(LOBBY, `listed:${id}`),
  /** Rooms with this value of a label, by their age. */
  byLabel: (name: string, value: Label) => indexKey<null>(LOBBY, `label:${name}=${JSON.stringify(value)}`),
  /** Rooms with a number in this label, by that number; each with its age. */
  byNumber: (name: string) => indexKey<number>(LOBBY, `numbers:${name}`),
  changes: () => streamKey<ListChange>(LOBBY, "changes"),
};

/** A room in the lists is compared with its document, for what an outage or an older server has left. */
export const listedRound: DeadlineKind<{ readonly game: string }> = deadlineKind("game:listed-round");

/** The places of a room in the indexes of labels, by the names of these. */
export function labelPlaces(
  id: RoomId,
  createdAt: number,
  labels: Labels = {},
): ReadonlyMap<string, IndexWrite> {
  const writes = Object.entries(labels).flatMap(([name, value]) => [
    indexPut(listKeys.byLabel(name, value), id, createdAt, null),
    ...(typeof value === "number" ? [indexPut(listKeys.byNumber(name), id, value, createdAt)] : []),
  ]);
  return new Map(writes.map((write) => [write.name, write]));
}
