import assert from "node:assert/strict";
import { asId, type MatchId, type UserId } from "../../core/ids.ts";
import type { Matches } from "../../core/ports/matches.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { DashDiceState } from "../../games/dash-dice.ts";
import { shippedGames } from "../../games/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { createRoomCommit } from "../../namespaces/game/rooms/commit.ts";
import { createMatches } from "../../namespaces/game/rooms/matches.ts";
import { createSeats } from "../../namespaces/game/rooms/seats.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { onEachSetup, type Setup, type TestApp, type TestClient } from "../support/app.ts";

type Client = TestClient<GameContract>;

/** Dice that always show this value. */
const always = (value: number) => ({ int: () => value });

/** A room of dash-dice with ann (its owner, worker 0) and bob (worker 1), started. */
async function startedGame(setup: Setup, die = 6) {
  const app = await setup.start({ random: always(die) });
  const ann = await app.connect(gameContract, "ann");
  const bob = await app.connect(gameContract, "bob", { worker: 1 });
  const { room } = await ann.call("room:create", { game: "dash-dice" });
  await bob.call("room:join", { room_id: room.room_id });
  await ann.call("room:start", { room_id: room.room_id });
  for (const client of [ann, bob]) await client.next("game_started");
  return { app, ann, bob, room_id: room.room_id };
}

const act = (client: Client, room_id: string, action: string, more = {}) =>
  client.call("game:action", { room_id, action, ...more });

/** Until ann has won with sixes: she banks 6, bob banks 6, she banks 96 more. Within the rate of 20 actions a second. */
async function playToTheEnd(ann: Client, bob: Client, room_id: string): Promise<void> {
  for (const client of [ann, bob]) {
    await act(client, room_id, "roll");
    await act(client, room_id, "bank");
  }
  for (let i = 0; i < 16; i++) await act(ann, room_id, "roll");
  await act(ann, room_id, "bank");
}

