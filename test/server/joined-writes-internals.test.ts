import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RedisAdapter } from "@socket.io/redis-adapter";
import fc from "fast-check";
import { Server, type Socket } from "socket.io";
import { Adapter } from "socket.io-adapter";
import { io as connect } from "socket.io-client";
import * as ws from "ws";
import { joinWrites } from "../../server/socketio/joined-writes/adapter.ts";
import { framesOf } from "../../server/socketio/joined-writes/frames.ts";
import {
  hasKnownInside,
  isEngineConnection,
  readySender,
} from "../../server/socketio/joined-writes/internals.ts";

/** Of ws, which reads what it is written; its types keep it private. */
const { Receiver } = ws as unknown as {
  Receiver: new (options: {
    isServer: boolean;
  }) => NodeJS.WritableStream & {
    on(event: "message", hear: (data: Buffer, isBinary: boolean) => void): void;
  };
};

describe("joined writes: the internals of the libraries", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const nobody = { publish: () => undefined, on() {}, pSubscribe() {}, subscribe() {} };

  it("is there in Socket.IO's adapter and under the Redis adapter", () => {
    const io = new Server(createServer());
    closing.push(() => io.close());
    assert.equal(hasKnownInside(new Adapter(io.sockets)), true);
    assert.equal(hasKnownInside(new RedisAdapter(io.sockets, nobody, nobody)), true);
  });

  it("is there in a connection over WebSocket, and not taken for one over polling", async () => {
    const http = createServer();
    const io = new Server(http);
    closing.push(() => io.close());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    for (const transport of ["websocket", "polling"] as const) {
      const connected = once(io, "connection");
      const client = connect(`http://127.0.0.1:${port}`, { transports: [transport], forceNew: true });
      closing.push(() => client.disconnect());
      const [{ conn }] = (await connected) as [Socket];
      await once(client as never, "connect");
      const connection: object = conn;
      assert.ok(isEngineConnection(connection));
      assert.equal(readySender(connection) !== undefined, transport === "websocket");
    }
  });

  it("is refused where a member is missing, or a broadcast goes another way", () => {
    const io = new Server(createServer());
    closing.push(() => io.close());
    class Another extends Adapter {
      override broadcast(): void {}
    }
    const missing = Object.assign(new Adapter(io.sockets), { apply: undefined });
    assert.equal(hasKnownInside(new Another(io.sockets)), false);
    assert.equal(hasKnownInside(missing), false);
    class Throwing extends Adapter {
      override broadcast(): void {
        throw new Error("changed");
      }
    }
    assert.equal(hasKnownInside(new Throwing(io.sockets)), false);
  });

  it("without it everything goes Socket.IO's own way", async () => {
    class Own extends Adapter {
      override broadcast(packet: { data: unknown[] }): void {
        for (const socket of this.nsp.sockets.values()) socket.emit(packet.data[0], ...packet.data.slice(1));
      }
    }
    const http = createServer();
    const io = new Server(http, { adapter: Own });
    closing.push(() => io.close());
    const writes = joinWrites(io);
    assert.equal(writes.active, false);
    writes.watch(() => undefined);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const connected = once(io, "connection");
    const client = connect(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    closing.push(() => client.disconnect());
    const [{ conn }] = (await connected) as [Socket];
    assert.equal(Object.hasOwn(conn, "sendPacket"), false);
    const got = once(client as never, "n");
    io.emit("n", 1);
    assert.deepEqual(await got, [1]);
  });

  it("frames of any text and bytes are read by ws as they were", async () => {
    const packet = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.constantFrom("x".repeat(124), "x".repeat(125), "ü".repeat(70_000), "x".repeat(65_535)),
      fc.uint8Array({ maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 5 }), async (packets) => {
        const receiver = new Receiver({ isServer: false });
        const got: unknown[] = [];
        receiver.on("message", (data: Buffer, isBinary: boolean) =>
          got.push(isBinary ? new Uint8Array(data) : data.toString()),
        );
        receiver.write(framesOf(packets));
        while (got.length < packets.length) await new Promise(setImmediate);
        assert.deepEqual(
          got,
          packets.map((data) => (typeof data === "string" ? `4${data}` : data)),
        );
      }),
      { numRuns: 50 },
    );
  });
});
