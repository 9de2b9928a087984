import assert from "node:assert/strict";
import { Type } from "typebox";
import type { GameDefinition } from "../../core/games/game.ts";
import { action, defineGame } from "../../core/games/game.ts";
import type { UserId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import { replaying } from "../../core/random.ts";
import { shippedGames } from "../../games/index.ts";
import { relay } from "../../games/relay.ts";

const sound: GameDefinition<{ n: number }> = {
  name: "count",
  players: { min: 1, max: 4 },
  setup: () => ({ n: 0 }),
  actions: {
    add: action(Type.Object({ by: Type.Integer() }), (state: { n: number }, _by, { by }) => ({
      state: { n: state.n + by },
    })),
  },
};
const misspelt: object = { player: sound.players, players: undefined };
const ann = asId<UserId>("ann");
const bob = asId<UserId>("bob");
const player1 = asId<UserId>("player-1");
const context = { now: 0, owner: ann, teams: [], random: replaying([]) };
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

describe("defineGame", () => {
  it("takes a sound game, whose actions get checked arguments only", () => {
    const game = defineGame(sound);
    assert.deepEqual(game.act({ n: 1 }, ann, "add", { by: 2 }, context), {
      state: { n: 3 },
      args: { by: 2 },
    });
    assert.throws(() => game.act({ n: 1 }, ann, "add", { by: "2" }, context), code("invalid_payload"));
    assert.throws(() => game.act({ n: 1 }, ann, "add", undefined, context), code("invalid_payload"));
    assert.throws(() => game.act({ n: 1 }, ann, "toString", {}, context), code("not_found"));
  });

  const mistakes: [
    string,
    Partial<GameDefinition<never>> | Partial<GameDefinition<{ n: number }>>,
    RegExp,
  ][] = [
    ["a name with blanks", { name: "Count Me" }, /name must be/],
    ["more players needed than allowed", { players: { min: 3, max: 2 } }, /min ≤ max/],
    ["half a player", { players: { min: 1.5, max: 2 } }, /whole numbers/],
    [
      "a misspelt field and so a missing one",
      misspelt,
      /no field player; did you mean players\?; players is missing: it is an object/,
    ],
    [
      "an action that is not made with action()",
      { actions: { add: { arg: 1 } } as never },
      /"add" is made with action\(args, apply\): args is missing/,
    ],
    ["no actions", { actions: {} }, /at least one action/],
    [
      "options that must be given",
      { options: Type.Object({ n: Type.Integer() }) },
      /option must be optional/,
    ],
    ["a turn of somebody who does not play", { turnOf: () => bob }, /does not play/],
    ["a time limit without what follows it", { turnMs: () => 1_000 }, /turnMs and onTimeout go together/],
    [
      "a time limit of no turns",
      { turnMs: () => 1_000, onTimeout: (state: { n: number }) => ({ state }) },
      /needs turnOf or turnId/,
    ],
    [
      "a time limit that is none",
      { turnMs: () => Number.NaN, turnId: () => 1, onTimeout: (state: { n: number }) => ({ state }) },
      /turnMs must be from/,
    ],
    [
      "turns that nobody ends for who is gone",
      { players: { min: 2, max: 2 }, turnOf: () => player1 },
      /onDrop/,
    ],
    ["a delay that is no number of milliseconds", { spectatorDelayMs: -1 }, /spectatorDelayMs/],
    ["a delay without a log", { spectatorDelayMs: 1, logged: false }, /needs the action log/],
    ["a view that does not survive JSON", { view: () => new Date(0) }, /view of a player/],
    ["an end before the start", { result: () => ({ winners: [], reason: "done" }) }, /over before/],
  ];
  for (const [what, wrong, message] of mistakes)
    it(`refuses ${what}, and says which game it is`, () => {
      const definition = { ...sound, ...wrong } as GameDefinition<{ n: number }>;
      assert.throws(
        () => defineGame(definition),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, new RegExp(`^game "${definition.name}"`));
          return true;
        },
      );
    });

  it("several may have the turn: they act in any order, and others are refused", () => {
    const turnOf = ({ n }: { n: number }) => (n === 0 ? [player1] : [ann, bob]);
    const game = defineGame({ ...sound, turnOf });
    assert.throws(() => game.act({ n: 0 }, ann, "add", { by: 1 }, context), code("not_your_turn"));
    for (const one of [bob, ann])
      assert.deepEqual(game.act({ n: 1 }, one, "add", { by: 1 }, context).state, { n: 2 });
    assert.throws(() => game.act({ n: 1 }, player1, "add", { by: 1 }, context), code("not_your_turn"));
  });

  it("takes off what an action or the options do not name", () => {
    let seen: unknown;
    const actions = {
      add: action(Type.Object({ by: Type.Integer() }), (state: { n: number }, _by, args) => {
        seen = args;
        return { state };
      }),
    };
    const options = Type.Object({ size: Type.Optional(Type.Integer()) });
    const game = defineGame({ ...sound, actions, options });
    game.act({ n: 0 }, ann, "add", JSON.parse('{"by":1,"junk":"x","__proto__":{"n":9}}'), context);
    assert.deepEqual(seen, { by: 1 });
    assert.deepEqual(game.optionsOf({ size: 3, junk: true }), { size: 3 });
    assert.throws(() => game.optionsOf({ size: "3" }), code("invalid_payload"));
  });

  it("refuses a state that does not survive JSON", () => {
    const game = { ...sound, setup: () => ({ seen: new Map() }) } as unknown as GameDefinition<{ n: number }>;
    assert.throws(() => defineGame(game), /survive JSON/);
  });

  it("refuses arguments that are no object", () => {
    const actions = { add: action(Type.Integer(), (state: { n: number }) => ({ state })) };
    assert.throws(() => defineGame({ ...sound, actions }), /object schema/);
  });

  it("refuses the methods of a class, which the game would not have: a view that hides something, for one", () => {
    class Hidden {
      constructor() {
        Object.assign(this, sound);
      }
      view() {
        return {};
      }
    }
    const wrong = new Hidden() as unknown as GameDefinition<{ n: number }>;
    assert.throws(() => defineGame(wrong), /view is inherited: a definition is a plain object/);
  });

  it("tells all mistakes at once", () => {
    assert.throws(() => defineGame({ ...sound, name: "", actions: {} }), /name must be.*at least one action/);
  });

  it("the shipped games have names of their own", () => {
    const names = shippedGames.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.deepEqual(names, ["dash-dice", "goofspiel", "relay"]);
  });
});

describe("relay", () => {
  it("takes any state from the owner", () => {
    for (const state of [{ x: [1, null] }, "text", 0, null])
      assert.deepEqual(relay.act(null, ann, "set", { state }, context).state, state);
  });

  it("takes none from another player", () => {
    assert.throws(() => relay.act(null, bob, "set", { state: 1 }, context), code("forbidden"));
  });

  it("wants a state", () => {
    assert.throws(() => relay.act(null, ann, "set", {}, context), code("invalid_payload"));
  });
});
