import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { queuedPastStream, writePast } from "../../server/socketio/direct-writes.ts";

describe("bytes past a socket's stream", () => {
  const closing: (() => unknown)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0).reverse()) close();
  });

  /** A socket, and what its client has read. */
  async function connected() {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    closing.push(
      () => server.close(),
      () => client.destroy(),
    );
    const [socket] = (await accepted) as [Socket];
    closing.push(() => socket.destroy());
    socket.on("error", () => undefined);
    const read: Buffer[] = [];
    client.on("data", (chunk: Buffer) => read.push(chunk));
    // The first one of a process goes through the stream, to be looked at.
    writePast(socket, Buffer.from("a"));
    const streamed: Uint8Array[] = [];
    const { write } = socket;
    Object.assign(socket, {
      write(chunk: Uint8Array) {
        streamed.push(chunk);
        return write.call(socket, chunk);
      },
    });
    const text = () => Buffer.concat(read).toString();
    const isRead = async (length: number) => {
      while (Buffer.concat(read).length < length) await once(client, "data");
    };
    return { socket, client, streamed, text, isRead };
  }

  it("are written at once in this version of Node", async () => {
    const { socket, streamed, text, isRead } = await connected();
    const before = socket.bytesWritten;
    assert.equal(writePast(socket, Buffer.from("b")), false);
    assert.equal(writePast(socket, Buffer.from("c")), false);
    await isRead(3);
    assert.equal(text(), "abc");
    assert.deepEqual(streamed, []);
    assert.equal(socket.bytesWritten - before, 2);
    assert.equal(queuedPastStream(socket), 0);
  });

  it("are the stream's while it has something to write, is corked, or the network has not taken what went past it", async () => {
    const { socket, client, streamed, text, isRead } = await connected();
    socket.cork();
    writePast(socket, Buffer.from("b"));
    socket.uncork();
    assert.equal(streamed.length, 1);
    await isRead(2);
    client.pause();
    let expected = "ab";
    const send = (length: number) => {
      const letter = String.fromCharCode(99 + (expected.length % 20));
      expected += letter.repeat(length);
      return writePast(socket, Buffer.from(letter.repeat(length)));
    };
    while (!send(200_001));
    assert.equal(streamed.length, 1);
    const waits = queuedPastStream(socket);
    assert.ok(waits > 0 && waits <= 200_001, `${waits} bytes wait`);
    assert.equal(send(10), true);
    assert.equal(streamed.length, 2);
    assert.equal(socket.writableLength, 10);
    client.resume();
    await isRead(expected.length);
    assert.equal(text(), expected);
    assert.equal(queuedPastStream(socket), 0);
    assert.equal(send(10), false);
    assert.equal(streamed.length, 2);
    await isRead(expected.length);
    assert.equal(text(), expected);
  });

  it("come before the end of a connection that is ended after them", async () => {
    const { socket, client, text } = await connected();
    client.pause();
    const piece = Buffer.alloc(200_000, "b");
    let pieces = 1;
    while (!writePast(socket, piece)) pieces++;
    socket.end("last");
    client.resume();
    await once(client, "end");
    assert.equal(text().length, 1 + pieces * piece.length + "last".length);
    assert.ok(text().endsWith("blast"));
  });

  it("are forgotten with a connection that is destroyed", async () => {
    const { socket, client } = await connected();
    client.pause();
    while (!writePast(socket, Buffer.alloc(200_000, "b")));
    socket.destroy();
    await once(socket, "close");
    assert.equal(queuedPastStream(socket), 0);
    assert.equal(writePast(socket, Buffer.from("b")), false);
  });

  it("end a connection whose peer is gone, with the reason", async () => {
    const { socket, client } = await connected();
    const failed = once(socket, "error");
    socket.pause();
    client.resetAndDestroy();
    await once(client, "close");
    // The second one at the latest meets the reset.
    for (let count = 0; count < 1_000 && !socket.destroyed; count++) {
      writePast(socket, Buffer.alloc(1_000));
      await new Promise(setImmediate);
    }
    const [{ code, syscall }] = (await failed) as [NodeJS.ErrnoException];
    assert.ok(code === "EPIPE" || code === "ECONNRESET", code);
    assert.ok(syscall === "write" || syscall === "read");
  });
});
