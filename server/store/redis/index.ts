/** The Redis store: any number of workers on one Redis, all changes by Lua scripts. */

import type { WorkerId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { Clock } from "../../../core/time.ts";
import { checkFormat } from "../redis-format.ts";
import { createBus } from "./bus.ts";
import type { RedisContext } from "./context.ts";
import { createCounters } from "./counters.ts";
import { createDeadlines } from "./deadlines.ts";
import { createDocuments } from "./documents.ts";
import { createIndexes } from "./indexes.ts";
import { createKeyspace } from "./keys.ts";
import { createLeases } from "./leases.ts";
import { parseRedisAddress } from "./link/address.ts";
import { createHoldNotices } from "./link/confirmed-notices.ts";
import { connectRedis } from "./link/connection.ts";
import { createRedisSpace } from "./link/space.ts";
import { createSubscriptions } from "./link/subscriptions.ts";
import { createPresence } from "./presence.ts";
import { readScripts } from "./scripts.ts";
import { createStreams } from "./streams.ts";
import { createStoreTime } from "./time.ts";

export interface RedisStoreOptions {
  /** One server, Sentinels or a cluster: see address.ts. */
  readonly url: string;
  /** Instead of one in the URL. */
  readonly password?: string;
  /** Of the Sentinels, where they ask for one. */
  readonly sentinelPassword?: string;
  /** What all names in Redis begin with; servers of one cluster share it. */
  readonly prefix?: string;
  readonly worker: WorkerId;
  readonly clock: Clock;
  readonly log: Log;
  /** What it may hold, where that is less than Redis says; of a cluster, each primary. */
  readonly capacityBytes?: number | undefined;
  /** Of that, what messages may not take. Default: 10. */
  readonly reservePercent?: number;
  /** So many replicas must have what is answered. Default: 0. */
  readonly replicasConfirm?: number;
  /** Of a command that only looks: it does not mark the store as used. */
  readonly readsOnly?: true;
  /** Milliseconds that the store's time is ahead of Redis's clock; tests move time with it. */
  readonly timeOffsetMs?: () => number;
}

/**
 * Opens the store. Succeeds while Redis is down: the store then answers `unavailable` and recovers by itself.
 * @throws Error where the URL or the prefix is not one; StartError where a newer server has written there. One that is found so later
 *   makes the store unhealthy for good.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { prefix = "muster", replicasConfirm: replicas = 0 } = options;
  const keys = createKeyspace(prefix);
  const time = createStoreTime(options.clock);
  const sharded = parseRedisAddress(options.url).kind === "cluster";
  const scripts = readScripts(time, options.timeOffsetMs ?? (() => 0), sharded);
  const connection = await connectRedis(
    {
      url: options.url,
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
      log: options.log,
      name: `muster-store-${options.worker}`.replace(/[^\w-]/g, "_"),
      ...(replicas > 0 && { confirmation: { replicas, name: `${prefix}:confirm` } }),
    },
    {
      async ready(send) {
        await scripts.load(send);
        await checkFormat(send, { keys, scripts, readsOnly: options.readsOnly ?? false });
      },
    },
  );
  const { capacityBytes, reservePercent = 10, log } = options;
  const subscriptions = createSubscriptions(connection, log);
  const space = createRedisSpace(connection, { capacityBytes, reservePercent }, log);
  await space.look();
  const run = scripts.runOn(connection, space);
  const { worker } = options;
  const shared: RedisContext = { connection, keys, run, subscriptions, time, worker, log };
  const { confirm } = connection;
  const context = confirm === undefined ? shared : { ...shared, hold: createHoldNotices(confirm, log) };

  return {
    kind: "redis",
    shared: true,
    documents: createDocuments(context),
    streams: createStreams(context),
    indexes: createIndexes(context),
    deadlines: createDeadlines(context),
    leases: createLeases(context),
    presence: createPresence(context),
    bus: createBus(context),
    counters: createCounters(context),
    now: time.now,
    health: connection.health,
    space: space.space,
    claimSpace: space.claim,
    onHealth: connection.onHealth,
    async close() {
      space.close();
      subscriptions.close();
      await connection.close();
    },
  };
}
