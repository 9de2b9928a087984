import { every, singleFlight } from "../../../core/async.ts";
import type { WorkerId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { Clock } from "../../../core/time.ts";
import { StartError } from "../../process/usage.ts";
import { assertReadable, nextMark } from "../format.ts";
import type { SpaceWatch } from "../space-watch.ts";
import { createDeadlines } from "./deadlines.ts";
import { createDocuments, createOnceResults, createVersions } from "./documents.ts";
import { createExpiry, sweepAll } from "./expiry.ts";
import { createBus, createCounters } from "./in-memory.ts";
import { createIndexes } from "./indexes.ts";
import { FORMAT_KEY, whereOf } from "./keys.ts";
import { type Kv, openKv } from "./kv.ts";
import { createLeases } from "./leases.ts";
import { lockDataDir } from "./lock.ts";
import { createPresence } from "./presence.ts";
import { createEmbeddedSpace } from "./space.ts";
import { createStreams } from "./streams.ts";

export interface EmbeddedStoreOptions {
  /** The folder with everything; made where it is missing. */
  readonly dataDir: string;
  readonly worker: WorkerId;
  readonly clock: Clock;
  readonly log: Log;
  /** How long to wait for another process on the folder to end. */
  readonly lockWaitMs?: number;
  /** How often expired things are removed. They are not seen once expired, removed or not. */
  readonly sweepMs?: number;
  /** With less free space under the folder nothing is written and all is answered `unavailable`, until there is more. */
  readonly minFreeBytes?: number;
  /** What it may hold. Default: what the disk has room for. */
  readonly capacityBytes?: number | undefined;
  /** Of that, what messages may not take. Default: 10. */
  readonly reservePercent?: number;
}

const DEFAULTS = { lockWaitMs: 10_000, sweepMs: 1_000, minFreeBytes: 64 * 1024 * 1024, reservePercent: 10 };

/**
 * The store of one process: everything under one folder, on disk before it is acknowledged, no service to run.
 * @throws StartError, when another process has the folder, it cannot be written or read, or a newer server has written there
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const settings = { ...DEFAULTS, ...options };
  const { dataDir, lockWaitMs, log } = settings;
  const lock = await lockDataDir(dataDir, lockWaitMs, (owner) =>
    log.info({ owner, waitMs: lockWaitMs }, "DATA_DIR is in use: its owner is waited for"),
  );
  let kv: Kv | undefined;
  let space: SpaceWatch | undefined;
  async function close(): Promise<void> {
    space?.close();
    await kv?.close();
    await lock.release();
  }
  try {
    kv = openFiles(settings);
    kv = keepFormat(kv, dataDir);
    space = createEmbeddedSpace(kv, settings);
    const { ports, sweep } = createPorts(kv, settings);
    await kv.durable();
    await space.look();
    const stopSweeping = sweepEvery(settings.sweepMs, sweep, log);
    return {
      ...ports,
      space: space.space,
      claimSpace: space.claim,
      async close() {
        await stopSweeping();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** All ports on one kv, and what removes what has expired. */
export function createPorts(kv: Kv, { worker, clock, log }: EmbeddedStoreOptions) {
  const now = () => clock.now();
  const nextVersion = createVersions(kv);
  const expiry = createExpiry(kv, now);
  const once = createOnceResults(kv, expiry, now);
  const streams = createStreams(kv, expiry, now, log);
  const indexes = createIndexes(kv);
  const deadlines = createDeadlines(kv, now);
  const leases = createLeases(kv, expiry, nextVersion, now);
  const presence = createPresence(kv, deadlines, worker, now);
  const counters = createCounters(now);
  const parts = { kv, expiry, once, streams, indexes, deadlines, leases, nextVersion, now };
  const ports = {
    kind: "embedded",
    shared: false,
    documents: createDocuments(parts),
    streams,
    indexes,
    deadlines,
    leases,
    presence,
    bus: createBus(log),
    counters,
    now,
    health: kv.health,
    onHealth: kv.onHealth,
  } as const satisfies Omit<Store, "close" | "space" | "claimSpace">;

  /** Until nothing is due any more, or it is stopped. */
  async function sweep(isStopped?: () => boolean): Promise<void> {
    const portions = [counters.prune];
    if (kv.health().ok) portions.push(expiry.sweep, streams.collectGarbage);
    await sweepAll(kv, portions, isStopped);
  }
  return { ports, sweep };
}

/**
 * The mark is put with the first change, in one step with it: a disk that is full keeps no server from its start.
 * @throws StartError where a newer server has written there
 */
function keepFormat(kv: Kv, dataDir: string): Kv {
  const held = kv.get(FORMAT_KEY);
  assertReadable(held, whereOf(dataDir));
  let next = nextMark(held);
  if (next === undefined) return kv;
  return {
    ...kv,
    put(key, value) {
      if (next !== undefined) kv.put(FORMAT_KEY, next);
      next = undefined;
      kv.put(key, value);
    },
  };
}

/** @returns a function that ends the sweeps and waits for one under way */
function sweepEvery(
  intervalMs: number,
  task: (isStopped: () => boolean) => Promise<void>,
  log: Log,
): () => Promise<void> {
  let stopped = false;
  const sweep = singleFlight(() => task(() => stopped));
  const end = every(intervalMs, sweep, (err) => log.warn({ err }, "the embedded store's sweep failed"));
  return async () => {
    stopped = true;
    end();
    await sweep.idle();
  };
}

function openFiles({
  dataDir,
  minFreeBytes,
  log,
}: EmbeddedStoreOptions & { readonly minFreeBytes: number }): Kv {
  try {
    return openKv(dataDir, minFreeBytes, log);
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err);
    throw new StartError(
      `${whereOf(dataDir)} cannot be opened (${reason}): ` +
        "restore it from a backup, or choose another DATA_DIR.",
    );
  }
}
