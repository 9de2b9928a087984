/** One queue, ticked by one worker at a time: looks at its tickets, makes the matches there are, tells the others how they stand. */
import type { Lease } from "../../core/ports/leases.ts";
import type { Context } from "./context.ts";
import { learn } from "./estimates.ts";
import { form } from "./forming.ts";
import { type Mode, widens } from "./modes.ts";
import { byAge, type Pairing, pair } from "./pairing.ts";
import { createStatuses } from "./statuses.ts";
import { keys, PARTITION, type Ticket } from "./stored.ts";

/** How long a worker that died keeps the others from its queue. */
const LEASE_MS = 3_000;
/** How often the lease is renewed, or asked for. */
const LEASE_EVERY_MS = 1_000;
/** How often a queue is looked at without a hint that it has changed. */
const LOOK_EVERY_MS = 2_000;
const PAGE = 1_000;
/** Matches committed at the same time. */
const COMMITS = 16;

export interface QueueTick {
  /** Remembers that the queue has changed. */
  mark(): void;
  /** Runs where something is due, or always with `always`; one run at a time. Throws what the store throws. */
  run(always: boolean): Promise<void>;
  close(): Promise<void>;
}

export function createQueueTick(context: Context, mode: Mode, owner: string): QueueTick {
  const { store } = context.services;
  const statuses = createStatuses(context);
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
      statuses.clear();
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
    const tickets = await read();
    const now = store.now();
    lookedAt = now;
    const matched = await formAll(pair(tickets, mode, now), held, now);
    const left = tickets.filter((ticket) => !matched.has(ticket)).sort(byAge);
    waiting = left.length;
    const estimateS = left.length > 0 ? await context.estimateS(mode.name) : 0;
    untold = statuses.tell(left, mode, estimateS, now);
  }

  async function read(): Promise<Ticket[]> {
    const queue = keys.queue(mode.name);
    // By id: a ticket that moves while pages are read may be seen twice.
    const tickets = new Map<string, Ticket>();
    for (let cursor: string | undefined; ; ) {
      const page = await store.indexes.page(queue, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const { member, value } of page.members) tickets.set(member, value);
      if (page.cursor === undefined) return [...tickets.values()];
      cursor = page.cursor;
    }
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
