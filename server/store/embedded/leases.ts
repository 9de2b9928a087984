import type { Partition } from "../../../core/ports/keys.ts";
import type { Lease, Leases } from "../../../core/ports/leases.ts";
import { decode, encode, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";

type Held = readonly [owner: string, token: number, until: number];

export interface EmbeddedLeases extends Leases {
  /** Whether a later holder than the one with this token has had the lease. */
  isFenced(partition: Partition, name: string, token: number): boolean;
}

/** A lease's record stays after it has ended: its token is what refuses former holders. */
export function createLeases(kv: Kv, nextToken: () => number, now: () => number): EmbeddedLeases {
  const recordOf = ({ partition, name }: Pick<Lease, "partition" | "name">) =>
    recordKey(KINDS.lease, partition, name);
  function find(key: string): Held | undefined {
    const text = kv.get(key);
    return text === undefined ? undefined : decode<Held>(text);
  }
  async function hold(key: string, owner: string, token: number, until: number): Promise<void> {
    kv.put(key, encode([owner, token, until] satisfies Held));
    await kv.durable();
  }
  /** The record, where the lease is still held with this token. */
  function ownRecord(lease: Lease): Held | undefined {
    const held = find(recordOf(lease));
    return held?.[1] === lease.token && held[2] > now() ? held : undefined;
  }

  return {
    isFenced: (partition, name, token) => (find(recordOf({ partition, name }))?.[1] ?? 0) > token,

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
