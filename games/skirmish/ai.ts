/** How a monster chooses its move: it heals itself when weak, sometimes sets the weakest foe on fire, and else strikes it. */

import type { Move } from "../../core/games/ruleset.ts";
import type { Random } from "../../core/random.ts";
import { type Fighter, fighterOf, foesOf, type Skirmish } from "./state.ts";

export function monsterMove(state: Skirmish, by: string, random: Random): Move {
  const self = fighterOf(state, by);
  const weakest = self && weakestOf(foesOf(state, self));
  if (!self || !weakest) return { action: "defend", args: {} };
  if (self.cooldowns.mend === 0 && self.hp * 4 < self.maxHp)
    return { action: "skill", target: self.id, args: { skill: "mend" } };
  const useFire = self.cooldowns.firebolt === 0 && weakest.burn === 0 && random.int(1, 2) === 1;
  return useFire
    ? { action: "skill", target: weakest.id, args: { skill: "firebolt" } }
    : { action: "attack", target: weakest.id, args: {} };
}

function weakestOf(fighters: readonly Fighter[]): Fighter | undefined {
  return fighters.reduce<Fighter | undefined>(
    (weakest, fighter) => (weakest && weakest.hp <= fighter.hp ? weakest : fighter),
    undefined,
  );
}
