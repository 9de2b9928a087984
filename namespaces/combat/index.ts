/** `/combat`: turn-based fights, run by rulesets and kept in the store. README.md shows the parts. */
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Ruleset } from "../../core/games/ruleset.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import { createFightStore } from "./fight-store.ts";
import { createFollowers } from "./followers.ts";
import { combatHandlers } from "./handlers.ts";
import { createFightQuotas } from "./quotas.ts";
import { createReconciliation } from "./reconciliation.ts";
import type { HandOut } from "./rewards.ts";
import { loadRulesets } from "./rulesets.ts";
import { type CombatContract, combatContract } from "./schema.ts";
import { createCombatService } from "./service.ts";
import { createFightInspection, type FightInspection } from "./shown/inspect.ts";
import { attachDeadlines, combatPresence } from "./timers.ts";

export type { EndedFight, HandOut } from "./rewards.ts";
export { type CombatContract, combatContract } from "./schema.ts";

export interface CombatOptions {
  /** At least one. The first one runs fights that name none. */
  readonly rulesets: readonly Ruleset<unknown>[];
  /** Time of a turn where `combat_create` gives none. Default: 30. */
  readonly turnSeconds?: number;
  /** How long a fight waits for its players. Default: 60. */
  readonly joinSeconds?: number;
  /** How many time-outs in a row take a player out. Default: 3. */
  readonly forfeitAfter?: number;
  /** How many fights a user can be in. Default: the configured limit. */
  readonly maxFightsPerUser?: number;
  /** How long an ended fight can still be read. Default: 3600. */
  readonly keepEndedSeconds?: number;
  /** Gets the result of each fight that has ended. */
  readonly rewards?: HandOut;
  /** Block lists: users that block one another can't challenge one another. Default: none. */
  readonly blocks?: BlockList;
}

const DEFAULTS = {
  turnSeconds: 30,
  joinSeconds: 60,
  forfeitAfter: 3,
  keepEndedSeconds: 3_600,
} as const;

export interface CombatModule extends NamespaceModule<CombatContract> {
  /** What the operators' console shows. */
  readonly inspection: FightInspection;
}

/** @throws Error for a faulty ruleset, or an option that is not above 0 */
export function createCombat(services: Services, options: CombatOptions): CombatModule {
  const { maxFightsPerUser = services.settings.limits.fightsPerUser } = options;
  const { turnSeconds, joinSeconds, forfeitAfter, keepEndedSeconds } = checked({
    ...DEFAULTS,
    ...options,
    maxFightsPerUser,
  });
  const rulesets = loadRulesets(options.rulesets, { checks: !services.settings.production });
  const fightStore = createFightStore(services, {
    rulesets,
    forfeitAfter,
    keepEndedMs: keepEndedSeconds * 1_000,
  });
  const followers = createFollowers(services, fightStore, maxFightsPerUser);
  const quotas = createFightQuotas(services, maxFightsPerUser, followers.fightsOf);
  const combat = createCombatService(services, fightStore, followers, {
    rulesets,
    turnMs: turnSeconds * 1_000,
    joinMs: joinSeconds * 1_000,
    quotas,
    ...(options.blocks === undefined ? {} : { blocks: options.blocks }),
  });
  attachDeadlines(services, fightStore, followers, quotas, options);
  createReconciliation(services, fightStore, combatPresence);
  return {
    contract: combatContract,
    inspection: createFightInspection(services, fightStore),
    handlers: combatHandlers(combat),
    presence: combatPresence,
    connected: (session) => followers.enter(session),
    disconnected: (session) => followers.exit(session),
    held: () => ({ combat_users: followers.size }),
    compare: () => followers.compare(),
    close: () => followers.close(),
  };
}

function checked<O extends Required<Omit<CombatOptions, "rulesets" | "rewards" | "blocks">>>(options: O): O {
  for (const name of [...(Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]), "maxFightsPerUser"] as const)
    if (!(options[name] > 0)) throw new Error(`combat: ${name} must be above 0`);
  return options;
}
