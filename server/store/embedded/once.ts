import type { Partition } from "../../../core/ports/store/keys.ts";
import type { Expiry } from "./expiry.ts";
import { KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";

/** Kept results of commands, by idempotency id: `<expires at> <result>`. */
export interface OnceResults {
  /** The encoded result; undefined where the id is not known. */
  find(partition: Partition, id: string): string | undefined;
  keep(partition: Partition, id: string, text: string, ttlMs: number): void;
}

export function createOnceResults(kv: Kv, expiry: Expiry, now: () => number): OnceResults {
  const recordOf = (partition: Partition, id: string) => recordKey(KINDS.once, partition, id);
  const expiresAt = (record: string) => Number(record.slice(0, record.indexOf(" ")));

  expiry.handle(KINDS.once, (key, time) => {
    const record = kv.get(key);
    if (record !== undefined && expiresAt(record) <= time) kv.put(key, null);
  });

  return {
    find(partition, id) {
      const record = kv.get(recordOf(partition, id));
      if (record === undefined || expiresAt(record) <= now()) return undefined;
      return record.slice(record.indexOf(" ") + 1);
    },
    keep(partition, id, text, ttlMs) {
      const key = recordOf(partition, id);
      const until = now() + ttlMs;
      kv.put(key, `${until} ${text}`);
      expiry.watch(key, until, 0);
    },
  };
}
