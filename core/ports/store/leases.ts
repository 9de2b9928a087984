import type { Partition } from "./keys.ts";

export interface Lease {
  readonly partition: Partition;
  readonly name: string;
  readonly owner: string;
  /** Fencing token: grows with each new holder. Given with a Change, it refuses the writes of a former one. */
  readonly token: number;
}

/** For the few things that want one owner at a time. Held until `ttlMs` after the last renewal, by the store's clock. */
export interface Leases {
  /** The lease, where nobody else holds it (a holder that asks again keeps its token); else undefined. */
  acquire(partition: Partition, name: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
  /** False where it was lost: stop at once. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>;
  release(lease: Lease): Promise<void>;
}
