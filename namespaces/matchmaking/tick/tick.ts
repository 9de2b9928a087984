/** Ticks every mode's queue: one worker at a time makes the matches of a queue and tells the other tickets how they wait. */

import { newId, type WorkerId } from "../../../core/ids.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import { inTurns } from "../../../core/steps.ts";
import type { MatchmakingContext } from "../context.ts";
import type { Backfill } from "../match/backfill.ts";
import { createMatch } from "../match/create.ts";
import { type Mode, widens } from "../modes.ts";
import { type Matcher, type Matchers, proposedBy } from "../pairing/matcher.ts";
import { type Apart, type Pairing, pairInSteps } from "../pairing/pairing.ts";
import { updateEstimate, WaitStatuses } from "../queue/wait-status.ts";
import { PARTITION, type Ticket, wakeTopic } from "../store.ts";
import { QueueCache } from "./queue-cache.ts";

/** How often queues are looked at; one that has changed is looked at at once. */
const EVERY_MS = 250;
/** Tickets that come within this time are looked at together. */
const WAKE_MS = 10;

export interface Ticker {
  /** Looks at every queue that this worker may tick, due or not. Resolves when that is done. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export function createTicker(
  context: MatchmakingContext,
  backfill: Pick<Backfill, "fill">,
  matchers: Matchers = new Map(),
): Ticker {
  const { store, log } = context.services;
  const owner = newId<WorkerId>("mm");
  const queues = new Map<string, QueueTick>(
    [...context.modes.values()].map((mode) => [
      mode.name,
      createQueueTick(context, mode, owner, backfill, matchers.get(mode.matcher ?? "")),
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
        // A run that is under way may have read the queue before the caller's change.
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
          // Logged once, not four times a second while the store is away.
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
      // The next look tries again.
      listening = undefined;
    });
  }
}

/** How long the lease of a worker that died keeps the others from its queue. */
const LEASE_MS = 3_000;
/** How often the lease is renewed, or asked for. */
const LEASE_EVERY_MS = 1_000;
/** How often a queue is looked at even if no change was heard of. */
const LOOK_EVERY_MS = 2_000;
/** How many matches one look makes, so that the last ones are not made of old tickets. */
export const MAX_MATCHES = 1_000;
/** A matcher that takes longer is named in the log: meanwhile no client of its worker is served. */
const SLOW_MATCHER_MS = 100;
const COMPLAIN_EVERY_MS = 60_000;
/** How many matches are committed at the same time. */
const COMMITS = 16;

/** Another worker ticks the queue by now, or is to: this one stops. */
class LeaseLost extends Error {}

export interface QueueTick {
  /** Remembers that the queue has changed. */
  mark(): void;
  /** Looks at the queue where that is due, or in any case with `always`. One run at a time. @throws as the store does */
  run(always: boolean): Promise<void>;
  close(): Promise<void>;
}

export function createQueueTick(
  context: MatchmakingContext,
  mode: Mode,
  owner: string,
  backfill: Pick<Backfill, "fill">,
  matcher?: Matcher,
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
  let isStatusPending = false;
  let running: Promise<void> | undefined;
  let isClosing = false;
  const complainedAt = new Map<string, number>();

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
      isClosing = true;
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
    } catch (err) {
      if (!(err instanceof LeaseLost)) throw err;
      changed = true;
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
    // If the store does not answer, the lease counts as lost.
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
    return waiting > 0 && (isStatusPending || widens(mode));
  }

  /**
   * A long look, or a queue that is read whole, takes longer than the lease lasts.
   * @throws LeaseLost where another worker has taken it, or this one stops
   */
  async function keep(held: Lease): Promise<void> {
    if (isClosing) throw new LeaseLost();
    const now = store.now();
    if (Math.abs(now - askedAt) < LEASE_EVERY_MS) return;
    const isKept = await store.leases.renew(held, LEASE_MS);
    askedAt = now;
    if (isKept) return;
    // What it has of the queue is read anew with the next lease.
    lease = undefined;
    throw new LeaseLost();
  }

  async function look(held: Lease): Promise<void> {
    changed = false;
    const between = () => keep(held);
    await cache.follow(between);
    const now = store.now();
    lookedAt = now;
    // Running matches come first: players wait in them already.
    const filled = mode.backfill
      ? await backfill.fill(mode, await inTurns(cache.inOrder(), between), held)
      : [];
    if (!filled) {
      lease = undefined;
      return;
    }
    cache.drop(filled);
    const tickets = await inTurns(cache.inOrder(), between);
    const pairings = await context.blockFilter.choose(
      (apart) =>
        matcher === undefined
          ? inTurns(pairInSteps(tickets, mode, now, apart, MAX_MATCHES), between).then((all) =>
              all.slice(0, MAX_MATCHES),
            )
          : proposals(matcher, tickets, now, apart),
      (pairing) => pairing.tickets,
    );
    if (pairings.length === MAX_MATCHES) changed = true;
    cache.drop(await createAll(pairings, held, now));
    waiting = cache.size;
    const estimateS = waiting > 0 ? await context.estimateS(mode.name) : 0;
    const left = await inTurns(cache.inOrder(), between);
    isStatusPending = await inTurns(waitStatuses.sendInSteps(left, estimateS, now), between);
  }

  function proposals(
    matcher: Matcher,
    tickets: readonly Ticket[],
    now: number,
    apart: Apart | undefined,
  ): readonly Pairing[] {
    if (tickets.length === 0) return [];
    const startedAt = performance.now();
    try {
      const { pairings, problems } = proposedBy(matcher, tickets, mode, {
        now,
        apart,
        most: MAX_MATCHES,
      });
      if (problems.length > 0) complain("a matcher proposed what is no match of its mode", { problems });
      const tookMs = Math.round(performance.now() - startedAt);
      if (tookMs > SLOW_MATCHER_MS) complain("a matcher held up its worker", { tookMs });
      return pairings;
    } catch (err) {
      complain("a matcher failed: its queue waits", { err });
      return [];
    }
  }

  /** Once a minute for each cause: a matcher runs several times a second. */
  function complain(cause: string, details: object): void {
    const at = performance.now();
    if (at - (complainedAt.get(cause) ?? Number.NEGATIVE_INFINITY) < COMPLAIN_EVERY_MS) return;
    complainedAt.set(cause, at);
    context.services.log.warn({ mode: mode.name, matcher: mode.matcher, ...details }, cause);
  }

  /** @returns the tickets that were matched */
  async function createAll(pairings: readonly Pairing[], held: Lease, now: number): Promise<Set<Ticket>> {
    const matched = new Set<Ticket>();
    const queue = pairings.values();
    const work = async (): Promise<void> => {
      for (const pairing of queue) {
        const outcome = await createMatch(context, pairing, mode, held);
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
      context.runOutbox();
      await updateEstimate(
        context,
        mode.name,
        [...matched].map((ticket) => Math.max(0, now - ticket.joinedAt)),
        held,
      );
    }
    return matched;
  }
}
