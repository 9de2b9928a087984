import assert from "node:assert/strict";
import { Type } from "typebox";
import { type Combatant, defineAction, defineRuleset } from "../../../core/games/ruleset.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { onEachSetup } from "../../support/app.ts";

interface Guessing {
  readonly numbers: Readonly<Record<string, number>>;
  readonly combatants: readonly Combatant[];
  readonly turn: number;
  readonly winner: string | null;
}

/** Each side has a number that only it sees; who guesses the other's wins. There is no fleeing. */
const guessing = defineRuleset<Guessing>({
  name: "guessing",
  combatants: { min: 2, max: 2 },
  maxTurns: 10,
  actions: {
    guess: defineAction({
      summary: "Names the other's number.",
      args: Type.Object({ number: Type.Integer() }),
      apply(state: Guessing, by, { args }) {
        const other = state.combatants.find(({ id }) => id !== by)?.id ?? "";
        const right = state.numbers[other] === args.number;
        return {
          state: { ...state, turn: state.turn + 1, winner: right ? by : null },
          effects: [{ kind: right ? "right" : "wrong" }],
        };
      },
    }),
  },
  setup: (combatants, random) => ({
    numbers: Object.fromEntries(combatants.map(({ id }) => [id, random.int(1, 1_000)])),
    combatants,
    turn: 0,
    winner: null,
  }),
  actor: (state) => state.combatants[state.turn % 2]?.id ?? "",
  legal: () => [],
  defaultMove: () => ({ action: "guess", args: { number: 0 } }),
  monsterMove: (_state, _by, random) => ({ action: "guess", args: { number: random.int(1, 1_000) } }),
  forfeit: (state, who) => ({
    state: { ...state, winner: state.combatants.find(({ id }) => id !== who)?.id ?? null },
    effects: [],
  }),
  departed: () => false,
  verdict(state, final) {
    const winner = state.combatants.find(({ id }) => id === state.winner);
    return winner || final ? { winner: winner?.team ?? null, result: {} } : null;
  },
  view: (state, viewer) => ({ own: viewer === null ? null : (state.numbers[viewer] ?? null) }),
});

const numberOf = (view: unknown): number | null => (view as { own: number | null }).own;

onEachSetup((setup) => {
  describe("/combat: a ruleset of one's own", () => {
    it("shows each player its own side only, takes its own arguments, and decides about fleeing", async () => {
      const app = await setup.start({ app: { rulesets: [guessing] } });
      const ann = await app.connect(combatContract, "ann", { worker: 0 });
      const bob = await app.connect(combatContract, "bob", { worker: 1 });
      const { combat_session_id } = await ann.call("combat_create", {
        ruleset: "guessing",
        participants: [
          { id: "ann", kind: "player", team: "a" },
          { id: "bob", kind: "player", team: "b" },
        ],
      });
      const eve = await app.connect(combatContract, "eve", { worker: 1 });
      const watched = await eve.call("combat_join", { combat_session_id, spectate: true });
      assert.equal(numberOf(watched.state.view), null);
      for (const client of [ann, bob]) await client.call("combat_join", { combat_session_id });
      const views = await Promise.all(
        [ann, bob, eve].map(async (client) => numberOf((await client.next("combat_started")).state.view)),
      );
      assert.deepEqual(
        views.map((own) => own === null),
        [false, false, true],
      );
      assert.equal(views[0], numberOf((await ann.call("combat_state", { combat_session_id })).state.view));

      assert.equal((await ann.refused("combat_flee", { combat_session_id })).code, "conflict");
      const guess = (number: unknown) => ({ combat_session_id, action: "guess", args: { number } });
      assert.equal((await ann.refused("combat_action", guess("1"))).code, "invalid_payload");
      await ann.call("combat_action", guess(-1));
      await bob.call("combat_action", guess(views[0]));
      for (const client of [ann, bob, eve]) assert.equal((await client.next("combat_ended")).winner, "b");
    });
  });
});
