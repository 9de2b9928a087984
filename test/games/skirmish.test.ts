import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { GameError } from "../../core/contract/errors.ts";
import type { Combatant, Move } from "../../core/games/ruleset.ts";
import { type Random, recording, replaying } from "../../core/random.ts";
import { type Fighter, type Skirmish, skirmish } from "../../games/skirmish.ts";

const duel: Combatant[] = [
  { id: "ann", kind: "player", team: 1 },
  { id: "bob", kind: "player", team: 2 },
];

/** Draws that repeat from a list of numbers: any list of them is a possible run of luck. */
function luck(numbers: readonly number[]): Random {
  let next = 0;
  return {
    int(min, max) {
      const value = numbers[next++ % numbers.length] ?? 0;
      return min + (value % (max - min + 1));
    },
  };
}

/** Every draw is this number, or the nearest that is allowed. */
const always = (value: number): Random => ({ int: (min, max) => Math.min(max, Math.max(min, value)) });

const fighter = (state: Skirmish, id: string): Fighter => {
  const found = state.fighters.find((one) => one.id === id);
  assert.ok(found, `${id} is in the fight`);
  return found;
};

function play(state: Skirmish, by: string, move: Partial<Move> & { action: string }, random: Random) {
  const action = skirmish.actions[move.action];
  assert.ok(action, move.action);
  return action.apply(state, by, { args: {}, ...move }, random);
}

const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;

const combatants = fc
  .array(fc.record({ kind: fc.constantFrom("player", "monster"), team: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 2,
    maxLength: 8,
  })
  .map((list): Combatant[] =>
    list.map(({ kind, team }, i) => ({ id: `f${i}`, kind: kind as "player", team })),
  )
  .filter((list) => new Set(list.map(({ team }) => team)).size > 1);

/** How the players of a run choose among their moves: any number picks one. */
const run = fc.record({
  combatants,
  numbers: fc.array(fc.nat(10_000), { minLength: 40, maxLength: 200 }),
  choices: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 60 }),
});

/** Plays to the end, with `check` after each move. @returns how many turns it took */
function playOut(
  { combatants: all, numbers, choices }: { combatants: Combatant[]; numbers: number[]; choices: number[] },
  choose: (state: Skirmish, by: string, pick: number) => Move,
  check: (before: Skirmish, by: string, after: Skirmish) => void,
): number {
  const random = luck(numbers);
  let state = skirmish.setup(all, random);
  let turns = 0;
  while (!skirmish.verdict(state, false)) {
    assert.ok(turns < skirmish.maxTurns, "the fight goes on beyond its last turn");
    const by = skirmish.actor(state);
    const { kind } = fighter(state, by);
    const move =
      kind === "monster"
        ? skirmish.monsterMove(state, by, random)
        : choose(state, by, choices[turns % choices.length] ?? 0);
    const before = state;
    state = play(state, by, move, random).state;
    check(before, by, state);
    turns++;
  }
  return turns;
}

const anyLegal = (state: Skirmish, by: string, pick: number): Move => {
  const moves = skirmish.legal(state, by);
  const move = moves[pick % moves.length];
  assert.ok(move, "who is on turn can do something");
  return move;
};

