import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import type { DashDiceState } from "../../../games/dash-dice.ts";
import type { GoofspielView } from "../../../games/goofspiel.ts";
import { playMove, startGame, timeOutTurn } from "../../../namespaces/game/play/play.ts";
import { laterOf } from "../../../namespaces/game/rooms/outbox.ts";
import { openRoom } from "../../../namespaces/game/rooms/rules.ts";
import type { Room } from "../../../namespaces/game/rooms/stored.ts";
import { closeAll, onEachSetup, startTwoWorkers } from "../../support/app.ts";
import { act, always, type Client, gameOf } from "./playing.ts";

const slow = { turn_seconds: 10 };

describe("/game turns with a time limit", () => {
  onEachSetup((setup) => {
    it("a turn that is not played in time passes on, once, and everybody gets the next deadline", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        options: slow,
        random: always(6),
      });
      const [ann, bob] = clients as [Client, Client];
      await act(ann, room_id, "roll");
      const before = await bob.next("game_state");
      assert.ok(Date.parse(before.deadline ?? "") > app.now());
      await app.advance(10_500);
      await app.runDue();
      for (const one of clients) {
        const late = await one.next("game_state", (p) => p.version === 3);
        assert.equal((late.state as DashDiceState).turn, "bob");
        assert.deepEqual((late.events as { type: string }[])[0]?.type, "timed_out");
        assert.ok(Date.parse(late.deadline ?? "") > Date.parse(before.deadline ?? ""));
      }
      await app.runDue();
      assert.equal((await ann.call("room:state", { room_id })).version, 3);
      assert.equal((await ann.refused("game:action", { room_id, action: "roll" })).code, "not_your_turn");
      assert.equal((await act(bob, room_id, "roll")).version, 4);
    });

    it("a move within a turn does not stop its time, the next turn has its own", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        options: slow,
        random: always(6),
      });
      const [ann, bob] = clients as [Client, Client];
      const { deadline } = await ann.call("room:state", { room_id });
      await app.advance(6_000);
      await act(ann, room_id, "roll");
      assert.equal((await ann.call("room:state", { room_id })).deadline, deadline);
      await act(ann, room_id, "bank");
      assert.notEqual((await ann.call("room:state", { room_id })).deadline, deadline);
      await app.advance(6_000);
      await app.runDue();
      assert.equal((await act(bob, room_id, "roll")).version, 4);
    });

    it("a player that plays no turn at all forfeits, and nothing fires after the end", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        options: slow,
        random: always(1),
      });
      const [ann, bob] = clients as [Client, Client];
      for (let turn = 0; turn < 3; turn++) {
        await app.advance(10_500);
        await app.runDue();
        await bob.next("game_state", (p) => (p.state as DashDiceState).turn === "bob" || turn === 2);
        if (turn < 2) await act(bob, room_id, "roll");
      }
      const { result } = await ann.next("game_ended");
      assert.deepEqual((result as { winners: string[] }).winners, ["bob"]);
      const { version, deadline } = await ann.call("room:state", { room_id });
      assert.equal(deadline, undefined);
      await app.advance(30_000);
      await app.runDue();
      assert.equal((await ann.call("room:state", { room_id })).version, version);
    });

    it("all move at the same time, the last one resolves the round, and the late are moved for", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob", "cat"], {
        game: "goofspiel",
        options: { cards: 5, ...slow },
      });
      const [ann, bob, cat] = clients as [Client, Client, Client];
      await Promise.all(clients.map((one, i) => act(one, room_id, "bid", { card: i + 1 })));
      const resolved = await ann.next("game_state", (p) => p.version === 4);
      const { last_round, round } = resolved.state as GoofspielView;
      assert.deepEqual([round, last_round?.winner], [2, "cat"]);
      await act(ann, room_id, "bid", { card: 5 });
      assert.equal(
        (await ann.refused("game:action", { room_id, action: "bid", args: { card: 4 } })).code,
        "not_your_turn",
      );
      await app.advance(10_500);
      await app.runDue();
      for (const one of [bob, cat]) {
        const late = await one.next("game_state", (p) => p.version === 6);
        assert.deepEqual((late.state as GoofspielView).last_round?.bids, [
          { user_id: "ann", card: 5 },
          { user_id: "bob", card: 1 },
          { user_id: "cat", card: 1 },
        ]);
      }
    });
  });

  describe("faults", () => {
    afterEach(closeAll);

    it("the time of a turn ends it, once, also when the worker that began it is gone", async () => {
      const blitz = defineGame({
        name: "blitz",
        players: { min: 2, max: 2 },
        setup: () => ({ turn: 1 }),
        turnId: ({ turn }) => turn,
        turnMs: ({ turn }) => (turn === 2 ? 1_000 : undefined),
        onTimeout: ({ turn }) => ({ state: { turn: turn + 1 }, events: [{ type: "late" }] }),
        actions: {
          go: action(Type.Object({}), ({ turn }: { turn: number }) => ({ state: { turn: turn + 1 } })),
        },
      });
      const setup = { name: "Redis, two workers" as const, start: startTwoWorkers };
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        game: "blitz",
        games: [blitz],
      });
      const [ann, bob] = clients as [Client, Client];
      await act(ann, room_id, "go");
      await app.workers[0]?.close({ skip: AbortSignal.abort() });
      const late = await bob.next("game_state", (p) => p.version === 3);
      assert.deepEqual(
        [late.state, late.events, late.deadline],
        [{ turn: 3 }, [{ type: "late" }], undefined],
      );
      await app.workers[1]?.runDue();
      assert.equal((await bob.call("room:state", { room_id })).version, 3);
    });
  });

  describe("rules", () => {
    const ann = asId<UserId>("ann");
    const id = asId<RoomId>("r_1");
    const none = Type.Object({});
    interface Count {
      n: number;
      turn: number;
    }
    const count = defineGame<Count>({
      name: "count",
      players: { min: 1, max: 1 },
      setup: () => ({ n: 0, turn: 1 }),
      turnId: ({ turn }) => turn,
      turnMs: ({ n }) => (n < 3 ? 1_000 : undefined),
      onTimeout: (state) => ({ state }),
      actions: {
        stay: action(none, (state: Count) => ({ state: { ...state, n: state.n + 1 } })),
        pass: action(none, (state: Count) => ({ state: { n: state.n, turn: state.turn + 1 } })),
      },
    });
    const at = (now: number) => ({ now, random: always(1) });
    const begun = () => {
      const room = openRoom({ id, game: count, joinCode: null, now: 0 }, { userId: ann, name: "ann" });
      return startGame(room, count, at(100)).room;
    };
    const move = (room: Room, name: string, now: number) =>
      playMove(room, count, ann, { action: name, args: {} }, at(now)).room as Room;
    const turnLater = (before: Room, after: Room) =>
      laterOf(before, after, [], { now: 0, seatUntil: 0, goneAt: 0, lonelyUntil: 0, tellsEnds: false }).map(
        ({ kind, dueAt }) => [kind, dueAt],
      );

    it("time runs on within a turn and starts again with the next", () => {
      const room = begun();
      assert.deepEqual(room.play?.turn, { since: 1, deadline: 1_100 });
      const stayed = move(room, "stay", 500);
      assert.deepEqual(stayed.play?.turn, { since: 1, deadline: 1_100 });
      assert.deepEqual(turnLater(room, stayed), []);
      const passed = move(stayed, "pass", 700);
      assert.deepEqual(passed.play?.turn, { since: 3, deadline: 1_700 });
      assert.deepEqual(turnLater(stayed, passed), [["game:turn", 1_700]]);
    });

    it("a turn without a limit takes the deadline away", () => {
      let room = begun();
      for (let i = 0; i < 2; i++) room = move(room, "stay", 200);
      const free = move(room, "stay", 300);
      assert.equal(free.play?.turn, null);
      assert.deepEqual(turnLater(room, free), [["game:turn", null]]);
    });

    it("the deadline of a turn that is over does nothing; one that fires begins a turn, whatever the rules do", () => {
      const room = begun();
      const fired = timeOutTurn(room, count, 1, at(1_100)).room as Room;
      assert.deepEqual(fired.play?.turn, { since: 2, deadline: 2_100 });
      assert.equal(timeOutTurn(fired, count, 1, at(1_200)).room, undefined);
      assert.equal(timeOutTurn(move(room, "pass", 200), count, 1, at(1_100)).room, undefined);
    });
  });
});
