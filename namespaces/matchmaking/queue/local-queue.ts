/** The queues of this server: which commands they take. A gateway's queue (forward.ts) takes the same. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity, Session } from "../../../core/contract/session.ts";
import type { TicketId, UserId } from "../../../core/ids.ts";
import type { Versioned } from "../../../core/ports/store/documents.ts";
import { isStillQueued, usersOf, withdrawTicket, writeTicket } from "../changes.ts";
import type { Events, LeftReason, MatchmakingContext } from "../context.ts";
import type { ReadyCheck } from "../match/ready-check.ts";
import { keys, type Ticket, ticketExpired, type UserPlace } from "../store.ts";
import { resumedPayload } from "./resume.ts";
import { checkRegion, withPreferences } from "./ticket-rules.ts";

export type JoinInput = InputOf<Events, "queue_join">;
export type JoinResult = ResultOf<Events, "queue_join">;

export interface TicketQueue {
  /**
   * @throws GameError `not_found` for the mode or the party, `already_queued`, `rate_limited` in a cool-down, `conflict` with the
   * `match_id` while a match runs, `forbidden` and `conflict` for a party that may not queue, `server_full`, or what a gateway
   * refuses with
   */
  join(identity: Identity, input: JoinInput): Promise<JoinResult>;
  /** @throws GameError `not_queued`, `forbidden` for the members of a party that did not queue it */
  prefer(identity: Identity, input: InputOf<Events, "preferences">): Promise<{ ticket_id: string }>;
  /** @throws GameError `not_queued` */
  leave(identity: Identity): Promise<void>;
  /** The user has been away for the grace period. */
  disconnected(user: UserId): Promise<void>;
  /** The gateway that owns the queue has matched these users. */
  matchedElsewhere(users: readonly UserId[]): Promise<void>;
  /** Sends a new connection the ticket that its user waits with. */
  greet(session: Session<Events>, place: UserPlace | undefined): Promise<void>;
}

interface PlaceAndTicket {
  readonly ticket: Versioned<Ticket> | undefined;
  /** The ticket left the queue between the two reads: read again. */
  readonly torn: boolean;
}

export function createLocalQueue(
  context: MatchmakingContext,
  { join, readyCheck }: { join: TicketQueue["join"]; readyCheck: ReadyCheck },
): TicketQueue {
  const { store, timers } = context.services;
  const { documents, indexes } = store;

  timers.on(ticketExpired, async ({ payload }) => {
    await withdraw(payload.ticketId, "expired");
  });

  return {
    join,

    async prefer({ userId }, input) {
      const { result: ticket } = await transact(
        documents,
        keys.place(userId),
        () => ticketOf(userId),
        ({ ticket: seen, torn }) => {
          if (torn) return AGAIN;
          const mode = seen && context.modes.get(seen.state.mode);
          if (!mode) throw new GameError("not_queued");
          if (seen.state.owner !== userId)
            throw new GameError("forbidden", {
              message: "only the member that queued the party changes its ticket",
            });
          checkRegion(mode, input.region);
          const next = withPreferences(
            seen.state,
            mode,
            input,
            context.trustsSkill(mode) ? input.skill : undefined,
          );
          return {
            result: next,
            change: writeTicket(next, seen.version),
          };
        },
      );
      context.wake(ticket.mode);
      return { ticket_id: ticket.ticketId };
    },

    async leave({ userId }) {
      if (await withdraw(await ticketIdOf(userId), "left")) return;
      // During a ready check, leaving declines.
      const matchId = await readyCheck.pendingOf(userId);
      if (matchId === undefined) throw new GameError("not_queued");
      await readyCheck.decline(userId, matchId);
    },

    async disconnected(user) {
      await withdraw(await ticketIdOf(user), "disconnected");
    },

    // A gateway that sends its matches here does not own this queue.
    async matchedElsewhere() {},

    async greet(session, place) {
      const ticketId = place?.ticketId;
      const ticket = ticketId === undefined ? undefined : await documents.load(keys.ticket(ticketId));
      if (ticket) session.emit("queue_joined", await resumedPayload(context, ticket.state));
      else if (session.transport === "websocket")
        session.emit("queue_joined", { ticket_id: null, queue_size: await waitingTickets() });
    },
  };

  async function ticketIdOf(user: UserId): Promise<TicketId | undefined> {
    return (await documents.load(keys.place(user)))?.state.ticketId;
  }

  async function ticketOf(user: UserId): Promise<PlaceAndTicket> {
    const ticketId = await ticketIdOf(user);
    if (ticketId === undefined) return { ticket: undefined, torn: false };
    const ticket = await documents.load(keys.ticket(ticketId));
    return { ticket, torn: ticket === undefined };
  }

  async function waitingTickets(): Promise<number> {
    const sizes = await Promise.all([...context.modes.keys()].map((mode) => indexes.size(keys.queue(mode))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Takes a ticket out of the queue and tells its members. @returns false where it does not wait */
  async function withdraw(ticketId: TicketId | undefined, reason: LeftReason): Promise<boolean> {
    if (ticketId === undefined) return false;
    const { result, committed } = await transact(
      documents,
      keys.ticket(ticketId),
      async () => {
        const ticket = await documents.load(keys.ticket(ticketId));
        return { ticket, places: await context.places(ticket ? usersOf(ticket.state) : []) };
      },
      ({ ticket, places }) => {
        if (!ticket) return { result: undefined };
        if (!isStillQueued(ticket.state, places)) return AGAIN;
        return { result: ticket.state, change: withdrawTicket(ticket, places, store.now()) };
      },
    );
    if (!result || !committed) return false;
    context.emitLeft(result, reason);
    return true;
  }
}
