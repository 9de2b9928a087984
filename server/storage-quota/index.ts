/** What one user may bring about in a window of time: the limits that are counted by the day or the hour. */

import type { Limits } from "../../core/games/settings.ts";
import type { UserId } from "../../core/ids.ts";
import type { StorageQuotas, Taken } from "../../core/ports/storage-quotas.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createStorageQuota } from "./storage-quota.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function createStorageQuotas(store: Pick<Store, "documents" | "now">, limits: Limits): StorageQuotas {
  const ofUser = (kind: string, max: number, windowMs: number, message: string) => {
    const storageQuota = createStorageQuota(store, { kind, max, windowMs, message, code: "rate_limited" });
    return {
      spend: (user: UserId, amount?: number) => storageQuota.spend(partitions.user(user), amount),
      giveBack: (user: UserId) => storageQuota.giveBack(partitions.user(user)),
    };
  };
  const streams = ofUser("streams", limits.streamsPerUser, DAY_MS, "too many new rooms or channels in a day");
  const stored = ofUser(
    "stored",
    limits.storedPerUser,
    DAY_MS,
    "as much as one user may have stored in a day",
  );
  const ofAll = (kind: string, max: number, message: string) => {
    const storageQuota = createStorageQuota(store, {
      kind,
      max,
      windowMs: DAY_MS,
      message,
      code: "server_full",
    });
    const all = partitions.census(kind);
    return {
      spend: (amount?: number) => storageQuota.spend(all, amount),
      giveBack: () => storageQuota.giveBack(all),
    };
  };
  const allStored = ofAll("stored", limits.stored, "as much as may be stored in a day has been");
  const allStreams = ofAll("streams", limits.streams, "as many new rooms and channels as may be in a day");
  const reports = ofUser("reports", limits.reportsPerUser, DAY_MS, "too many reports in a day");
  const zones = ofUser("zones", limits.zonesPerUser, HOUR_MS, "too many zones opened in an hour");

  return {
    stream: (user) => both(streams.spend(user), () => allStreams.spend()),
    streamWasThere(user) {
      streams.giveBack(user);
      allStreams.giveBack();
    },
    stored(session, bytes) {
      if (session.hasRole("service", "admin")) return undefined;
      return both(stored.spend(session.userId, bytes), () => allStored.spend(bytes));
    },
    report: (user) => reports.spend(user),
    zone: (user) => zones.spend(user),
  };
}

/** The second is asked only where the first was given. */
const both = (first: Taken, second: () => Taken): Taken => (first ? first.then(second) : second());
