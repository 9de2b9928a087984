import type { Partition } from "../../../core/ports/store/keys.ts";
import type { Lease, Leases } from "../../../core/ports/store/leases.ts";
import type { Expiry } from "./expiry.ts";
import { decode, encode, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";

type Held = readonly [owner: string, token: number, until: number, watchedAt?: number];

/** Once a token is forgotten, changes that carry it are refused as well. */
const TOKEN_KEPT_MS = 24 * 3_600_000;

export interface EmbeddedLeases extends Leases {
  /** Whether a later holder than the one with this token has had the lease. */
  isFenced(partition: Partition, name: string, token: number): boolean;
}

/** A lease's record stays for a day after it has ended: its token is what refuses former holders. */
export function createLeases(
  kv: Kv,
  expiry: Expiry,
  nextToken: () => number,
  now: () => number,
): EmbeddedLeases {
  const recordOf = ({ partition, name }: Pick<Lease, "partition" | "name">) =>
    recordKey(KINDS.lease, partition, name);
  function find(key: string): Held | undefined {
    const text = kv.get(key);
    return text === undefined ? undefined : decode<Held>(text);
  }
  async function hold(key: string, owner: string, token: number, until: number): Promise<void> {
    keep(key, [owner, token, until, find(key)?.[3] ?? 0]);
    await kv.durable();
  }
  function keep(key: string, [owner, token, until, watchedAt = 0]: Held): void {
    const kept = expiry.watch(key, Math.max(until, now()) + TOKEN_KEPT_MS, watchedAt);
    kv.put(key, encode([owner, token, until, kept] satisfies Held));
  }
  expiry.handle(KINDS.lease, (key, time, isWatchedAt) => {
    const held = find(key);
    if (held === undefined || !isWatchedAt(held[3] ?? 0)) return;
    if (held[2] + TOKEN_KEPT_MS <= time) kv.put(key, null);
    else keep(key, [held[0], held[1], held[2], 0]);
  });
  /** The record, where the lease is still held with this token. */
  function ownRecord(lease: Lease): Held | undefined {
    const held = find(recordOf(lease));
    return held?.[1] === lease.token && held[2] > now() ? held : undefined;
  }

  return {
    isFenced: (partition, name, token) =>
      (find(recordOf({ partition, name }))?.[1] ?? Number.POSITIVE_INFINITY) > token,

    async acquire(partition, name, owner, ttlMs) {
      kv.assertOpen();
      const key = recordOf({ partition, name });
      const held = find(key);
      const isHeld = held !== undefined && held[2] > now();
      if (isHeld && held[0] !== owner) return undefined;
      const token = isHeld ? held[1] : nextToken();
      await hold(key, owner, token, now() + ttlMs);
      return { partition, name, owner, token };
    },

    async renew(lease, ttlMs) {
      kv.assertOpen();
      if (ownRecord(lease) === undefined) return false;
      await hold(recordOf(lease), lease.owner, lease.token, now() + ttlMs);
      return true;
    },

    async release(lease) {
      kv.assertOpen();
      if (ownRecord(lease) !== undefined) await hold(recordOf(lease), lease.owner, lease.token, 0);
    },
  };
}
