/** The state of a skirmish, and the small steps that actions and turns are made of. */
import type { Effect, Team } from "../../core/games/ruleset.ts";

export const LIMITS = {
  playerHp: 100,
  monsterHp: 80,
  potions: 2,
  antidotes: 1,
  /** From the next round on every fighter tires, so a fight ends even where both sides only defend and heal. */
  tiringAfterRound: 10,
  /** By how much, in percent of the full hit points, each further round takes more than the one before. */
  tiringPercent: 5,
  burnTurns: 3,
  burnDamage: 4,
  cooldown: { firebolt: 3, mend: 4 },
} as const;

type Skill = keyof typeof LIMITS.cooldown;
type Item = "potion" | "antidote";

export interface Fighter {
  readonly id: string;
  readonly kind: "player" | "monster";
  readonly team: Team;
  readonly hp: number;
  readonly maxHp: number;
  readonly initiative: number;
  /** Halves damage until the fighter's next turn. */
  readonly guarding: boolean;
  /** Turns for which the fighter still burns. */
  readonly burn: number;
  /** Own turns until the skill can be used again. */
  readonly cooldowns: Readonly<Record<Skill, number>>;
  readonly items: Readonly<Record<Item, number>>;
  /** How the fighter left the fight alive; null while it takes part, or was defeated. */
  readonly leftAs: "fled" | "forfeited" | null;
  readonly dealt: number;
}

export interface Skirmish {
  readonly round: number;
  /** In order of initiative. A fighter that is defeated or has left stays in the list. */
  readonly fighters: readonly Fighter[];
  /** The fighter on turn, as an index of `fighters`. */
  readonly at: number;
}

/** What a step works on: the state so far, and the effects of the turn. */
export interface Scene {
  state: Skirmish;
  readonly effects: Effect[];
}

/** Whether the fighter still takes part: it has hit points and has not left. */
export const isAlive = (fighter: Fighter) => fighter.hp > 0 && fighter.leftAs === null;

export const fighterOf = (state: Skirmish, id: string): Fighter | undefined =>
  state.fighters.find((fighter) => fighter.id === id);

export const current = (state: Skirmish): Fighter | undefined => state.fighters[state.at];

export const foesOf = (state: Skirmish, of: Fighter) =>
  state.fighters.filter((other) => isAlive(other) && other.team !== of.team);

export const friendsOf = (state: Skirmish, of: Fighter) =>
  state.fighters.filter((other) => isAlive(other) && other.team === of.team);

export function teamsAlive(state: Skirmish): Team[] {
  return [...new Set(state.fighters.filter(isAlive).map((fighter) => fighter.team))];
}

export function change(scene: Scene, id: string, by: Partial<Fighter>): void {
  const fighters = scene.state.fighters.map((fighter) =>
    fighter.id === id ? { ...fighter, ...by } : fighter,
  );
  scene.state = { ...scene.state, fighters };
}

/** Takes hit points, down to 0. @returns how many were taken */
export function hurt(scene: Scene, id: string, amount: number, effect: Effect): number {
  const target = fighterOf(scene.state, id);
  if (!target || !isAlive(target)) return 0;
  const taken = Math.min(target.hp, amount);
  change(scene, id, { hp: target.hp - taken });
  scene.effects.push({ ...effect, target: id, amount: taken, hp: target.hp - taken });
  if (target.hp === taken) scene.effects.push({ kind: "defeated", target: id });
  return taken;
}

/** Gives hit points, up to the full ones. */
export function heal(scene: Scene, id: string, amount: number): void {
  const target = fighterOf(scene.state, id);
  if (!target) return;
  const given = Math.min(target.maxHp - target.hp, amount);
  change(scene, id, { hp: target.hp + given });
  scene.effects.push({ kind: "heal", target: id, amount: given, hp: target.hp + given });
}

/**
 * Passes the turn to the next fighter that is alive. Fire and tiredness at the beginning of a turn can defeat that fighter;
 * then the turn passes on, until one survives or a single team is left.
 */
export function passTurn(scene: Scene): void {
  while (teamsAlive(scene.state).length > 1) {
    const at = (scene.state.at + 1) % scene.state.fighters.length;
    scene.state = { ...scene.state, at, round: scene.state.round + (at === 0 ? 1 : 0) };
    const next = current(scene.state);
    if (!next || !isAlive(next)) continue;
    beginTurn(scene, next);
    const begun = current(scene.state);
    if (begun && isAlive(begun)) return;
  }
}

function beginTurn(scene: Scene, fighter: Fighter): void {
  const { firebolt, mend } = fighter.cooldowns;
  change(scene, fighter.id, {
    guarding: false,
    cooldowns: { firebolt: Math.max(0, firebolt - 1), mend: Math.max(0, mend - 1) },
  });
  if (fighter.burn > 0) {
    change(scene, fighter.id, { burn: fighter.burn - 1 });
    hurt(scene, fighter.id, LIMITS.burnDamage, { kind: "damage", cause: "burn" });
  }
  const tired = scene.state.round - LIMITS.tiringAfterRound;
  if (tired > 0) {
    const amount = Math.ceil((fighter.maxHp * LIMITS.tiringPercent * tired) / 100);
    hurt(scene, fighter.id, amount, { kind: "damage", cause: "tired" });
  }
}
