import assert from "node:assert/strict";
import type { Role } from "../../core/contract/contract.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { type Ask, codeOf, post } from "../support/http.ts";

const API_KEY = "an-api-key-of-the-tests-that-is-long-enough";
const JWT = { AUTH_MODE: "jwt", API_KEY };
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const send = (app: TestApp, body: unknown, ask: Ask = { token: API_KEY }) =>
  post(`${app.url}/api/websocket`, body, ask);

onEachSetup((setup) => {
  describe("POST /api/websocket reaches", () => {
    it("every connection of the named users, in all namespaces and on any worker", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(roomsContract, "ann", { worker: 1 });
      const annsQueue = await app.connect(matchmakingContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const carl = await app.connect(gameContract, "carl");
      const reply = await send(app, {
        user_ids: ["ann", "bob", "nobody", "bob"],
        message_type: "gift",
        data: { gold: 5, timestamp: "whenever" },
      });
      assert.deepEqual([reply.status, reply.body], [200, { delivered_to: 2, queued_for: 0 }]);
      const plain = (await ann.nextAny("gift")) as { data: unknown; timestamp: unknown };
      assert.equal(typeof plain.timestamp, "number");
      assert.deepEqual(plain.data, { gold: 5, timestamp: "whenever" });
      for (const client of [annsQueue, bob]) {
        const got = (await client.nextAny("gift")) as { gold: number; timestamp: string };
        assert.equal(got.gold, 5);
        assert.match(got.timestamp, ISO);
      }
      await carl.call("room:list", {});
      assert.ok(!carl.log.some(({ event }) => event === "gift"));
    });

    it("only the named namespace's connections of a user", async () => {
      const app = await setup.start({ env: JWT });
      const chat = await app.connect(chatContract, "ann", { worker: 1 });
      const game = await app.connect(gameContract, "ann");
      const reply = await send(app, { user_id: "ann", namespace: "/chat", message_type: "hint", data: {} });
      assert.deepEqual(reply.body, { delivered_to: 1, queued_for: 0 });
      await chat.nextAny("hint");
      await game.call("room:list", {});
      assert.ok(!game.log.some(({ event }) => event === "hint"));
    });

    it("those who are in a room, as clients name it, and counts them as users", async () => {
      const app = await setup.start({ env: JWT });
      const inside = await app.connect(roomsContract, "ann");
      const second = await app.connect(roomsContract, "ann", { worker: 1 });
      const outside = await app.connect(roomsContract, "bob", { worker: 1 });
      await inside.call("subscribe", { room: "lobby" });
      await second.call("subscribe", { room: "lobby" });
      await outside.call("subscribe", { room: "elsewhere" });
      const reply = await send(app, { namespace: "/", room: "lobby", message_type: "notice", data: "hello" });
      assert.deepEqual(reply.body, { delivered_to: 1, queued_for: 0 });
      for (const client of [inside, second]) {
        const { data } = (await client.nextAny("notice")) as { data: unknown };
        assert.equal(data, "hello");
      }
      await outside.call("ping", {});
      assert.ok(!outside.log.some(({ event }) => event === "notice"));
    });

    it("a zone of /world and everybody of a namespace", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(worldContract, "ann", { worker: 1 });
      const bob = await app.connect(worldContract, "bob");
      await ann.call("enter", { zone: "harbour", x: 0, y: 0 });
      const zone = await send(app, {
        namespace: "/world",
        room: "harbour",
        message_type: "world_event",
        data: { event: "storm", data: {}, zone: "harbour" },
      });
      assert.deepEqual(zone.body, { delivered_to: 1, queued_for: 0 });
      assert.equal((await ann.next("world_event")).event, "storm");
      const all = await send(app, {
        namespace: "/world",
        message_type: "world_event",
        data: { event: "dawn", data: {} },
      });
      assert.deepEqual(all.body, { delivered_to: 2, queued_for: 0 });
      assert.equal((await bob.next("world_event")).event, "dawn", "the first that reaches bob");
    });

    it("who hears the chat channel of a game room", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(gameContract, "ann");
      const { room_id } = (await ann.call("room:create", { game: "relay" })).room;
      const room = `room:${room_id}`;
      const chat = await app.connect(chatContract, "ann", { worker: 1 });
      await chat.call("history", { channel: room });
      const reply = await send(app, { namespace: "/chat", room, message_type: "notice", data: { gold: 1 } });
      assert.deepEqual(reply.body, { delivered_to: 1, queued_for: 0 });
      assert.equal(((await chat.nextAny("notice")) as { gold: number }).gold, 1);
      assert.equal((await send(app, { namespace: "/", room, message_type: "notice" })).status, 422);
    });

    it("with announcement, achievement and player_status the clients of /game", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(gameContract, "ann", { worker: 1 });
      await send(app, {
        namespace: "/game",
        message_type: "announcement",
        data: { message: "maintenance at noon", level: "warning" },
      });
      await send(app, {
        user_id: "ann",
        message_type: "achievement",
        data: { user_id: "ann", achievement: "first_kill" },
        reliable: true,
      });
      await send(app, {
        namespace: "/game",
        message_type: "player_status",
        data: { user_id: "ann", status: "asleep" },
      });
      assert.equal((await ann.next("announcement")).message, "maintenance at noon");
      assert.equal((await ann.next("achievement")).achievement, "first_kill");
      assert.equal((await ann.next("player_status")).status, "asleep");
    });

    it("those who come later, where it is reliable, and each once", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(matchmakingContract, "ann", { auth: { reliable: true } });
      const match = {
        match_id: "m1",
        game_mode: "classic",
        players: ["ann", "bob"],
        teams: [["ann"], ["bob"]],
      };
      const reply = await send(app, {
        user_ids: ["ann", "bob"],
        message_type: "match_found",
        data: match,
        reliable: true,
      });
      assert.deepEqual(reply.body, { delivered_to: 1, queued_for: 1 });
      assert.equal((await ann.next("match_found")).match_id, "m1");
      const bob = await app.connect(matchmakingContract, "bob", { worker: 1, auth: { reliable: true } });
      const late = (await bob.nextAny("match_found")) as { match_id: string; delivery_id: string };
      assert.equal(late.match_id, "m1");
      assert.ok(late.delivery_id);
    });

    it("later in every namespace, where no contract has the event", async () => {
      const app = await setup.start({ env: JWT });
      const reply = await send(app, {
        user_id: "ann",
        message_type: "gift",
        data: { gold: 1 },
        reliable: true,
      });
      assert.deepEqual(reply.body, { delivered_to: 0, queued_for: 1 });
      const ids = new Set<unknown>();
      for (const contract of [chatContract, gameContract]) {
        const client = await app.connect(contract, "ann", { worker: 1 });
        const { delivery_id } = (await client.nextAny("gift")) as { delivery_id: unknown };
        ids.add(delivery_id);
      }
      assert.equal(ids.size, 1, "one id, so that a client can drop the repeat");
    });
  });

  describe("Idempotency-Key", () => {
    const headers = { "idempotency-key": "order-7" };
    const gift = { user_id: "ann", namespace: "/chat", message_type: "gift", data: { gold: 5 } };

    it("sends once and gives the first answer again, on another worker too", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(chatContract, "ann");
      const first = await send(app, gift, { token: API_KEY, headers });
      ann.disconnect();
      const again = await post(`${app.urls.at(-1)}/api/websocket`, gift, { token: API_KEY, headers });
      assert.deepEqual(first.body, { delivered_to: 1, queued_for: 0 });
      assert.deepEqual(again.body, first.body);
    });

    it("of requests at the same time, sends one", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(chatContract, "ann");
      const replies = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          post(`${app.urls[at % app.urls.length]}/api/websocket`, gift, { token: API_KEY, headers }),
        ),
      );
      assert.ok(replies.every(({ status }) => status === 200 || status === 409));
      await ann.nextAny("gift");
      await send(app, { ...gift, message_type: "last" });
      await ann.nextAny("last");
      assert.equal(ann.log.filter(({ event }) => event === "gift").length, 1);
    });

    it("is a conflict with another body, and another caller's is another key", async () => {
      const app = await setup.start({ env: JWT });
      await send(app, gift, { token: API_KEY, headers });
      const other = await send(app, { ...gift, data: { gold: 6 } }, { token: API_KEY, headers });
      assert.deepEqual([other.status, codeOf(other)], [409, "conflict"]);
      const service = await send(
        app,
        { ...gift, data: { gold: 6 } },
        { token: app.token("backend", { roles: ["service"] }), headers },
      );
      assert.equal(service.status, 200);
    });

    it("must be short and visible", async () => {
      const app = await setup.start({ env: JWT });
      const reply = await send(app, gift, {
        token: API_KEY,
        headers: { "idempotency-key": "k".repeat(201) },
      });
      assert.deepEqual([reply.status, codeOf(reply)], [400, "invalid_payload"]);
    });

    it("does not keep what failed", async () => {
      const app = await setup.start({ env: JWT });
      const bad = { user_id: "ann", namespace: "/chat", message_type: "gift", data: 5 };
      for (let time = 0; time < 2; time++)
        assert.equal((await send(app, bad, { token: API_KEY, headers })).status, 400);
    });
  });

  describe("POST /api/websocket refuses", () => {
    const good = { user_id: "ann", message_type: "gift", data: {} };
    const refusals: readonly (readonly [string, unknown, number, string])[] = [
      ["bad JSON", "{", 400, "invalid_json"],
      ["a list", [], 400, "invalid_payload"],
      ["no target", { message_type: "gift" }, 400, "invalid_payload"],
      ["two targets", { ...good, user_ids: ["bob"] }, 400, "invalid_payload"],
      ["a user and a room", { ...good, namespace: "/", room: "lobby" }, 400, "invalid_payload"],
      ["a room without its namespace", { room: "lobby", message_type: "gift" }, 400, "invalid_payload"],
      ["an unknown namespace", { namespace: "/admin", message_type: "gift" }, 400, "invalid_payload"],
      ["an empty list", { user_ids: [], message_type: "gift" }, 400, "invalid_payload"],
      ["ids of another type", { user_ids: [7], message_type: "gift" }, 400, "invalid_payload"],
      ["no event", { user_id: "ann" }, 400, "invalid_payload"],
      ["an event that is no name", { user_id: "ann", message_type: "__proto__" }, 400, "invalid_payload"],
      ["data that is no object", { ...good, data: "text" }, 400, "invalid_payload"],
      ["a field of the frame in the data", { ...good, data: { type: "x" } }, 400, "invalid_payload"],
      ["reliable of another type", { ...good, reliable: "yes" }, 400, "invalid_payload"],
      [
        "a namespace without rooms",
        { namespace: "/matchmaking", room: "classic", message_type: "x" },
        404,
        "not_found",
      ],
      ["an event of Socket.IO's own", { ...good, message_type: "disconnect" }, 422, "invalid_payload"],
      ["an event of the server's own", { ...good, message_type: "server_draining" }, 422, "invalid_payload"],
      [
        "a room of the server's own",
        { namespace: "/", room: "user:ann", message_type: "gift" },
        422,
        "invalid_payload",
      ],
      [
        "the moderators' desk",
        { namespace: "/chat", room: "*reports", message_type: "gift" },
        422,
        "invalid_payload",
      ],
      [
        "1,001 ids",
        { user_ids: Array.from({ length: 1_001 }, (_, at) => `u${at}`), message_type: "gift" },
        413,
        "payload_too_large",
      ],
      [
        "10,000 ids",
        { user_ids: Array.from({ length: 10_000 }, (_, at) => `u${at}`), message_type: "gift" },
        413,
        "payload_too_large",
      ],
      [
        "deep nesting",
        `{"user_id":"ann","message_type":"gift","data":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
        413,
        "payload_too_large",
      ],
      [
        "10 MB",
        JSON.stringify({ ...good, data: { text: "x".repeat(10_000_000) } }),
        413,
        "payload_too_large",
      ],
    ];

    it("what has another form, with a code and no stack trace, and sends nothing", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(gameContract, "ann");
      for (const [what, body, status, code] of refusals) {
        const reply = await send(app, body);
        assert.deepEqual([what, reply.status, codeOf(reply)], [what, status, code]);
        assert.doesNotMatch(JSON.stringify(reply.body), /node_modules|\.ts:/);
      }
      await ann.call("room:list", {});
      assert.ok(!ann.log.some(({ event }) => event === "gift" || event === "disconnect"));
    });

    it("who may not send", async () => {
      const app = await setup.start({ env: JWT });
      const asRole = (role: Role) => ({ token: app.token("ann", { roles: [role] }) });
      const answers: readonly (readonly [string, Ask, number, string | undefined])[] = [
        ["nobody", {}, 401, "unauthorized"],
        ["a wrong key", { token: `${API_KEY}x` }, 401, "token_invalid"],
        ["a player", asRole("player"), 403, "forbidden"],
        ["a moderator", asRole("moderator"), 403, "forbidden"],
        [
          "an expired token",
          { token: app.token("svc", { roles: ["service"], ttlMs: -1_000 }) },
          401,
          "token_expired",
        ],
        ["a service", asRole("service"), 200, undefined],
        ["an admin", asRole("admin"), 200, undefined],
        ["the key", { token: API_KEY }, 200, undefined],
      ];
      for (const [who, ask, status, code] of answers) {
        const reply = await send(app, good, ask);
        assert.deepEqual([who, reply.status, codeOf(reply)], [who, status, code]);
      }
    });

    it("under AUTH_MODE=dev nobody but whoever brings a bad token", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "dev" } });
      assert.equal((await send(app, { ...good, message_type: "ping" }, {})).status, 200);
      const bad = await send(app, good, { token: "x.y.z" });
      assert.deepEqual([bad.status, codeOf(bad)], [401, "token_invalid"]);
    });

    it("pages of other origins", async () => {
      const app = await setup.start({ env: JWT });
      const reply = await send(app, good, {
        token: API_KEY,
        headers: { origin: "https://elsewhere.example" },
      });
      assert.deepEqual([reply.status, codeOf(reply)], [403, "forbidden"]);
    });
  });
});
