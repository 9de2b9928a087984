import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { io as connect } from "socket.io-client";
import { createParser } from "../../server/socketio/parser.ts";
import { shortenWay } from "../../server/socketio/watched-decoder.ts";

describe("the short way of events without an acknowledgement", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function connected() {
    const http = createServer();
    const io = new Server(http, { parser: createParser({ maxMessageBytes: 1_000 }) });
    closing.push(() => io.close());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const accepted = once(io.of("/game"), "connection");
    const client = connect(`http://127.0.0.1:${port}/game`, { transports: ["websocket"] });
    closing.push(() => client.disconnect());
    const [socket] = (await accepted) as [Socket];
    const long: unknown[] = [];
    const short: unknown[] = [];
    const order: unknown[] = [];
    socket.use(([event, payload, answer], next) => {
      if (typeof answer === "function") answer();
      long.push(payload ?? event);
      order.push(payload);
      next();
    });
    const end = shortenWay(socket, ([, payload]) => {
      short.push(payload);
      order.push(payload);
    });
    const asked = (payload: unknown) => client.emitWithAck("asked", payload);
    return { socket, client, long, short, order, end, asked };
  }

  it("is there in this version of Socket.IO, and not taken by one that is to be acknowledged", async () => {
    const { client, long, short, end, asked } = await connected();
    assert.ok(end);
    await asked(1);
    client.emit("told", 2);
    await asked(3);
    assert.deepEqual(short, [2]);
    assert.deepEqual(long, [1, 3]);
    end();
    client.emit("told", 4);
    await asked(5);
    assert.deepEqual(long, [1, 3, 4, 5]);
  });

  it("is left where a middleware or a listener of all events wants to see them", async () => {
    const { socket, client, long, short, asked } = await connected();
    const listener = () => undefined;
    socket.onAny(listener);
    client.emit("told", 1);
    await asked(2);
    socket.offAny(listener);
    client.emit("told", 3);
    await asked(4);
    socket.use((_, next) => next());
    client.emit("told", 5);
    await asked(6);
    assert.deepEqual(short, [3]);
    assert.deepEqual(long, [1, 2, 4, 5, 6]);
  });

  it("is not there for a socket whose middleware is kept elsewhere", async () => {
    const { socket } = await connected();
    const other = Object.create(socket, { fns: { value: undefined } }) as Socket;
    assert.equal(
      shortenWay(other, () => undefined),
      undefined,
    );
  });

  it("overtakes nothing that goes Socket.IO's way, nor is it overtaken", async () => {
    const { client, order, asked } = await connected();
    const sent = Array.from({ length: 20 }, (_, at) => at);
    for (const at of sent)
      if (at % 3 === 0) void asked(at);
      else client.emit("told", at);
    await asked(20);
    assert.deepEqual(order, [...sent, 20]);
  });
});
