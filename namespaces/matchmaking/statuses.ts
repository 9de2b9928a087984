/** `queue_status` for those who wait: when it changes, at most once a second each, and never more at a time than is good. */
import type { TicketId } from "../../core/ids.ts";
import { usersOf } from "./changes.ts";
import type { Context } from "./context.ts";
import type { Mode } from "./modes.ts";
import type { Ticket } from "./stored.ts";
import { Outlook } from "./waiting.ts";

const EVERY_MS = 1_000;
/** Tickets told in one round; in a longer queue each is told when its turn comes, so that a tick's cost stays bounded. */
const MAX_PER_ROUND = 2_000;

interface Told {
  at: number;
  what: string;
}

export interface Statuses {
  /**
   * Tells of the tickets that still wait.
   * @param tickets by age
   * @returns whether some have not been told yet what is so now
   */
  tell(tickets: readonly Ticket[], mode: Mode, estimateS: number, now: number): boolean;
  /** Forgets what was told: others tell now. */
  clear(): void;
}

export function createStatuses(context: Context): Statuses {
  let told = new Map<TicketId, Told>();
  /** Where the next round begins. */
  let turn = 0;

  return {
    tell(tickets, mode, estimateS, now) {
      const kept = new Map<TicketId, Told>();
      for (const { ticketId } of tickets) {
        const before = told.get(ticketId);
        if (before) kept.set(ticketId, before);
      }
      told = kept;
      if (tickets.length === 0) return false;
      const outlook = new Outlook(tickets, mode, now);
      const round = Math.min(tickets.length, MAX_PER_ROUND);
      let late = round < tickets.length;
      for (let step = 0; step < round; step++) {
        const at = (turn + step) % tickets.length;
        const ticket = tickets[at];
        if (ticket && !tellOne(ticket, at + 1, tickets.length)) late = true;
      }
      turn = (turn + round) % tickets.length;
      return late;

      /** @returns false where it must be told later */
      function tellOne(ticket: Ticket, position: number, size: number): boolean {
        const waitingFor = outlook.of(ticket);
        const { reason, candidates, window } = waitingFor;
        const what = `${position} ${size} ${estimateS} ${reason} ${candidates} ${window}`;
        const before = told.get(ticket.ticketId);
        if (before?.what === what) return true;
        if (before && now - before.at < EVERY_MS) return false;
        told.set(ticket.ticketId, { at: now, what });
        context.tell(usersOf(ticket), "queue_status", {
          ticket_id: ticket.ticketId,
          game_mode: ticket.mode,
          position,
          queue_size: size,
          waited_s: Math.max(0, Math.round((now - ticket.joinedAt) / 1000)),
          estimated_wait_s: estimateS,
          waiting_for: waitingFor,
        });
        return true;
      }
    },
    clear() {
      told = new Map();
    },
  };
}
