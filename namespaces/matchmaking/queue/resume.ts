/** Reconnecting: a new connection is told its user's ticket and party. A user that stays away for the grace period loses both. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import type { Events, MatchmakingContext } from "../context.ts";
import type { PartyService } from "../party/parties.ts";
import { keys, type Ticket, ticketGone } from "../store.ts";
import type { TicketQueue } from "./local-queue.ts";

export interface QueueResume {
  /** After a connection has opened. */
  greet(session: Session<Events>): Promise<void>;
}

export function createQueueResume(
  context: MatchmakingContext,
  queue: Pick<TicketQueue, "greet" | "disconnected">,
  parties: PartyService,
): QueueResume {
  const { timers } = context.services;
  const { documents, presence } = context.services.store;

  timers.on(ticketGone, async ({ payload: { subject } }) => {
    const [record] = await presence.get(context.presence, [subject]);
    if (record && record.connections > 0) return;
    const user = asId<UserId>(subject);
    await queue.disconnected(user);
    await parties.remove(user);
    // Last: if this worker dies before, another one finds the user still listed and does it again.
    await presence.leave(context.presence, subject);
  });

  return {
    async greet(session) {
      const place = (await documents.load(keys.place(session.userId)))?.state;
      await queue.greet(session, place);
      const partyId = place?.partyId;
      const party = partyId === undefined ? undefined : await parties.view(partyId);
      if (party) session.emit("party_updated", { party });
    },
  };
}

/** `queue_joined` for a ticket that had waited before. */
export async function resumedPayload(
  context: MatchmakingContext,
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
