/** Which part of combat answers each command. */
import type { Handlers } from "../../core/contract/contract.ts";
import type { Move } from "../../core/games/ruleset.ts";
import type { CombatContract } from "./schema.ts";
import type { CombatService } from "./service.ts";

export const combatHandlers = (combat: CombatService): Handlers<CombatContract> => ({
  combat_create: (session, input) => combat.create(session, input),

  combat_join: (session, { combat_session_id, spectate }) =>
    spectate ? combat.spectate(session, combat_session_id) : combat.join(session, combat_session_id),

  combat_action: (session, { combat_session_id, action, target, args, ...guard }) => {
    const move: Move = { action, args: args ?? {}, ...(target ? { target } : {}) };
    return combat.act(session, combat_session_id, move, guard);
  },

  combat_state: (session, { combat_session_id, log, after }) =>
    log ? combat.log(session, combat_session_id, after) : combat.state(session, combat_session_id),

  combat_flee: (session, { combat_session_id, ...guard }) => combat.flee(session, combat_session_id, guard),
});
