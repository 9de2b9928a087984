import { asId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { openRedisStore } from "../../server/store/redis/index.ts";
import { uniquePrefix } from "../support/redis.ts";
import type { OpenedStore } from "./open.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Two workers on one Redis; Redis's own clock cannot be moved, so the store's is. */
export async function openTwoOn(url: string): Promise<OpenedStore> {
  const prefix = uniquePrefix();
  let ahead = 0;
  const worker = (id: string) =>
    openRedisStore({
      url,
      prefix,
      worker: asId<WorkerId>(id),
      clock: { now: () => Date.now() + ahead },
      timeOffsetMs: () => ahead,
      log: silent,
    });
  const [store, second] = await Promise.all([worker("w1"), worker("w2")]);
  return {
    store,
    second,
    clock: {
      advance(ms) {
        ahead += ms;
      },
    },
    async close() {
      await Promise.all([store.close(), second.close()]);
    },
  };
}
