/** What has expired: found without reading everything, and removed as fast as it expires, a little at a time. */
import { setTimeout as delay } from "node:timers/promises";
import { KINDS, ordered, type RecordKind } from "./keys.ts";
import type { Kv } from "./kv.ts";

/** The event loop is kept for so long at a time; then others have their turn. */
const SLICE_MS = 2;
/** After a slice nothing is swept for so many times as long as it took: at most a quarter of the time is spent with it. */
const REST = 3;

/**
 * Removes some of what is due.
 * @param isOver asked between two removals, of which there is at least one: then it is time to stop
 * @returns whether there can be more: it was stopped, or what it has removed can make others due
 */
export type Portion = (isOver: () => boolean) => boolean;

/**
 * Goes on until nothing is due any more. Each slice waits for the disk, so that what is removed never fills up the queue of commands.
 * @param isStopped asked after each slice
 */
export async function sweepAll(
  kv: Pick<Kv, "durable">,
  portions: readonly Portion[],
  isStopped: () => boolean = () => false,
): Promise<void> {
  for (let first = 0; ; first++) {
    const since = performance.now();
    const isOver = () => performance.now() - since >= SLICE_MS;
    let more = false;
    // Each in its turn is the first, so that none waits for another that never comes to its end.
    for (let at = 0; at < portions.length; at++)
      more = portions[(first + at) % portions.length]?.(isOver) || more;
    const tookMs = performance.now() - since;
    await kv.durable();
    if (!more || isStopped()) return;
    const restedMs = performance.now() - since - tookMs;
    await delay(Math.max(0, REST * tookMs - restedMs));
  }
}

/** How many records are read at a time: far less than a slice of a sweep takes. */
const READ_LIMIT = 100;
const PREFIX_LENGTH = 1 + ordered(0).length;

/**
 * Removes the record where it has expired, or watches it anew where it lives longer by now.
 * @param isWatchedAt whether this look is the one that the record has kept; one of an earlier record of that name is over
 */
type Expire = (key: string, now: number, isWatchedAt: (watchedAt: number) => boolean) => void;

/**
 * Finds what has expired without reading everything: beside a record that expires stands one whose key begins with the time.
 * A record whose life is extended keeps the one that it has; when that time comes it is watched anew.
 */
export interface Expiry {
  /**
   * @param watchedAt when the record is looked at already (0: never)
   * @returns when it is looked at now, to be kept in the record
   */
  watch(key: string, expiresAt: number, watchedAt: number): number;
  handle(kind: RecordKind, expire: Expire): void;
  /** Looks at what is due. Again only when what it has removed is on disk: it would find the same. */
  readonly sweep: Portion;
}

export function createExpiry(kv: Kv, now: () => number): Expiry {
  const handlers = new Map<string, Expire>();
  return {
    watch(key, expiresAt, watchedAt) {
      if (watchedAt !== 0 && watchedAt <= expiresAt) return watchedAt;
      kv.put(KINDS.expiry + ordered(expiresAt) + key, "1");
      return expiresAt;
    },
    handle(kind, expire) {
      handlers.set(kind, expire);
    },
    sweep(isOver) {
      const time = now();
      const end = KINDS.expiry + ordered(time + 1);
      for (let from: string = KINDS.expiry; ; ) {
        const due = [...kv.range(from, end, READ_LIMIT)];
        for (const { key } of due) {
          // Where the range before this one ended.
          if (key === from) continue;
          const at = key.slice(1, PREFIX_LENGTH);
          const target = key.slice(PREFIX_LENGTH);
          kv.put(key, null);
          handlers.get(target.slice(0, 1))?.(target, time, (watchedAt) => ordered(watchedAt) === at);
          if (isOver()) return true;
        }
        const last = due.at(-1);
        if (last === undefined || due.length < READ_LIMIT) return last !== undefined;
        from = last.key;
      }
    },
  };
}
