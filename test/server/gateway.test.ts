import assert from "node:assert/strict";
import { asId, type DeliveryId, type UserId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { relayScope } from "../../namespaces/rooms/index.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { muster } from "../../proto/generated/muster.js";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";

const dev = { env: { AUTH_MODE: "dev" } };
const second = { worker: 1 } as const;

/** A plain connection of a user with a token, to the worker asked for. */
function enter(app: TestApp, path: string, user: string, worker = 0, query: Record<string, string> = {}) {
  const url = app.urls[Math.min(worker, app.urls.length - 1)] ?? "";
  return openPlain(url, path, { query: { token: app.token(user), ...query } });
}

describe("plain WebSocket gateway", () => {
  afterEach(closePlain);
  onEachSetup((setup) => {
    it("what one kind of client publishes the other gets, on any worker", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann", second);
      const bob = enter(app, "/ws", "bob");
      assert.equal(typeof ((await bob.next("connected")).data as Json).client_id, "string");
      await ann.call("subscribe", { room: "lounge" });
      const joined = await bob.call("subscribe", { room: "lounge" });
      assert.deepEqual([joined.ok, joined.room, joined.client_count], [true, "lounge", 2]);
      assert.deepEqual((await bob.next("subscribed")).data, { room: "lounge", client_count: 2 });
      bob.send({ type: "publish", room: "lounge", data: { text: "from plain" } });
      assert.deepEqual((await ann.next("message")).data, { text: "from plain" });
      await ann.call("publish", {
        room: "lounge",
        data: { text: 'from "Socket.IO"', deep: [{ type: "x" }] },
      });
      const own = await bob.next("message");
      assert.deepEqual(own.data, { text: "from plain" });
      const message = await bob.next("message");
      assert.deepEqual(message.data, { text: 'from "Socket.IO"', deep: [{ type: "x" }] });
      assert.deepEqual(
        [message.room, message.client_id, typeof message.timestamp],
        ["lounge", ann.socket.id, "number"],
      );
      bob.send({ type: "unsubscribe", room: "lounge" });
      assert.deepEqual((await bob.next("unsubscribed")).data, { room: "lounge" });
    });

    it("a Socket.IO, a JSON and a protobuf client in one relay room hear one another on two workers", async () => {
      const app = await setup.start(dev);
      const ann = await app.connect(roomsContract, "ann", second);
      await ann.call("relay:join", { room_id: "arena" });
      const flat = enter(app, "/ws", "flo");
      assert.equal((await flat.call("relay:join", { room_id: "arena" })).ok, true);
      const json = enter(app, "/ws/arena", "joe", 1);
      const hello = await json.next("SERVER_HELLO");
      assert.deepEqual(
        [hello.room_id, typeof hello.client_id, typeof hello.timestamp],
        ["arena", "string", "number"],
      );
      const binary = enter(app, "/ws/arena", "pat", 0, { format: "protobuf" });
      const greeting = muster.ServerMessage.decode(await binary.nextBinary());
      assert.equal(greeting.server_hello?.room_id, "arena");

      const position = muster.ClientMessage.encode({
        timestamp: 1,
        position_update: { position: { x: 1, y: 0, z: -2.5 }, seq: 7 },
      }).finish();
      binary.send(position);
      const spawn = muster.ClientMessage.encode({
        entity_spawn: {
          entity_id: "e1",
          kind: "cube",
          position: { x: 0, y: 1, z: 0 },
          data: '{"color":"red"}',
        },
      }).finish();
      binary.send(spawn);
      for (const bytes of [position, spawn]) {
        assert.deepEqual(await json.nextBinary(), Buffer.from(bytes));
        assert.deepEqual((await ann.next("relay")).data, Buffer.from(bytes));
        assert.deepEqual((await flat.next("relay")).data, { base64: Buffer.from(bytes).toString("base64") });
      }
      const moved = await ann.next("position_update");
      assert.deepEqual([moved.room_id, moved.position, moved.seq], ["arena", { x: 1, y: 0, z: -2.5 }, 7]);
      assert.deepEqual((await flat.next("position_update")).position, { x: 1, y: 0, z: -2.5 });
      const spawned = await ann.next("entity_spawn");
      assert.deepEqual([spawned.entity_id, spawned.kind, spawned.data], ["e1", "cube", { color: "red" }]);
      assert.equal((await flat.next("entity_spawn")).entity_id, "e1");

      const said = '{"type":"CHAT_MESSAGE","text":"Hello!"}';
      json.send(said);
      assert.equal((await ann.next("relay")).data, said);
      assert.equal((await ann.next("chat_message")).text, "Hello!");
      assert.equal((await flat.next("chat_message")).text, "Hello!");
      assert.equal((await binary.next("CHAT_MESSAGE")).text, "Hello!");

      await ann.call("relay", { room_id: "arena", data: "plain text" });
      await ann.call("relay", { room_id: "arena", data: Buffer.from([0, 255, 1]) });
      for (const client of [json, binary]) {
        assert.equal(await client.nextText(), "plain text");
        assert.deepEqual(await client.nextBinary(), Buffer.from([0, 255, 1]));
      }
      assert.equal(
        (await flat.next("relay", (frame) => frame.data === "plain text")).client_id,
        ann.socket.id,
      );
      // The sender hears nothing of its own, and raw members get raw frames only.
      assert.deepEqual(json.pending("CHAT_MESSAGE"), []);
      for (const client of [json, binary])
        for (const type of ["relay", "chat_message", "position_update", "connected"])
          assert.deepEqual(client.pending(type), []);
    });

    it("a relay room's ping is answered, and relayed as any other frame", async () => {
      const app = await setup.start();
      const [ann, bob] = [enter(app, "/ws/den", "ann"), enter(app, "/ws/den", "bob", 1)];
      await Promise.all([ann.next("SERVER_HELLO"), bob.next("SERVER_HELLO")]);
      ann.send({ type: "ping" });
      assert.equal(typeof (await ann.next("pong")).timestamp, "number");
      await bob.next("ping");
    });

    it("all six namespaces are reached, with the token in the query or in the header", async () => {
      const app = await setup.start();
      for (const path of ["/ws", "/ws/game", "/ws/chat", "/ws/combat", "/ws/world"]) {
        const query = enter(app, path, "ann");
        assert.deepEqual(await query.call("ping"), { type: "ack", id: "call-1", ok: true }, path);
        const header = openPlain(app.url, path, { headers: { authorization: `Bearer ${app.token("bob")}` } });
        header.send({ type: "ping" });
        const { timestamp } = await header.next("pong");
        assert.equal(typeof timestamp, path === "/ws" ? "number" : "string");
      }
      const queue = enter(app, "/ws/matchmaking", "cat");
      const greeted = await queue.next("queue_joined");
      assert.deepEqual(greeted.data, { ticket_id: null, queue_size: 0 });
      assert.match(String(greeted.timestamp), /^\d{4}-\d\d-\d\dT/);
      assert.deepEqual(await queue.callEnveloped("ping"), { ok: true });
      assert.deepEqual((await queue.next("pong")).data, {});
    });

    it("DashDice's address with a game mode joins the queue at once, once", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/matchmaking", "ann", 0, { game_mode: "classic" });
      await ann.next("queue_joined", ({ data }) => (data as Json).ticket_id === null);
      const joined = (await ann.next("queue_joined")).data as Json;
      assert.deepEqual([joined.game_mode, joined.queue_size], ["classic", 1]);
      const again = enter(app, "/ws/matchmaking", "ann", 1, { game_mode: "classic" });
      // The first joining may still be on its way to the other worker.
      const resumed = await again.next("queue_joined", ({ data }) => (data as Json).resumed === true);
      assert.equal((resumed.data as Json).ticket_id, joined.ticket_id);
      assert.deepEqual(await again.callEnveloped("ping"), { ok: true });
      assert.deepEqual(again.pending("error"), []);
      const nowhere = enter(app, "/ws/matchmaking", "bob", 0, { game_mode: "no such mode" });
      const { data } = await nowhere.next("error");
      assert.equal((data as Json).event, "queue_join");
    });

    it("a match is found by a plain and a Socket.IO client", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/matchmaking", "ann", 0, { game_mode: "classic" });
      await ann.next("queue_joined", ({ data }) => (data as Json).game_mode === "classic");
      const bob = await app.connect(matchmakingContract, "bob", second);
      await bob.call("queue_join", { game_mode: "classic" });
      const found = (await ann.next("match_found")).data as Json;
      const { match_id, players } = await bob.next("match_found");
      assert.equal(found.match_id, match_id);
      assert.deepEqual(new Set(found.players as string[]), new Set(players));
      assert.equal(((await ann.next("game_started")).data as Json).match_id, match_id);
    });

    it("an acknowledgement carries the id of its request, whatever JSON it is", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/chat", "ann");
      for (const id of [7, "seven", null, { a: [1] }, false, ""]) {
        ann.send({ type: "chat_message", channel: "global", content: "hi", id });
        const ack = await ann.next("ack", (frame) => JSON.stringify(frame.id) === JSON.stringify(id));
        assert.equal(ack.ok, true);
        assert.equal(typeof ack.message_id, "string");
        ann.send({ type: "chat_message", channel: "nowhere", id });
        const refused = await ann.next("ack", (frame) => JSON.stringify(frame.id) === JSON.stringify(id));
        assert.equal(refused.ok, false);
        assert.equal((refused.error as Json).code, "invalid_payload");
      }
      assert.deepEqual(ann.pending("error"), []);
      ann.send({ type: "chat_message", channel: "global", content: "x", id: "i".repeat(2_000) });
      assert.equal((await ann.next("error")).code, "invalid_payload");
    });

    it("a user_id in a frame names the sender; another's is refused", async () => {
      const app = await setup.start(dev);
      const ann = openPlain(app.url, "/ws/matchmaking", { query: { user_id: "ann" } });
      ann.send({ type: "queue_join", user_id: "bob", data: { game_mode: "classic" } });
      assert.equal(((await ann.next("error")).data as Json).code, "forbidden");
      ann.send({ type: "queue_join", user_id: "ann", data: { game_mode: "classic" }, id: 1 });
      assert.equal(((await ann.next("ack")).data as Json).ok, true);
      const bob = openPlain(app.url, "/ws/combat", { query: { user_id: "bob" } });
      bob.send({
        type: "combat_action",
        user_id: "ann",
        action: "attack",
        target: "m",
        combat_session_id: "none",
      });
      assert.equal((await bob.next("error")).code, "forbidden");
      bob.send({
        type: "combat_action",
        user_id: "bob",
        action: "attack",
        target: "m",
        combat_session_id: "none",
      });
      assert.equal((await bob.next("error")).code, "not_found");
    });

    it("a reliable event comes until it is acknowledged by a frame, and not again after it", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", second);
      const bob = enter(app, "/ws/chat", "bob", 0, { reliable: "true" });
      assert.equal((await bob.call("ping")).ok, true);
      await ann.call("chat_message", { channel: "private", to: "bob", content: "important" });
      const first = await bob.next("chat_message");
      const repeated = await bob.next("chat_message");
      assert.equal(repeated.delivery_id, first.delivery_id);
      bob.send({ type: "ack", delivery_id: first.delivery_id, id: "done" });
      assert.equal((await bob.next("ack")).ok, true);
      const again = enter(app, "/ws/chat", "bob", 1, { reliable: "true" });
      assert.equal((await again.call("ping")).ok, true);
      assert.deepEqual(again.pending("chat_message"), []);
    });

    it("more reliable events than may be under way arrive without waiting, as fast as they are acknowledged", async () => {
      const app = await setup.start();
      const bob = enter(app, "/ws/chat", "bob", 0, { reliable: "true" });
      assert.equal((await bob.call("ping")).ok, true);
      const { inbox } = app.workers[0]?.services ?? assert.fail();
      const startedAt = performance.now();
      // At once: to store them one by one takes its time on a busy machine.
      const delivered = Array.from({ length: 100 }, (_, at) =>
        inbox.deliver(
          chatContract,
          asId<UserId>("bob"),
          "moderation",
          { action: "report", user_id: "x", by: "y", reason: "spam", offset: at, timestamp: "" },
          asId<DeliveryId>(`d${at}`),
        ),
      );
      await Promise.all(delivered);
      for (let at = 0; at < 100; at++) {
        const { delivery_id } = await bob.next("moderation", (frame) => frame.delivery_id === `d${at}`);
        bob.send({ type: "ack", delivery_id });
      }
      // The first wait for an acknowledgement is 2 s: nothing had to wait for one to pass.
      assert.ok(performance.now() - startedAt < 1_900, `${performance.now() - startedAt} ms`);
    });

    it("a client that did not opt in gets a reliable event once", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", second);
      await ann.call("chat_message", { channel: "private", to: "bob", content: "while away" });
      const bob = enter(app, "/ws/chat", "bob");
      assert.equal((await bob.next("chat_message")).content, "while away");
      await ann.call("chat_message", { channel: "private", to: "bob", content: "while here" });
      assert.equal((await bob.next("chat_message")).content, "while here");
      const again = enter(app, "/ws/chat", "bob", 1);
      await again.call("ping");
      await app.runDue();
      await again.call("ping");
      assert.deepEqual(again.pending("chat_message"), []);
      assert.deepEqual(bob.pending("chat_message"), []);
    });

    it("what one turn sends arrives in order: to the room, to the one, with binary, as it joins and as it leaves", async () => {
      const app = await setup.start(dev);
      const clients = [enter(app, "/ws", "ann"), enter(app, "/ws", "bob")];
      for (const client of clients) assert.equal((await client.call("ping")).ok, true);
      const [worker] = app.workers;
      const nsp = worker?.io.of("/") ?? assert.fail();
      const sockets = [...nsp.sockets.values()];
      assert.equal(sockets.length, 2);
      const all = nsp.local;
      const numbers: number[] = [];
      const next = () => {
        numbers.push(numbers.length);
        return { n: numbers.length - 1 };
      };
      const missed: number[] = [];
      for (let round = 0; round < 5; round++) {
        all.emit("step", next());
        for (const socket of sockets) socket.emit("step", { n: numbers.length });
        next();
        all.emit("step", { ...next(), bytes: Buffer.from([round]) });
        const [first, second] = sockets;
        second?.join("some");
        all.to("some").emit("step", next());
        missed.push(numbers.length - 1);
        second?.leave("some");
        all.to("some").emit("step", next());
        missed.push(numbers.length - 1);
        first?.emit("alone", {});
      }
      all.emit("step", { n: "last" });
      const heard = [];
      for (const client of clients) {
        await client.next("step", ({ n }) => n === "last");
        heard.push(
          client.log.filter((frame) => (frame as Json).type === "step").map((frame) => (frame as Json).n),
        );
      }
      const joined = missed.filter((_, at) => at % 2 === 0);
      const both = numbers.filter((n) => !missed.includes(n));
      const one = numbers.filter((n) => both.includes(n) || joined.includes(n));
      assert.deepEqual(new Set(heard.map(String)), new Set([`${both},last`, `${one},last`]));
    });

    it("plain connections count as connections, users and room members like any other", async () => {
      const app = await setup.start({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ROOM: "1" } });
      const ann = enter(app, "/ws/small", "ann");
      await ann.next("SERVER_HELLO");
      const bob = enter(app, "/ws/small", "bob", 1);
      assert.equal((await bob.next("error")).code, "room_full");
      assert.equal((await bob.closed).code, 4403);
      const counts = app.workers.map(({ io }) => io.engine.clientsCount);
      assert.deepEqual(counts, app.workers.length === 1 ? [1] : [1, 0]);
      const { subjects } = await (app.workers[0]?.services.store.presence.size(relayScope) ?? assert.fail());
      assert.equal(subjects, 1);
      ann.close();
      const cat = enter(app, "/ws/den", "cat", 1);
      await cat.next("SERVER_HELLO");
    });
  });
});
