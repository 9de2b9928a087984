import assert from "node:assert/strict";
import fc from "fast-check";
import type { GameContext, GameUpdate } from "../../core/games/game.ts";
import type { UserId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import { cryptoRandom, recording, replaying } from "../../core/random.ts";
import type { DashDiceState } from "../../games/dash-dice.ts";
import { dashDice } from "../../games/dash-dice.ts";

const [ann, bob, cat] = ["ann", "bob", "cat"].map((id) => asId<UserId>(id)) as [UserId, UserId, UserId];

/** A context whose dice show these values, one after the other. */
const dice = (...values: number[]): GameContext => ({
  now: 0,
  owner: ann,
  teams: [],
  random: replaying(values),
});
const started = (players: readonly UserId[], options = {}) =>
  dashDice.setup(players, options, dice()) as DashDiceState;
const roll = (state: DashDiceState, by: UserId, value: number) =>
  dashDice.act(state, by, "roll", {}, dice(value)).state as DashDiceState;
const bank = (state: DashDiceState, by: UserId) =>
  dashDice.act(state, by, "bank", {}, dice()).state as DashDiceState;
const refusal = (code: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, code);
  return true;
};

describe("dash-dice", () => {
  it("the first player has the first turn and nobody has points", () => {
    const state = started([ann, bob]);
    assert.equal(state.turn, ann);
    assert.deepEqual(
      state.players.map(({ score }) => score),
      [0, 0],
    );
    assert.equal(state.target, 100);
  });

  it("what is banked counts, and the turn passes on", () => {
    const state = bank(roll(roll(started([ann, bob]), ann, 6), ann, 4), ann);
    assert.equal(state.players[0]?.score, 10);
    assert.equal(state.turn, bob);
    assert.equal(state.turn_points, 0);
  });

  it("a one loses the turn's points and the turn, not what was banked", () => {
    let state = bank(roll(started([ann, bob]), ann, 5), ann);
    state = bank(roll(state, bob, 2), bob);
    state = roll(roll(state, ann, 6), ann, 1);
    assert.equal(state.turn, bob);
    assert.equal(state.turn_points, 0);
    assert.equal(state.players[0]?.score, 5);
  });

  it("who banks the target wins at once", () => {
    let state = started([ann, bob], { target: 10 });
    state = roll(roll(state, ann, 5), ann, 5);
    assert.equal(dashDice.result?.(state), undefined);
    state = bank(state, ann);
    assert.deepEqual(dashDice.result?.(state), {
      winners: [ann],
      reason: "target",
      scores: [
        { user_id: ann, score: 10 },
        { user_id: bob, score: 0 },
      ],
    });
  });

  it("refuses another's turn, an empty bank, an unknown action and arguments that are no object", () => {
    const state = started([ann, bob]);
    assert.throws(() => roll(state, bob, 3), refusal("not_your_turn"));
    assert.throws(() => bank(state, ann), refusal("conflict"));
    assert.throws(() => dashDice.act(state, ann, "constructor", {}, dice()), refusal("not_found"));
    assert.throws(() => dashDice.act(state, ann, "roll", "six", dice()), refusal("invalid_payload"));
  });

  it("refuses options that are none", () => {
    for (const options of [{ target: 0 }, { target: "100" }, { target: 1e9 }])
      assert.throws(() => started([ann, bob], options), refusal("invalid_payload"));
  });

  it("a claimed die changes nothing: the server's generator decides", () => {
    const { state } = dashDice.act(started([ann, bob]), ann, "roll", { value: 6 }, dice(2));
    assert.equal((state as DashDiceState).turn_points, 2);
  });

  it("with one player left, that one wins by forfeit", () => {
    const update = dashDice.onDrop?.(started([ann, bob]), ann, dice()) as GameUpdate<unknown>;
    assert.deepEqual(dashDice.result?.(update.state)?.winners, [bob]);
    assert.equal(dashDice.result?.(update.state)?.reason, "forfeit");
  });

  it("a player who drops in their turn passes it on, and gets no other", () => {
    const update = dashDice.onDrop?.(roll(started([ann, bob, cat]), ann, 4), ann, dice());
    let state = update?.state as DashDiceState;
    assert.equal(state.turn, bob);
    assert.equal(state.turn_points, 0);
    state = roll(state, bob, 1);
    state = roll(state, cat, 1);
    assert.equal(state.turn, bob);
  });

  it("in quickfire 50 points win", () => {
    let state = started([ann, bob], { mode: "quickfire" });
    for (let i = 0; i < 9; i++) state = roll(state, ann, 6);
    assert.deepEqual(dashDice.result?.(bank(state, ann))?.winners, ["ann"]);
  });

  describe("zero_hour", () => {
    it("counts down to exactly zero", () => {
      let state = started([ann, bob], { mode: "zero_hour", target: 10 });
      assert.deepEqual(
        state.players.map(({ score }) => score),
        [10, 10],
      );
      state = roll(bank(roll(state, ann, 4), ann), bob, 1);
      assert.equal(state.players[0]?.score, 6);
      state = bank(roll(state, ann, 6), ann);
      assert.deepEqual(dashDice.result?.(state)?.winners, ["ann"]);
    });

    it("who banks more than is left loses the points and the turn", () => {
      const state = bank(
        roll(roll(started([ann, bob], { mode: "zero_hour", target: 10 }), ann, 6), ann, 5),
        ann,
      );
      assert.deepEqual([state.players[0]?.score, state.turn, state.winner], [10, "bob", null]);
    });
  });

  describe("true_grit", () => {
    const begun = () => started([ann, bob, cat], { mode: "true_grit" });

    it("everybody has one turn, then the highest score wins", () => {
      let state = bank(roll(begun(), ann, 5), ann);
      state = bank(roll(state, bob, 6), bob);
      assert.equal(dashDice.result?.(state), undefined);
      state = roll(state, cat, 1);
      assert.deepEqual(dashDice.result?.(state)?.winners, ["bob"]);
    });

    it("while the best are equal, everybody has another turn", () => {
      let state = begun();
      for (const one of [ann, bob, cat]) state = bank(roll(state, one, 3), one);
      assert.equal(dashDice.result?.(state), undefined);
      assert.equal(state.turn, ann);
      state = bank(roll(state, ann, 2), ann);
      state = roll(roll(state, bob, 1), cat, 1);
      assert.deepEqual(dashDice.result?.(state)?.winners, ["ann"]);
    });

    it("is over when the last who is owed a turn drops out", () => {
      let state = bank(roll(begun(), ann, 5), ann);
      state = bank(roll(state, bob, 6), bob);
      const dropped = dashDice.onDrop?.(state, cat, dice()).state;
      assert.deepEqual(dashDice.result?.(dropped)?.winners, ["bob"]);
    });
  });

  describe("a turn that is not played in time", () => {
    const late = (state: DashDiceState) => dashDice.onTimeout?.(state, dice()) as GameUpdate<DashDiceState>;

    it("passes on, with what was at stake lost", () => {
      const { state, events } = late(roll(started([ann, bob]), ann, 5));
      assert.deepEqual([state.turn, state.turn_points, state.players[0]?.score], ["bob", 0, 0]);
      assert.deepEqual(events?.[0], { type: "timed_out", user_id: "ann", points: 5 });
    });

    it("is the third in a row that forfeits, and a roll in between forgives", () => {
      const both = (state: DashDiceState) => roll(late(state).state, bob, 1);
      const twice = both(both(started([ann, bob])));
      assert.deepEqual(dashDice.result?.(late(twice).state)?.winners, ["bob"]);
      const forgiven = roll(roll(twice, ann, 1), bob, 1);
      assert.equal(dashDice.result?.(late(forgiven).state), undefined);
    });

    it("has the time that the room's options say", () => {
      assert.equal(dashDice.turnMs?.(started([ann, bob], { turn_seconds: 5 })), 5_000);
      assert.equal(dashDice.turnMs?.(started([ann, bob])), 120_000);
    });
  });

  it("a million rolls of the server's generator are even (chi-squared)", () => {
    const rolls = 1_000_000;
    const counts = [0, 0, 0, 0, 0, 0];
    const context = { now: 0, owner: ann, teams: [], random: cryptoRandom };
    let state = started([ann, bob]);
    for (let i = 0; i < rolls; i++) {
      state = dashDice.act(state, state.turn, "roll", {}, context).state as DashDiceState;
      const at = (state.last_roll ?? 0) - 1;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    assert.equal(
      counts.reduce((a, b) => a + b, 0),
      rolls,
    );
    const expected = rolls / 6;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Five degrees of freedom: a fair die is above this once in ten million runs.
    assert.ok(chiSquared < 41.1, `chi-squared is ${chiSquared}`);
  });

  describe("any game", () => {
    const move = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ kind: fc.constant("roll" as const), die: fc.integer({ min: 1, max: 6 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("bank" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), seat: fc.nat(4) }) },
    );
    const table = fc.integer({ min: 2, max: 5 }).map((n) => {
      return Array.from({ length: n }, (_, i) => asId<UserId>(`p${i}`));
    });

    it("keeps scores equal to what was banked, and the turn with somebody who still plays", () => {
      fc.assert(
        fc.property(table, fc.array(move, { maxLength: 200 }), (players, moves) => {
          let state = started(players, { target: 40 });
          const banked = new Map<UserId, number>(players.map((id) => [id, 0]));
          for (const one of moves) {
            if (dashDice.result?.(state) !== undefined) break;
            const by = state.turn;
            if (one.kind === "roll") state = roll(state, by, one.die);
            else if (one.kind === "bank") {
              if (state.turn_points === 0) continue;
              banked.set(by, (banked.get(by) ?? 0) + state.turn_points);
              state = bank(state, by);
            } else {
              const player = players[one.seat % players.length] as UserId;
              state = dashDice.onDrop?.(state, player, dice())?.state as DashDiceState;
            }
            for (const { user_id, score } of state.players) assert.equal(score, banked.get(user_id));
            const result = dashDice.result?.(state);
            if (result === undefined) {
              assert.equal(state.players.find((p) => p.user_id === state.turn)?.forfeited, false);
              assert.ok(state.players.every((p) => p.score < state.target));
            } else if (result.reason === "target") {
              assert.ok((banked.get(result.winners[0] as UserId) ?? 0) >= state.target);
            } else assert.equal(state.players.filter((p) => !p.forfeited).length, 1);
          }
        }),
      );
    });

    it("of any mode ends or goes on with a turn for somebody who still plays; nobody gets points that were not rolled", () => {
      const modes = fc.constantFrom("classic", "quickfire", "zero_hour", "true_grit");
      const choice = fc.record({ bank: fc.boolean(), die: fc.integer({ min: 1, max: 6 }), late: fc.nat(15) });
      fc.assert(
        fc.property(modes, table, fc.array(choice, { maxLength: 150 }), (mode, players, choices) => {
          let state = started(players, { mode, target: 20 });
          let rolled = 0;
          for (const one of choices) {
            if (dashDice.result?.(state) !== undefined) break;
            const by = state.turn;
            const number = state.turn_number;
            if (one.late === 0) state = dashDice.onTimeout?.(state, dice())?.state as DashDiceState;
            else if (one.bank && state.turn_points > 0) state = bank(state, by);
            else {
              state = roll(state, by, one.die);
              if (one.die > 1) rolled += one.die;
            }
            const start = mode === "zero_hour" ? 20 : 0;
            const gained = state.players.reduce((sum, p) => sum + Math.abs(p.score - start), 0);
            assert.ok(gained + state.turn_points <= rolled);
            assert.ok(state.players.every(({ score }) => score >= 0));
            if (dashDice.result?.(state) !== undefined) break;
            assert.equal(state.players.find((p) => p.user_id === state.turn)?.forfeited, false);
            assert.ok(state.turn_number === number || state.turn_number === number + 1);
          }
        }),
      );
    });

    it("is the same again from its actions and the generator's draws", () => {
      fc.assert(
        fc.property(
          fc.array(fc.boolean(), { maxLength: 120 }),
          fc.infiniteStream(fc.nat(5)),
          (choices, draws) => {
            const random = recording({ int: (min) => min + (draws.next().value as number) });
            const play = (
              source: typeof random | ReturnType<typeof replaying>,
              log: [UserId, string][] | null,
            ) => {
              let state = started([ann, bob, cat], { target: 30 });
              for (const dare of choices) {
                if (dashDice.result?.(state) !== undefined) break;
                const name = dare || state.turn_points === 0 ? "roll" : "bank";
                log?.push([state.turn, name]);
                const context = { now: 0, owner: ann, teams: [], random: source };
                state = dashDice.act(state, state.turn, name, {}, context).state as DashDiceState;
              }
              return state;
            };
            const played = play(random, []);
            assert.deepEqual(play(replaying(random.draws), null), played);
          },
        ),
      );
    });
  });
});
