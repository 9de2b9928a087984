/** Matchmaking as a whole: its parts put together, and what is due handed to them. */
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import { type Bookings, type Matches, matchEnded } from "../../core/ports/matches.ts";
import type { Parties } from "../../core/ports/parties.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Upstream } from "../../core/ports/upstream.ts";
import { createContext, type Events } from "./context.ts";
import { type Backfilling, createBackfilling } from "./match/backfill.ts";
import { createBookings } from "./match/bookings.ts";
import { createMatchCreator } from "./match/create.ts";
import { createReadyCheck, type ReadyCheck } from "./match/ready-check.ts";
import type { Modes } from "./modes.ts";
import { createParties, type PartyService } from "./party/parties.ts";
import { MAX_PARTY_SIZE } from "./party/rules.ts";
import { createForwarding } from "./queue/forward.ts";
import { createQueueJoin, createTicketCreation, type TicketCreation } from "./queue/join.ts";
import { createLeaving } from "./queue/leave.ts";
import { createQueueResume } from "./queue/resume.ts";
import { createRatings, glicko, type Rate, type Raters, type Ratings } from "./ratings.ts";
import {
  matchAnnounce,
  matchFill,
  matchUnanswered,
  partyInvite,
  ticketExpired,
  ticketGone,
} from "./store.ts";
import { createTicker } from "./tick/tick.ts";

export interface MatchmakingOptions {
  readonly modes: Modes;
  /** Runs the matches. */
  readonly matches: Matches;
  /** Who is never put together; left out: everybody may be. */
  readonly blocks?: BlockList;
  /** Owns the queue, where there is one; left out: it is kept here. */
  readonly upstream?: Upstream;
  /** What makes skills of results, by the names that modes use; beside `glicko2`. */
  readonly raters?: Readonly<Record<string, Rate>>;
  /** Players in a party. Default 16. */
  readonly maxPartySize?: number;
}

export interface MatchmakingService {
  readonly tickets: TicketCreation;
  readonly readyCheck: ReadyCheck;
  readonly parties: PartyService;
  readonly backfilling: Backfilling;
  readonly presence: PresenceScope;
  readonly membership: Parties;
  readonly bookings: Bookings;
  /** @throws GameError `not_found` for a mode that is not there */
  setSkill: Ratings["set"];
  greet(session: Session<Events>): Promise<void>;
  /** Looks at every queue now; for tests that do not want to wait for the next tick. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error where a mode names a rater that is not there */
export function createService(services: Services, options: MatchmakingOptions): MatchmakingService {
  const { modes, matches, upstream, blocks } = options;
  const raters: Raters = new Map([["glicko2", glicko], ...Object.entries(options.raters ?? {})]);
  const context = createContext(services, modes, blocks);
  const { presence } = context;
  const ratings = createRatings(context, raters);
  const leaving = createLeaving(context);
  const readyCheck = createReadyCheck(context);
  const parties = createParties(context, options.maxPartySize ?? MAX_PARTY_SIZE);
  const tickets = upstream
    ? createForwarding(context, upstream)
    : createTicketCreation(context, {
        join: createQueueJoin(context, ratings, matches),
        leaving,
        readyCheck,
      });
  const resume = createQueueResume(context, tickets, parties, presence);
  const matchCreator = createMatchCreator(context, matches);
  const backfilling = createBackfilling(context, matches, matchCreator);
  // A queue that a gateway owns is not ticked here.
  const ticker = upstream ? undefined : createTicker(context, backfilling);

  const { timers } = services;
  timers.on(ticketGone, ({ payload }) => resume.gone(payload));
  timers.on(ticketExpired, async ({ payload }) => {
    await leaving.remove(payload.ticketId, "expired");
  });
  timers.on(matchAnnounce, ({ payload }) => matchCreator.announce(payload.matchId));
  timers.on(matchFill, ({ payload }) => backfilling.seat(payload.matchId));
  timers.on(matchUnanswered, ({ payload }) => readyCheck.timeOut(payload.matchId));
  timers.on(matchEnded, async ({ payload }) => {
    await ratings.learn(payload);
    matchCreator.ended(payload);
  });
  timers.on(partyInvite, ({ payload }) => parties.deliverInvitation(payload));

  return {
    tickets,
    readyCheck,
    parties,
    backfilling,
    presence,
    membership: parties.membership,
    bookings: createBookings(context, matches),
    async setSkill(user, mode, skill) {
      if (!modes.has(mode)) throw new GameError("not_found", { message: "there is no such game mode" });
      await ratings.set(asId<UserId>(user), mode, skill);
    },
    greet: (session) => resume.greet(session),
    async tick() {
      await ticker?.tick();
    },
    async close() {
      await ticker?.close();
    },
  };
}
