import { KINDS, ordered, type RecordKind } from "./keys.ts";
import type { Kv } from "./kv.ts";
import type { Portion } from "./paced-sweep.ts";

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
