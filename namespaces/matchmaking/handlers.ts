/** Which part of matchmaking answers each command. */
import { type Handlers, OPERATORS } from "../../core/contract/contract.ts";
import { asId, type MatchId, type PartyId, type UserId } from "../../core/ids.ts";
import type { StorageQuotas } from "../../core/ports/quotas.ts";
import type { Events } from "./context.ts";
import type { Backfill } from "./match/backfill.ts";
import type { ReadyCheck } from "./match/ready-check.ts";
import type { PartyService } from "./party/parties.ts";
import type { TicketQueue } from "./queue/local-queue.ts";
import type { Ratings } from "./ratings.ts";

interface HandlerParts {
  readonly queue: TicketQueue;
  readonly readyCheck: ReadyCheck;
  readonly parties: PartyService;
  readonly backfill: Backfill;
  readonly setSkill: Ratings["set"];
  readonly storageQuotas: Pick<StorageQuotas, "stored">;
}

/** About what is kept of an invitation, in the party and in the inbox of the invited user. */
const INVITATION_BYTES = 512;

export function createHandlers({
  queue,
  readyCheck,
  parties,
  backfill,
  setSkill,
  storageQuotas,
}: HandlerParts): Handlers<Events> {
  return {
    queue_join: ({ identity }, input) => queue.join(identity, input),
    preferences: ({ identity }, input) => queue.prefer(identity, input),
    queue_leave: async ({ identity }) => {
      await queue.leave(identity);
      return {};
    },
    match_accept: ({ userId }, input) => readyCheck.accept(userId, asId<MatchId>(input.match_id)),
    match_decline: ({ userId }, input) => readyCheck.decline(userId, asId<MatchId>(input.match_id)),
    match_backfill: (session, { match_id }) =>
      backfill.request(asId<MatchId>(match_id), {
        user: session.userId,
        service: session.hasRole(...OPERATORS),
      }),
    skill_set: async (_session, { user_id, game_mode, skill }) => {
      await setSkill(asId<UserId>(user_id), game_mode, skill);
      return { user_id, game_mode, skill };
    },
    party_create: (session) => parties.create(session.identity),
    party_invite: async (session, input) => {
      await storageQuotas.stored(session, INVITATION_BYTES);
      return parties.invite(session.userId, asId<UserId>(input.user_id));
    },
    party_join: (session, input) => parties.join(session.identity, asId<PartyId>(input.party_id)),
    party_leave: async ({ userId }) => {
      await parties.leave(userId);
      return {};
    },
    party_kick: ({ userId }, input) => parties.kick(userId, asId<UserId>(input.user_id)),
    party_promote: ({ userId }, input) => parties.promote(userId, asId<UserId>(input.user_id)),
  };
}
