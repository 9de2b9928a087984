/** `/matchmaking`: queues, ready checks and parties; puts players together and has `/game` run their matches. */

import type { NamespaceModule } from "../../core/namespace.ts";
import { type Matches, matchEnded } from "../../core/ports/matches.ts";
import type { Membership } from "../../core/ports/membership.ts";
import type { Services } from "../../core/ports/services.ts";
import { createAnnouncing } from "./announcing.ts";
import { createAnswering } from "./answering.ts";
import { createContext, type Events } from "./context.ts";
import { createHandlers } from "./handlers.ts";
import { createJoining } from "./joining.ts";
import { createLeaving } from "./leaving.ts";
import type { Modes } from "./modes.ts";
import { createParties } from "./parties.ts";
import { createResuming } from "./resuming.ts";
import { matchmakingContract } from "./schema.ts";
import {
  matchAnnounce,
  matchUnanswered,
  partyInvite,
  presenceOf,
  ticketExpired,
  ticketGone,
} from "./stored.ts";
import { createTicker } from "./ticker.ts";

export { matchmakingContract } from "./schema.ts";

export interface MatchmakingOptions {
  readonly modes: Modes;
  /** Runs the matches. */
  readonly matches: Matches;
}

export interface MatchmakingModule extends NamespaceModule<Events> {
  /** Looks at every queue now; for tests that do not want to wait for the next tick. */
  tick(): Promise<void>;
  readonly membership: Membership;
  close(): Promise<void>;
}

export function createMatchmaking(
  services: Services,
  { modes, matches }: MatchmakingOptions,
): MatchmakingModule {
  const context = createContext(services, modes);
  const presence = presenceOf(services.settings.graceMs.ticket);
  const joining = createJoining(context);
  const leaving = createLeaving(context);
  const answering = createAnswering(context);
  const parties = createParties(context);
  const resuming = createResuming(context, leaving, parties, presence);
  const announcing = createAnnouncing(context, matches);
  const ticker = createTicker(context);

  const { timers } = services;
  timers.on(ticketGone, ({ payload }) => resuming.gone(payload));
  timers.on(ticketExpired, async ({ payload }) => {
    await leaving.remove(payload.ticketId, "expired");
  });
  timers.on(matchAnnounce, ({ payload }) => announcing.announce(payload.matchId));
  timers.on(matchUnanswered, ({ payload }) => answering.timeOut(payload.matchId));
  timers.on(matchEnded, async ({ payload }) => announcing.ended(payload));
  timers.on(partyInvite, ({ payload }) => parties.deliverInvitation(payload));

  return {
    contract: matchmakingContract,
    handlers: createHandlers({ joining, leaving, answering, parties }),
    presence,
    connected: (session) => resuming.greet(session),
    tick: () => ticker.tick(),
    membership: parties.membership,
    close: () => ticker.close(),
  };
}
