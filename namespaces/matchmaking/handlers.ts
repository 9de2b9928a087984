/** Event by event: which part of matchmaking answers it. */
import type { Handlers } from "../../core/contract.ts";
import { GameError } from "../../core/errors.ts";
import { asId, type MatchId, type PartyId, type UserId } from "../../core/ids.ts";
import type { Answering } from "./answering.ts";
import type { Events } from "./context.ts";
import type { Joining } from "./joining.ts";
import type { Leaving } from "./leaving.ts";
import type { Parties } from "./parties.ts";

export interface Parts {
  readonly joining: Joining;
  readonly leaving: Leaving;
  readonly answering: Answering;
  readonly parties: Parties;
}

export function createHandlers({ joining, leaving, answering, parties }: Parts): Handlers<Events> {
  return {
    queue_join: (session, input) => joining.join(session.identity, input),
    preferences: (session, input) => joining.prefer(session.identity, input),
    queue_leave: async ({ userId }) => {
      if (await leaving.withdraw(userId, "left")) return {};
      // Leaving while a match asks is an answer too.
      const matchId = await answering.pendingOf(userId);
      if (matchId === undefined) throw new GameError("not_queued");
      await answering.decline(userId, matchId);
      return {};
    },
    match_accept: ({ userId }, input) => answering.accept(userId, asId<MatchId>(input.match_id)),
    match_decline: ({ userId }, input) => answering.decline(userId, asId<MatchId>(input.match_id)),
    party_create: (session) => parties.create(session.identity),
    party_invite: ({ userId }, input) => parties.invite(userId, asId<UserId>(input.user_id)),
    party_join: (session, input) => parties.join(session.identity, asId<PartyId>(input.party_id)),
    party_leave: async ({ userId }) => {
      await parties.leave(userId);
      return {};
    },
    party_kick: ({ userId }, input) => parties.kick(userId, asId<UserId>(input.user_id)),
    party_promote: ({ userId }, input) => parties.promote(userId, asId<UserId>(input.user_id)),
  };
}
