import type { Clock } from "../../../core/clock.ts";
import type { WorkerId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Store } from "../../../core/ports/store.ts";
import { createBus } from "./bus.ts";
import { createCounters } from "./counters.ts";
import { createDeadlines } from "./deadlines.ts";
import { createDocuments } from "./documents.ts";
import { createExpiry } from "./expiry.ts";
import { createIndexes } from "./indexes.ts";
import { openKv } from "./kv.ts";
import { createLeases } from "./leases.ts";
import { lockDataDir } from "./lock.ts";
import { createOnceResults } from "./once.ts";
import { createPresence } from "./presence.ts";
import { createStreams } from "./streams.ts";
import { createVersions } from "./versions.ts";

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
}

const DEFAULTS = { lockWaitMs: 10_000, sweepMs: 1_000 };

/**
 * The store of one process: everything under one folder, on disk before it is acknowledged, no service to run.
 * @throws Error with one line for the operator, when another process has the folder
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { dataDir, worker, clock, log, lockWaitMs, sweepMs } = { ...DEFAULTS, ...options };
  const lock = await lockDataDir(dataDir, lockWaitMs);
  try {
    const kv = openKv(dataDir, log);
    const now = () => clock.now();
    const nextVersion = createVersions(kv);
    const expiry = createExpiry(kv, now);
    const once = createOnceResults(kv, expiry, now);
    const streams = createStreams(kv, expiry, now, log);
    const indexes = createIndexes(kv);
    const deadlines = createDeadlines(kv, now);
    const leases = createLeases(kv, nextVersion, now);
    const presence = createPresence(kv, deadlines, worker, now);
    const counters = createCounters(now);
    const documents = createDocuments({
      kv,
      expiry,
      once,
      streams,
      indexes,
      deadlines,
      leases,
      nextVersion,
      now,
    });
    await kv.durable();

    let sweeping: Promise<void> | undefined;
    async function sweep(): Promise<void> {
      counters.prune();
      if (!kv.health().ok) return;
      await expiry.sweep();
      await streams.collectGarbage();
    }
    const sweeper = setInterval(() => {
      sweeping ??= sweep()
        .catch((err: unknown) => log.warn({ err }, "the embedded store's sweep failed"))
        .finally(() => {
          sweeping = undefined;
        });
    }, sweepMs);
    sweeper.unref();

    return {
      kind: "embedded",
      documents,
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
      async close() {
        clearInterval(sweeper);
        await sweeping;
        await kv.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
