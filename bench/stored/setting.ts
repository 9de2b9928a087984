/** The Redis store as workers open it, and the little of a worker that the code which is measured asks for beside it. */
import type { WorkerId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { openRedisStore } from "../../server/store/redis/index.ts";

const quiet: Log = { isLevelEnabled: () => false, debug() {}, info() {}, warn() {}, error() {} };
const HOUR_MS = 3_600_000;
const RETENTION = { maxLength: 10_000, maxBytes: 16 * 2 ** 20, ttlMs: 24 * HOUR_MS };

export interface Setting {
  readonly store: Store;
  readonly services: Services;
}

/** @param url of a Redis that is empty */
export async function openSetting(url: string): Promise<Setting> {
  const worker = asId<WorkerId>("w1");
  const store = await openRedisStore({ url, worker, clock: { now: Date.now }, log: quiet });
  const part = {
    store,
    log: quiet,
    timers: { on() {}, wake() {} },
    outbound: { in: () => ({ toUser() {}, toRoom() {}, toAll() {} }) },
    settings: {
      graceMs: { presence: 30_000, seat: 60_000, ticket: 10_000 },
      retention: RETENTION,
      onceTtlMs: HOUR_MS,
      limits: { lonelyRoomMs: HOUR_MS },
    },
  };
  // What the measured code does not ask for is not there.
  return { store, services: part as unknown as Services };
}
