/** `queue_status` for those who wait: when it changes, at most once a second each, and never more at a time than is good. */
import type { TicketId } from "../../../core/ids.ts";
import type { Context } from "../context.ts";
import { fewestOf, type Mode, playersOf, widens, windowOf } from "../modes.ts";
import { poolOf } from "../pairing/pairing.ts";
import { SkillCounts } from "../pairing/skill-counts.ts";
import { regionOf, roams } from "../pairing/ticket-columns.ts";
import type { QueueStatus } from "../schema.ts";
import { type Ticket, usersOf } from "../store.ts";

// Why a ticket still waits. Counted as tickets come and go, then a few look-ups for each ticket that asks.

export type WaitingFor = QueueStatus["waiting_for"];

export class Outlook {
  readonly #mode: Mode;
  /** Players by skill, of each pool and in it of each region. */
  readonly #pools = new Map<string, Map<string, SkillCounts>>();
  #players = 0;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  add(ticket: Ticket): void {
    const pool = this.#pools.get(poolOf(ticket)) ?? new Map<string, SkillCounts>();
    const region = regionOf(this.#mode, ticket);
    const counts = pool.get(region) ?? new SkillCounts();
    this.#pools.set(poolOf(ticket), pool.set(region, counts));
    counts.add(ticket.skill, ticket.members.length);
    this.#players += ticket.members.length;
  }

  /** Takes away a ticket that was added. */
  remove(ticket: Ticket): void {
    const pool = this.#pools.get(poolOf(ticket));
    const region = regionOf(this.#mode, ticket);
    const counts = pool?.get(region);
    if (!pool || !counts) return;
    counts.remove(ticket.skill, ticket.members.length);
    this.#players -= ticket.members.length;
    if (counts.players === 0) pool.delete(region);
    if (pool.size === 0) this.#pools.delete(poolOf(ticket));
  }

  /** What a ticket, which was added, waits for: the first rule that leaves too few players for a match. */
  of(ticket: Ticket, now: number): WaitingFor {
    const waitedMs = now - ticket.joinedAt;
    const needed = waitedMs >= this.#mode.fillWaitMs ? fewestOf(this.#mode) : playersOf(this.#mode);
    const window = windowOf(this.#mode, waitedMs);
    let inPool = 0;
    let inRegion = 0;
    let inWindow = 0;
    for (const [region, counts] of this.#pools.get(poolOf(ticket)) ?? []) {
      inPool += counts.players;
      if (!this.#reaches(ticket, region, now)) continue;
      inRegion += counts.players;
      inWindow += counts.between(ticket.skill - window, ticket.skill + window);
    }
    const reason =
      this.#players < needed
        ? "players"
        : inPool < needed
          ? "properties"
          : inRegion < needed
            ? "region"
            : inWindow < needed
              ? "skill"
              : "party_size";
    return {
      reason,
      candidates: Math.max(0, inWindow - ticket.members.length),
      window: Number.isFinite(window) ? Math.round(window) : null,
    };
  }

  #reaches(ticket: Ticket, region: string, now: number): boolean {
    const own = regionOf(this.#mode, ticket);
    return own === region || own === "" || region === "" || roams(this.#mode, ticket, now);
  }
}

const EVERY_MS = 1_000;
/** Tickets looked at in one round; in a longer queue each has its turn in a later one, so that a round's cost stays bounded. */
const MAX_PER_ROUND = 2_000;

interface Told {
  readonly at: number;
  readonly what: string;
}

export class WaitStatuses {
  readonly #context: Context;
  readonly #mode: Mode;
  #outlook: Outlook;
  #told = new Map<TicketId, Told>();
  /** Where the next round begins. */
  #turn = 0;
  /** How many have not been looked at since something changed. */
  #toGo = 0;
  #estimateS = -1;

  constructor(context: Context, mode: Mode) {
    this.#context = context;
    this.#mode = mode;
    this.#outlook = new Outlook(mode);
  }

  /** A ticket came (no `before`), changed, or went (no `after`). */
  changed(before: Ticket | undefined, after: Ticket | undefined): void {
    if (before) this.#outlook.remove(before);
    if (after) this.#outlook.add(after);
    else if (before) this.#told.delete(before.ticketId);
    this.#toGo = Number.POSITIVE_INFINITY;
  }

  /** Forgets what waits and what was told. */
  clear(): void {
    this.#outlook = new Outlook(this.#mode);
    this.#told = new Map();
    this.#toGo = Number.POSITIVE_INFINITY;
  }

  /**
   * Tells of tickets that wait.
   * @param tickets all that `changed` told of, by age
   * @returns whether some have not been told yet what is so now
   */
  tell(tickets: readonly Ticket[], estimateS: number, now: number): boolean {
    if (widens(this.#mode) || estimateS !== this.#estimateS) this.#toGo = Number.POSITIVE_INFINITY;
    this.#estimateS = estimateS;
    const toGo = Math.min(this.#toGo, tickets.length);
    const round = Math.min(toGo, MAX_PER_ROUND);
    let early = false;
    for (let step = 0; step < round; step++) {
      const at = (this.#turn + step) % tickets.length;
      if (!this.#tellOne(tickets[at] as Ticket, at + 1, tickets.length, now)) early = true;
    }
    this.#turn = tickets.length === 0 ? 0 : (this.#turn + round) % tickets.length;
    this.#toGo = early ? Number.POSITIVE_INFINITY : toGo - round;
    return this.#toGo > 0;
  }

  /** @returns false where it must be told later */
  #tellOne(ticket: Ticket, position: number, size: number, now: number): boolean {
    const waitingFor = this.#outlook.of(ticket, now);
    const { reason, candidates, window } = waitingFor;
    const what = `${position} ${size} ${this.#estimateS} ${reason} ${candidates} ${window}`;
    const before = this.#told.get(ticket.ticketId);
    if (before?.what === what) return true;
    if (before && now - before.at < EVERY_MS) return false;
    this.#told.set(ticket.ticketId, { at: now, what });
    this.#context.tell(usersOf(ticket), "queue_status", {
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
