/** Event by event: which part of matchmaking answers it. */
import type { Handlers } from "../../core/contract/contract.ts";
import { asId, type MatchId, type PartyId, type UserId } from "../../core/ids.ts";
import type { Events } from "./context.ts";
import type { MatchmakingService } from "./service.ts";

export function createHandlers(service: MatchmakingService): Handlers<Events> {
  const { tickets, readyCheck, parties, backfilling } = service;
  return {
    queue_join: ({ identity }, input) => tickets.join(identity, input),
    preferences: ({ identity }, input) => tickets.prefer(identity, input),
    queue_leave: async ({ identity }) => {
      await tickets.leave(identity);
      return {};
    },
    match_accept: ({ userId }, input) => readyCheck.accept(userId, asId<MatchId>(input.match_id)),
    match_decline: ({ userId }, input) => readyCheck.decline(userId, asId<MatchId>(input.match_id)),
    match_backfill: (session, { match_id }) =>
      backfilling.request(asId<MatchId>(match_id), {
        user: session.userId,
        service: session.hasRole("service", "admin"),
      }),
    skill_set: async (_session, { user_id, game_mode, skill }) => {
      await service.setSkill(asId<UserId>(user_id), game_mode, skill);
      return { user_id, game_mode, skill };
    },
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
