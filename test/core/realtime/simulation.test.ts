import assert from "node:assert/strict";
import fc from "fast-check";
import type { UserId } from "../../../core/ids.ts";
import { angle, axis, entities, fixed, int, own, player } from "../../../core/realtime/fields.ts";
import { byCell, defineRealtime, type RealtimeGame } from "../../../core/realtime/game.ts";
import { Simulation } from "../../../core/realtime/simulation.ts";
import { startOf } from "../../../core/realtime/start.ts";
import { hashOf } from "../../../core/realtime/state.ts";
import { arena } from "../../../games/arena.ts";

const [ann, bob] = ["ann" as UserId, "bob" as UserId];
const seed = [1, 2, 3, 4];
const game: RealtimeGame = arena;
const options = { bots: 2, target: 100, seconds: 300 };
const bots = ["bot:1" as UserId, "bot:2" as UserId];
const start = () => startOf(game, { players: [ann, bob], bots, options, seed });
const moves = fc.record({
  x: fc.integer({ min: -127, max: 127 }).map((n) => n / 127),
  y: fc.integer({ min: -127, max: 127 }).map((n) => n / 127),
  aim: fc.constant(0),
  fire: fc.boolean(),
});

describe("a real-time simulation", () => {
  it("goes the same way again from any of its snapshots", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(moves, { maxLength: 2 }), { minLength: 2, maxLength: 60 }),
        fc.nat(),
        (ticks, somewhere) => {
          const first = new Simulation(game, start(), { seed, options, checks: true });
          const at = somewhere % ticks.length;
          let kept = first.snapshot();
          const step = (simulation: Simulation, tick: number) =>
            simulation.step({
              taken: new Map([[ann, ticks[tick] ?? []]]),
              changes: tick === 5 ? [{ kind: "drop", user: bob }] : [],
              views: new Map([[ann, tick % 5]]),
            });
          const told: unknown[] = [];
          ticks.forEach((_, tick) => {
            if (tick === at) kept = first.snapshot();
            const { events } = step(first, tick);
            if (tick >= at) told.push(...events);
          });
          const again = new Simulation(game, JSON.parse(JSON.stringify(kept)), { seed, options });
          const toldAgain: unknown[] = [];
          for (let tick = at; tick < ticks.length; tick++) toldAgain.push(...step(again, tick).events);
          assert.deepEqual(toldAgain, told);
          assert.equal(hashOf(game.state, again.state), hashOf(game.state, first.state));
          assert.equal(JSON.stringify(again.snapshot()), JSON.stringify(first.snapshot()));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("a bot plays for a player who is dropped, until they return", () => {
    const simulation = new Simulation(game, start(), { seed, options });
    simulation.step({ taken: new Map(), changes: [{ kind: "drop", user: ann }] });
    assert.equal(simulation.seats.find(({ user }) => user === ann)?.as, "bot");
    const place = () => {
      const ship = [...(simulation.state.ships?.values() ?? [])].find(({ owner }) => owner === ann);
      return [ship?.x, ship?.y];
    };
    const before = place();
    for (let tick = 0; tick < 30; tick++) simulation.step({ taken: new Map() });
    assert.notDeepEqual(place(), before);
    simulation.step({ taken: new Map(), changes: [{ kind: "return", user: ann }] });
    assert.equal(simulation.seats.find(({ user }) => user === ann)?.as, "player");
  });
});

const definition = {
  name: "dots",
  players: { min: 1, max: 2 },
  hz: 20,
  input: { x: axis() },
  state: { dots: entities({ owner: player(), x: fixed(1 / 8) }) },
  setup: () => ({ dots: new Map([["a", { owner: "ann", x: 0 }]]) }),
  step: () => undefined,
} as const;

describe("defineRealtime", () => {
  it("fills in the defaults", () => {
    const dots = defineRealtime(definition);
    assert.deepEqual(
      [dots.controls, dots.sendEvery, dots.drop, dots.sees, dots.dt],
      ["dots", 1, "hold", { kind: "everyone" }, 1 / 20],
    );
  });

  for (const [why, change, message] of [
    ["a name with blanks", { name: "A b" }, /the name must be lower case/],
    ["too many steps a second", { hz: 61 }, /hz must be a whole number from 1 to 60/],
    ["no collection", { state: {} }, /state must have a collection/],
    ["a player as input", { input: { p: player() } }, /input field "p" can't be a player/],
    [
      "own fields without a player",
      { state: { dots: entities({ x: own(int(0, 1)) }) } },
      /needs a player\(\) field/,
    ],
    ["bots without a bot", { drop: "bot" }, /bots need the function bot/],
    ["cells of what is not there", { sees: byCell("stars", 4) }, /sees names "stars"/],
    ["cells without y", { sees: byCell("dots", 4) }, /needs fields x and y/],
    [
      "a setup that breaks the declaration",
      { setup: () => ({ dots: new Map([["a", { owner: "ann" }]]) }) },
      /setup: dots a: "x" must be a finite number/,
    ],
    [
      "a field that is not declared",
      { setup: () => ({ dots: new Map([["a", { owner: null, x: 1, z: 2 }]]) }) },
      /"z" is not declared/,
    ],
    ["an aim for a collection", { rewinds: ["stars"] }, /rewinds names "stars"/],
    ["a field that there is not", { onStep: () => undefined }, /no field onStep, only name, players/],
    [
      "no players and no step",
      { players: undefined, step: undefined } as never,
      /players is missing: it is an object; step is missing: it is a function/,
    ],
    ["two mistakes", { hz: 0, name: "" }, /the name .*; hz must/],
  ] as const)
    it(`refuses ${why}`, () => {
      const wrong = { ...definition, ...change } as unknown as typeof definition;
      assert.throws(() => defineRealtime(wrong), message);
    });

  it("refuses the methods of a class, which the game would not have", () => {
    class Dots {
      constructor() {
        const { step: _, ...rest } = definition;
        Object.assign(this, rest);
      }
      step() {}
    }
    const wrong = new Dots() as unknown as typeof definition;
    assert.throws(() => defineRealtime(wrong), /step is inherited: a definition is a plain object/);
  });

  it("is made of another game, with a field in place of its own", () => {
    assert.equal(defineRealtime({ ...defineRealtime(definition), name: "others" }).name, "others");
  });

  it("tells of a step that breaks the declaration where checks are on, and rounds to it where they are not", () => {
    const broken: RealtimeGame = defineRealtime({
      name: "broken",
      players: { min: 1, max: 1 },
      hz: 20,
      input: { turn: angle() },
      state: { dots: entities({ hp: int(0, 9) }) },
      setup: () => ({ dots: new Map([["a", { hp: 9 }]]) }),
      step(state, _inputs, { tick }) {
        const dot = state.dots.get("a");
        if (dot !== undefined && tick > 1) dot.hp = 12;
      },
    });
    const from = startOf(broken, { players: [ann], options: {}, seed });
    const run = (checks: boolean) => {
      const simulation = new Simulation(broken, from, { seed, options: {}, checks });
      for (let tick = 0; tick < 2; tick++) simulation.step({ taken: new Map() });
      return simulation.state.dots?.get("a");
    };
    assert.throws(() => run(true), /broken: after step 2: dots a: "hp" must be a whole number from 0 to 9/);
    assert.deepEqual(run(false), { hp: 9 });
  });
});
