import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { io as connect } from "socket.io-client";
import { writeEvent } from "../../server/socketio/encoded-event.ts";

describe("an event that is text already", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function connected(namespace: string) {
    const http = createServer();
    const io = new Server(http);
    closing.push(() => io.close());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const accepted = once(io.of(namespace), "connection");
    const client = connect(`http://127.0.0.1:${port}${namespace}`, { transports: ["websocket"] });
    closing.push(() => client.disconnect());
    const [socket] = (await accepted) as [Socket];
    const heard: unknown[][] = [];
    const last = new Promise<void>((resolve) => client.on("last", () => resolve()));
    client.onAny((...event: unknown[]) => heard.push(event));
    return { socket, heard, last };
  }

  for (const namespace of ["/", "/game"])
    it(`reaches a client of ${namespace} as what Socket.IO emits, in its order`, async () => {
      const { socket, heard, last } = await connected(namespace);
      const payload = { text: 'quote " and ü', list: [1, { a: null }] };
      socket.emit("some event", payload);
      assert.equal(writeEvent(socket, "some event", JSON.stringify(payload)), true);
      socket.emit("last", {});
      await last;
      assert.deepEqual(heard, [
        ["some event", payload],
        ["some event", payload],
        ["last", {}],
      ]);
    });

  it("is left to Socket.IO where somebody listens to what is sent, or the inside has changed", async () => {
    const { socket, heard, last } = await connected("/game");
    const listener = () => undefined;
    socket.onAnyOutgoing(listener);
    assert.equal(writeEvent(socket, "event", "{}"), false);
    socket.offAnyOutgoing(listener);
    const other = Object.create(socket, { client: { value: { writeToEngine: undefined } } }) as Socket;
    assert.equal(writeEvent(other, "event", "{}"), false);
    socket.emit("last", {});
    await last;
    assert.deepEqual(heard, [["last", {}]]);
  });
});
