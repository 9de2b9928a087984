import { KINDS, ordered, type RecordKind } from "./keys.ts";
import type { Kv } from "./kv.ts";

/** How many records one sweep looks at: a few milliseconds of work. */
const SWEEP_LIMIT = 500;
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
  /** Looks at what is due. @returns how many records; with as many as its limit there may be more */
  sweep(): Promise<number>;
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
    async sweep() {
      const time = now();
      const due = [...kv.range(KINDS.expiry, KINDS.expiry + ordered(time + 1), SWEEP_LIMIT)];
      for (const { key } of due) {
        const at = key.slice(1, PREFIX_LENGTH);
        const target = key.slice(PREFIX_LENGTH);
        kv.put(key, null);
        handlers.get(target.slice(0, 1))?.(target, time, (watchedAt) => ordered(watchedAt) === at);
      }
      await kv.durable();
      return due.length;
    },
  };
}
