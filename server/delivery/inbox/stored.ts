/**
 * Inboxes in the store. The entries are members of an index; a ledger beside it says whose they are, in the same change, so that
 * bounds hold whichever workers deliver at the same time.
 */

import { type Step, update } from "../../../core/consistency/transact.ts";
import type { NamespaceName } from "../../../core/contract/contract.ts";
import type { DeliveryId, UserId } from "../../../core/ids.ts";
import type { Origin } from "../../../core/ports/inbox.ts";
import { cancel, type DeadlineChange, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, indexRemove } from "../../../core/ports/store/documents.ts";
import type { IndexPage } from "../../../core/ports/store/indexes.ts";
import {
  type DocumentKey,
  documentKey,
  type IndexKey,
  indexKey,
  partitions,
} from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { Timers } from "../../../core/ports/timers.ts";
import { addAll, emptyLedger, type InboxBounds, type Ledger, without } from "./ledger.ts";

/** An entry that nobody fetched for this long is dropped: 14 days. */
const MAX_AGE_MS = 14 * 24 * 3_600_000;
/** How long a delivery id is known after it was acknowledged, so that an outbox that repeats itself adds nothing. */
const KNOWN_MS = 3_600_000;
const PAGE = 100;

export interface InboxEntry {
  readonly event: string;
  readonly payload: object;
}

/** One user's inbox of one namespace. */
export interface Box {
  readonly user: UserId;
  readonly namespace: NamespaceName;
}

/** The entries of an inbox have reached their greatest age. */
const inboxExpiry = deadlineKind<Box>("inbox:expiry");

/** What waits for a user. */
export const inboxKey = ({ user, namespace }: Box): IndexKey<InboxEntry> =>
  indexKey(partitions.user(user), `inbox:${namespace}`);
const ledgerKey = ({ user, namespace }: Box): DocumentKey<Ledger> =>
  documentKey(partitions.user(user), `inbox:${namespace}`);

export interface Arriving {
  readonly entry: InboxEntry;
  readonly id: DeliveryId;
  readonly origin: Origin;
}

interface Stored {
  /** Those that wait: not a repeat of one that was acknowledged, nor what found no room. */
  readonly waiting: ReadonlySet<DeliveryId>;
  /** Whether the user counts as one with a device that acknowledges. */
  readonly hasDevice: boolean;
  /** Entries that it took the place of, and those that gave way to it. */
  readonly replaced: readonly DeliveryId[];
  readonly dropped: readonly DeliveryId[];
}

export interface StoredInboxes {
  /** @param name of these entries as a whole, the same for a repeat */
  deliver(box: Box, name: string, arriving: readonly Arriving[]): Promise<Stored>;
  /** The oldest entries, behind the cursor. */
  page(box: Box, cursor?: string): Promise<IndexPage<InboxEntry>>;
  /** These entries are done with. */
  clear(box: Box, ids: readonly DeliveryId[]): Promise<void>;
  /** The same, unless a device of the user's is to acknowledge them. @returns whether they are done with */
  clearUnlessDevice(box: Box, ids: readonly DeliveryId[]): Promise<boolean>;
  /**
   * The user has a device that acknowledges, and counts as having one until `until`; nothing is written where that holds until
   * `enough` already. @returns until when it holds
   */
  noteDevice(box: Box, enough: number, until: number): Promise<number>;
}

