/** Leases with fencing tokens. A token is remembered after its lease is over, so that late writes are refused. */
import type { Lease, Leases } from "../../../core/ports/store/leases.ts";
import type { RedisContext } from "./context.ts";
import { number, wholeMs } from "./reply.ts";

/** Once a token is forgotten, changes that carry it are refused as well. */
const TOKEN_KEPT_MS = 24 * 3_600_000;

export function createLeases({ keys, run }: RedisContext): Leases {
  async function keep({ partition, name, token }: Lease, ttlMs: number): Promise<boolean> {
    const reply = await run("lease_keep", [keys.lease(partition, name)], [token, ttlMs, TOKEN_KEPT_MS]);
    return number(reply, 1) === 1;
  }
  return {
    async acquire(partition, name, owner, ttlMs) {
      const names = [keys.lease(partition, name), keys.shardOf(partition).tokens];
      const reply = await run("lease_acquire", names, [owner, wholeMs(ttlMs), TOKEN_KEPT_MS]);
      return reply.length < 2 ? undefined : { partition, name, owner, token: number(reply, 1) };
    },
    renew: (lease, ttlMs) => keep(lease, wholeMs(ttlMs)),
    async release(lease) {
      await keep(lease, 0);
    },
  };
}
