/** Commands that one connection sends in one go end as they would one at a time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Type } from "typebox";
import type { Ack, Contract } from "../../core/contract/contract.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { defineEvent } from "../../server/index.ts";
import { onEachSetup, type TestClient } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

type Sent = readonly [event: string, input?: object];

/** Sends all in one turn of the event loop. */
const inOneGo = <C extends Contract>(
  client: TestClient<C>,
  commands: readonly Sent[],
): Promise<Ack<object>[]> => Promise.all(commands.map(([event, input = {}]) => client.raw(event, input)));

const codes = (acks: readonly Ack<object>[]) => acks.map((ack) => (ack.ok ? "ok" : ack.error.code)).join(" ");

onEachSetup((setup) => {
  describe("commands sent in one go", () => {
    afterEach(closePlain);

    it("on `/`: who subscribes may publish at once, and who has unsubscribed may not", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const acks = await inOneGo(ann, [
        ["subscribe", { room: "r" }],
        ["publish", { room: "r", data: 1 }],
        ["unsubscribe", { room: "r" }],
        ["publish", { room: "r", data: 2 }],
        ["subscribe", { room: "r" }],
        ["publish", { room: "r", data: 3 }],
      ]);
      assert.equal(codes(acks), "ok ok ok not_subscribed ok ok");
    });

    it("over plain WebSocket: the relay's own way, to subscribe and publish without waiting", async () => {
      const app = await setup.start();
      const plain = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      await plain.opened();
      plain.send({ type: "subscribe", room: "r" });
      for (let i = 0; i < 10; i++) plain.send({ type: "publish", room: "r", data: i });
      for (let i = 0; i < 10; i++) assert.equal((await plain.next("message")).data, i);
      assert.deepEqual(plain.pending("error"), []);
    });

    it("in `/chat`: the last of block and unblock, join and leave holds", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { claims: { roles: ["moderator"] } });
      await ann.call("channel_create", { channel: "club" });
      const bob = await app.connect(chatContract, "bob");
      for (let round = 0; round < 3; round++) {
        const acks = await inOneGo(bob, [
          ["block", { user_id: "ann" }],
          ["unblock", { user_id: "ann" }],
          ["blocked"],
          ["channel_join", { channel: "club" }],
          ["chat_message", { channel: "club", content: `hello ${round}` }],
          ["channel_leave", { channel: "club" }],
          ["chat_message", { channel: "club", content: "too late" }],
        ]);
        assert.equal(codes(acks.slice(0, 6)), "ok ok ok ok ok ok", JSON.stringify(acks));
        assert.ok(!acks[6]?.ok);
        assert.deepEqual((acks[2] as unknown as { user_ids: string[] }).user_ids, []);
        assert.deepEqual((await bob.call("blocked", {})).user_ids, []);
        const { channels } = await bob.call("channels", {});
        assert.ok(!channels.some(({ channel }) => channel === "club"));
      }
    });

    it("in `/chat`: messages are stored in the order they were sent, whether they carry an id or not", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { claims: { roles: ["moderator"] } });
      await ann.call("channel_create", { channel: "club" });
      for (const channel of ["global", "club"]) {
        const sent = Array.from({ length: 20 }, (_, i) => `${channel} ${i}`);
        const acks = await inOneGo(
          ann,
          sent.map((content, i) => [
            "chat_message",
            { channel, content, ...(i % 3 === 0 ? { client_msg_id: content } : {}) },
          ]),
        );
        assert.equal(new Set(codes(acks).split(" ")).size, 1, codes(acks));
        const { messages } = await ann.call("history", { channel });
        const said = messages.flatMap((message) => ("content" in message ? [message.content] : []));
        assert.deepEqual(said, sent);
      }
    });

    it("in `/game`: who leaves and joins again has a seat that is theirs, and may signal at once", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { game: "dash-dice", max_players: 4 });
      const { room_id } = room;
      const bob = await app.connect(gameContract, "bob");
      for (let round = 0; round < 3; round++) {
        const acks = await inOneGo(bob, [
          ["room:join", { room_id }],
          ["room:signal", { room_id, data: round }],
          ["room:leave", { room_id }],
          ["room:join", { room_id }],
        ]);
        assert.equal(codes(acks), "ok ok ok ok");
        const state = await bob.call("room:state", { room_id });
        assert.ok(state.room.players.some(({ user_id, connected }) => user_id === "bob" && connected));
        await bob.call("room:leave", { room_id });
      }
    });

    it("in `/matchmaking`: a quick cancel leaves nobody in the queue", async () => {
      const app = await setup.start();
      const ann = await app.connect(matchmakingContract, "ann");
      for (let round = 0; round < 3; round++) {
        const acks = await inOneGo(ann, [["queue_join", { game_mode: "classic" }], ["queue_leave"]]);
        assert.equal(codes(acks), "ok ok");
        assert.equal((await ann.refused("queue_leave", {})).code, "not_queued");
      }
    });

    it("in `/world`: who enters sees who is near at once", async () => {
      const app = await setup.start();
      const ann = await app.connect(worldContract, "ann");
      await ann.call("enter", { zone: "z", x: 0, y: 0 });
      const bob = await app.connect(worldContract, "bob");
      const acks = await inOneGo(bob, [
        ["enter", { zone: "z", x: 1, y: 1 }],
        ["nearby"],
        ["leave"],
        ["enter", { zone: "z", x: 1, y: 1 }],
      ]);
      assert.equal(codes(acks), "ok ok ok ok");
    });

    it("before the connection is made, as the stock client keeps them, are served in their order", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      ann.socket.disconnect();
      const acks = inOneGo(ann, [
        ["subscribe", { room: "r" }],
        ["publish", { room: "r", data: 1 }],
        ["unsubscribe", { room: "r" }],
      ]);
      ann.socket.connect();
      assert.equal(codes(await acks), "ok ok ok");
    });

    it("and followed by the end of the connection leave nothing behind", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { game: "dash-dice", max_players: 4 });
      const bob = await app.connect(gameContract, "bob");
      const gone = ann.next("room:updated", ({ room: { players } }) =>
        players.some(({ user_id, connected }) => user_id === "bob" && !connected),
      );
      bob.socket.emit("room:join", { room_id: room.room_id });
      bob.socket.disconnect();
      await gone;
    });

    it("and followed by the end of the connection take effect all the same, on both kinds of connection", async () => {
      const app = await setup.start();
      const witness = await app.connect(roomsContract, "witness", { worker: 1 });
      await witness.call("subscribe", { room: "r" });
      await witness.call("relay:join", { room_id: "r" });
      const said = (data: unknown) => witness.next("message", (message) => message.data === data);
      const relayed = (data: string) => witness.next("relay", (message) => message.data === data);

      const plain = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      await plain.opened();
      plain.send({ type: "subscribe", room: "r" });
      plain.send({ type: "publish", room: "r", data: "plain" });
      plain.send({ type: "relay:join", room_id: "r" });
      plain.send({ type: "relay", room_id: "r", data: "plain" });
      plain.close();
      await said("plain");
      await relayed("plain");

      for (const transports of [["websocket"], ["polling"]] as const) {
        const [transport] = transports;
        const bob = await app.connect(roomsContract, "bob", { transports: [transport] });
        bob.socket.emit("subscribe", { room: "r" });
        bob.socket.emit("publish", { room: "r", data: transport });
        bob.socket.emit("unsubscribe", { room: "r" });
        bob.socket.emit("publish", { room: "r", data: "no more" });
        bob.socket.emit("relay:join", { room_id: "r" });
        bob.socket.emit("relay", { room_id: "r", data: transport });
        bob.disconnect();
        await said(transport);
        await relayed(transport);
      }
      assert.deepEqual(witness.pending("message"), []);
    });

    it("wait for one that hangs on their own connection and namespace only, and come after it", async () => {
      let release: () => void = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const hang = defineEvent({
        namespace: "/",
        name: "hang",
        schema: Type.Object({}),
        handle: () => released.then(() => ({ hung: true })),
      });
      const app = await setup.start({ app: { events: [hang] } });
      const [ann, phone] = [await app.connect(roomsContract, "ann"), await app.connect(roomsContract, "ann")];
      const chat = await app.connect(chatContract, "ann");
      const answers: string[] = [];
      const hung = ann.raw("hang", {}).then(() => answers.push("hang"));
      const joined = ann.raw("subscribe", { room: "r" }).then(() => answers.push("subscribe"));
      await ann.raw("ping", {});
      await phone.call("subscribe", { room: "r" });
      await chat.call("chat_message", { channel: "global", content: "still here" });
      assert.deepEqual(answers, []);
      release();
      await Promise.all([hung, joined]);
      assert.deepEqual(answers, ["hang", "subscribe"]);
    });

    it("are done where the client has left, and are not where the server has cut it; reads are made for neither", async () => {
      let release: () => void = () => {};
      const ran: string[] = [];
      const events = (["hang", "act", "look"] as const).map((name) =>
        defineEvent({
          namespace: "/",
          name,
          schema: Type.Object({ by: Type.String() }),
          ...(name === "look" ? { order: "read" as const } : {}),
          async handle(_context, { by }) {
            ran.push(`${by} ${name}`);
            if (name === "hang")
              await new Promise<void>((resolve) => {
                release = resolve;
              });
            return {};
          },
        }),
      );
      const app = await setup.start({ app: { events } });
      for (const by of ["left", "cut"]) {
        const client = await app.connect(roomsContract, by);
        const [socket] = app.workers[0]?.io.of("/").sockets.values() ?? [];
        assert.ok(socket);
        const ended = once(socket, "disconnect");
        for (const name of ["hang", "act", "look", "act"]) client.socket.emit(name, { by });
        await until("they have come", () => ran.includes(`${by} hang`));
        await client.raw("ping");
        if (by === "left") client.socket.disconnect();
        else socket.conn.close(true);
        await ended;
        client.socket.disconnect();
        release();
        await until("nothing is under way", () => app.workers[0]?.held().commands === 0);
      }
      assert.deepEqual(ran, ["left hang", "left act", "left act", "cut hang"]);
    });

    it("are refused with a time to wait where too many wait, and served again afterwards", async () => {
      const app = await setup.start({
        env: { RATE_LIMITS_CONNECTION: "off", RATE_LIMITS_USER: "off", RATE_LIMITS_EVENTS: "subscribe=off" },
      });
      const ann = await app.connect(roomsContract, "ann");
      const acks = await inOneGo(
        ann,
        Array.from({ length: 1_000 }, (_, i) => ["subscribe", { room: `r${i % 5}` }] as const),
      );
      const refused = acks.filter((ack) => !ack.ok);
      assert.ok(refused.length > 0);
      for (const ack of refused)
        if (!ack.ok) {
          assert.equal(ack.error.code, "rate_limited");
          assert.ok(Number(ack.error.retry_after_ms) > 0);
        }
      await ann.call("subscribe", { room: "r" });
    });
  });
});
