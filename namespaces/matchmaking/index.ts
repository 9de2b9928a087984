/** `/matchmaking`: queues, ready checks and parties; its matches run in `/game`. README.md shows the parts. */

import { GameError } from "../../core/contract/errors.ts";
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import { didYouMean } from "../../core/did-you-mean.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import { type Bookings, type Matches, matchEnded } from "../../core/ports/matches.ts";
import type { Parties } from "../../core/ports/parties.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Upstream } from "../../core/ports/upstream.ts";
import { createContext, type Events } from "./context.ts";
import { createHandlers } from "./handlers.ts";
import { createMatchmakingInspection, type MatchmakingInspection } from "./inspect.ts";
import { createBackfill } from "./match/backfill.ts";
import { createMatchNotifier } from "./match/create.ts";
import { createReadyCheck } from "./match/ready-check.ts";
import type { Modes } from "./modes.ts";
import type { Matcher, Matchers } from "./pairing/matcher.ts";
import { createParties } from "./party/parties.ts";
import { MAX_PARTY_SIZE } from "./party/rules.ts";
import { createBookings } from "./queue/eligibility.ts";
import { createForwardedQueue } from "./queue/forward.ts";
import { createJoin } from "./queue/join.ts";
import { createLocalQueue } from "./queue/local-queue.ts";
import { createQueueResume } from "./queue/resume.ts";
import { createRatings, glicko, type Rate, type Raters, type Ratings } from "./ratings.ts";
import { matchmakingContract } from "./schema.ts";
import { createTicker } from "./tick/tick.ts";

export type { MatchCandidate, Matcher, MatcherContext, ProposedMatch } from "./pairing/matcher.ts";
export type { Rate } from "./ratings.ts";
export { matchmakingContract } from "./schema.ts";

export interface MatchmakingOptions {
  readonly modes: Modes;
  /** Runs the matches. */
  readonly matches: Matches;
  /** Block lists: users that block one another are never put together. Default: none. */
  readonly blocks?: BlockList;
  /** A gateway that owns the queue. Default: the queue is kept here. */
  readonly upstream?: Upstream;
  /** Matchers, by the names that modes use. */
  readonly matchers?: Readonly<Record<string, Matcher>>;
  /** Raters, by the names that modes use, beside `glicko2`. */
  readonly raters?: Readonly<Record<string, Rate>>;
  /** How many players a party may have. Default: 16. */
  readonly maxPartySize?: number;
}

export interface MatchmakingModule extends NamespaceModule<Events> {
  /** Looks at every queue now; for tests that do not want to wait for the next tick. */
  tick(): Promise<void>;
  readonly membership: Parties;
  readonly bookings: Bookings;
  /** For the operators' console. */
  readonly inspection: MatchmakingInspection;
  /** Sets a user's skill in a mode. @throws GameError `not_found` for an unknown mode */
  setSkill: Ratings["set"];
  /** A gateway that owns the queue has matched these users: they wait no longer. */
  matchedElsewhere(users: readonly UserId[]): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error where a mode names an unknown rater or matcher */
export function createMatchmaking(services: Services, options: MatchmakingOptions): MatchmakingModule {
  const { modes, matches, upstream, blocks } = options;
  const raters: Raters = new Map([["glicko2", glicko], ...Object.entries(options.raters ?? {})]);
  const matchers: Matchers = new Map(Object.entries(options.matchers ?? {}));
  for (const { name, matcher } of modes.values())
    if (matcher !== undefined && !matchers.has(matcher))
      throw new Error(
        `matchmaking.modes.${name}.matcher: there is no matcher ${matcher}${didYouMean(matcher, [...matchers.keys()])}; give it to createApp as matchers: { ${matcher} }`,
      );
  const context = createContext(services, modes, blocks);
  const ratings = createRatings(context, raters);
  const readyCheck = createReadyCheck(context);
  const parties = createParties(context, options.maxPartySize ?? MAX_PARTY_SIZE);
  const join = createJoin(context, ratings, matches);
  const localQueue = createLocalQueue(context, { join, readyCheck });
  const queue = upstream ? createForwardedQueue(context, upstream) : localQueue;
  const resume = createQueueResume(context, queue, parties);
  const notifier = createMatchNotifier(context, matches);
  const backfill = createBackfill(context, matches, notifier);
  // A queue that a gateway owns is not ticked here.
  const ticker = upstream ? undefined : createTicker(context, backfill, matchers);

  services.timers.on(matchEnded, async ({ payload }) => {
    await ratings.learn(payload);
    notifier.ended(payload);
  });

  const setSkill: Ratings["set"] = async (user, mode, skill) => {
    if (!modes.has(mode)) throw new GameError("not_found", { message: "there is no such game mode" });
    await ratings.set(asId<UserId>(user), mode, skill);
  };

  return {
    contract: matchmakingContract,
    handlers: createHandlers({
      ...{ queue, readyCheck, parties, backfill, setSkill },
      storageQuotas: services.storageQuotas,
    }),
    presence: context.presence,
    connected: (session) => resume.greet(session),
    membership: parties.membership,
    bookings: createBookings(context, matches),
    inspection: createMatchmakingInspection(context),
    setSkill,
    matchedElsewhere: (users) => queue.matchedElsewhere(users),
    async tick() {
      await ticker?.tick();
    },
    async close() {
      await ticker?.close();
    },
  };
}
