import assert from "node:assert/strict";
import fc from "fast-check";
import type { GameContext } from "../../core/games/game.ts";
import type { UserId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import type { GoofspielState, GoofspielView } from "../../games/goofspiel.ts";
import { goofspiel } from "../../games/goofspiel.ts";

const [ann, bob, cat] = ["ann", "bob", "cat"].map((id) => asId<UserId>(id)) as [UserId, UserId, UserId];

/** Draws the highest: prizes come in the order 1, 2, 3 … */
const inOrder: GameContext = { now: 0, owner: ann, teams: [], random: { int: (_min, max) => max } };
const started = (players: readonly UserId[], options = {}, context = inOrder) =>
  goofspiel.setup(players, options, context) as GoofspielState;
const bid = (state: GoofspielState, by: UserId, card: number) =>
  goofspiel.act(state, by, "bid", { card }, inOrder);
const played = (state: GoofspielState, ...bids: [UserId, number][]) =>
  bids.reduce((now, [by, card]) => bid(now, by, card).state as GoofspielState, state);
const timeOut = (state: GoofspielState) => goofspiel.onTimeout?.(state, inOrder).state as GoofspielState;
const scores = ({ players }: GoofspielState) => players.map(({ score }) => score);
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const viewOf = (state: GoofspielState, viewer: UserId | null) =>
  goofspiel.view?.(state, viewer) as GoofspielView;

describe("goofspiel", () => {
  it("the highest bid takes the prize when all have bid, whatever the order of their bids", () => {
    for (const order of [
      [ann, bob, cat],
      [cat, bob, ann],
    ]) {
      const cards = new Map([
        [ann, 3],
        [bob, 5],
        [cat, 4],
      ]);
      const state = played(
        started([ann, bob, cat]),
        ...order.map((by) => [by, cards.get(by)] as [UserId, number]),
      );
      assert.deepEqual(scores(state), [0, 1, 0]);
      assert.deepEqual([state.round, state.pot, state.last_round?.winner], [2, [2], "bob"]);
      assert.ok(state.players.every(({ cards: left }) => left.length === 12));
    }
  });

  it("after equal bids the prizes stay for the next round", () => {
    const tied = played(started([ann, bob]), [ann, 7], [bob, 7]);
    assert.deepEqual([scores(tied), tied.pot, tied.last_round?.winner], [[0, 0], [1, 2], null]);
    assert.deepEqual(scores(played(tied, [ann, 1], [bob, 2])), [0, 3]);
  });

  it("ends with the last prize; equal scores are a draw", () => {
    let state = started([ann, bob], { cards: 3 });
    for (const card of [1, 2, 3]) state = played(state, [ann, card], [bob, card]);
    assert.deepEqual(goofspiel.result?.(state), {
      winners: [ann, bob],
      reason: "played",
      scores: [
        { user_id: "ann", score: 0 },
        { user_id: "bob", score: 0 },
      ],
    });
    assert.throws(() => bid(state, ann, 1), code("not_your_turn"));
  });

  it("refuses a second bid, a card that is gone and what is no card", () => {
    const state = played(started([ann, bob]), [ann, 3]);
    assert.throws(() => bid(state, ann, 4), code("not_your_turn"));
    const next = played(state, [bob, 4]);
    assert.throws(() => bid(next, ann, 3), code("invalid_payload"));
    for (const card of [0, 14, 1.5, "3", null, Number.NaN])
      assert.throws(() => bid(next, ann, card as number), code("invalid_payload"));
    assert.throws(() => bid(next, cat, 3), code("not_your_turn"));
  });

  it("who does not bid in time bids the lowest card, and is out after three rounds of that", () => {
    let state = timeOut(played(started([ann, bob]), [ann, 2]));
    assert.deepEqual(state.last_round?.bids, [
      { user_id: "ann", card: 2 },
      { user_id: "bob", card: 1 },
    ]);
    for (let i = 0; i < 2; i++) state = timeOut(played(state, [ann, 4 + i]));
    assert.deepEqual(goofspiel.result?.(state)?.winners, ["ann"]);
    assert.equal(state.reason, "forfeit");
  });

  it("a player who drops is waited for no longer", () => {
    const state = played(started([ann, bob, cat]), [ann, 2], [bob, 1]);
    const dropped = goofspiel.onDrop?.(state, cat, inOrder).state as GoofspielState;
    assert.deepEqual([scores(dropped), dropped.round], [[1, 0, 0], 2]);
    const alone = goofspiel.onDrop?.(dropped, bob, inOrder).state as GoofspielState;
    assert.deepEqual(goofspiel.result?.(alone)?.winners, ["ann"]);
  });

  it("a view has all that its player needs, and names neither the deck nor a bid of another", () => {
    const state = played(started([ann, bob, cat]), [ann, 9]);
    const { bid: own, submitted, prizes_left } = viewOf(state, ann);
    assert.deepEqual([own, submitted, prizes_left], [9, ["ann"], 12]);
    for (const viewer of [bob, cat, null]) {
      const view = viewOf(state, viewer);
      assert.equal(view.bid, null);
      assert.ok(!("deck" in view) && !("bids" in view));
    }
  });

  describe("any game", () => {
    const people = [ann, bob, cat];
    const play = fc.record({
      seed: fc.infiniteStream(fc.nat(1_000_000)),
      rounds: fc.integer({ min: 3, max: 8 }),
      moves: fc.array(fc.record({ who: fc.nat(2), what: fc.nat(20), late: fc.integer({ min: 0, max: 9 }) }), {
        maxLength: 60,
      }),
    });

    /** Plays moves that are possible; gives every state on the way. */
    function* course({
      seed,
      rounds,
      moves,
    }: {
      seed: fc.Stream<number>;
      rounds: number;
      moves: { who: number; what: number; late: number }[];
    }) {
      const random = {
        int: (min: number, max: number) => min + ((seed.next().value as number) % (max - min + 1)),
      };
      let state = started(people, { cards: rounds }, { ...inOrder, random });
      yield { state, events: [] as unknown[] };
      for (const { who, what, late } of moves) {
        if (goofspiel.result?.(state) !== undefined) return;
        const by = people[who] as UserId;
        const cards = state.players[who]?.cards ?? [];
        const update =
          late === 0
            ? goofspiel.onTimeout?.(state, inOrder)
            : (goofspiel.turnOf?.(state) ?? []).includes(by)
              ? bid(state, by, cards[what % cards.length] as number)
              : undefined;
        if (update === undefined) continue;
        state = update.state as GoofspielState;
        yield { state, events: [...(update.events ?? [])] as unknown[] };
      }
    }

    it("every prize is won, open or to come, and each card is bid once", () => {
      fc.assert(
        fc.property(play, (plan) => {
          const bidOf = new Map<UserId, number[]>(people.map((id) => [id, []]));
          let last: unknown = null;
          for (const { state } of course(plan)) {
            const total = (plan.rounds * (plan.rounds + 1)) / 2;
            const open = [...state.pot, ...state.deck].reduce((a, b) => a + b, 0);
            assert.equal(scores(state).reduce((a, b) => a + b, 0) + open, total);
            if (state.last_round !== last && state.last_round !== null) {
              last = state.last_round;
              for (const { user_id, card } of state.last_round.bids) {
                assert.ok(!bidOf.get(user_id)?.includes(card));
                bidOf.get(user_id)?.push(card);
              }
            }
          }
        }),
      );
    });

    it("two states that differ in what is hidden only look the same", () => {
      fc.assert(
        fc.property(play, fc.nat(50), (plan, other) => {
          for (const { state, events } of course(plan)) {
            for (const viewer of [...people, null]) {
              const hidden = state.bids.map((one) => {
                const cards = state.players.find(({ user_id }) => user_id === one.user_id)?.cards ?? [];
                return one.user_id === viewer ? one : { ...one, card: cards[other % cards.length] as number };
              });
              const twin: GoofspielState = { ...state, bids: hidden, deck: [...state.deck].reverse() };
              assert.deepEqual(viewOf(twin, viewer), viewOf(state, viewer));
            }
            for (const event of events as { type: string }[])
              if (event.type !== "resolved") assert.ok(!("card" in event) && !("bids" in event));
          }
        }),
      );
    });
  });
});
