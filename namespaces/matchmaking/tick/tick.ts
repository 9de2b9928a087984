/** One queue, ticked by one worker at a time: looks at its tickets, makes the matches there are, tells the others how they stand. */

import { newId, type WorkerId } from "../../../core/ids.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import type { Context } from "../context.ts";
import type { Backfilling } from "../match/backfill.ts";
import { form } from "../match/create.ts";
import { type Mode, widens } from "../modes.ts";
import { type Pairing, pair } from "../pairing/pairing.ts";
import { learn } from "../queue/wait-estimate.ts";
import { WaitStatuses } from "../queue/wait-status.ts";
import { PARTITION, type Ticket, wakeTopic } from "../store.ts";
import { QueueCache } from "./queue-cache.ts";

// Ticks every mode's queue: a few times a second, and at once when one changes.

const EVERY_MS = 250;
/** Those who queue within this time are looked at together. */
const WAKE_MS = 10;

export interface Ticker {
  /** Looks at every queue that this worker may tick, whatever is due, and resolves when that is done. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export function createTicker(context: Context, backfilling: Pick<Backfilling, "look">): Ticker {
  const { store, log } = context.services;
  const owner = newId<WorkerId>("mm");
  const queues = new Map<string, QueueTick>(
    [...context.modes.values()].map((mode) => [
      mode.name,
      createQueueTick(context, mode, owner, backfilling),
    ]),
  );
  let closed = false;
  let failing = false;
  let listening: Promise<() => void> | undefined;
  let woken: NodeJS.Timeout | undefined;
  const interval = setInterval(look, EVERY_MS);
  listen();

  return {
    async tick() {
      for (const queue of queues.values()) {
        // One that is under way may have read the queue before what the caller wants looked at.
        await queue.run(true);
        await queue.run(true);
      }
    },
    async close() {
      closed = true;
      clearInterval(interval);
      clearTimeout(woken);
      const stop = await listening?.catch(() => undefined);
      stop?.();
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };

  function look(): void {
    if (!listening) listen();
    for (const [mode, queue] of queues) {
      queue.run(false).then(
        () => {
          failing = false;
        },
        (err: unknown) => {
          // Once, not four times a second for as long as a store is away.
          if (!failing && !closed) log.warn({ err, mode }, "a queue could not be looked at");
          failing = true;
        },
      );
    }
  }

  function listen(): void {
    listening = store.bus.subscribe(wakeTopic, ({ mode }) => {
      queues.get(mode)?.mark();
      woken ??= setTimeout(() => {
        woken = undefined;
        if (!closed) look();
      }, WAKE_MS);
    });
    listening.catch(() => {
      // Tried again by the next look.
      listening = undefined;
    });
  }
}

/** How long a worker that died keeps the others from its queue. */
const LEASE_MS = 3_000;
/** How often the lease is renewed, or asked for. */
const LEASE_EVERY_MS = 1_000;
/** How often a queue is looked at without a hint that it has changed. */
const LOOK_EVERY_MS = 2_000;
/** Matches of one look, so that the last of them are not made of what was long ago. */
export const MAX_MATCHES = 1_000;
/** Matches committed at the same time. */
const COMMITS = 16;

export interface QueueTick {
  /** Remembers that the queue has changed. */
  mark(): void;
  /** Runs where something is due, or always with `always`; one run at a time. Throws what the store throws. */
  run(always: boolean): Promise<void>;
  close(): Promise<void>;
}

export function createQueueTick(
  context: Context,
  mode: Mode,
  owner: string,
  backfilling: Pick<Backfilling, "look">,
): QueueTick {
  const { store } = context.services;
  const waitStatuses = new WaitStatuses(context, mode);
  const cache = new QueueCache(context, mode, waitStatuses);
  let lease: Lease | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** How long the last look took, in real time. */
  let tookMs = 0;
  let endedAt = 0;
  let changed = true;
  let waiting = 0;
  let untold = false;
  let running: Promise<void> | undefined;

  return {
    mark() {
      changed = true;
    },
    run(always) {
      running ??= once(always).finally(() => {
        running = undefined;
      });
      return running;
    },
    async close() {
      await running?.catch(() => undefined);
      if (lease) await store.leases.release(lease).catch(() => undefined);
    },
  };

  async function once(always: boolean): Promise<void> {
    const held = await hold(always);
    if (!held || !(always || due(store.now()))) return;
    const startedAt = performance.now();
    try {
      await look(held);
    } finally {
      endedAt = performance.now();
      tookMs = endedAt - startedAt;
    }
  }

  async function hold(always: boolean): Promise<Lease | undefined> {
    const now = store.now();
    const recent = Math.abs(now - askedAt) < LEASE_EVERY_MS;
    if (recent && (lease || !(always || changed))) return lease;
    const before = lease;
    // Should the store not answer, the lease must be taken for lost.
    lease = undefined;
    lease = await store.leases.acquire(PARTITION, `tick:${mode.name}`, owner, LEASE_MS);
    askedAt = now;
    if (!lease) changed = false;
    if (lease?.token !== before?.token) {
      cache.forget();
      changed = true;
    }
    return lease;
  }

  function due(now: number): boolean {
    // A long queue gets at most half of the worker's time.
    if (performance.now() - endedAt < tookMs) return false;
    if (changed || Math.abs(now - lookedAt) >= LOOK_EVERY_MS) return true;
    return waiting > 0 && (untold || widens(mode));
  }

  async function look(held: Lease): Promise<void> {
    changed = false;
    await cache.follow();
    const now = store.now();
    lookedAt = now;
    // Matches that run come first: somebody is waiting in them already.
    const filled = await backfilling.look(mode, cache.tickets, held);
    if (!filled) {
      lease = undefined;
      return;
    }
    cache.drop(filled);
    const pairings = await context.blockFilter.choose(
      (apart) => pair(cache.tickets, mode, now, apart, MAX_MATCHES).slice(0, MAX_MATCHES),
      (pairing) => pairing.tickets,
    );
    if (pairings.length === MAX_MATCHES) changed = true;
    cache.drop(await formAll(pairings, held, now));
    waiting = cache.tickets.length;
    const estimateS = waiting > 0 ? await context.estimateS(mode.name) : 0;
    untold = waitStatuses.tell(cache.tickets, estimateS, now);
  }

  /** @returns the tickets that were matched */
  async function formAll(pairings: readonly Pairing[], held: Lease, now: number): Promise<Set<Ticket>> {
    const matched = new Set<Ticket>();
    const queue = pairings.values();
    const work = async (): Promise<void> => {
      for (const pairing of queue) {
        const outcome = await form(context, pairing, mode, held);
        if (outcome === "fenced") {
          lease = undefined;
          return;
        }
        if (outcome === "changed") changed = true;
        else for (const ticket of pairing.tickets) matched.add(ticket);
      }
    };
    await Promise.all(Array.from({ length: Math.min(COMMITS, pairings.length) }, work));
    if (matched.size > 0) {
      context.nudge();
      await learn(
        context,
        mode.name,
        [...matched].map((ticket) => Math.max(0, now - ticket.joinedAt)),
        held,
      );
    }
    return matched;
  }
}
