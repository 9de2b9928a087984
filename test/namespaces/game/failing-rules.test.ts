/** A game's author makes mistakes: each is told where it is made, with the game, the rule and the room. */
import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { skirmish } from "../../../games/skirmish.ts";
import { combatContract } from "../../../namespaces/combat/schema.ts";
import { onEachSetup } from "../../support/app.ts";
import { logBook } from "../../support/log-book.ts";
import { until } from "../../support/until.ts";
import { gameOf } from "./playing.ts";

interface Tally {
  points: number;
  readonly marks: unknown[];
}

const NONE = Type.Object({});
const faulty = defineGame<Tally>({
  name: "faulty",
  players: { min: 1, max: 4 },
  setup: () => ({ points: 0, marks: [] }),
  actions: {
    add: action(NONE, (state: Tally) => ({ state: { ...state, points: state.points + 1 } })),
    /** Changes what others may read meanwhile. */
    cheat: action(NONE, (state: Tally) => {
      state.points += 10;
      return { state };
    }),
    nest: action(NONE, (state: Tally) => {
      state.marks.push(1);
      return { state };
    }),
    forget: action(NONE, (state: Tally) => ({ state: { ...state, marks: [{ at: new Date(0) }] } })),
    lose: action(NONE, (state: Tally) => ({ state: { ...state, points: Number.NaN } })),
    crash: action(NONE, () => {
      throw new RangeError("a mistake");
    }),
  },
  onDrop: () => {
    throw new RangeError("nobody thought of that");
  },
});

const ANYBODY = [asId<UserId>("ann"), asId<UserId>("bob")];

/** Its rules use what stands beside them. */
const selfish = defineGame<Tally>({
  name: "selfish",
  players: { min: 1, max: 4 },
  setup() {
    return { points: this.players.min, marks: [] };
  },
  actions: {
    add: {
      ...action(NONE, (state: Tally) => ({ state })),
      apply(state: Tally) {
        return { state: { ...state, points: state.points + (this.args === NONE ? 1 : 0) } };
      },
    },
  },
  result(state) {
    return state.points > this.players.max ? { winners: ANYBODY, reason: this.name } : undefined;
  },
  view(state) {
    return { of: this.name, points: state.points };
  },
});

describe("/game: a rule that fails", () => {
  onEachSetup((setup) => {
    const table = async (log = logBook("info")) => ({
      log,
      ...(await gameOf(setup, ["ann", "bob"], { game: "faulty", games: [faulty], log })),
    });

    for (const [name, problem] of [
      ["crash", /a mistake/],
      ["cheat", /read only property 'points'/],
      ["nest", /object is not extensible/],
      ["forget", /state\.marks\[0\]\.at is a Date, not a plain object/],
      ["lose", /state\.points is NaN/],
    ] as const)
      it(`changes nothing, is internal for the player, and is logged with game, rule and room (${name})`, async () => {
        const { log, clients, room_id } = await table();
        const [ann] = clients;
        await ann?.call("game:action", { room_id, action: "add" });
        const refused = await ann?.refused("game:action", { room_id, action: name });
        assert.equal(refused?.code, "internal");
        const [line] = log.of("a rule of a game failed", {
          game: "faulty",
          rule: `action ${name}`,
          room: room_id,
        });
        assert.match(String(line?.fields.err), problem);
        const { state, version } = (await ann?.call("room:state", { room_id })) ?? {};
        assert.deepEqual([state, version], [{ points: 1, marks: [] }, 2]);
        await ann?.call("game:action", { room_id, action: "add" });
      });

    it("is none where rules use `this`", async () => {
      const { clients, room_id } = await gameOf(setup, ["ann", "bob"], { game: "selfish", games: [selfish] });
      const [ann] = clients;
      await ann?.call("game:action", { room_id, action: "add" });
      const { state } = (await ann?.call("room:state", { room_id })) ?? {};
      assert.deepEqual(state, { of: "selfish", points: 2 });
      for (let nr = 0; nr < 3; nr++) await ann?.call("game:action", { room_id, action: "add" });
      const { result } = (await ann?.next("game_ended")) ?? {};
      assert.deepEqual(result, { winners: ANYBODY, reason: "selfish" });
    });

    it("is logged too where no player asked for it", async () => {
      const { log, clients, room_id } = await table();
      await clients[1]?.refused("room:leave", { room_id });
      await until(
        "it is in the log",
        () => log.of("a rule of a game failed", { rule: "onDrop", room: room_id }).length > 0,
      );
    });
  });

  onEachSetup((setup) => {
    it("of a combat ruleset is told in the same way", async () => {
      const log = logBook("info");
      const broken = {
        ...skirmish,
        name: "broken",
        forfeit: (state: unknown) => {
          (state as { turn?: number }).turn = 7;
          return { state, effects: [] };
        },
      } as unknown as typeof skirmish;
      const app = await setup.start({ app: { rulesets: [broken] }, log });
      const [ann, bob] = await Promise.all(["ann", "bob"].map((user) => app.connect(combatContract, user)));
      const created = await ann?.call("combat_create", {
        ruleset: "broken",
        participants: [
          { id: "ann", kind: "player", team: 1 },
          { id: "bob", kind: "player", team: 2 },
        ],
      });
      const combat_session_id = created?.combat_session_id ?? "";
      await bob?.call("combat_join", { combat_session_id });
      const refused = await ann?.refused("combat_flee", { combat_session_id });
      assert.equal(refused?.code, "internal");
      assert.equal(
        log.of("a rule of a game failed", { game: "broken", rule: "forfeit", room: combat_session_id })
          .length,
        1,
      );
    });
  });
});
