/**
 * Storage quotas: how much one user, and all users together, may store or create in a window of time. The amount is kept in the store,
 * for all workers together. A worker takes a hundredth of the whole at a time, so that hardly any command waits for the store.
 */

import { update } from "../core/consistency/transact.ts";
import { because } from "../core/contract/cause.ts";
import { type ErrorCode, GameError } from "../core/contract/errors.ts";
import type { Session } from "../core/contract/session.ts";
import type { UserId } from "../core/ids.ts";
import type { StorageQuotas, Taken } from "../core/ports/quotas.ts";
import type { Limits } from "../core/ports/settings.ts";
import { documentKey, type Partition, partitions } from "../core/ports/store/keys.ts";
import type { StoreSpace } from "../core/ports/store/space.ts";
import type { Store } from "../core/ports/store/store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Of what the store may hold, the most that one user may have stored in a day, where that is less than the limit. */
const LARGEST_SHARE = 1 / 10;
/**
 * The same of a store that is filled up to this part: some users with many accounts could otherwise fill it together, and have messages
 * refused for everybody. Those who have stored little, which is nearly everybody, go on.
 */
const TIGHT_AT = 1 / 2;
const TIGHT_SHARE = 1 / 1_000;
/** Of a small store too. */
const TIGHT_LEAST_BYTES = 256 * 1_024;
/** When a client that was refused for want of space may try again. */
const FULL_RETRY_MS = 10_000;
/** The same where more came at once than there is room for until the next look. */
const BUSY_RETRY_MS = 1_000;

export function createStorageQuotas(
  store: Pick<Store, "documents" | "now" | "space" | "claimSpace">,
  limits: Limits,
): StorageQuotas {
  const ofUser = (kind: string, max: StorageQuotaOptions<UserId>["max"], windowMs: number, message: string) =>
    createStorageQuota<UserId>(store, {
      kind,
      max,
      windowMs,
      message,
      code: "rate_limited",
      partitionOf: partitions.user,
    });
  const ofAll = (kind: string, max: number, message: string) =>
    createStorageQuota<typeof ALL>(store, {
      kind,
      max,
      windowMs: DAY_MS,
      message,
      code: "server_full",
      partitionOf: () => partitions.quota(kind),
    });
  const streams = ofUser("streams", limits.streamsPerUser, DAY_MS, "too many new rooms or channels in a day");
  const stored = ofUser(
    "stored",
    limits.storedPerUser === Number.POSITIVE_INFINITY
      ? limits.storedPerUser
      : () => shareOf(limits.storedPerUser, store.space()),
    DAY_MS,
    "as much as one user may have stored in a day",
  );
  const allStored = ofAll("stored", limits.stored, "as much as may be stored in a day has been");
  const allStreams = ofAll("streams", limits.streams, "as many new rooms and channels as may be in a day");
  const reports = ofUser("reports", limits.reportsPerUser, DAY_MS, "too many reports in a day");
  const stores = ({ userId, identity: { roles } }: Pick<Session, "userId" | "identity">, bytes: number) =>
    roles.includes("service") || roles.includes("admin")
      ? undefined
      : both(stored.spend(userId, bytes), () => allStored.spend(ALL, bytes));
  function checkSpace(bytes: number): void {
    if (store.claimSpace(bytes)) return;
    throw new GameError("server_full", {
      message: "the server has no room for more messages now",
      details: { retry_after_ms: store.space().isLow ? FULL_RETRY_MS : BUSY_RETRY_MS },
      cause: because("space", "the store has only its reserve left"),
    });
  }
  const zones = ofUser("zones", limits.zonesPerUser, HOUR_MS, "too many zones opened in an hour");

  return {
    stream: (user) => both(streams.spend(user), () => allStreams.spend(ALL)),
    streamWasThere(user) {
      streams.giveBack(user);
      allStreams.giveBack(ALL);
    },
    stored: stores,
    message(session, bytes) {
      checkSpace(bytes);
      return stores(session, bytes);
    },
    checkSpace,
    report: (user) => reports.spend(user),
    zone: (user) => zones.spend(user),
  };
}

