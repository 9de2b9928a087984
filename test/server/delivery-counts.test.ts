/** The numbers that `POST /api/websocket` answers with are those of users who were told of it, and for whom it waits. */
import assert from "node:assert/strict";
import { asId, type ConnectionId } from "../../core/ids.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { closeAll, onEachSetup, startTwoWorkers, type TestApp } from "../support/app.ts";
import { codeOf, post } from "../support/http.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";
import { startRedis } from "../support/redis.ts";

const API_KEY = "an-api-key-of-the-tests-that-is-long-enough";
const JWT = { AUTH_MODE: "jwt", API_KEY };

const send = (app: TestApp, body: unknown) => post(`${app.url}/api/websocket`, body, { token: API_KEY });
const numbers = async (app: TestApp, body: object) => {
  const { delivered_to, queued_for } = (await send(app, { message_type: "gift", data: {}, ...body })).body;
  return [delivered_to, queued_for];
};

onEachSetup((setup) => {
  describe("POST /api/websocket counts", () => {
    afterEach(closePlain);

    it("nobody where nobody is: an offline user, an empty room, an empty namespace", async () => {
      const app = await setup.start({ env: JWT });
      assert.deepEqual(await numbers(app, { user_ids: ["ann", "bob"] }), [0, 0]);
      assert.deepEqual(await numbers(app, { namespace: "/", room: "lobby" }), [0, 0]);
      assert.deepEqual(await numbers(app, { namespace: "/", room: "lobby", reliable: true }), [0, 0]);
      assert.deepEqual(await numbers(app, { namespace: "/game" }), [0, 0]);
      assert.deepEqual(await numbers(app, { user_id: "ann", reliable: true }), [0, 1]);
    });

    it("a user once, with connections on two workers", async () => {
      const app = await setup.start({ env: JWT });
      await app.connect(gameContract, "ann");
      await app.connect(gameContract, "ann", { worker: 1 });
      await app.connect(gameContract, "bob", { worker: 1 });
      assert.deepEqual(await numbers(app, { namespace: "/game" }), [2, 0]);
      assert.deepEqual(await numbers(app, { user_ids: ["ann", "bob"] }), [2, 0]);
    });

    it("who has gone no more, although their grace period runs", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(gameContract, "ann", { worker: 1 });
      const bob = await app.connect(gameContract, "bob");
      const { room } = await ann.call("room:create", { game: "relay" });
      await bob.call("room:join", { room_id: room.room_id });
      ann.disconnect();
      await bob.next("room:updated", (told) =>
        told.room.players.some((player) => player.user_id === "ann" && !player.connected),
      );
      assert.deepEqual(await numbers(app, { namespace: "/game" }), [1, 0]);
      assert.deepEqual(await numbers(app, { user_id: "ann" }), [0, 0]);
    });

    it("nobody who is in presence only, as after a worker was killed", async () => {
      const app = await setup.start({ env: JWT });
      const presence = app.workers[0]?.services.store.presence;
      await presence?.connect(
        { name: presenceScope("/chat"), online: [], offline: [] },
        { subject: "ghost", connection: asId<ConnectionId>("of-a-dead-worker") },
      );
      assert.deepEqual(await numbers(app, { user_id: "ghost", namespace: "/chat" }), [0, 0]);
      assert.deepEqual(await numbers(app, { namespace: "/chat" }), [0, 0]);
      assert.deepEqual(await numbers(app, { user_id: "ghost", namespace: "/chat", reliable: true }), [0, 1]);
    });

    it("no connection of a relay room, which is told of nothing but what is relayed", async () => {
      const app = await setup.start({ env: JWT });
      const ann = openPlain(app.urls.at(-1) ?? "", "/ws/studio", { query: { token: app.token("ann") } });
      await ann.next("SERVER_HELLO");
      assert.deepEqual(await numbers(app, { user_id: "ann" }), [0, 0]);
      assert.deepEqual(await numbers(app, { namespace: "/" }), [0, 0]);
      const flat = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      await flat.next("connected");
      assert.deepEqual(await numbers(app, { user_id: "ann" }), [1, 0]);
      await flat.next("gift");
      assert.deepEqual(ann.log.length, 1, "SERVER_HELLO only");
    });

    it("a reliable event as waiting while the user has but a relay room, and it comes later", async () => {
      const app = await setup.start({ env: JWT });
      const ann = openPlain(app.url, "/ws/studio", { query: { token: app.token("ann") } });
      await ann.next("SERVER_HELLO");
      const gift = { user_id: "ann", namespace: "/", data: { gold: 5 }, reliable: true };
      assert.deepEqual(await numbers(app, gift), [0, 1]);
      const again = openPlain(app.url, "/ws/studio", { query: { token: app.token("ann") } });
      await again.next("SERVER_HELLO");
      const flat = openPlain(app.urls.at(-1) ?? "", "/ws", { query: { token: app.token("ann") } });
      assert.deepEqual((await flat.next("gift")).data, { gold: 5 });
    });

    it("a reliable event in both numbers, where it was told in one namespace and waits in another", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(chatContract, "ann");
      const match = { match_id: "m1", game_mode: "classic", players: ["ann"], teams: [["ann"]] };
      const sent = { user_id: "ann", message_type: "match_found", data: match, reliable: true };
      assert.deepEqual(await numbers(app, sent), [1, 1]);
      await ann.nextAny("match_found");
      const queue = await app.connect(matchmakingContract, "ann", { worker: 1 });
      assert.equal((await queue.next("match_found")).match_id, "m1");
    });

    it("guests too, each as a user, and reaches the one that is named", async () => {
      const app = await setup.start({ env: JWT });
      const guests = [
        await app.connect(worldContract, null),
        await app.connect(worldContract, null, { worker: 1 }),
      ];
      await app.connect(worldContract, "ann");
      assert.deepEqual(await numbers(app, { namespace: "/world" }), [3, 0]);
      for (const guest of guests) await guest.nextAny("gift");
      const [, second] = guests;
      const name = `anonymous:${second?.socket.id}`;
      assert.deepEqual(await numbers(app, { user_id: name, data: { gold: 1 } }), [1, 0]);
      await second?.nextAny("gift", (payload) => (payload as Json).gold === 1);
      assert.deepEqual(await numbers(app, { user_id: name, data: { gold: 2 }, reliable: true }), [1, 0]);
      await second?.nextAny("gift", (payload) => (payload as Json).gold === 2);
      assert.deepEqual(await numbers(app, { user_id: "anonymous:nobody", reliable: true }), [0, 0]);
    });

    it("everybody of a namespace for a reliable event, and keeps nothing for guests", async () => {
      const app = await setup.start({ env: JWT });
      const guest = await app.connect(worldContract, null, { worker: 1 });
      const ann = await app.connect(worldContract, "ann");
      assert.deepEqual(await numbers(app, { namespace: "/world", reliable: true }), [2, 0]);
      await Promise.all([guest.nextAny("gift"), ann.nextAny("gift")]);
    });

    it("nothing of what it cannot be made a frame of, and stays up", async () => {
      const app = await setup.start({ env: JWT });
      const ann = openPlain(app.url, "/ws/studio", { query: { token: app.token("ann") } });
      await ann.next("SERVER_HELLO");
      const bob = await app.connect(roomsContract, "bob");
      const reply = await send(app, { namespace: "/", message_type: "relay", data: { any: "thing" } });
      assert.equal(reply.status, 200);
      await bob.nextAny("relay");
      ann.send({ type: "ping" });
      await ann.next("pong");
    });
  });
});

describe("POST /api/websocket while Redis is away", () => {
  afterEach(closeAll);

  it("is unavailable, and has sent nothing", async () => {
    const redis = await startRedis();
    try {
      const app = await startTwoWorkers({ env: { ...JWT, REDIS_URL: redis.url } });
      const ann = await app.connect(gameContract, "ann");
      await ann.call("room:list", {});
      redis.freeze();
      for (const target of [{ user_id: "ann" }, { namespace: "/game" }, { namespace: "/", room: "lobby" }]) {
        const reply = await send(app, { message_type: "gift", data: {}, ...target });
        assert.deepEqual([reply.status, codeOf(reply)], [503, "unavailable"], JSON.stringify(target));
      }
      redis.thaw();
      await ann.call("ping", {});
      assert.ok(!ann.log.some(({ event }) => event === "gift"));
    } finally {
      redis.thaw();
      await closeAll();
      await redis.close();
    }
  });
});
