/** A real-time game as it starts. */
import type { UserId } from "../ids.ts";
import type { Teams } from "../teams.ts";
import { checkEntities, problemsOfState } from "./check.ts";
import type { EntityValues } from "./fields.ts";
import type { RealtimeGame } from "./game.ts";
import { seededRandom } from "./seeded-random.ts";
import type { SimulationSnapshot } from "./simulation.ts";
import { roundState, snapshotOf } from "./state.ts";

/**
 * A game as it starts: tick 0, before its first step.
 * @param players in order of their seats; those of `bots` are played by the game
 * @throws what the game's `setup` throws, and Error where the state that it makes breaks its declaration
 */
export function startOf(
  game: RealtimeGame,
  {
    players,
    bots = [],
    teams = [],
    options,
    seed,
  }: {
    players: readonly UserId[];
    bots?: readonly UserId[];
    teams?: Teams;
    options: EntityValues;
    seed: readonly number[];
  },
): SimulationSnapshot {
  const state = game.setup([...players, ...bots], options, { random: seededRandom(seed, 0), teams });
  checkEntities(game.state, state);
  const problems = problemsOfState(game.state, state);
  if (problems.length > 0) throw new Error(`${game.name}: setup: ${problems.join("; ")}`);
  roundState(game.state, state);
  return {
    tick: 0,
    state: snapshotOf(game.state, state),
    seats: [
      ...players.map((user) => ({ user, as: "player" as const })),
      ...bots.map((user) => ({ user, as: "bot" as const })),
    ],
    held: [],
    ...(teams.length > 0 && { teams }),
  };
}
