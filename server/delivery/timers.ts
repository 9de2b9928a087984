/** Claims due deadlines and runs their handlers: every worker polls, the store gives each to one. */

import { endsWithin, every, singleFlight } from "../../core/async.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ClaimedDeadline, DeadlineKind, Deadlines } from "../../core/ports/store/deadlines.ts";
import type { Partition } from "../../core/ports/store/keys.ts";
import type { Due, Timers } from "../../core/ports/timers.ts";

export interface TimerOptions {
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** How late a deadline may be found, in milliseconds. */
  readonly pollMs?: number;
  /** How long a claimer has before another takes over, in milliseconds. */
  readonly leaseMs?: number;
  /** How many run at the same time; one that outlives its lease does not count any more. */
  readonly parallel?: number;
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
  const { deadlines, log, pollMs = 200, leaseMs = 4_000, parallel = 64 } = options;
  const handlers = new Map<string, Handle>();
  const woken = new Set<Partition>();
  const running = new Set<Promise<void>>();
  let underWay = 0;
  const counts = { run: 0, failed: 0 };
  let endPolls: (() => void) | undefined;
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

  /** Runs one, and gives its place free when it is done or its lease is over: a handler that hangs must not stop the rest. */
  async function runInPlace(claimed: ClaimedDeadline): Promise<void> {
    underWay++;
    try {
      if (await endsWithin(leaseMs, runOne(claimed))) return;
      log.warn(
        { kind: claimed.kind, leaseMs },
        "a deadline runs longer than its lease: another may run it too",
      );
    } finally {
      underWay--;
    }
  }

  /** Claims what there is room for and begins it. @returns what was begun, and whether there may be more */
  async function begin(partition?: Partition): Promise<{ begun: Promise<void>[]; more: boolean }> {
    const room = Math.max(0, parallel - underWay);
    if (room === 0) return { begun: [], more: false };
    const claimed = await deadlines.claim(room, leaseMs, partition);
    return { begun: claimed.map(runInPlace), more: claimed.length === room };
  }

  const noteFailure = (err: unknown) => log.debug({ err }, "deadlines could not be read");

  function track(work: Promise<void>): void {
    const guarded = work.catch(noteFailure).finally(() => running.delete(guarded));
    running.add(guarded);
  }

  // Handlers are not awaited in these two: a slow one makes no other deadline late.

  const poll = singleFlight(async () => {
    for (let more = !closed; more && !closed; ) {
      const next = await begin();
      for (const work of next.begun) track(work);
      more = next.more;
      if (more) await Promise.race(next.begun);
    }
  });

  /** What does not fit is found by the next poll. */
  const runWoken = singleFlight(async () => {
    while (woken.size > 0 && !closed) {
      const partitions = [...woken];
      woken.clear();
      // Each by itself: what one partition's store can't answer holds up no other.
      const all = await Promise.allSettled(
        partitions.map(async (partition) => {
          for (const work of (await begin(partition)).begun) track(work);
        }),
      );
      for (const one of all)
        if (one.status === "rejected") log.debug({ err: one.reason }, "deadlines could not be read");
    }
  });

  return {
    counts,
    on<P>(kind: DeadlineKind<P>, handle: (due: Due<P>) => Promise<void>) {
      if (handlers.has(kind.kind)) throw new Error(`two handlers for the deadline kind ${kind.kind}`);
      // The payload has the kind's type: only `schedule(kind, …)` writes it.
      handlers.set(kind.kind, handle as Handle);
    },
    wake(partition) {
      if (closed) return;
      woken.add(partition);
      if (!runWoken.isRunning) track(runWoken());
    },
    start() {
      endPolls ??= every(pollMs, poll, noteFailure);
    },
    async runDue() {
      for (;;) {
        const { begun } = await begin();
        // What a poll or a wake-up has begun is awaited too: it may set the next one.
        if (begun.length === 0 && running.size === 0 && !poll.isRunning) return;
        await Promise.all([...begun, ...running, poll.idle()]);
      }
    },
    async close() {
      closed = true;
      endPolls?.();
      await poll.idle();
      await Promise.all(running);
    },
  };
}