export function createStoredInboxes(
  store: Store,
  timers: Timers,
  bounds: InboxBounds,
  onExpired: (box: Box, ids: readonly DeliveryId[]) => void,
): StoredInboxes {
  const { documents, indexes } = store;

  const expiryOf = (box: Box, at: number): DeadlineChange =>
    schedule(inboxExpiry, box.namespace, at + MAX_AGE_MS, box);

  /** How a ledger is kept: one that holds nothing goes by itself, one that does has a deadline. */
  function kept(box: Box, before: Ledger, ledger: Ledger, now: number) {
    const had = before.shares.length > 0;
    const has = ledger.shares.length > 0;
    const deadlines = has === had ? [] : [has ? expiryOf(box, now) : cancel(inboxExpiry, box.namespace)];
    if (has) return { state: ledger, deadlines };
    const leftMs = ledger.deviceUntil - now;
    return leftMs > 0 ? { state: ledger, ttlMs: leftMs, deadlines } : { state: null, deadlines };
  }

  async function take(box: Box, ids: readonly DeliveryId[], unlessDevice: boolean): Promise<boolean> {
    const key = inboxKey(box);
    const gone = new Set(ids);
    const { result } = await update(documents, ledgerKey(box), (current): Step<Ledger, boolean> => {
      const now = store.now();
      const before = current?.state ?? emptyLedger;
      if (unlessDevice && before.deviceUntil > now) return { state: undefined, result: false };
      const after = without(before, gone);
      const index = ids.map((id) => indexRemove(key, id));
      // Written by a server that kept no ledger, or taken out by another device.
      if (after === before) return { state: undefined, result: true, with: { index } };
      const { deadlines, ...rest } = kept(box, before, after, now);
      return { ...rest, result: true, with: { index, deadlines } };
    });
    return result;
  }

  async function expire(box: Box): Promise<void> {
    for (;;) {
      const { members, cursor } = await indexes.page(inboxKey(box), { limit: PAGE });
      const oldest = store.now() - MAX_AGE_MS;
      const old = members.filter(({ score }) => score <= oldest);
      if (old.length > 0) {
        const ids = old.map(({ member }) => member as DeliveryId);
        await take(box, ids, false);
        onExpired(box, ids);
      }
      const next = members[old.length];
      if (next) {
        const deadlines = [expiryOf(box, next.score)];
        await documents.commit({ partition: partitions.user(box.user), deadlines });
      }
      if (next || cursor === undefined) return;
    }
  }

  timers.on(inboxExpiry, ({ payload }) => expire(payload));

  return {
    async deliver(box, name, arriving) {
      const key = inboxKey(box);
      const once = { id: `inbox:${box.namespace}:${name}`, result: null, ttlMs: KNOWN_MS };
      const arrivals = arriving.map(({ entry, id, origin: { from = null, about } }) => {
        return { id, bytes: Buffer.byteLength(JSON.stringify(entry)), from, about };
      });
      const { result, committed } = await update(
        documents,
        ledgerKey(box),
        (current): Step<Ledger, Stored> => {
          const now = store.now();
          const before = current?.state ?? emptyLedger;
          const { ledger, replaced, dropped } = addAll(before, arrivals, bounds);
          const gone = new Set([...replaced, ...dropped]);
          const waiting = arriving.filter(({ id }) => !gone.has(id));
          for (const { id } of arriving) gone.delete(id);
          const { deadlines, ...rest } = kept(box, before, ledger, now);
          return {
            ...rest,
            result: {
              waiting: new Set(waiting.map(({ id }) => id)),
              hasDevice: ledger.deviceUntil > now,
              replaced,
              dropped,
            },
            with: {
              once,
              deadlines,
              index: [
                ...[...gone].map((id) => indexRemove(key, id)),
                ...waiting.map(({ id, entry }) => indexPut(key, id, now, entry)),
              ],
            },
          };
        },
      );
      if (committed) return result;
      // A repeat may be another worker's, made up for one that died before it could tell anybody.
      const [found, ledger] = await Promise.all([
        Promise.all(arriving.map(({ id }) => indexes.get(key, id))),
        documents.load(ledgerKey(box)),
      ]);
      return {
        waiting: new Set(arriving.flatMap(({ id }, at) => (found[at] ? [id] : []))),
        hasDevice: (ledger?.state.deviceUntil ?? 0) > store.now(),
        replaced: [],
        dropped: [],
      };
    },

    page: (box, cursor) =>
      indexes.page(inboxKey(box), { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }),

    async clear(box, ids) {
      await take(box, ids, false);
    },

    clearUnlessDevice: (box, ids) => take(box, ids, true),

    async noteDevice(box, enough, until) {
      const { result } = await update(documents, ledgerKey(box), (current): Step<Ledger, number> => {
        const before = current?.state ?? emptyLedger;
        if (before.deviceUntil >= enough) return { state: undefined, result: before.deviceUntil };
        const { deadlines, ...rest } = kept(box, before, { ...before, deviceUntil: until }, store.now());
        return { ...rest, result: until, with: { deadlines } };
      });
      return result;
    },
  };
}
