/** What a new connection is told of its user's ticket and party, and what becomes of them when the user stays away. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import type { PresenceEdge, PresenceScope } from "../../../core/ports/store/presence.ts";
import type { Context, Events } from "../context.ts";
import type { PartyService } from "../party/parties.ts";
import { keys, type Ticket } from "../store.ts";
import type { TicketCreation } from "./join.ts";

export interface QueueResume {
  /** After a connection has come. */
  greet(session: Session<Events>): Promise<void>;
  /** After a user's last connection has been gone for the grace period. */
  gone(edge: PresenceEdge): Promise<void>;
}

export function createQueueResume(
  context: Context,
  queueing: Pick<TicketCreation, "greet" | "gone">,
  parties: PartyService,
  scope: PresenceScope,
): QueueResume {
  const { documents, presence } = context.services.store;

  return {
    async greet(session) {
      await queueing.greet(session);
      const place = await documents.load(keys.place(session.userId));
      const partyId = place?.state.partyId;
      const party = partyId === undefined ? undefined : await parties.view(partyId);
      if (party) session.emit("party_updated", { party });
    },

    async gone({ subject }) {
      const [record] = await presence.get(scope, [subject]);
      if (record && record.connections > 0) return;
      const user = asId<UserId>(subject);
      await queueing.gone(user);
      await parties.remove(user);
      // Last, so that a worker that dies before is made up for by another who finds the subject still listed.
      await presence.leave(scope, subject);
    },
  };
}

/** What tells of a ticket that was waiting before. */
export async function joinedAgain(
  context: Context,
  ticket: Ticket,
): Promise<PayloadOf<Events, "queue_joined">> {
  const { store } = context.services;
  const queue = keys.queue(ticket.mode);
  const [before, size] = await Promise.all([
    store.indexes.rank(queue, ticket.ticketId),
    store.indexes.size(queue),
  ]);
  return {
    ticket_id: ticket.ticketId,
    game_mode: ticket.mode,
    position: (before ?? 0) + 1,
    queue_size: size,
    waited_s: Math.max(0, Math.round((store.now() - ticket.joinedAt) / 1000)),
    ...(ticket.partyId !== undefined && { party_id: ticket.partyId }),
    resumed: true,
  };
}
