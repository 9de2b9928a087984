import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/index.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import { type Client, gameOf } from "./playing.ts";

const idsOf = async (client: Client) =>
  (await client.call("room:mine", {})).rooms.map(({ room_id }) => room_id);

const create = async (client: Client, options: object = {}) =>
  (await client.call("room:create", { game: "dash-dice", ...options })).room.room_id;

onEachSetup((setup) => {
  const connect = (app: TestApp, user: string | null, worker: 0 | 1 = 0) =>
    app.connect(gameContract, user, { worker });

  describe("/game: room:mine", () => {
    afterEach(closePlain);

    it("names the rooms where one has a seat, open or running, on every worker and device, private ones too", async () => {
      const { app, room_id: running, clients } = await gameOf(setup, ["ann", "bob"]);
      const [ann, bob] = clients as [Client, Client];
      const open = await create(ann);
      const closed = await create(ann, { private: true });
      const others = await create(bob);
      await ann.call("room:join", { room_id: others, spectate: true });
      const again = await connect(app, "ann", 1);
      assert.deepEqual(await idsOf(again), [running, open, closed]);
      const { rooms, matches } = await again.call("room:mine", {});
      assert.deepEqual(
        rooms.map(({ phase }) => phase),
        ["playing", "lobby", "lobby"],
      );
      assert.ok(rooms[2]?.join_code);
      assert.deepEqual(matches, []);
      assert.deepEqual(await idsOf(bob), [running, others]);
      const plain = openPlain(app.urls.at(-1) ?? "", "/ws/game", { query: { token: app.token("ann") } });
      const answer = (await plain.call("room:mine")) as { rooms?: { room_id: string }[] };
      assert.deepEqual(
        answer.rooms?.map(({ room_id }) => room_id),
        [running, open, closed],
      );
    });

    it("leaves out rooms that were left, and rooms with a game that is over", async () => {
      const { room_id, clients } = await gameOf(setup, ["ann", "bob"]);
      const [ann, bob] = clients as [Client, Client];
      const left = await create(ann);
      await ann.call("room:leave", { room_id: left });
      await bob.call("room:leave", { room_id });
      await ann.next("game_ended");
      assert.deepEqual([await idsOf(ann), await idsOf(bob)], [[], []]);
    });

    it("names matches apart, with their mode", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const queues = await Promise.all(["ann", "bob"].map((user) => app.connect(matchmakingContract, user)));
      for (const queue of queues) await queue.call("queue_join", { game_mode: "classic" });
      const { room_id } = await ann.next("game_started");
      await bob.next("game_started");
      for (const client of [ann, bob]) {
        const { rooms, matches } = await client.call("room:mine", {});
        assert.deepEqual(rooms, []);
        assert.deepEqual(
          matches.map((match) => [match.match_id, match.room_id, match.game_mode, match.phase]),
          [[room_id, room_id, "classic", "playing"]],
        );
      }
    });

    it("comes in pages where the rooms are large, each room once", async () => {
      const large = defineGame<null>({
        name: "large",
        players: { min: 1, max: 1 },
        options: Type.Object({ text: Type.Optional(Type.String()) }),
        setup: () => null,
        actions: { pass: action(Type.Object({}), (state) => ({ state })) },
      });
      const app = await setup.start({ app: { games: [large] } });
      const ann = await connect(app, "ann");
      const made: string[] = [];
      for (let room = 0; room < 12; room++)
        made.push(await create(ann, { game: "large", options: { text: "x".repeat(30_000) } }));
      const found: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined; ; pages++) {
        const page = await ann.call("room:mine", cursor === undefined ? {} : { cursor });
        assert.ok(JSON.stringify(page).length < 400_000);
        found.push(...page.rooms.map(({ room_id }) => room_id));
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      assert.deepEqual(found, made);
      assert.ok(pages > 0, "all in one page");
    });

    it("is refused without a token, and for a cursor of nobody's", async () => {
      const app = await setup.start();
      assert.equal((await (await connect(app, null)).refused("room:mine", {})).code, "unauthorized");
      const ann = await connect(app, "ann");
      for (const cursor of ["", "x", "1:", ":r_1", 7, "9".repeat(600)])
        assert.equal((await ann.refused("room:mine", { cursor })).code, "invalid_payload", String(cursor));
    });
  });
});