describe("skirmish", () => {
  it("ends, however its players choose and whatever they draw", () => {
    fc.assert(
      fc.property(run, (given) => playOut(given, anyLegal, () => {}) > 0),
      { numRuns: 300 },
    );
  });

  it("ends even where everybody only defends and heals", () => {
    const peaceful = (state: Skirmish, by: string): Move =>
      skirmish
        .legal(state, by)
        .find(({ action, args }) => isDeepStrictEqual([action, args], ["skill", { skill: "mend" }])) ?? {
        action: "defend",
        args: {},
      };
    fc.assert(fc.property(run, (given) => playOut(given, peaceful, () => {}) > 0));
  });

  it("keeps hit points between 0 and the full ones, and never raises the dead", () => {
    fc.assert(
      fc.property(run, (given) => {
        playOut(given, anyLegal, (before, _by, after) => {
          for (const one of after.fighters) {
            assert.ok(Number.isInteger(one.hp) && one.hp >= 0 && one.hp <= one.maxHp, `${one.id}: ${one.hp}`);
            if (fighter(before, one.id).hp === 0) assert.equal(one.hp, 0);
          }
        });
      }),
    );
  });

  it("gives turns only to those who stand, in order of initiative", () => {
    fc.assert(
      fc.property(run, (given) => {
        playOut(given, anyLegal, (before, by, after) => {
          const acted = fighter(before, by);
          assert.ok(acted.hp > 0 && acted.leftAs === null);
          if (skirmish.verdict(after, false)) return;
          const order = after.fighters.map(({ id }) => id);
          const next = skirmish.actor(after);
          const steps =
            (order.indexOf(next) - order.indexOf(by) + order.length) % order.length || order.length;
          for (let step = 1; step < steps; step++) {
            const passed = fighter(after, order[(order.indexOf(by) + step) % order.length] ?? "");
            assert.ok(passed.hp === 0 || passed.leftAs !== null, `${passed.id} is alive and was passed over`);
          }
        });
      }),
    );
    const state = skirmish.setup(duel, replaying([3, 17]));
    assert.deepEqual(
      state.fighters.map(({ id }) => id),
      ["bob", "ann"],
    );
  });

  it("allows every move that it lists, and changes nothing of the state it was given", () => {
    fc.assert(
      fc.property(run, (given) => {
        playOut(given, anyLegal, (before, by) => {
          const frozen = structuredClone(before);
          for (const move of skirmish.legal(before, by)) play(before, by, move, luck(given.numbers));
          assert.deepEqual(before, frozen);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("comes to the same from the same draws", () => {
    fc.assert(
      fc.property(run, ({ combatants: all, numbers, choices }) => {
        const draws = recording(luck(numbers));
        const state = skirmish.setup(all, draws);
        const by = skirmish.actor(state);
        const move = anyLegal(state, by, choices[0] ?? 0);
        const once = play(state, by, move, draws);
        const again = replaying(draws.draws);
        assert.deepEqual(play(skirmish.setup(all, again), by, move, again), once);
      }),
    );
  });

  it("strikes: a one misses, a twenty does double, guarding halves", () => {
    const state = skirmish.setup(duel, always(10));
    const hp = (outcome: { state: Skirmish }) => fighter(outcome.state, "bob").hp;
    assert.equal(hp(play(state, "ann", { action: "attack" }, replaying([1]))), 100);
    assert.equal(hp(play(state, "ann", { action: "attack" }, replaying([10, 15]))), 85);
    assert.equal(hp(play(state, "ann", { action: "attack" }, replaying([20, 15]))), 70);
    const guarding = play(
      play(state, "ann", { action: "defend" }, always(1)).state,
      "bob",
      { action: "defend" },
      always(1),
    );
    assert.equal(hp(play(guarding.state, "ann", { action: "attack" }, replaying([10, 15]))), 92);
  });

  it("burns for three turns after a firebolt, which must cool down; an antidote ends it", () => {
    let state = play(skirmish.setup(duel, always(10)), "ann", { action: "skill" }, replaying([10, 10])).state;
    assert.deepEqual([fighter(state, "bob").hp, fighter(state, "bob").burn], [86, 2]);
    state = play(state, "bob", { action: "defend" }, always(1)).state;
    assert.throws(() => play(state, "ann", { action: "skill" }, always(1)), refusedWith("conflict"));
    const burning = play(state, "ann", { action: "defend" }, always(1)).state;
    assert.equal(fighter(burning, "bob").hp, 82);
    const cured = play(burning, "bob", { action: "item", args: { item: "antidote" } }, always(1)).state;
    const next = play(cured, "ann", { action: "defend" }, always(1)).state;
    assert.equal(fighter(next, "bob").hp, 82);
    assert.throws(
      () => play(next, "bob", { action: "item", args: { item: "antidote" } }, always(1)),
      refusedWith("conflict"),
    );
  });

  it("refuses targets that are none, and turns that are another's", () => {
    const team: Combatant[] = [...duel, { id: "cid", kind: "player", team: 1 }];
    const state = skirmish.setup(team, replaying([20, 10, 5]));
    const attack = (target: string) => () => play(state, "ann", { action: "attack", target }, always(10));
    assert.throws(attack("cid"), refusedWith("invalid_payload"));
    assert.throws(attack("ann"), refusedWith("invalid_payload"));
    assert.throws(attack("nobody"), refusedWith("invalid_payload"));
    assert.throws(attack("__proto__"), refusedWith("invalid_payload"));
    assert.throws(() => play(state, "bob", { action: "attack" }, always(10)), refusedWith("not_your_turn"));
    assert.throws(
      () => play(state, "ann", { action: "item", target: "bob" }, always(10)),
      refusedWith("invalid_payload"),
    );
    assert.throws(
      () => skirmish.setup([duel[0], { ...team[2] }] as Combatant[], always(1)),
      refusedWith("invalid_payload"),
    );
  });

  it("lets a fighter flee on eleven or more; the last team wins", () => {
    const state = skirmish.setup(duel, always(10));
    const stayed = play(state, "ann", { action: "flee" }, replaying([10]));
    assert.equal(skirmish.verdict(stayed.state, false), null);
    assert.equal(skirmish.departed(stayed.state, "ann"), false);
    const fled = play(state, "ann", { action: "flee" }, replaying([11]));
    assert.equal(skirmish.departed(fled.state, "ann"), true);
    assert.deepEqual(skirmish.verdict(fled.state, false)?.winner, 2);
    assert.deepEqual(skirmish.verdict(fled.state, false)?.result.winners, ["bob"]);
  });

  it("decides by the share of hit points where it must end", () => {
    const state = skirmish.setup(duel, always(10));
    assert.equal(skirmish.verdict(state, true)?.winner, null);
    const hit = play(state, "ann", { action: "attack" }, replaying([10, 15])).state;
    assert.equal(skirmish.verdict(hit, true)?.winner, 1);
  });
});
