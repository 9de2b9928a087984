import assert from "node:assert/strict";
import { GameError } from "../../../core/contract/errors.ts";
import type { GameEnd, JoinRequest } from "../../../namespaces/game/index.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { until } from "../../support/until.ts";
import { type Client, gameOf, roomOf } from "./playing.ts";

/** Longer than a worker has for a deadline that it has claimed. */
const LEASE_MS = 60_000;

describe("an application's hooks of games", () => {
  onEachSetup((setup) => {
    it("hears of each game that ends, once, with its players and its result; a rematch is another", async () => {
      const ends: GameEnd[] = [];
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        app: { onGameEnded: (end) => void ends.push(end) },
      });
      const [, bob] = clients as [Client, Client];
      await bob.call("room:leave", { room_id });
      await until("the application knows", () => ends.length > 0);
      for (let at = 0; at < 3; at++) {
        await app.advance(LEASE_MS);
        await app.runDue();
      }
      assert.equal(ends.length, 1);
      const [end] = ends as [GameEnd];
      assert.deepEqual(
        [end.endId, end.roomId, end.round, end.game, end.isMatch],
        [`${room_id}/1`, room_id, 1, "dash-dice", false],
      );
      assert.deepEqual([...end.players].sort(), ["ann", "bob"]);
      assert.deepEqual(end.result.winners, ["ann"]);
      assert.ok(Math.abs(end.endedAt - app.now()) < 4 * LEASE_MS);
    });

    it("hears of it again with the same id until it has not failed, on whichever worker", async () => {
      const ids: string[] = [];
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        app: {
          onGameEnded({ endId }) {
            ids.push(endId);
            if (ids.length < 3) throw new Error("the application's database is away");
          },
        },
      });
      await clients[1]?.call("room:leave", { room_id });
      await until("the first call", () => ids.length === 1);
      for (let at = 0; at < 5; at++) {
        await app.advance(LEASE_MS);
        await app.runDue();
      }
      assert.deepEqual(
        ids,
        Array.from({ length: 3 }, () => `${room_id}/1`),
      );
    });

    it("is told of real-time games too", async () => {
      const ends: GameEnd[] = [];
      const { clients, room_id } = await gameOf(setup, ["ann"], {
        game: "arena",
        app: { onGameEnded: (end) => void ends.push(end) },
      });
      await clients[0]?.call("room:leave", { room_id });
      await until("the application knows", () => ends.length > 0);
      assert.deepEqual([ends[0]?.game, ends[0]?.players], ["arena", ["ann"]]);
    });

    it("may refuse who wants to join, with a code of its own choice, and does not hang who waits", async () => {
      const asked: JoinRequest[] = [];
      const { app, room_id } = await roomOf(setup, ["ann"], {
        app: {
          async onJoin(request) {
            asked.push(request);
            if (request.identity.userId === "eve")
              throw new GameError("banned", { message: "not in this league" });
            if (request.identity.userId === "hang") await new Promise(() => undefined);
          },
        },
      });
      const [bob, eve, hang] = await Promise.all(
        ["bob", "eve", "hang"].map((user, at) =>
          app.connect(gameContract, user, { worker: at === 1 ? 1 : 0 }),
        ),
      );
      const waiting = hang?.refused("room:join", { room_id });
      const refused = await eve?.refused("room:join", { room_id });
      assert.deepEqual([refused?.code, refused?.message], ["banned", "not in this league"]);
      const { room } = (await bob?.call("room:join", { room_id })) ?? {};
      assert.equal(room?.players.length, 2);
      // Who has a seat already is not asked again.
      await bob?.call("room:join", { room_id });
      assert.equal((await waiting)?.code, "unavailable");
      assert.deepEqual(
        asked.map(({ identity, room: { room_id: id }, spectate }) => [identity.userId, id, spectate]).sort(),
        [
          ["bob", room_id, false],
          ["eve", room_id, false],
          ["hang", room_id, false],
        ],
      );
    });
  });
});
