/** A ticket waits no longer without having been matched. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { TicketId, UserId } from "../../../core/ids.ts";
import type { Versioned } from "../../../core/ports/store/documents.ts";
import type { Context, Events } from "../context.ts";
import { dequeued, joined, keys, moved, type Piece, type Places, type Ticket, usersOf } from "../store.ts";

export type LeftReason = PayloadOf<Events, "queue_left">["reason"];

export interface Leaving {
  /** Withdraws the ticket that the user waits with, and tells all its members. @returns false where there is none */
  withdraw(user: UserId, reason: LeftReason): Promise<boolean>;
  /** The same of a ticket by its id. */
  remove(ticketId: TicketId, reason: LeftReason): Promise<boolean>;
}

export function createLeaving(context: Context): Leaving {
  const { store } = context.services;
  const { documents } = store;

  return {
    async withdraw(user, reason) {
      const { ticket } = await context.standing(user);
      // Torn, the ticket has just been matched or withdrawn.
      return ticket === undefined ? false : remove(ticket.state.ticketId, reason);
    },
    remove,
  };

  async function remove(ticketId: TicketId, reason: LeftReason): Promise<boolean> {
    const { result, committed } = await transact(
      documents,
      keys.ticket(ticketId),
      async () => {
        const ticket = await documents.load(keys.ticket(ticketId));
        return { ticket, places: await context.places(ticket ? usersOf(ticket.state) : []) };
      },
      ({ ticket, places }) => {
        if (!ticket) return { result: undefined };
        if (!consistent(ticket.state, places)) return AGAIN;
        return { result: ticket.state, change: withdrawn(ticket, places, store.now()) };
      },
    );
    if (!result || !committed) return false;
    tellLeft(context, result, reason);
    return true;
  }
}

/** Whether the places are of the time when the ticket waited. */
export const consistent = (ticket: Ticket, places: Places): boolean =>
  usersOf(ticket).every((user) => places.get(user)?.state.ticketId === ticket.ticketId);

/** @param users those of its members whose places this change writes; left out: all */
export const withdrawn = (
  ticket: Versioned<Ticket>,
  places: Places,
  now: number,
  users: readonly UserId[] = usersOf(ticket.state),
): Required<Piece> => joined(dequeued(ticket), moved(places, users, { ticketId: undefined }, now));

export function tellLeft(context: Context, ticket: Ticket, reason: LeftReason): void {
  context.tell(usersOf(ticket), "queue_left", {
    ticket_id: ticket.ticketId,
    game_mode: ticket.mode,
    reason,
  });
}
