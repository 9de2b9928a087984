/**
 * How much of a kind may come about in a window of time: by one user, or in all. What was spent is kept in the store, for all workers
 * together. A worker takes a hundredth of the whole at a time, so that hardly any command waits for it.
 */

import { update } from "../../core/consistency/transact.ts";
import { type ErrorCode, GameError } from "../../core/contract/errors.ts";
import { type DocumentKey, documentKey, type Partition } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";

/** Whose parts a worker remembers; past it the one that came first loses what is left of its part. */
const MAX_REMEMBERED = 20_000;

interface Spent {
  /** When the window began, in the store's time: with the first that was spent. */
  readonly since: number;
  readonly amount: number;
}

/** What this worker may spend without asking. */
interface Part {
  left: number;
  /** When the window is over. */
  until: number;
  /** The last one to ask the store; whoever comes meanwhile waits behind it. */
  asking: Promise<void> | undefined;
}

export interface StorageQuota {
  /**
   * @returns undefined where it is spent at once, else wait for it; those who wait go on in the order in which they came
   * @throws GameError the code of the options with `retry_after_ms`, or `unavailable`: at once, or by the promise
   */
  spend(of: Partition, amount?: number): Promise<void> | undefined;
  /** What was spent came to nothing. */
  giveBack(of: Partition, amount?: number): void;
}

export interface StorageQuotaOptions {
  /** Names it in the store; the same on all workers. */
  readonly kind: string;
  /** Infinity: nothing is counted. */
  readonly max: number;
  readonly windowMs: number;
  readonly code: ErrorCode & ("rate_limited" | "server_full");
  readonly message: string;
}

export function createStorageQuota(
  store: Pick<Store, "documents" | "now">,
  options: StorageQuotaOptions,
): StorageQuota {
  const { kind, max, windowMs } = options;
  const portion = Math.ceil(max / 100);
  const parts = new Map<Partition, Part>();
  const spentOf = (partition: Partition): DocumentKey<Spent> => documentKey(partition, `allowance:${kind}`);

  function partOf(of: Partition): Part {
    const known = parts.get(of);
    if (known) return known;
    const part: Part = { left: 0, until: 0, asking: undefined };
    parts.set(of, part);
    for (const [oldest, { asking }] of parts) {
      if (parts.size <= MAX_REMEMBERED || asking) break;
      parts.delete(oldest);
    }
    return part;
  }

  function take(part: Part, amount: number): boolean {
    if (part.until <= store.now()) part.left = 0;
    if (part.left < amount) return false;
    part.left -= amount;
    return true;
  }

  async function ask(of: Partition, part: Part, amount: number): Promise<void> {
    // Another may have asked for more than it needed.
    if (take(part, amount)) return;
    const { result } = await update(store.documents, spentOf(of), (current) => {
      const now = store.now();
      const running = current !== undefined && current.state.since + windowMs > now;
      const { since, amount: spent } = running ? current.state : { since: now, amount: 0 };
      const rest = max - spent;
      const until = since + windowMs;
      const left = part.until === until ? part.left : 0;
      const needed = amount - left;
      if (rest < needed)
        throw new GameError(options.code, {
          message: options.message,
          details: { retry_after_ms: Math.max(1, Math.ceil(until - now)) },
        });
      const taken = Math.min(rest, Math.max(needed, portion));
      return {
        state: { since, amount: spent + taken },
        ttlMs: until - now,
        result: { left: left + taken - amount, until },
      };
    });
    part.left = result.left;
    part.until = result.until;
  }

  return {
    spend(of, amount = 1) {
      if (max === Number.POSITIVE_INFINITY) return undefined;
      const part = partOf(of);
      if (part.asking === undefined && take(part, amount)) return undefined;
      const asking = (part.asking ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => ask(of, part, amount))
        .finally(() => {
          if (part.asking === asking) part.asking = undefined;
        });
      part.asking = asking;
      return asking;
    },
    giveBack(of, amount = 1) {
      const part = parts.get(of);
      if (part) part.left += amount;
    },
  };
}
