import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { io as connect } from "socket.io-client";
import { directMessages } from "../../server/socketio/direct-messages.ts";
import { guardedWebSocketEngine } from "../../server/socketio/limits/guarded-websocket.ts";
import { holdBack } from "../../server/socketio/limits/hold-back.ts";

describe("messages that go straight to the decoder", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function connected(transports = ["websocket"]) {
    const http = createServer();
    const io = new Server(http, { wsEngine: guardedWebSocketEngine(10_000, true), pingInterval: 60_000 });
    closing.push(() => io.close());
    const direct = directMessages(io);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const accepted = once(io.of("/"), "connection");
    const client = connect(`http://127.0.0.1:${port}`, { transports });
    closing.push(() => client.disconnect());
    const [socket] = (await accepted) as [Socket];
    const got: unknown[] = [];
    socket.on("asked", (payload, answer) => {
      got.push(payload);
      answer(payload);
    });
    const ask = (payload: unknown) => client.emitWithAck("asked", payload);
    return { socket, client, direct, got, ask };
  }

  it("are there in this version of Engine.IO", async () => {
    const { direct, ask, got } = await connected();
    const before = direct.received;
    for (const payload of [1, "two", { three: 3 }]) assert.deepEqual(await ask(payload), payload);
    assert.equal(direct.received - before, 3);
    assert.deepEqual(got, [1, "two", { three: 3 }]);
  });

  it("are there once a client that began by polling has upgraded", async () => {
    const { client, direct, ask } = await connected(["polling", "websocket"]);
    await ask(1);
    if (client.io.engine.transport.name !== "websocket")
      await new Promise<void>((resolve) => client.io.engine.once("upgrade", () => resolve()));
    await ask(2);
    const before = direct.received;
    await ask(3);
    assert.equal(direct.received - before, 1);
  });

  it("are not those that are long, or not ASCII, and all keep their order", async () => {
    const { client, socket, direct, ask, got } = await connected();
    const before = direct.received;
    const long = "x".repeat(2_000);
    socket.on("told", (payload) => got.push(payload));
    for (const payload of ["a", "ü", "b", long, "c"]) client.emit("told", payload);
    await ask("last");
    assert.deepEqual(got, ["a", "ü", "b", long, "c", "last"]);
    // What was read together with one of the library's is the library's.
    assert.ok(direct.received - before >= 1 && direct.received - before <= 4);
  });

  for (const [who, listen] of [
    ["to the connection's packets", ({ conn }, hear) => conn.on("packet", hear)],
    ["to the connection's messages", ({ conn }, hear) => conn.on("message", hear)],
    ["to the WebSocket", ({ conn }, hear) => socketOf(conn).on("message", hear)],
  ] satisfies [string, (socket: Socket, hear: () => void) => void][])
    it(`go the library's way while somebody listens ${who}`, async () => {
      const { socket, direct, ask } = await connected();
      await ask(1);
      const before = direct.received;
      let heard = 0;
      listen(socket, () => heard++);
      await ask(2);
      assert.equal(heard, 1);
      assert.equal(direct.received, before);
    });

  it("go the library's way while an answer to a ping is awaited, as a sign of life", async () => {
    const { socket, direct, ask } = await connected();
    await ask(1);
    const before = direct.received;
    const timer = setTimeout(() => undefined, 60_000);
    Object.assign(socket.conn, { pingTimeoutTimer: timer });
    await ask(2);
    clearTimeout(timer);
    assert.equal(direct.received, before);
  });

  it("wait while the connection is held back", async () => {
    const { socket, client, direct, ask, got } = await connected();
    await ask(1);
    const before = direct.received;
    assert.ok(holdBack(socket.conn, 50));
    socketOf(socket.conn).resume();
    const heard = once(socketOf(socket.conn), "message");
    client.emit("asked", 2, () => undefined);
    await heard;
    await ask(3);
    assert.deepEqual(got, [1, 2, 3]);
    assert.ok(direct.received - before <= 1);
  });
});

interface WebSocketLike extends NodeJS.EventEmitter {
  resume(): void;
}

function socketOf(conn: Socket["conn"]): WebSocketLike {
  const { transport } = conn as unknown as { readonly transport: { readonly socket: WebSocketLike } };
  return transport.socket;
}
