/** What is refused before it has come is not read on: reading it only to throw it away keeps the garbage collector busy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { filterService } from "../../server/chat-filter.ts";
import { leaveBodyUnread } from "../../server/http/door.ts";
import { guardedWebSocketEngine, networkOf } from "../../server/socketio/limits/guarded-websocket.ts";

const LARGE = 50_000_000;
/** Of the network and of streams; the rest must stay with the client. */
const MOST_READ = 5_000_000;

/** Sends as much as is taken, after a head, until the server ends the connection. @returns what the server said */
async function pour(port: number, head: string | Buffer): Promise<Buffer> {
  // Goes on, whatever the server says.
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const heard: Buffer[] = [];
  socket.on("data", (data: Buffer) => heard.push(data)).on("error", () => undefined);
  const closed = once(socket, "close").catch(() => undefined);
  socket.write(head);
  const piece = Buffer.alloc(100_000, "x");
  const more = () => {
    for (let sent = 0; sent < LARGE && !socket.destroyed; sent += piece.length)
      if (!socket.write(piece)) return;
  };
  socket.on("drain", more);
  more();
  await closed;
  return Buffer.concat(heard);
}

describe("input that is refused before it has come", () => {
  const server = http.createServer();
  let port = 0;
  let network: net.Socket | undefined;
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.removeAllListeners("request").removeAllListeners("upgrade");
  });
  after(() => server.close());

  for (const [what, length] of [
    ["an announced body", `Content-Length: ${LARGE}`],
    ["a body of unknown length", "Transfer-Encoding: chunked"],
  ] as const)
    it(`${what} stays with the client, who is answered`, async () => {
      server.on("request", (req: http.IncomingMessage, res: http.ServerResponse) => {
        network = req.socket;
        leaveBodyUnread(req, res);
        res.writeHead(413).end("too large");
      });
      const chunk = length.startsWith("T") ? `${LARGE.toString(16)}\r\n` : "";
      const heard = await pour(port, `POST / HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n${chunk}`);
      assert.match(heard.toString(), /^HTTP\/1\.1 413 .*too large/s);
      assert.ok(network && network.bytesRead < MOST_READ, `${network?.bytesRead} bytes were read`);
    });

  it("a request that is answered as usual keeps its connection", async () => {
    server.on("request", (req: http.IncomingMessage, res: http.ServerResponse) => {
      leaveBodyUnread(req, res);
      req.resume().once("end", () => res.end("hello"));
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    for (let at = 0; at < 2; at++) {
      const req = http.request({ port, host: "127.0.0.1", method: "POST", agent });
      req.end(Buffer.alloc(200_000));
      const [res] = (await once(req, "response")) as [http.IncomingMessage];
      ports.push(req.socket?.localPort);
      await once(res.resume(), "end");
    }
    agent.destroy();
    assert.equal(ports[0], ports[1]);
  });

  for (const inPlace of [false, true])
    it(`the rest of a WebSocket message that is too long stays with the client, who is told 1009${inPlace ? ", read in place" : ""}`, async () => {
      const engine = new (guardedWebSocketEngine(30_000, inPlace))({ noServer: true, maxPayload: 1_000 });
      server.on("upgrade", (req, socket, head) =>
        engine.handleUpgrade(req, socket, head, (ws) => {
          network = networkOf(ws);
          ws.on("error", () => undefined);
        }),
      );
      const upgrade =
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(LARGE));
      const frame = Buffer.concat([Buffer.from([0x81, 0x80 | 127]), length, Buffer.alloc(4)]);
      const heard = await pour(port, Buffer.concat([Buffer.from(upgrade), frame]));
      // A close frame with 1009.
      assert.ok(heard.includes(Buffer.from([0x88, 2, 0x03, 0xf1])), "the code is told");
      assert.ok(network && network.bytesRead < MOST_READ, `${network?.bytesRead} bytes were read`);
    });

  it("an answer without end is read no further than an answer may be long", async () => {
    server.on("request", (req: http.IncomingMessage, res: http.ServerResponse) => {
      network = req.socket;
      const more = () => {
        for (let sent = 0; sent < LARGE && !res.destroyed; sent += 100_000)
          if (!res.write(Buffer.alloc(100_000, "x"))) return;
      };
      res.on("drain", more);
      more();
    });
    const ask = filterService({ url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000 });
    const message = { userId: "ann", channel: "global", channelId: "global", content: "hello" };
    await assert.rejects(async () => ask(message as Parameters<typeof ask>[0]), RangeError);
    assert.ok(network && network.bytesWritten < LARGE, `${network?.bytesWritten} bytes were sent`);
  });
});