function shareOf(limit: number, { usedBytes, capacityBytes = Number.POSITIVE_INFINITY }: StoreSpace): number {
  const largest = capacityBytes * LARGEST_SHARE;
  const isTight = usedBytes > capacityBytes * TIGHT_AT;
  const share = isTight ? Math.max(TIGHT_LEAST_BYTES, capacityBytes * TIGHT_SHARE) : largest;
  return Math.max(1, Math.floor(Math.min(limit, largest, share)));
}

/** The subject of a quota of all users together. */
const ALL = "all";

/** The second is asked only where the first was given. */
const both = (first: Taken, second: () => Taken): Taken => (first ? first.then(second) : second());

/** Subjects whose parts a worker remembers; beyond, the oldest one loses what is left of its part. */
const MAX_REMEMBERED = 20_000;

interface Spent {
  /** When the window began, in the store's time: with the first that was spent. */
  readonly since: number;
  readonly amount: number;
}

const spentKey = (partition: Partition, kind: string) => documentKey<Spent>(partition, `allowance:${kind}`);

/** What all users together have spent of a kind, with what workers have taken and not spent yet. */
export const spentOfAll = (kind: string) => spentKey(partitions.quota(kind), kind);

/** The amount that this worker may spend without asking the store. */
interface Part {
  left: number;
  /** When the window is over. */
  until: number;
  /** The last request to the store; callers that come meanwhile wait behind it. */
  asking: Promise<void> | undefined;
}

export interface StorageQuota<Of extends string> {
  /**
   * @returns undefined where the amount is spent at once, else wait for it; callers that wait go on in the order in which they came
   * @throws GameError the code of the options with `retry_after_ms`, or `unavailable`: at once, or by the promise
   */
  spend(of: Of, amount?: number): Taken;
  /** Nothing came of the amount that was spent. */
  giveBack(of: Of, amount?: number): void;
}

export interface StorageQuotaOptions<Of extends string> {
  /** Where the amount of a subject is kept. */
  readonly partitionOf: (of: Of) => Partition;
  /** Names it in the store; the same on all workers. */
  readonly kind: string;
  /** Infinity: nothing is counted. A function where it can change: asked when a part is taken, not for each message. */
  readonly max: number | (() => number);
  readonly windowMs: number;
  readonly code: ErrorCode & ("rate_limited" | "server_full");
  readonly message: string;
}

export function createStorageQuota<Of extends string>(
  store: Pick<Store, "documents" | "now">,
  options: StorageQuotaOptions<Of>,
): StorageQuota<Of> {
  const { kind, windowMs } = options;
  const { max: given } = options;
  const maxOf = typeof given === "number" ? () => given : given;
  const parts = new Map<Of, Part>();
  const spentOf = (of: Of) => spentKey(options.partitionOf(of), kind);

  function partOf(of: Of): Part {
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

  async function ask(of: Of, part: Part, amount: number): Promise<void> {
    // Another may have asked for more than it needed.
    if (take(part, amount)) return;
    const { result } = await update(store.documents, spentOf(of), (current) => {
      const now = store.now();
      const running = current !== undefined && current.state.since + windowMs > now;
      const { since, amount: spent } = running ? current.state : { since: now, amount: 0 };
      const max = maxOf();
      const rest = max - spent;
      const until = since + windowMs;
      const left = part.until === until ? part.left : 0;
      const needed = amount - left;
      if (rest < needed)
        throw new GameError(options.code, {
          message: options.message,
          details: { retry_after_ms: Math.max(1, Math.ceil(until - now)) },
        });
      const taken = Math.min(rest, Math.max(needed, Math.ceil(max / 100)));
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
      if (given === Number.POSITIVE_INFINITY) return undefined;
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
