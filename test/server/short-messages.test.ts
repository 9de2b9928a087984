import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import fc from "fast-check";
import type { WebSocket } from "ws";
import { guardedWebSocketEngine, networkOf } from "../../server/socketio/limits/guarded-websocket.ts";
import { readShortMessages } from "../../server/socketio/limits/short-messages.ts";

const MAX = 70_000;
const LAST = "the last one";

/** A frame as a client sends it. */
function frame(payload: Buffer, { opcode = 1, fin = true, mask = [1, 2, 3, 4] } = {}): Buffer {
  const { length } = payload;
  const head = Buffer.from(
    length < 126
      ? [0, 0x80 | length]
      : length < 65_536
        ? [0, 0x80 | 126, length >> 8, length & 255]
        : [0, 0x80 | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255],
  );
  head[0] = (fin ? 0x80 : 0) | opcode;
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([head, Buffer.from(mask), masked]);
}

for (const inPlace of [false, true])
  describe(`short text messages, read ${inPlace ? "in place" : "through the stream"}`, () => {
    const closing: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    /** @param early sent together with the request for the upgrade */
    async function connected(
      early: Buffer = Buffer.alloc(0),
    ): Promise<{ client: Socket; ws: WebSocket; socket: Socket; got: string[] }> {
      const engine = new (guardedWebSocketEngine(10_000, inPlace))({ noServer: true, maxPayload: MAX });
      const http = createServer();
      const got: string[] = [];
      const accepted = new Promise<WebSocket>((resolve) =>
        http.on("upgrade", (req, socket, head) =>
          engine.handleUpgrade(req, socket, head, (ws) => {
            ws.on("message", (data: Buffer, isBinary) => got.push(`${isBinary}:${data.toString()}`));
            resolve(ws);
          }),
        ),
      );
      http.listen(0, "127.0.0.1");
      await once(http, "listening");
      const client = connect((http.address() as AddressInfo).port, "127.0.0.1");
      closing.push(
        () => void http.close(),
        () => client.destroy(),
      );
      client.setNoDelay(true);
      const upgrade =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
      client.write(Buffer.concat([Buffer.from(upgrade), early]));
      client.resume();
      const ws = await accepted;
      const socket = networkOf(ws);
      assert.ok(socket);
      return { client, ws, socket, got };
    }

    it("are read past the stream in this version of the library", async () => {
      const { ws } = await connected();
      assert.ok(readShortMessages(ws, MAX));
      const receiver = "_receiver" in ws ? (ws._receiver as object) : {};
      assert.ok(Object.hasOwn(receiver, "write"));
    });

    it("are not where the library keeps its state elsewhere", () => {
      assert.equal(
        readShortMessages({ _receiver: { write: () => true } } as unknown as WebSocket, MAX),
        undefined,
      );
    });

    it("arrive as by the library's own way, however they are cut, beside all others", async () => {
      const message = fc.record({
        text: fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.string({ unit: "binary", maxLength: 300 }),
          fc.constantFrom("", "x".repeat(125), "x".repeat(126), "x".repeat(1_025), "x".repeat(65_600)),
        ),
        opcode: fc.constantFrom(1, 1, 1, 2),
        parts: fc.constantFrom(1, 1, 2),
        mask: fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(message, { maxLength: 12 }),
          fc.array(fc.nat(1_000), { maxLength: 6 }),
          async (messages, cuts) => {
            const { client, ws, got } = await connected();
            const all = [...messages, { text: LAST, opcode: 1, parts: 1, mask: [9, 8, 7, 6] }];
            const bytes = Buffer.concat(
              all.flatMap(({ text, opcode, parts, mask }) => {
                const payload = Buffer.from(text);
                if (parts === 1) return [frame(payload, { opcode, mask })];
                const half = payload.length >> 1;
                return [
                  frame(payload.subarray(0, half), { opcode, fin: false, mask }),
                  frame(payload.subarray(half), { opcode: 0, mask }),
                ];
              }),
            );
            const last = new Promise<void>((resolve) =>
              ws.on("message", (data: Buffer) => data.toString() === LAST && resolve()),
            );
            let from = 0;
            for (const cut of [...cuts].sort((a, b) => a - b)) {
              client.write(bytes.subarray(from, Math.max(from, cut)));
              from = Math.max(from, Math.min(cut, bytes.length));
              await new Promise(setImmediate);
            }
            client.write(bytes.subarray(from));
            await last;
            assert.deepEqual(
              got,
              all.map(({ text, opcode }) => `${opcode === 2}:${Buffer.from(text).toString()}`),
            );
            client.destroy();
          },
        ),
        { numRuns: 20 },
      );
    });

    for (const [what, bytes, fault] of [
      ["a text that is no UTF-8", frame(Buffer.from([0xff, 0xfe])), "WS_ERR_INVALID_UTF8"],
      ["a frame without a mask", Buffer.from([0x81, 1, 65]), "WS_ERR_EXPECTED_MASK"],
      ["one above the limit", frame(Buffer.alloc(MAX + 1, 65)), "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"],
    ] as const)
      it(`after one, ${what} ends the connection as ever`, async () => {
        const { client, ws, got } = await connected();
        const failed = new Promise<NodeJS.ErrnoException>((resolve) => ws.on("error", resolve));
        client.write(Buffer.concat([frame(Buffer.from("first")), bytes, frame(Buffer.from("never"))]));
        assert.equal((await failed).code, fault);
        assert.deepEqual(got, ["false:first"]);
      });

    it(`go ${inPlace ? "past" : "through"} the socket's stream`, async () => {
      const { client, ws, socket } = await connected();
      let streamed = 0;
      socket.on("data", () => streamed++);
      const heard = once(ws, "message");
      client.write(frame(Buffer.from("first")));
      await heard;
      assert.equal(streamed, inPlace ? 0 : 1);
    });

    it("come first that came together with the request", async () => {
      const { client, ws, got } = await connected(frame(Buffer.from("first")));
      const heard = new Promise<void>((resolve) =>
        ws.on("message", (data: Buffer) => data.toString() === "second" && resolve()),
      );
      client.write(frame(Buffer.from("second")));
      await heard;
      assert.deepEqual(got, ["false:first", "false:second"]);
    });

    it("wait in the network while the connection is paused", async () => {
      const { client, ws, got } = await connected();
      const heard = once(ws, "message");
      client.write(frame(Buffer.from("first")));
      await heard;
      ws.pause();
      client.write(frame(Buffer.from("second")));
      const other = await connected();
      const otherHeard = once(other.ws, "message");
      other.client.write(frame(Buffer.from("another's")));
      await otherHeard;
      assert.deepEqual(got, ["false:first"]);
      const goesOn = once(ws, "message");
      ws.resume();
      await goesOn;
      assert.deepEqual(got, ["false:first", "false:second"]);
    });

    it("are not mixed up with another connection's, which come between the parts of a long one", async () => {
      const [one, other] = [await connected(), await connected()];
      const long = frame(Buffer.from("x".repeat(40_000)));
      const bothHeard = Promise.all([once(one.ws, "message"), once(other.ws, "message")]);
      for (let at = 0; at < long.length; at += 10_000) {
        one.client.write(long.subarray(at, at + 10_000));
        const short = once(other.ws, "message");
        other.client.write(frame(Buffer.from(`y${at}`)));
        await short;
      }
      await bothHeard;
      assert.deepEqual(one.got, [`false:${"x".repeat(40_000)}`]);
      assert.deepEqual(other.got.slice(0, 2), ["false:y0", "false:y10000"]);
    });

    it("what follows a closing in the same piece is not read", async () => {
      const { client, ws, got } = await connected();
      const closed = once(ws, "close");
      const close = frame(Buffer.from([0x03, 0xe8]), { opcode: 8 });
      client.write(Buffer.concat([frame(Buffer.from("first")), close, frame(Buffer.from("never"))]));
      client.end();
      const [given] = (await closed) as [number];
      assert.equal(given, 1_000);
      assert.deepEqual(got, ["false:first"]);
    });
  });
