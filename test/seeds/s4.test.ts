/**
 * The XR presence server. It names its protobuf messages and gives no field numbers: the binary messages here are those of
 * proto/muster.proto. Its clients know no tokens, so the server runs with AUTH_MODE=dev.
 */
import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { muster } from "../../proto/generated/muster.js";
import { startEmbedded } from "../support/app.ts";
import { type Json, openPlain } from "../support/plain.ts";
import { curl, endSeeds, printed, quoted, runInBrowser, runInNode, typed, wscat, wsUrl } from "./support.ts";

const start = () => startEmbedded({ env: { AUTH_MODE: "dev" } });
const PATH = "/ws/test-room?user_id=user123&client_id=client456";

describe("the XR presence document", () => {
  afterEach(endSeeds);

  for (const [name, run] of [
    ["Node", runInNode],
    ["a browser", runInBrowser],
  ] as const)
    it(`its JavaScript client runs in ${name}: says hello, sends its test message, hears the others`, async () => {
      const app = await start();
      const listener = openPlain(app.url, "/ws/test-room?user_id=other");
      await listener.next("SERVER_HELLO");
      const { lines } = await run(quoted("s4-client.js", { "ws://localhost:8083": wsUrl(app.url) }));
      await lines.next("connected", printed("Connected to WebSocket"));
      const [, hello] = await lines.next("hello", printed("Received:"));
      const { type, room_id, client_id, timestamp } = hello as Json;
      assert.deepEqual([type, room_id, client_id], ["SERVER_HELLO", "test-room", "client456"]);
      assert.equal(typeof timestamp, "number");
      assert.deepEqual(await listener.next("TEST_MESSAGE"), {
        type: "TEST_MESSAGE",
        data: "Hello from client",
      });
      listener.send({ type: "TEST_MESSAGE", data: "Hello back" });
      const [, back] = await lines.next("the other's message", printed("Received:"));
      assert.deepEqual(back, { type: "TEST_MESSAGE", data: "Hello back" });
    });

  it("its wscat session chats, in the room and to members of other kinds", async () => {
    const app = await start();
    const other = openPlain(app.url, "/ws/test-room");
    await other.next("SERVER_HELLO");
    const ann = await app.connect(roomsContract, "ann");
    await ann.call("relay:join", { room_id: "test-room" });
    const session = wscat("-c", `${wsUrl(app.url)}${PATH}`);
    await session.frames.next("hello", typed("SERVER_HELLO"));
    session.type('{"type":"CHAT_MESSAGE","text":"Hello from wscat!"}');
    assert.equal((await other.next("CHAT_MESSAGE")).text, "Hello from wscat!");
    assert.equal((await ann.next("chat_message")).text, "Hello from wscat!");
    other.send({ type: "CHAT_MESSAGE", text: "Hello, wscat!" });
    assert.equal((await session.frames.next("answer", typed("CHAT_MESSAGE"))).text, "Hello, wscat!");
  });

  it("its binary messages are relayed, never back to the sender, and end with the connection", async () => {
    const app = await start();
    const [ann, bob] = [openPlain(app.url, PATH), openPlain(app.url, "/ws/test-room")];
    await Promise.all([ann.next("SERVER_HELLO"), bob.next("SERVER_HELLO")]);
    const bytes = muster.ClientMessage.encode({ chat_message: { text: "binary" } }).finish();
    ann.send(bytes);
    assert.deepEqual(await bob.nextBinary(), Buffer.from(bytes));
    bob.send(new Uint8Array([1]));
    assert.deepEqual(await ann.nextBinary(), Buffer.from([1]));
    assert.deepEqual(ann.log.filter(Buffer.isBuffer), [Buffer.from([1])]);
  });

  it("its statistics tell of the room's connections, of all, and of how the server does", async () => {
    const app = await start();
    const ann = openPlain(app.url, PATH);
    await ann.next("SERVER_HELLO");
    const room = await curl(`${app.url}/ws/test-room/stats`);
    assert.deepEqual([room.room_id, room.connection_count], ["test-room", 1]);
    const [connection] = room.connections as Json[];
    assert.deepEqual([connection?.room_id, connection?.user_id], ["test-room", "user123"]);
    assert.equal(connection?.client_id, "client456");
    assert.match(String(connection?.connected_at), /^\d{4}-/);
    const all = await curl(`${app.url}/ws/stats`);
    assert.deepEqual([all.total_connections, typeof all.timestamp], [1, "string"]);
    const metrics = await curl("-H", "Accept: application/json", `${app.url}/metrics`);
    assert.match(String(metrics.report), /^=== Performance Report ===\nUptime: /);
    assert.equal(typeof metrics.timestamp, "string");
    ann.close();
    await ann.closed;
    const empty = await curl(`${app.url}/ws/test-room/stats`);
    assert.deepEqual([empty.connection_count, empty.connections], [0, []]);
  });
});
