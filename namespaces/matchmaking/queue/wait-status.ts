/** What clients that wait are told: `queue_status` when it changes, at most once a second, and the estimate of the wait. */

import type { TicketId } from "../../../core/ids.ts";
import { put } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import type { Steps } from "../../../core/steps.ts";
import { usersOf } from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import { type Mode, widens } from "../modes.ts";
import { type Estimate, keys, PARTITION, type Ticket } from "../store.ts";
import { WaitReasons } from "./wait-reasons.ts";

const EVERY_MS = 1_000;
/** Tickets of one round. In a longer queue the others have their turn in later rounds, so that the cost of a round is bounded. */
const MAX_PER_ROUND = 2_000;
/** Tickets of one step. */
const STATUSES = 50;

interface SentStatus {
  readonly at: number;
  readonly what: string;
}

export class WaitStatuses {
  readonly #context: MatchmakingContext;
  readonly #mode: Mode;
  #reasons: WaitReasons;
  #sent = new Map<TicketId, SentStatus>();
  /** Where the next round begins. */
  #turn = 0;
  /** How many tickets have not been looked at since the last change. */
  #pending = 0;
  #estimateS = -1;

  constructor(context: MatchmakingContext, mode: Mode) {
    this.#context = context;
    this.#mode = mode;
    this.#reasons = new WaitReasons(mode);
  }

  /** A ticket came (no `before`), changed, or went (no `after`). */
  changed(before: Ticket | undefined, after: Ticket | undefined): void {
    if (before) this.#reasons.remove(before);
    if (after) this.#reasons.add(after);
    else if (before) this.#sent.delete(before.ticketId);
    this.#pending = Number.POSITIVE_INFINITY;
  }

  /** Forgets the tickets and what was sent. */
  clear(): void {
    this.#reasons = new WaitReasons(this.#mode);
    this.#sent = new Map();
    this.#pending = Number.POSITIVE_INFINITY;
  }

  /**
   * Sends the status of tickets that wait.
   * @param tickets all that `changed` was called with, by age
   * @returns whether some clients have not been sent the present status
   */
  *sendInSteps(tickets: readonly Ticket[], estimateS: number, now: number): Steps<boolean> {
    if (widens(this.#mode) || estimateS !== this.#estimateS) this.#pending = Number.POSITIVE_INFINITY;
    this.#estimateS = estimateS;
    const pending = Math.min(this.#pending, tickets.length);
    const round = Math.min(pending, MAX_PER_ROUND);
    let early = false;
    for (let step = 0; step < round; step++) {
      if (step % STATUSES === 0) yield;
      const at = (this.#turn + step) % tickets.length;
      if (!this.#sendOne(tickets[at] as Ticket, at + 1, tickets.length, now)) early = true;
    }
    this.#turn = tickets.length === 0 ? 0 : (this.#turn + round) % tickets.length;
    this.#pending = early ? Number.POSITIVE_INFINITY : pending - round;
    return this.#pending > 0;
  }

  /** @returns false where the status must be sent later */
  #sendOne(ticket: Ticket, position: number, size: number, now: number): boolean {
    const waitingFor = this.#reasons.of(ticket, now);
    const { reason, candidates, window } = waitingFor;
    const what = `${position} ${size} ${this.#estimateS} ${reason} ${candidates} ${window}`;
    const before = this.#sent.get(ticket.ticketId);
    if (before?.what === what) return true;
    if (before && now - before.at < EVERY_MS) return false;
    this.#sent.set(ticket.ticketId, { at: now, what });
    this.#context.emit(usersOf(ticket), "queue_status", {
      ticket_id: ticket.ticketId,
      game_mode: ticket.mode,
      position,
      queue_size: size,
      waited_s: Math.max(0, Math.round((now - ticket.joinedAt) / 1000)),
      estimated_wait_s: this.#estimateS,
      waiting_for: waitingFor,
    });
    return true;
  }
}

/** A wait this long ago counts half. */
const HALF_LIFE_MS = 5 * 60_000;
/** After this time next to nothing of an estimate counts. */
const KEPT_MS = 24 * 3_600_000;
/** The estimate before any match. It counts as one ticket, so that it fades as others are matched. */
const FIRST_MS = 30_000;

/** The estimate after some more waits. Pure. */
export function averaged(before: Estimate | undefined, waitsMs: readonly number[], now: number): Estimate {
  const faded = before ? 0.5 ** (Math.max(0, now - before.at) / HALF_LIFE_MS) : 0;
  return {
    tickets: (before?.tickets ?? 0) * faded + waitsMs.length,
    waitedMs: (before?.waitedMs ?? 0) * faded + waitsMs.reduce((sum, wait) => sum + wait, 0),
    at: now,
  };
}

/** How long a new ticket must expect to wait. Without matches it returns to the first estimate. Pure. */
export function expectedMs(estimate: Estimate | undefined, now: number): number {
  const { tickets, waitedMs } = averaged(estimate, [], now);
  return (waitedMs + FIRST_MS) / (tickets + 1);
}

/** Adds the waits of matched tickets to the estimate. Where another change interferes they are dropped: it is an estimate. */
export async function updateEstimate(
  context: MatchmakingContext,
  mode: string,
  waitsMs: readonly number[],
  lease: Lease,
): Promise<void> {
  const { store } = context.services;
  const { documents } = store;
  const before = await documents.load(keys.estimate(mode));
  await documents.commit({
    partition: PARTITION,
    documents: [
      put(keys.estimate(mode), before?.version ?? 0, averaged(before?.state, waitsMs, store.now()), KEPT_MS),
    ],
    fence: { name: lease.name, token: lease.token },
  });
}
