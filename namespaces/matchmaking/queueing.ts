/** Queueing as clients ask for it: in this server's own queues, or (`forwarding.ts`) in a gateway's. */
import type { InputOf } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity, Session } from "../../core/contract/session.ts";
import type { UserId } from "../../core/ids.ts";
import type { Context, Events } from "./context.ts";
import type { Answering } from "./match/ready-check.ts";
import type { JoinInput, Joining, JoinResult } from "./queue/join.ts";
import type { Leaving } from "./queue/leave.ts";
import { joinedAgain } from "./queue/resume.ts";
import { keys } from "./store.ts";

export interface Queueing {
  /** @throws GameError as `Joining.join`, or what the gateway refuses with */
  join(identity: Identity, input: JoinInput): Promise<JoinResult>;
  prefer(identity: Identity, input: InputOf<Events, "preferences">): Promise<{ ticket_id: string }>;
  /** @throws GameError `not_queued` */
  leave(identity: Identity): Promise<void>;
  /** The user has been away for the grace period. */
  gone(user: UserId): Promise<void>;
  /** A gateway that owns the queue has announced a match of these users. */
  matchedElsewhere(users: readonly UserId[]): Promise<void>;
  /** Tells a new connection that its user waits. @returns false where it does not */
  greet(session: Session<Events>): Promise<boolean>;
}

export function createQueueing(
  context: Context,
  { joining, leaving, answering }: { joining: Joining; leaving: Leaving; answering: Answering },
): Queueing {
  const { indexes } = context.services.store;

  return {
    join: joining.join,
    prefer: joining.prefer,

    async leave({ userId }) {
      if (await leaving.withdraw(userId, "left")) return;
      // Leaving while a match asks is an answer too.
      const matchId = await answering.pendingOf(userId);
      if (matchId === undefined) throw new GameError("not_queued");
      await answering.decline(userId, matchId);
    },

    async gone(user) {
      await leaving.withdraw(user, "disconnected");
    },

    // Whoever announces matches here does not own this queue.
    async matchedElsewhere() {},

    async greet(session) {
      const { ticket } = await context.standing(session.userId);
      if (ticket) session.emit("queue_joined", await joinedAgain(context, ticket.state));
      else if (session.transport === "websocket")
        session.emit("queue_joined", { ticket_id: null, queue_size: await waiting() });
      return ticket !== undefined;
    },
  };

  async function waiting(): Promise<number> {
    const sizes = await Promise.all([...context.modes.keys()].map((mode) => indexes.size(keys.queue(mode))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}
