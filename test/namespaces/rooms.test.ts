import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { onEachSetup } from "../support/app.ts";

const oneWorker = { worker: 1 } as const;

describe("/ rooms", () => {
  onEachSetup((setup) => {
    it("greets with the connection's id and answers ping with pong", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const connected = await ann.next("connected");
      assert.deepEqual(connected.data, {
        client_id: ann.socket.id,
        message: "Connected to WebSocket server",
      });
      assert.equal(typeof connected.timestamp, "number");
      await ann.call("ping", {});
      assert.deepEqual(Object.keys(await ann.next("pong")), ["timestamp"]);
    });

    it("what one publishes every subscriber gets, the sender too, on any worker", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      assert.equal((await ann.call("subscribe", { room: "lounge" })).client_count, 1);
      assert.equal((await bob.call("subscribe", { room: "lounge" })).client_count, 2);
      const { timestamp, ...subscribed } = await bob.next("subscribed");
      assert.deepEqual(subscribed, { room: "lounge", data: { room: "lounge", client_count: 2 } });
      assert.equal(typeof timestamp, "number");
      const { offset } = await ann.call("publish", { room: "lounge", data: { text: "hello" } });
      for (const client of [ann, bob]) {
        const { timestamp: at, ...message } = await client.next("message");
        assert.deepEqual(message, {
          room: "lounge",
          data: { text: "hello" },
          client_id: ann.socket.id,
          offset,
        });
        assert.equal(typeof at, "number");
      }
    });

    it("only a subscriber may publish, and none after unsubscribing", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      await bob.call("subscribe", { room: "lounge" });
      const error = await ann.refused("publish", { room: "lounge", data: 1 });
      assert.deepEqual(error, { code: "not_subscribed", message: "not subscribed to this room" });
      await ann.call("subscribe", { room: "lounge" });
      await ann.call("unsubscribe", { room: "lounge" });
      assert.deepEqual((await ann.next("unsubscribed")).data, { room: "lounge" });
      assert.equal((await ann.refused("publish", { room: "lounge", data: 1 })).code, "not_subscribed");
      await bob.call("publish", { room: "lounge", data: "for those who stayed" });
      await bob.next("message");
      assert.deepEqual(ann.pending("message"), []);
    });

    it("a client that comes back with its cursor gets what it missed, in order, once", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "lounge" });
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      const { epoch, offset } = await bob.call("subscribe", { room: "lounge" });
      bob.disconnect();
      for (const data of ["a", "b", "c"]) await ann.call("publish", { room: "lounge", data });
      const again = await app.connect(roomsContract, "bob");
      const back = await again.call("subscribe", { room: "lounge", since: { epoch, offset } });
      assert.equal(back.recovered, true);
      assert.deepEqual(
        back.messages?.map(({ data, room, client_id }) => [data, room, client_id]),
        ["a", "b", "c"].map((data) => [data, "lounge", ann.socket.id]),
      );
      assert.ok(back.messages?.every(({ timestamp }) => typeof timestamp === "number"));
      await ann.call("publish", { room: "lounge", data: "d" });
      assert.equal((await again.next("message")).data, "d");
      assert.deepEqual(again.pending("message"), []);
    });

    it("a cursor of another epoch is told that nothing can be recovered", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const back = await ann.call("subscribe", { room: "lounge", since: { epoch: "elsewhere", offset: 3 } });
      assert.equal(back.recovered, false);
      assert.deepEqual(back.messages, []);
    });

    it("the same client_msg_id publishes once and gives the first position again", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const tab = await app.connect(roomsContract, "ann", oneWorker);
      for (const client of [ann, tab]) await client.call("subscribe", { room: "lounge" });
      const first = await ann.call("publish", { room: "lounge", data: 1, client_msg_id: "m1" });
      const second = await tab.call("publish", { room: "lounge", data: 2, client_msg_id: "m1" });
      assert.equal(second.offset, first.offset);
      assert.equal(second.duplicate, true);
      await ann.call("publish", { room: "lounge", data: "last" });
      assert.equal((await tab.next("message")).data, 1);
      assert.equal((await tab.next("message")).data, "last");
    });

    it("another user's message of the same client_msg_id is another message", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "ann:x");
      for (const client of [ann, bob]) await client.call("subscribe", { room: "lounge" });
      const first = await ann.call("publish", { room: "lounge", data: 1, client_msg_id: "x:1" });
      const second = await bob.call("publish", { room: "lounge", data: 2, client_msg_id: "1" });
      assert.equal(second.offset, first.offset + 1);
    });

    it("a full room refuses the next connection, over all workers, until one leaves", async () => {
      const app = await setup.start({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ROOM: "2" } });
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      const cat = await app.connect(roomsContract, "cat");
      for (const client of [ann, bob]) await client.call("subscribe", { room: "small" });
      const error = await cat.refused("subscribe", { room: "small" });
      assert.deepEqual(error, { code: "room_full", message: "room is at maximum capacity" });
      assert.equal((await cat.refused("publish", { room: "small", data: 1 })).code, "not_subscribed");
      assert.equal((await ann.call("subscribe", { room: "small" })).client_count, 2);
      await bob.call("unsubscribe", { room: "small" });
      await cat.call("subscribe", { room: "small" });
      await cat.call("subscribe", { room: "another" });
    });

    it("subscribing and unsubscribing at the same time end as the last of them says", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      await Promise.all([
        ann.call("subscribe", { room: "lounge" }),
        ann.call("unsubscribe", { room: "lounge" }),
        ann.call("subscribe", { room: "lounge" }),
        ann.call("unsubscribe", { room: "lounge" }),
      ]);
      assert.equal((await ann.refused("publish", { room: "lounge", data: 1 })).code, "not_subscribed");
      const bob = await app.connect(roomsContract, "bob");
      assert.equal((await bob.call("subscribe", { room: "lounge" })).client_count, 1);
    });

    it("a broadcast reaches every connection here, in rooms or not", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann", { claims: { roles: ["service"] } });
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      await ann.call("broadcast", { data: { maintenance: true } });
      for (const client of [ann, bob]) {
        const { timestamp, ...message } = await client.next("message");
        assert.deepEqual(message, { data: { maintenance: true }, client_id: ann.socket.id });
        assert.equal(typeof timestamp, "number");
      }
    });

    it("in production a broadcast is for the roles service and admin", async () => {
      const app = await setup.start({
        env: { NODE_ENV: "production", CORS_ORIGINS: "https://game.example" },
      });
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("broadcast", { data: 1 })).code, "forbidden");
      const admin = await app.connect(roomsContract, "root", { claims: { roles: ["admin"] } });
      await admin.call("broadcast", { data: "told" });
      assert.equal((await ann.next("message")).data, "told");
    });

    it("relay passes text and binary on to the others, never back to the sender", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", oneWorker);
      await ann.call("relay:join", { room_id: "arena" });
      const joined = await bob.call("relay:join", { room_id: "arena" });
      assert.deepEqual([joined.room_id, joined.client_id, joined.client_count], ["arena", bob.socket.id, 2]);
      await ann.call("relay", { room_id: "arena", data: "text" });
      await ann.call("relay", { room_id: "arena", data: Buffer.from([1, 2, 3]) });
      const first = await bob.next("relay");
      assert.deepEqual([first.room_id, first.data, first.client_id], ["arena", "text", ann.socket.id]);
      assert.deepEqual((await bob.next("relay")).data, Buffer.from([1, 2, 3]));
      await bob.call("relay", { room_id: "arena", data: "back" });
      assert.equal((await ann.next("relay")).data, "back");
      assert.deepEqual(ann.pending("relay"), []);
    });

    it("relay is for those who joined; reserved names are no relay rooms", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("relay", { room_id: "arena", data: "x" })).code, "not_subscribed");
      for (const room_id of ["stats", "chat", "game", "matchmaking"])
        assert.equal((await ann.refused("relay:join", { room_id })).code, "invalid_payload");
      await ann.call("relay:join", { room_id: "arena" });
      await ann.call("relay:leave", { room_id: "arena" });
      assert.equal((await ann.refused("relay", { room_id: "arena", data: "x" })).code, "not_subscribed");
    });

    it("a room name that is absent or empty is told so, for every event that takes one", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      for (const event of ["subscribe", "unsubscribe", "publish"])
        for (const name of [{}, { room: "" }]) {
          const error = await ann.refused(event, { ...name, data: 1 });
          assert.deepEqual(error, { code: "invalid_payload", message: "room name is required" });
        }
    });

    it("refuses what is no payload of an event, and the connection lives", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bad: [string, unknown][] = [
        ["subscribe", null],
        ["subscribe", "lounge"],
        ["subscribe", { room: 5 }],
        ["subscribe", { room: "x".repeat(201) }],
        ["subscribe", { room: "lounge", since: { epoch: 1, offset: 0 } }],
        ["subscribe", { room: "lounge", since: { epoch: "e", offset: -1 } }],
        ["subscribe", { room: "lounge", since: { epoch: "e", offset: 0.5 } }],
        ["unsubscribe", { room: ["lounge"] }],
        ["publish", { room: "lounge" }],
        ["publish", { room: "lounge", data: 1, client_msg_id: 7 }],
        ["publish", { room: "lounge", data: 1, client_msg_id: "x".repeat(101) }],
        ["broadcast", {}],
        ["broadcast", []],
        ["relay:join", { room_id: {} }],
        ["relay:leave", { room_id: 1 }],
        ["relay", { room_id: "arena", data: { an: "object" } }],
        ["relay", { room_id: "arena" }],
      ];
      for (const [event, payload] of bad)
        assert.equal(
          (await ann.refused(event, payload)).code,
          "invalid_payload",
          `${event} ${JSON.stringify(payload)}`,
        );
      assert.equal((await ann.refused("constructor", {})).code, "unknown_event");
      await ann.call("subscribe", { room: "__proto__" });
      await ann.call("publish", { room: "__proto__", data: { ["__proto__"]: 1 } });
      assert.equal((await ann.next("message")).room, "__proto__");
    });

    it("another's user_id is refused", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("subscribe", { room: "lounge", user_id: "bob" })).code, "forbidden");
      assert.ok((await ann.raw("subscribe", { room: "lounge", user_id: "ann" })).ok);
    });
  });
});
