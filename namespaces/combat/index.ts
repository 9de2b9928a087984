/** `/combat`: turn-based fights whose course is the ruleset's and whose truth is the store's. */
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Ruleset } from "../../core/games/ruleset.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import { createComparing } from "./comparing.ts";
import { createFightStore } from "./fight-store.ts";
import { createFollowers } from "./followers.ts";
import { combatHandlers } from "./handlers.ts";
import { createFightPlaces } from "./places.ts";
import type { HandOut } from "./rewards.ts";
import { loadRulesets } from "./rulesets.ts";
import { type CombatContract, combatContract } from "./schema.ts";
import { createCombatService } from "./service.ts";
import { attachTimers, combatPresence } from "./timers.ts";

export type { EndedFight, HandOut } from "./rewards.ts";
export { type CombatContract, combatContract } from "./schema.ts";

export interface CombatOptions {
  /** At least one; the first is that of fights that name none. */
  readonly rulesets: readonly Ruleset<unknown>[];
  /** Of turns, where `combat_create` does not say. */
  readonly turnSeconds?: number;
  /** How long a fight waits for its players. */
  readonly joinSeconds?: number;
  /** So many time-outs in a row take a player out. */
  readonly forfeitAfter?: number;
  /** How many fights a user can be in; left out: as many as are configured. */
  readonly maxFightsPerUser?: number;
  /** How long an ended fight can still be looked at. */
  readonly keepEndedSeconds?: number;
  /** Gets the result of each fight, once. */
  readonly rewards?: HandOut;
  /** Who can't challenge whom; left out: everybody can. */
  readonly blocks?: BlockList;
}

const DEFAULTS = {
  turnSeconds: 30,
  joinSeconds: 60,
  forfeitAfter: 3,
  keepEndedSeconds: 3_600,
} as const;

/** @throws Error where a ruleset is none, or an option is not above 0 */
export function createCombat(services: Services, options: CombatOptions): NamespaceModule<CombatContract> {
  const { maxFightsPerUser = services.settings.limits.fightsPerUser } = options;
  const { turnSeconds, joinSeconds, forfeitAfter, keepEndedSeconds } = checked({
    ...DEFAULTS,
    ...options,
    maxFightsPerUser,
  });
  const rulesets = loadRulesets(options.rulesets);
  const fightStore = createFightStore(services, {
    rulesets,
    forfeitAfter,
    keepEndedMs: keepEndedSeconds * 1_000,
  });
  const followers = createFollowers(services, fightStore, maxFightsPerUser);
  const places = createFightPlaces(services, maxFightsPerUser, followers.fightsOf);
  const combat = createCombatService(services, fightStore, followers, {
    rulesets,
    turnMs: turnSeconds * 1_000,
    joinMs: joinSeconds * 1_000,
    places,
    ...(options.blocks === undefined ? {} : { blocks: options.blocks }),
  });
  attachTimers(services, fightStore, followers, places, options);
  createComparing(services, fightStore, combatPresence);
  return {
    contract: combatContract,
    handlers: combatHandlers(combat),
    presence: combatPresence,
    connected: (session) => followers.resume(session),
    close: async () => followers.close(),
  };
}

function checked<O extends Required<Omit<CombatOptions, "rulesets" | "rewards" | "blocks">>>(options: O): O {
  for (const name of [...(Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]), "maxFightsPerUser"] as const)
    if (!(options[name] > 0)) throw new Error(`combat: ${name} must be above 0`);
  return options;
}
