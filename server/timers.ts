/** Claims due deadlines and runs their handlers: every worker polls, the store gives each to one. */
import type { ClaimedDeadline, DeadlineKind, Deadlines } from "../core/ports/deadlines.ts";
import type { Partition } from "../core/ports/keys.ts";
import type { Log } from "../core/ports/log.ts";
import type { Due, Timers } from "../core/ports/timers.ts";

export interface TimerOptions {
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** How late a deadline may be found, in milliseconds. */
  readonly pollMs?: number;
  /** How long a claimer has before another takes over, in milliseconds. */
  readonly leaseMs?: number;
  /** How many run at the same time. */
  readonly batch?: number;
}

export interface RunningTimers extends Timers {
  start(): void;
  /** Runs what is due until nothing is; for tests that move the clock. */
  runDue(): Promise<void>;
  /** Stops polling and waits for handlers under way. */
  close(): Promise<void>;
  /** Handlers that ran and that failed, since the start. */
  readonly counts: { readonly run: number; readonly failed: number };
}

type Handle = (due: Due<unknown>) => Promise<void>;

export function createTimers(options: TimerOptions): RunningTimers {
  const { deadlines, log, pollMs = 200, leaseMs = 5_000, batch = 64 } = options;
  const handlers = new Map<string, Handle>();
  const nudged = new Set<Partition>();
  const running = new Set<Promise<void>>();
  const counts = { run: 0, failed: 0 };
  let interval: NodeJS.Timeout | undefined;
  let polling = false;
  let nudging = false;
  let closed = false;

  async function runOne(claimed: ClaimedDeadline): Promise<void> {
    const handle = handlers.get(claimed.kind);
    if (!handle) {
      // Left claimed: a worker of a newer version, which knows this kind, takes it when the lease ends.
      log.warn({ kind: claimed.kind }, "no handler for this kind of deadline");
      return;
    }
    counts.run++;
    try {
      await handle({
        partition: claimed.partition,
        id: claimed.id,
        dueAt: claimed.dueAt,
        payload: claimed.payload,
      });
      await deadlines.complete(claimed);
    } catch (err) {
      counts.failed++;
      log.warn({ err, kind: claimed.kind }, "a deadline failed and fires again after its lease");
    }
  }

  /** Claims and runs one batch. @returns how many there were */
  async function drain(partition?: Partition): Promise<number> {
    const claimed = await deadlines.claim(batch, leaseMs, partition);
    await Promise.all(claimed.map(runOne));
    return claimed.length;
  }

  function track(work: Promise<void>): void {
    const guarded = work
      .catch((err: unknown) => log.debug({ err }, "deadlines could not be read"))
      .finally(() => running.delete(guarded));
    running.add(guarded);
  }

  async function poll(): Promise<void> {
    if (polling || closed) return;
    polling = true;
    try {
      while (!closed && (await drain()) === batch);
    } finally {
      polling = false;
    }
  }

  async function runNudged(): Promise<void> {
    nudging = true;
    try {
      while (nudged.size > 0 && !closed) {
        const partitions = [...nudged];
        nudged.clear();
        await Promise.all(partitions.map((partition) => drain(partition)));
      }
    } finally {
      nudging = false;
    }
  }

  return {
    counts,
    on<P>(kind: DeadlineKind<P>, handle: (due: Due<P>) => Promise<void>) {
      if (handlers.has(kind.kind)) throw new Error(`two handlers for the deadline kind ${kind.kind}`);
      // The payload has the kind's type: only `schedule(kind, …)` writes it.
      handlers.set(kind.kind, handle as Handle);
    },
    nudge(partition) {
      if (closed) return;
      nudged.add(partition);
      if (!nudging) track(runNudged());
    },
    start() {
      interval ??= setInterval(() => track(poll()), pollMs);
    },
    async runDue() {
      while ((await drain()) > 0);
    },
    async close() {
      closed = true;
      clearInterval(interval);
      await Promise.all(running);
    },
  };
}
