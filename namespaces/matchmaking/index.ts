/** `/matchmaking`: queues, ready checks and parties; puts players together and has `/game` run their matches. */

import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { UserId } from "../../core/ids.ts";
import type { Bookings } from "../../core/ports/matches.ts";
import type { Parties } from "../../core/ports/parties.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Events } from "./context.ts";
import { createHandlers } from "./handlers.ts";
import { matchmakingContract } from "./schema.ts";
import { createService, type MatchmakingOptions, type MatchmakingService } from "./service.ts";

export type { Rate } from "./ratings.ts";
export { matchmakingContract } from "./schema.ts";
export type { MatchmakingOptions } from "./service.ts";

export interface MatchmakingModule extends NamespaceModule<Events> {
  /** Looks at every queue now; for tests that do not want to wait for the next tick. */
  tick(): Promise<void>;
  readonly membership: Parties;
  readonly bookings: Bookings;
  /** What counts as a user's skill in a mode from now on. @throws GameError `not_found` for a mode that is not there */
  setSkill: MatchmakingService["setSkill"];
  /** A gateway that owns the queue has announced a match of these users: they wait no longer. */
  matchedElsewhere(users: readonly UserId[]): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error where a mode names a rater that is not there */
export function createMatchmaking(services: Services, options: MatchmakingOptions): MatchmakingModule {
  const service = createService(services, options);
  return {
    contract: matchmakingContract,
    handlers: createHandlers(service),
    presence: service.presence,
    connected: (session) => service.greet(session),
    tick: service.tick,
    membership: service.membership,
    bookings: service.bookings,
    setSkill: service.setSkill,
    matchedElsewhere: (users) => service.tickets.matchedElsewhere(users),
    close: service.close,
  };
}