describe("/game rooms and games", () => {
  onEachSetup((setup) => {
    it("a room has its creator as owner and first player", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann", { claims: { name: "Ann" } });
      const { room } = await ann.call("room:create", { game: "dash-dice", name: "table", max_players: 3 });
      const { room_id, created_at, ...rest } = room;
      assert.match(room_id, /^r_/);
      assert.ok(Math.abs(Date.parse(created_at ?? "") - app.now()) < 5_000);
      assert.deepEqual(rest, {
        name: "table",
        game: "dash-dice",
        owner: "ann",
        players: [{ user_id: "ann", name: "Ann", connected: true }],
        max_players: 3,
        private: false,
        phase: "lobby",
      });
    });

    it("members hear who joins and who leaves, and the owner's seat passes on", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      const joined = await bob.call("room:join", { room_id: room.room_id });
      assert.deepEqual(
        joined.room.players.map(({ user_id }) => user_id),
        ["ann", "bob"],
      );
      await ann.next("room:updated", (p) => p.room.players.length === 2);
      await ann.call("room:leave", { room_id: room.room_id });
      const update = await bob.next("room:updated", (p) => p.room.owner === "bob");
      assert.equal(update.room.players.length, 1);
      assert.equal((await ann.refused("room:state", { room_id: room.room_id })).code, "not_found");
    });

    it("a room is gone with its last player, and off the list", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", {});
      await app.runDue();
      assert.equal((await ann.call("room:list", {})).rooms.length, 1);
      await ann.call("room:leave", { room_id: room.room_id });
      await app.runDue();
      assert.deepEqual((await ann.call("room:list", {})).rooms, []);
      assert.equal((await ann.refused("room:join", { room_id: room.room_id })).code, "not_found");
    });

    it("lists public rooms only, newest first, by game and in pages", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const names = ["one", "two", "three"];
      for (const name of names) {
        await ann.call("room:create", { game: "dash-dice", name });
        await app.advance(1_000);
      }
      await ann.call("room:create", { game: "relay", name: "other" });
      await ann.call("room:create", { game: "dash-dice", name: "hidden", private: true });
      await app.runDue();
      const bob = await app.connect(gameContract, null, { worker: 1 });
      const first = await bob.call("room:list", { game: "dash-dice", limit: 2 });
      assert.deepEqual(
        first.rooms.map(({ name }) => name),
        ["three", "two"],
      );
      const cursor = first.cursor ?? assert.fail("there is a second page");
      const second = await bob.call("room:list", { game: "dash-dice", limit: 2, cursor });
      assert.deepEqual(
        second.rooms.map(({ name }) => name),
        ["one"],
      );
      assert.equal((await bob.call("room:list", {})).rooms.length, 4);
    });

    it("a private room opens with its join code only", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { private: true });
      const code = room.join_code ?? assert.fail("a private room has a join code");
      for (const wrong of [
        { room_id: room.room_id },
        { join_code: "AAAAAAAA" },
        { join_code: "constructor" },
      ])
        assert.equal((await bob.refused("room:join", wrong)).code, "not_found");
      const watching = { room_id: room.room_id, spectate: true };
      assert.equal((await bob.refused("room:join", watching)).code, "not_found");
      const joined = await bob.call("room:join", { join_code: code.toLowerCase() });
      assert.equal(joined.room.room_id, room.room_id);
    });

    it("a join code ends with its room", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { private: true });
      await ann.call("room:leave", { room_id: room.room_id });
      await app.runDue();
      const join_code = room.join_code ?? "";
      assert.equal((await ann.refused("room:join", { join_code })).code, "not_found");
    });

    it("a full room refuses, and joining twice is joining once", async () => {
      const app = await setup.start();
      const [ann, bob, cat] = await Promise.all([
        app.connect(gameContract, "ann"),
        app.connect(gameContract, "bob", { worker: 1 }),
        app.connect(gameContract, "cat"),
      ]);
      const { room } = await ann.call("room:create", { game: "dash-dice", max_players: 2 });
      const { room_id } = room;
      await bob.call("room:join", { room_id });
      assert.equal((await bob.call("room:join", { room_id })).room.players.length, 2);
      assert.equal((await cat.refused("room:join", { room_id })).code, "room_full");
      assert.equal((await cat.refused("room:state", { room_id })).code, "not_found");
    });

    it("of many who join at the same time on both workers, as many get seats as there are", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { game: "dash-dice", max_players: 4 });
      const others = await Promise.all(
        Array.from({ length: 8 }, (_, i) => app.connect(gameContract, `p${i}`, { worker: i % 2 ? 1 : 0 })),
      );
      const acks = await Promise.all(others.map((one) => one.raw("room:join", { room_id: room.room_id })));
      assert.equal(acks.filter(({ ok }) => ok).length, 3);
      const state = await ann.call("room:state", { room_id: room.room_id });
      assert.equal(state.room.players.length, 4);
    });

    it("only the owner starts, and only with enough players", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      const { room_id } = room;
      assert.equal((await ann.refused("room:start", { room_id })).code, "conflict");
      assert.equal((await bob.refused("room:start", { room_id })).code, "not_found");
      await bob.call("room:join", { room_id });
      assert.equal((await bob.refused("room:start", { room_id })).code, "forbidden");
      assert.equal((await ann.refused("game:action", { room_id, action: "roll" })).code, "conflict");
      await ann.call("room:start", { room_id });
      assert.equal((await ann.refused("room:start", { room_id })).code, "conflict");
    });

    it("a game of dash-dice between two workers goes from start to end", async () => {
      const app = await setup.start({ random: always(6) });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      const { room_id } = room;
      await bob.call("room:join", { room_id });
      await ann.call("room:start", { room_id });
      for (const client of [ann, bob]) {
        const started = await client.next("game_started");
        assert.deepEqual([started.room_id, started.game, started.version], [room_id, "dash-dice", 1]);
        assert.equal((started.state as DashDiceState).turn, "ann");
        assert.deepEqual(
          started.players.map(({ user_id }) => user_id),
          ["ann", "bob"],
        );
        assert.equal(typeof started.timestamp, "string");
      }
      await playToTheEnd(ann, bob, room_id);
      for (const client of [ann, bob]) {
        const { result } = await client.next("game_ended");
        assert.deepEqual(result, {
          winners: ["ann"],
          reason: "target",
          scores: [
            { user_id: "ann", score: 102 },
            { user_id: "bob", score: 6 },
          ],
        });
        const versions = client.pending("game_state").map(({ version }) => version);
        assert.deepEqual(
          versions,
          Array.from({ length: 21 }, (_, i) => i + 2),
        );
      }
      const state = await bob.call("room:state", { room_id });
      assert.equal(state.room.phase, "ended");
      assert.equal(state.version, 22);
      assert.equal((await ann.refused("game:action", { room_id, action: "roll" })).code, "conflict");
    });

    it("each member gets what happened with each state", async () => {
      const { ann, bob, room_id } = await startedGame(setup, 1);
      const { version } = await act(ann, room_id, "roll");
      for (const client of [ann, bob]) {
        const state = await client.next("game_state");
        assert.equal(state.version, version);
        assert.equal((state.state as DashDiceState).turn, "bob");
        assert.deepEqual(state.events, [
          { type: "rolled", user_id: "ann", value: 1, turn_points: 0 },
          { type: "lost", user_id: "ann", points: 0 },
          { type: "turn", user_id: "bob" },
        ]);
      }
    });

    it("refuses another's turn, an action that the game does not have and what nobody rolled", async () => {
      const { ann, bob, room_id } = await startedGame(setup);
      const refused = async (client: Client, more: object) =>
        (await client.refused("game:action", { room_id, ...more })).code;
      assert.equal(await refused(bob, { action: "roll" }), "not_your_turn");
      assert.equal(await refused(ann, { action: "cheat" }), "not_found");
      assert.equal(await refused(ann, { action: "constructor" }), "not_found");
      assert.equal(await refused(ann, { action: "roll", args: 5 }), "invalid_payload");
      assert.equal(await refused(ann, { action: "bank" }), "conflict");
      assert.equal((await ann.call("room:state", { room_id })).version, 1);
    });

    it("an action on another version is stale, and the answer has the present one", async () => {
      const { ann, room_id } = await startedGame(setup);
      await act(ann, room_id, "roll", { version: 1 });
      const error = await ann.refused("game:action", { room_id, action: "roll", version: 1 });
      assert.equal(error.code, "stale_version");
      assert.equal(error.version, 2);
      assert.equal((error.state as DashDiceState).turn_points, 6);
    });

    it("the same action_id acts once and answers alike, on every device", async () => {
      const { app, ann, room_id } = await startedGame(setup);
      const tab = await app.connect(gameContract, "ann", { worker: 1 });
      const roll = { version: 1, action_id: "a1" };
      const answers = await Promise.all([ann, tab, ann, tab].map((one) => act(one, room_id, "roll", roll)));
      assert.deepEqual(
        answers.map(({ version }) => version),
        [2, 2, 2, 2],
      );
      assert.deepEqual((await act(tab, room_id, "roll", roll)).version, 2);
      const { state } = await ann.call("room:state", { room_id });
      assert.equal((state as DashDiceState).turn_points, 6);
    });

    it("of two devices that act on one version one wins, the other is told it is stale", async () => {
      const { app, ann, room_id } = await startedGame(setup);
      const tab = await app.connect(gameContract, "ann", { worker: 1 });
      for (let version = 1; version <= 5; version++) {
        const move = { room_id, action: "roll", version };
        const acks = await Promise.all([ann.raw("game:action", move), tab.raw("game:action", move)]);
        assert.deepEqual(acks.map((ack) => (ack.ok ? "ok" : ack.error.code)).sort(), ["ok", "stale_version"]);
      }
    });

    it("relay versions and passes on what its owner sends, and nobody else's", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "relay" });
      const { room_id } = room;
      await ann.call("room:start", { room_id });
      await bob.call("room:join", { room_id });
      await act(ann, room_id, "set", { args: { state: { board: [1, 2] } } });
      const state = await bob.next("game_state");
      assert.deepEqual([state.version, state.state], [2, { board: [1, 2] }]);
      const move = { room_id, action: "set", args: { state: 1 } };
      assert.equal((await bob.refused("game:action", move)).code, "forbidden");
    });

    it("signals go to the players named, else to all others, and from members only", async () => {
      const app = await setup.start();
      const [ann, bob, cat, eve] = await Promise.all([
        app.connect(gameContract, "ann"),
        app.connect(gameContract, "bob", { worker: 1 }),
        app.connect(gameContract, "cat"),
        app.connect(gameContract, "eve", { worker: 1 }),
      ]);
      const { room } = await ann.call("room:create", {});
      const { room_id } = room;
      for (const one of [bob, cat]) await one.call("room:join", { room_id });
      await eve.call("room:join", { room_id, spectate: true });
      await ann.call("room:signal", { room_id, to: "bob", data: { offer: 1 } });
      await ann.call("room:signal", { room_id, data: "all" });
      const { timestamp, ...first } = await bob.next("room:signal");
      assert.deepEqual(first, { room_id, from: "ann", data: { offer: 1 } });
      assert.ok(timestamp);
      assert.equal((await bob.next("room:signal")).data, "all");
      assert.equal((await cat.next("room:signal")).data, "all");
      assert.equal((await eve.refused("room:signal", { room_id, data: 1 })).code, "not_found");
      assert.equal((await ann.refused("room:signal", { room_id, to: "eve", data: 1 })).code, "not_found");
      assert.deepEqual([ann.pending("room:signal"), eve.pending("room:signal")], [[], []]);
    });

    it("a guest may watch a public game, and nothing else", async () => {
      const { app, ann, room_id } = await startedGame(setup);
      const guest = await app.connect(gameContract, null, { worker: 1 });
      assert.equal((await guest.refused("room:join", { room_id })).code, "unauthorized");
      assert.equal((await guest.refused("room:state", { room_id })).code, "not_found");
      await guest.call("room:join", { room_id, spectate: true });
      await act(ann, room_id, "roll");
      assert.equal((await guest.next("game_state")).version, 2);
      assert.equal((await guest.call("room:state", { room_id })).version, 2);
      for (const event of ["room:create", "room:start", "game:action", "room:signal", "status"])
        assert.equal((await guest.refused(event, {})).code, "unauthorized");
      await guest.call("room:leave", { room_id });
      assert.equal((await guest.refused("room:leave", { room_id })).code, "not_found");
      assert.deepEqual(guest.pending("welcome"), []);
    });

    it("a player that drops keeps the seat for the grace period, then the game's rules decide", async () => {
      const { app, ann, bob, room_id } = await startedGame(setup);
      bob.disconnect();
      const held = await ann.next("room:updated", (p) => p.room.players.some((one) => !one.connected));
      assert.equal(held.room.phase, "playing");
      await app.advance(29_000);
      await app.runDue();
      assert.equal((await ann.call("room:state", { room_id })).room.phase, "playing");
      await app.advance(2_000);
      await app.runDue();
      const { result } = await ann.next("game_ended");
      assert.deepEqual((result as { winners: string[]; reason: string }).winners, ["ann"]);
      assert.deepEqual((result as { reason: string }).reason, "forfeit");
    });

    it("a player who is back in time plays on, on another worker", async () => {
      const { app, ann, bob, room_id } = await startedGame(setup, 1);
      bob.disconnect();
      await ann.next("room:updated", (p) => p.room.players.some((one) => !one.connected));
      await act(ann, room_id, "roll");
      await app.advance(20_000);
      const back = await app.connect(gameContract, "bob");
      const { room } = await back.next("room:updated");
      assert.equal(room.room_id, room_id);
      await ann.next("room:updated", (p) => p.room.players.every((one) => one.connected));
      await app.advance(40_000);
      await app.runDue();
      const { version } = await act(back, room_id, "roll");
      assert.equal(version, 3);
      assert.equal((await back.next("game_state")).version, 3);
    });

    it("who leaves in the middle of a game forfeits it at once", async () => {
      const { ann, bob, room_id } = await startedGame(setup);
      await bob.call("room:leave", { room_id });
      const { result } = await ann.next("game_ended");
      assert.deepEqual((result as { winners: string[] }).winners, ["ann"]);
    });

    it("leaving on one device ends it on the user's others", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const tab = await app.connect(gameContract, "ann", { worker: 1 });
      const bob = await app.connect(gameContract, "bob");
      const { room } = await bob.call("room:create", {});
      const { room_id } = room;
      await ann.call("room:join", { room_id });
      await tab.call("room:state", { room_id });
      await ann.call("room:leave", { room_id });
      assert.equal((await tab.next("room:left")).room_id, room_id);
      assert.equal((await tab.refused("room:state", { room_id })).code, "not_found");
    });

    describe("matches", () => {
      /** What matchmaking calls, on one worker. */
      const matchOf = (app: TestApp, worker: 0 | 1): Pick<Matches, "start"> => {
        const { services } = app.workers[worker] ?? app.workers[0] ?? assert.fail("there is a worker");
        const games = new Map(shippedGames.map((game) => [game.name, game]));
        const change = createRoomCommit(services, 600_000);
        const scope = { name: presenceScope("/game"), online: [], offline: [] };
        return createMatches(services, change, createSeats(services, scope, change, games, 20), games);
      };
      const seated = (...ids: string[]) =>
        ids.map((id, team) => ({ userId: asId<UserId>(id), name: id, team }));

      it("its players are members on every worker without joining, and play it to the end", async () => {
        const app = await setup.start({ random: always(6) });
        const ann = await app.connect(gameContract, "ann");
        const bob = await app.connect(gameContract, "bob", { worker: 1 });
        const matchId = asId<MatchId>("m_1");
        const match = { matchId, game: "dash-dice", players: seated("ann", "bob") };
        await Promise.all([matchOf(app, 0).start(match), matchOf(app, 1).start(match)]);
        await matchOf(app, 1).start(match);
        for (const client of [ann, bob]) assert.equal((await client.next("game_started")).room_id, matchId);
        await playToTheEnd(ann, bob, matchId);
        for (const client of [ann, bob]) await client.next("game_ended");
        assert.deepEqual([ann.pending("game_started"), bob.pending("game_started")], [[], []]);
        const eve = await app.connect(gameContract, "eve");
        assert.equal((await eve.refused("room:join", { room_id: matchId })).code, "not_found");
        assert.equal((await eve.refused("room:state", { room_id: matchId })).code, "not_found");
      });

      it("a player who comes later finds the start waiting, and hears what follows", async () => {
        const app = await setup.start({ random: always(1) });
        const ann = await app.connect(gameContract, "ann");
        const matchId = asId<MatchId>("m_2");
        await matchOf(app, 0).start({ matchId, game: "dash-dice", players: seated("ann", "bob") });
        await ann.next("game_started");
        const bob = await app.connect(gameContract, "bob", { worker: 1 });
        assert.equal((await bob.next("game_started")).version, 1);
        await act(ann, matchId, "roll");
        assert.equal((await bob.next("game_state")).version, 2);
      });

      it("a player who never comes forfeits when the grace period is over", async () => {
        const app = await setup.start();
        const ann = await app.connect(gameContract, "ann");
        const matchId = asId<MatchId>("m_3");
        await matchOf(app, 0).start({ matchId, game: "dash-dice", players: seated("ann", "bob") });
        await ann.next("game_started");
        await app.advance(31_000);
        await app.runDue();
        const { result } = await ann.next("game_ended");
        assert.deepEqual((result as { winners: string[] }).winners, ["ann"]);
      });
    });

    it("refuses what is no payload of an event, and the connection lives", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bad: [string, unknown][] = [
        ["status", { status: "asleep" }],
        ["status", { status: "busy", text: "x".repeat(141) }],
        ["status", { status: "busy", text: "a\u0000b" }],
        ["user:list", { limit: 501 }],
        ["user:list", { limit: "all" }],
        ["room:create", { max_players: 0 }],
        ["room:create", { max_players: 65 }],
        ["room:create", { name: "" }],
        ["room:create", { private: "yes" }],
        ["room:create", { game: {} }],
        ["room:join", {}],
        ["room:join", { room_id: "r_1", join_code: "ABC" }],
        ["room:join", { room_id: 7 }],
        ["room:leave", {}],
        ["room:list", { limit: 0 }],
        ["room:signal", { room_id: "r_1" }],
        ["room:signal", { room_id: "r_1", to: [], data: 1 }],
        ["room:start", null],
        ["room:state", []],
        ["game:action", { room_id: "r_1" }],
        ["game:action", { room_id: "r_1", action: "" }],
        ["game:action", { room_id: "r_1", action: "roll", version: -1 }],
        ["game:action", { room_id: "r_1", action: "roll", action_id: "x".repeat(101) }],
      ];
      for (const [event, payload] of bad) {
        const { code } = await ann.refused(event, payload);
        assert.equal(code, "invalid_payload", `${event} ${JSON.stringify(payload)}`);
      }
      for (const event of ["room:list", "user:list"])
        for (const cursor of ["garbage", "", "%%", "\u0000"]) {
          const ack = await ann.raw(event, { cursor });
          assert.ok(
            ack.ok || ack.error.code === "invalid_payload",
            `${event} ${cursor} ${JSON.stringify(ack)}`,
          );
        }
      assert.equal((await ann.refused("room:create", { game: "chess" })).code, "not_found");
      assert.equal((await ann.refused("room:join", { room_id: "__proto__" })).code, "not_found");
      assert.equal((await ann.refused("game:cheat", {})).code, "unknown_event");
      await ann.call("room:create", {});
    });
  });
});
