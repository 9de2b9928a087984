/** Changes of the lists of rooms, joined per room. Pure. */
import type { RoomId } from "../../../core/ids.ts";
import type { RoomView } from "../schema.ts";
import { factsOf, fits, type RoomFacts } from "./filter.ts";
import type { RoomFilter } from "./schema.ts";
import type { ListChange } from "./stored.ts";

/** Several changes of one room as one. */
export interface JoinedChange {
  readonly id: RoomId;
  /** When the first of them was heard. */
  readonly since: number;
  /** As it is now; null: not listed. */
  readonly room: RoomView | null;
  readonly facts: RoomFacts | null;
  /** All that it was before and in between, for lists that were read then. */
  readonly was: readonly RoomFacts[];
}

export type ListNews =
  | { readonly event: "room:listed"; readonly room: RoomView }
  | { readonly event: "room:unlisted"; readonly room_id: RoomId };

export class RoomChanges {
  readonly #joined = new Map<RoomId, JoinedChange>();

  get size(): number {
    return this.#joined.size;
  }

  /** When the first change of all was heard. */
  get oldest(): number | undefined {
    for (const { since } of this.#joined.values()) return since;
    return undefined;
  }

  add({ id, room, was }: ListChange, now: number): void {
    const before = this.#joined.get(id);
    const facts = room === null ? null : factsOf(room);
    const earlier = [...(before?.was ?? []), ...(before?.facts ? [before.facts] : []), ...(was ? [was] : [])];
    this.#joined.set(id, { id, since: before?.since ?? now, room, facts, was: distinct(earlier) });
  }

  /** Takes those out of which the first was heard at this time or before. */
  take(heardBy: number): JoinedChange[] {
    const taken: JoinedChange[] = [];
    // In the order in which rooms changed first.
    for (const change of this.#joined.values()) {
      if (change.since > heardBy) break;
      taken.push(change);
    }
    for (const { id } of taken) this.#joined.delete(id);
    return taken;
  }

  clear(): void {
    this.#joined.clear();
  }
}

/** What who watches rooms that fit must hear of a change; undefined: nothing. */
export function newsOf(filter: RoomFilter, { id, room, facts, was }: JoinedChange): ListNews | undefined {
  if (room !== null && facts !== null && fits(filter, facts)) return { event: "room:listed", room };
  return was.some((each) => fits(filter, each)) ? { event: "room:unlisted", room_id: id } : undefined;
}

function distinct(all: readonly RoomFacts[]): RoomFacts[] {
  return [...new Map(all.map((facts) => [JSON.stringify(facts), facts])).values()];
}
