/** Plays a fight again from its log, with the draws that are kept there. Pure. */
import type { Combatant, Move, Ruleset } from "../../../core/games/ruleset.ts";
import { replaying } from "../../../core/random.ts";
import type { Fight, FightLogEntry } from "../fight.ts";

/**
 * The ruleset's states: first that of the beginning, then that after each entry of the log.
 * @throws Error where the log does not fit these rules
 */
export function* replayFight(
  { participants, setupDraws, log }: Pick<Fight, "participants" | "setupDraws" | "log">,
  ruleset: Ruleset<unknown>,
): Generator<unknown> {
  const combatants: Combatant[] = participants.map(({ id, kind, team }) => ({ id, kind, team }));
  let state = ruleset.setup(combatants, replaying(setupDraws));
  yield state;
  for (const entry of log) {
    state = again(state, entry, ruleset);
    yield state;
  }
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
  const action = Object.hasOwn(ruleset.actions, move.action) ? ruleset.actions[move.action] : undefined;
  if (!action) throw new Error(`replay: ${ruleset.name} has no action ${move.action}`);
  return action.apply(state, entry.actor, move, draws).state;
}
