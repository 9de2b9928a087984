/**
 * Skirmish: teams of players and monsters act in order of initiative. Every fight ends: from the eleventh round on, each turn
 * begins with a loss of hit points that grows from round to round.
 */
import { GameError } from "../core/contract/errors.ts";
import { type Combatant, defineRuleset, type Verdict } from "../core/games/ruleset.ts";
import type { Random } from "../core/random.ts";
import { actions, legalMoves } from "./skirmish/actions.ts";
import { monsterMove } from "./skirmish/ai.ts";
import {
  change,
  current,
  type Fighter,
  fighterOf,
  isAlive,
  LIMITS,
  passTurn,
  type Scene,
  type Skirmish,
  teamsAlive,
} from "./skirmish/state.ts";

export type { Fighter, Skirmish } from "./skirmish/state.ts";

function enlist(combatant: Combatant, random: Random): Fighter {
  const maxHp = combatant.kind === "player" ? LIMITS.playerHp : LIMITS.monsterHp;
  const stocked = combatant.kind === "player";
  return {
    id: combatant.id,
    kind: combatant.kind,
    team: combatant.team,
    hp: maxHp,
    maxHp,
    initiative: random.int(1, 20),
    guarding: false,
    burn: 0,
    cooldowns: { firebolt: 0, mend: 0 },
    items: { potion: stocked ? LIMITS.potions : 0, antidote: stocked ? LIMITS.antidotes : 0 },
    leftAs: null,
    dealt: 0,
  };
}

/** The team that has kept the largest share of its hit points; null where two teams share that place. */
function leader(state: Skirmish): Fighter["team"] | null {
  const shares = teamsAlive(state)
    .map((team) => {
      const members = state.fighters.filter((fighter) => fighter.team === team);
      const sum = (of: (fighter: Fighter) => number) => members.reduce((total, f) => total + of(f), 0);
      return { team, share: sum((f) => (isAlive(f) ? f.hp : 0)) / sum((f) => f.maxHp) };
    })
    .sort((a, b) => b.share - a.share);
  const [first, second] = shares;
  return first && first.share !== second?.share ? first.team : null;
}

function verdict(state: Skirmish, final: boolean): Verdict | null {
  const alive = teamsAlive(state);
  if (alive.length > 1 && !final) return null;
  const winner = alive.length > 1 ? leader(state) : (alive[0] ?? null);
  const players = state.fighters.filter((fighter) => fighter.kind === "player");
  return {
    winner,
    result: {
      reason: alive.length > 1 ? "turn_limit" : alive.length === 1 ? "last_team_standing" : "nobody_left",
      rounds: state.round,
      winners: players.filter((f) => f.team === winner && f.leftAs === null).map((f) => f.id),
      fighters: state.fighters.map(fighterView),
    },
  };
}

const fighterView = (fighter: Fighter) => ({
  id: fighter.id,
  kind: fighter.kind,
  team: fighter.team,
  hp: fighter.hp,
  max_hp: fighter.maxHp,
  initiative: fighter.initiative,
  guarding: fighter.guarding,
  burn: fighter.burn,
  cooldowns: fighter.cooldowns,
  items: fighter.items,
  status: fighter.leftAs ?? (fighter.hp > 0 ? "standing" : "defeated"),
  damage_dealt: fighter.dealt,
});

export const skirmish = defineRuleset<Skirmish>({
  name: "skirmish",
  combatants: { min: 2, max: 16 },
  // No fighter outlives the thirtieth round: by then tiredness alone takes all hit points in one turn.
  maxTurns: 30 * 16,
  actions,

  setup(combatants, random) {
    if (new Set(combatants.map((combatant) => combatant.team)).size < 2)
      throw new GameError("invalid_payload", { message: "participants: at least two teams are needed" });
    const fighters = combatants.map((combatant) => enlist(combatant, random));
    // Sorting is stable: of fighters with equal throws, the one named first comes first.
    return { round: 1, at: 0, fighters: fighters.sort((a, b) => b.initiative - a.initiative) };
  },

  actor: (state) => current(state)?.id ?? "",
  legal: legalMoves,
  defaultMove: () => ({ action: "defend", args: {} }),
  monsterMove,

  forfeit(state, who) {
    const scene: Scene = { state, effects: [{ kind: "forfeited", target: who }] };
    const onTurn = current(state)?.id === who;
    change(scene, who, { leftAs: "forfeited" });
    if (onTurn) passTurn(scene);
    return scene;
  },

  departed: (state, who) => (fighterOf(state, who)?.leftAs ?? null) !== null,
  verdict,

  view: (state) => ({
    round: state.round,
    order: state.fighters.map((fighter) => fighter.id),
    fighters: state.fighters.map(fighterView),
  }),
});
