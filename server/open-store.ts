/** Configuration to ports: the embedded store, or Redis with the guarded adapter beside it. */

import type { WorkerId } from "../core/ids.ts";
import type { Log } from "../core/ports/log.ts";
import type { Store } from "../core/ports/store/store.ts";
import type { Clock } from "../core/time.ts";
import type { Config } from "./config/config.ts";
import type { Tracing } from "./observability/tracing/index.ts";
import type { Lifecycle } from "./process/lifecycle.ts";
import type { AdapterConstructor } from "./socketio/server.ts";

export interface Deps {
  readonly store: Store;
  /** Undefined: Socket.IO's own, within the process. */
  readonly adapter: AdapterConstructor | undefined;
  /** Undefined: it is off. The store is traced where it is on. */
  readonly tracing: Tracing | undefined;
}

export interface DepsOptions {
  readonly worker: WorkerId;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets what was opened. */
  readonly lifecycle: Lifecycle;
  /** Separates clusters that share one Redis. */
  readonly redisPrefix: string;
  /** What is used in place of the store: tests put faults in between. */
  readonly wrapStore: ((store: Store) => Store) | undefined;
  /** How far tests have moved the clock of a Redis store. */
  readonly timeOffsetMs: (() => number) | undefined;
}

/** On a reload PM2 stops the old process some seconds after it has started the new one. */
const HANDOVER_MS = 10_000;
/** How long a store may take to write what is under way. */
const STORE_CLOSE_MS = 4_000;

/** @throws Error with one line that says what to do, where the store cannot be opened */
export async function openDeps(config: Config, options: DepsOptions): Promise<Deps> {
  const { store, adapter } = await openStore(config, options);
  const used = options.wrapStore?.(store) ?? store;
  // Loaded by those who trace only.
  const tracing = config.tracing.enabled
    ? (await import("./observability/tracing/index.ts")).openTracing(options.worker, options.log)
    : undefined;
  return { store: tracing?.store(used) ?? used, adapter, tracing };
}

async function openStore(config: Config, options: DepsOptions): Promise<Omit<Deps, "tracing">> {
  const { worker, clock, log, lifecycle, redisPrefix } = options;
  const space = { capacityBytes: config.store.capacity, reservePercent: config.store.reserve };
  const { redisUrl, redisPassword, redisSentinelPassword, redisReplicasConfirm, dataDir } = config.store;
  // Imported where it is used: a worker loads the packages of one store only.
  if (redisUrl === undefined) {
    const { openEmbeddedStore } = await import("./store/embedded/index.ts");
    const store = await openEmbeddedStore({
      dataDir,
      worker,
      clock,
      log,
      lockWaitMs: config.server.drainMs + HANDOVER_MS,
      ...space,
    });
    lifecycle.add("store", "the embedded store", store, STORE_CLOSE_MS);
    return { store, adapter: undefined };
  }
  const { openRedisStore } = await import("./store/redis/index.ts");
  const { connectRedis } = await import("./store/redis/link/connection.ts");
  const { guardedRedisAdapter } = await import("./cluster/adapter.ts");
  const password = {
    ...(redisPassword === undefined ? {} : { password: redisPassword }),
    ...(redisSentinelPassword === undefined ? {} : { sentinelPassword: redisSentinelPassword }),
  };
  const store = await openRedisStore({
    url: redisUrl,
    ...password,
    prefix: redisPrefix,
    replicasConfirm: redisReplicasConfirm,
    worker,
    clock,
    log,
    ...space,
    ...(options.timeOffsetMs === undefined ? {} : { timeOffsetMs: options.timeOffsetMs }),
  });
  lifecycle.add("store", "the Redis store", store, STORE_CLOSE_MS);
  // Connections of its own: a broadcast must not wait behind commands.
  const connection = await connectRedis({
    url: redisUrl,
    ...password,
    log,
    name: `muster-adapter-${worker}`,
  });
  lifecycle.add("store", "the adapter's connections to Redis", connection);
  return { store, adapter: guardedRedisAdapter(connection, redisPrefix) };
}
