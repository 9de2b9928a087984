/** Plays a fight again from its log: what came of it must be what is kept, or the rules were not pure. */

import type { Combatant, Move, Ruleset } from "../../core/games/ruleset.ts";
import { replaying } from "../../core/random.ts";
import type { Fight, FightLogEntry } from "../../namespaces/combat/fight.ts";

/** @returns the ruleset's state after the last entry. Throws where the log does not fit these rules. */
export function replay(fight: Fight, ruleset: Ruleset<unknown>): unknown {
  const combatants: Combatant[] = fight.participants.map(({ id, kind, team }) => ({ id, kind, team }));
  const setUp = ruleset.setup(combatants, replaying(fight.setupDraws));
  return fight.log.reduce((state, entry) => again(state, entry, ruleset), setUp);
}

function again(state: unknown, entry: FightLogEntry, ruleset: Ruleset<unknown>): unknown {
  if (entry.cause === "forfeit") return ruleset.forfeit(state, entry.actor).state;
  const draws = replaying(entry.draws);
  const logged: Move = {
    action: entry.action,
    args: entry.args,
    ...(entry.target === null ? {} : { target: entry.target }),
  };
  // A monster's draws begin with those of its choice.
  const move = entry.cause === "monster" ? ruleset.monsterMove(state, entry.actor, draws) : logged;
  const action = ruleset.actions[move.action];
  if (!action) throw new Error(`replay: ${ruleset.name} has no action ${move.action}`);
  return action.apply(state, entry.actor, move, draws).state;
}
