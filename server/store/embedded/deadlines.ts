import { lowest } from "../../../core/collections.ts";
import type { DeadlineChange, Deadlines } from "../../../core/ports/store/deadlines.ts";
import type { Partition } from "../../../core/ports/store/keys.ts";
import { decode, encode, endOf, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";

/** A binary heap: the smallest item first. */
export class Heap<T> {
  private items: T[] = [];
  private readonly less: (a: T, b: T) => boolean;

  constructor(less: (a: T, b: T) => boolean) {
    this.less = less;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    let at = this.items.length;
    this.items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt];
      if (parent === undefined || !this.less(item, parent)) break;
      this.items[at] = parent;
      at = parentAt;
    }
    this.items[at] = item;
  }

  pop(): T | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (last !== undefined && this.items.length > 0) this.sink(last);
    return first;
  }

  /** Drops what `keep` refuses. */
  filter(keep: (item: T) => boolean): void {
    const kept = this.items.filter(keep);
    this.items = [];
    for (const item of kept) this.push(item);
  }

  private sink(item: T): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const a = this.items[left];
      if (a === undefined) break;
      const b = this.items[left + 1];
      const [childAt, child] = b !== undefined && this.less(b, a) ? [left + 1, b] : [left, a];
      if (!this.less(child, item)) break;
      this.items[at] = child;
      at = childAt;
    }
    this.items[at] = item;
  }
}

interface Deadline {
  readonly partition: Partition;
  readonly kind: string;
  readonly id: string;
  readonly dueAt: number;
  /** The encoded payload. */
  readonly text: string;
  /** When it can be claimed: when it is due, or the end of the present claim. */
  readonly claimableAt: number;
  /** Which setting or claim of it this is; an older one in the heap, or in a claimer's hands, is void. */
  readonly stamp: number;
}

export interface EmbeddedDeadlines extends Deadlines {
  /** Encodes and checks; the function that it returns writes, as a part of the change that is being put together. */
  prepare(partition: Partition, changes: readonly DeadlineChange[]): () => void;
}

/** All deadlines are in memory, in order of time; the disk has them for the next start. Claims end with the process. */
export function createDeadlines(kv: Kv, now: () => number): EmbeddedDeadlines {
  const deadlines = new Map<string, Deadline>();
  const queue = new Heap<{ readonly key: string; readonly deadline: Deadline }>(
    ({ deadline: a }, { deadline: b }) =>
      a.claimableAt < b.claimableAt || (a.claimableAt === b.claimableAt && a.stamp < b.stamp),
  );
  let lastStamp = 0;
  const isPresent = (queued: { key: string; deadline: Deadline }) =>
    deadlines.get(queued.key)?.stamp === queued.deadline.stamp;
  const keyOf = (deadline: { partition: Partition; kind: string; id: string }) =>
    recordKey(KINDS.deadline, deadline.partition, deadline.kind, deadline.id);

  function enqueue(key: string, unstamped: Omit<Deadline, "stamp">): Deadline {
    lastStamp += 1;
    const deadline = { ...unstamped, stamp: lastStamp };
    deadlines.set(key, deadline);
    queue.push({ key, deadline });
    if (queue.size > 1_000 + 2 * deadlines.size) queue.filter(isPresent);
    return deadline;
  }

  function remove(key: string): void {
    if (deadlines.delete(key)) kv.put(key, null);
  }

  for (const { key, value } of kv.range(KINDS.deadline, endOf(KINDS.deadline))) {
    const [partition, kind, id, dueAt, text] = decode<[Partition, string, string, number, string]>(value);
    enqueue(key, { partition, kind, id, dueAt, text, claimableAt: dueAt });
  }

  return {
    prepare(partition, changes) {
      const prepared = changes.map(({ kind, id, dueAt, payload }) => {
        if (dueAt !== null && !Number.isFinite(dueAt))
          throw new TypeError(`the time of a deadline ${kind} is not a finite number`);
        return { partition, kind, id, dueAt, text: encode(payload) };
      });
      return () => {
        for (const { kind, id, dueAt, text } of prepared) {
          const key = keyOf({ partition, kind, id });
          if (dueAt === null) remove(key);
          else {
            enqueue(key, { partition, kind, id, dueAt, text, claimableAt: dueAt });
            kv.put(key, encode([partition, kind, id, dueAt, text]));
          }
        }
      };
    },

    async claim(limit, leaseMs) {
      kv.assertOpen();
      const time = now();
      const claimed: Deadline[] = [];
      while (claimed.length < limit) {
        const next = queue.peek();
        if (next === undefined || (isPresent(next) && next.deadline.claimableAt > time)) break;
        queue.pop();
        if (isPresent(next))
          claimed.push(enqueue(next.key, { ...next.deadline, claimableAt: time + leaseMs }));
      }
      // What a crash could still take back must not be acted on.
      if (claimed.length > 0) await kv.durable();
      return claimed.map(({ partition, kind, id, dueAt, text, stamp }) => ({
        partition,
        kind,
        id,
        dueAt,
        payload: decode(text),
        claim: String(stamp),
      }));
    },

    async complete(claimed) {
      kv.assertOpen();
      const key = keyOf(claimed);
      if (String(deadlines.get(key)?.stamp) !== claimed.claim) return;
      remove(key);
      await kv.durable();
    },

    async soonest(limit) {
      kv.assertOpen();
      const first = lowest(
        deadlines.values(),
        limit,
        (one, other) => one.claimableAt - other.claimableAt || one.stamp - other.stamp,
      );
      return first.map(({ partition, kind, id, claimableAt }) => ({ partition, kind, id, at: claimableAt }));
    },

    async size() {
      kv.assertOpen();
      return deadlines.size;
    },
  };
}
