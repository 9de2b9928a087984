/** The actions of a fighter: attack, defend, skill, item and flee. Each one ends the turn. */
import { Type } from "typebox";
import { GameError } from "../../core/contract/errors.ts";
import { defineAction, type Move, type Outcome } from "../../core/games/ruleset.ts";
import type { Random } from "../../core/random.ts";
import {
  change,
  current,
  type Fighter,
  fighterOf,
  foesOf,
  friendsOf,
  heal,
  hurt,
  isAlive,
  LIMITS,
  passTurn,
  type Scene,
  type Skirmish,
} from "./state.ts";

const none = Type.Object({});
const skillArgs = Type.Object({
  skill: Type.Optional(Type.Union([Type.Literal("firebolt"), Type.Literal("mend")])),
});
const itemArgs = Type.Object({
  item: Type.Optional(Type.Union([Type.Literal("potion"), Type.Literal("antidote")])),
});

const refuse = (code: "invalid_payload" | "conflict" | "not_your_turn", message: string) =>
  new GameError(code, { message });

/** Runs one fighter's turn: `does` changes the scene, then the turn passes. */
function turn(state: Skirmish, by: string, does: (scene: Scene, self: Fighter) => void): Outcome<Skirmish> {
  const self = current(state);
  if (!self || self.id !== by || !isAlive(self)) throw new GameError("not_your_turn");
  const scene: Scene = { state, effects: [] };
  does(scene, self);
  passTurn(scene);
  return scene;
}

/** The foe that a move names. The only foe alive need not be named. */
function foe(state: Skirmish, self: Fighter, target: string | undefined): Fighter {
  const foes = foesOf(state, self);
  const only = foes.length === 1 ? foes[0] : undefined;
  const chosen = target === undefined ? only : fighterOf(state, target);
  if (!chosen) throw refuse("invalid_payload", "target: name one of your opponents");
  if (chosen.team === self.team) throw refuse("invalid_payload", "target: not an opponent");
  if (!isAlive(chosen)) throw refuse("conflict", "target: no longer in the fight");
  return chosen;
}

/** The fighter of the own team that a move names. Default: the acting fighter. */
function friend(state: Skirmish, self: Fighter, target: string | undefined): Fighter {
  const chosen = target === undefined ? self : fighterOf(state, target);
  if (!chosen || chosen.team !== self.team) throw refuse("invalid_payload", "target: not one of your team");
  if (!isAlive(chosen)) throw refuse("conflict", "target: no longer in the fight");
  return chosen;
}

/** Throws a die of twenty: a 1 misses, a 20 doubles the damage. A guarding target takes half. @returns whether it hit */
function strike(scene: Scene, self: Fighter, target: Fighter, min: number, max: number, random: Random) {
  const roll = random.int(1, 20);
  if (roll === 1) {
    scene.effects.push({ kind: "miss", target: target.id });
    return false;
  }
  const critical = roll === 20;
  const raw = random.int(min, max) * (critical ? 2 : 1);
  const amount = target.guarding ? Math.ceil(raw / 2) : raw;
  const taken = hurt(scene, target.id, amount, { kind: "damage", cause: "hit", critical });
  change(scene, self.id, { dealt: self.dealt + taken });
  return true;
}

function firebolt(scene: Scene, self: Fighter, target: Fighter, random: Random): void {
  if (!strike(scene, self, target, 8, 14, random)) return;
  const hit = fighterOf(scene.state, target.id);
  if (!hit || !isAlive(hit)) return;
  change(scene, hit.id, { burn: LIMITS.burnTurns });
  scene.effects.push({ kind: "status", target: hit.id, status: "burn", turns: LIMITS.burnTurns });
}

export const actions = {
  attack: defineAction({
    summary: "Strikes an opponent.",
    args: none,
    apply: (state: Skirmish, by, move, random) =>
      turn(state, by, (scene, self) => {
        const [min, max] = self.kind === "player" ? [12, 18] : [9, 15];
        strike(scene, self, foe(state, self, move.target), min ?? 0, max ?? 0, random);
      }),
  }),
  defend: defineAction({
    summary: "Halves the damage taken until one's next turn.",
    args: none,
    apply: (state: Skirmish, by) =>
      turn(state, by, (scene, self) => {
        change(scene, self.id, { guarding: true });
        scene.effects.push({ kind: "status", target: self.id, status: "guard", turns: 1 });
      }),
  }),
  skill: defineAction({
    summary:
      "`firebolt` (the default) hits an opponent and sets it on fire; `mend` heals one of one's own team.",
    args: skillArgs,
    apply: (state: Skirmish, by, move, random) =>
      turn(state, by, (scene, self) => {
        const skill = move.args.skill ?? "firebolt";
        if (self.cooldowns[skill] > 0)
          throw refuse("conflict", `${skill}: usable again in ${self.cooldowns[skill]} of your turns`);
        if (skill === "firebolt") firebolt(scene, self, foe(state, self, move.target), random);
        else heal(scene, friend(state, self, move.target).id, random.int(15, 25));
        change(scene, self.id, { cooldowns: { ...self.cooldowns, [skill]: LIMITS.cooldown[skill] } });
      }),
  }),
  item: defineAction({
    summary:
      "Uses up a `potion` (the default: heals 30) or an `antidote` (ends a fire) on one of one's own team.",
    args: itemArgs,
    apply: (state: Skirmish, by, move) =>
      turn(state, by, (scene, self) => {
        const item = move.args.item ?? "potion";
        if (self.items[item] === 0) throw refuse("conflict", `no ${item} left`);
        const target = friend(state, self, move.target);
        change(scene, self.id, { items: { ...self.items, [item]: self.items[item] - 1 } });
        if (item === "potion") return heal(scene, target.id, 30);
        change(scene, target.id, { burn: 0 });
        scene.effects.push({ kind: "status", target: target.id, status: "burn", turns: 0 });
      }),
  }),
  flee: defineAction({
    summary: "Leaves the fight on a throw of eleven or more out of twenty; else the turn is lost.",
    args: none,
    apply: (state: Skirmish, by, _move, random) =>
      turn(state, by, (scene, self) => {
        const fled = random.int(1, 20) >= 11;
        if (fled) change(scene, self.id, { leftAs: "fled" });
        scene.effects.push({ kind: fled ? "fled" : "flee_failed", target: self.id });
      }),
  }),
};

/** Every move that is possible for the fighter whose turn it is. */
export function legalMoves(state: Skirmish, by: string): Move[] {
  const self = current(state);
  if (!self || self.id !== by || !isAlive(self)) return [];
  const at = (action: string, targets: readonly Fighter[], args: object): Move[] =>
    targets.map((target) => ({ action, target: target.id, args }));
  const foes = foesOf(state, self);
  const friends = friendsOf(state, self);
  return [
    ...at("attack", foes, {}),
    { action: "defend", args: {} },
    ...(self.cooldowns.firebolt === 0 ? at("skill", foes, { skill: "firebolt" }) : []),
    ...(self.cooldowns.mend === 0 ? at("skill", friends, { skill: "mend" }) : []),
    ...(self.items.potion > 0 ? at("item", friends, { item: "potion" }) : []),
    ...(self.items.antidote > 0 ? at("item", friends, { item: "antidote" }) : []),
    { action: "flee", args: {} },
  ];
}
