/** Connections on their way to a namespace, those that are in one, and those that have left all: which of them take a place, and for how long. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { WebSocket } from "ws";
import { chatContract } from "../../namespaces/chat/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, onEachSetup, startEmbedded, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";
import { refusalOf } from "../support/refusals.ts";

const QUICK = { WEBSOCKET_TIMEOUT: "1s" };
/** The limit, how often it is looked at, and timers of a busy machine. */
const MOST_MS = 1_000 + 1_000 + 700;

async function lifeOf(closed: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await closed;
  return performance.now() - from;
}

const polling = (app: TestApp) => `${app.url}/socket.io/?EIO=4&transport=polling`;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe("a connection that has left all its namespaces", function () {
  this.timeout(10_000);
  afterEach(closeAll);

  it("is ended when the time to join one is over; one that joins another again stays", async () => {
    const app = await startEmbedded({ env: QUICK });
    const token = app.token("ann");
    const gone = await RawEngine.open(app.url);
    const back = await RawEngine.open(app.url);
    for (const raw of [gone, back]) {
      await raw.connect("/", { token });
      await raw.connect("/chat", { token });
      raw.send("1");
      raw.send("1/chat,");
    }
    await back.connect("/chat", { token });
    const lived = await lifeOf(gone.closed);
    assert.ok(lived < MOST_MS, `ended after ${Math.round(lived)} ms`);
    back.send('2/chat,7["ping"]');
    await back.next((text) => text.startsWith("3/chat,7"));
    back.close();
  });

  it("is ended also where the server has ended its session, and where it polls", async () => {
    const app = await startEmbedded({ env: QUICK });
    const [worker] = app.workers;
    const ann = await app.connect(roomsContract, "ann", { transports: ["polling"] });
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("ann") });
    await worker?.revoke({ userId: ann.name as never });
    const lived = await lifeOf(Promise.all([raw.closed, until(() => worker?.held().connections === 0)]));
    assert.ok(lived < MOST_MS, `ended after ${Math.round(lived)} ms`);
  });

  it("is ended where every CONNECT was refused", async () => {
    const app = await startEmbedded({ env: QUICK });
    const raw = await RawEngine.open(app.url);
    const refusing = setInterval(() => raw.send("0/chat,"), 400);
    assert.ok((await raw.connect("/", {})).includes("unauthorized"));
    const lived = await lifeOf(raw.closed);
    clearInterval(refusing);
    assert.ok(lived < MOST_MS, `ended after ${Math.round(lived)} ms`);
  });
});

onEachSetup((setup) => {
  describe("max_connections", () => {
    afterEach(closePlain);

    it("counts connections that are in: those on their way, or refused, keep nobody out", async () => {
      const app = await setup.start({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS: "2" } });
      const waiting = await Promise.all(Array.from({ length: 4 }, () => RawEngine.open(app.url)));
      for (const raw of waiting.slice(0, 2)) assert.ok((await raw.connect("/chat", {})).startsWith("4"));
      await app.connect(chatContract, "ann");
      const plain = openPlain(app.url, "/ws/chat", { query: { token: app.token("bob") } });
      assert.equal((await plain.call("ping")).ok, true);
      assert.equal((await refusalOf(app.connect(chatContract, "cid"))).message, "server_full");
      const late = openPlain(app.url, "/ws/chat", { query: { token: app.token("dan") } });
      assert.equal((await late.closed).code, 1013);
      plain.close();
      await until(() => app.workers[0]?.held().connections_plain === 0);
      await app.connect(chatContract, "cid");
      for (const raw of waiting) raw.close();
    });

    it("a connection takes one place, however many namespaces it joins", async () => {
      const app = await setup.start({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS: "1" } });
      const token = app.token("ann");
      const raw = await RawEngine.open(app.url);
      for (const nsp of ["/", "/chat", "/game"])
        assert.ok((await raw.connect(nsp, { token })).startsWith("0"), nsp);
      raw.close();
    });
  });
});

describe("max_connecting", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  it("bounds those on their way: more are answered 503 and a time to wait, over every transport", async () => {
    const app = await startEmbedded({ env: { WEBSOCKET_LIMITS_MAX_CONNECTING: "2" } });
    const ann = await app.connect(roomsContract, "ann");
    const [one, two] = [await RawEngine.open(app.url), await RawEngine.open(app.url)];
    const refused = await get(polling(app));
    assert.equal(refused.status, 503);
    const { code, retry_after_ms } = refused.body.error as Record<string, unknown>;
    assert.deepEqual([code, retry_after_ms], ["server_full", 1_000]);
    for (const path of ["/ws/chat?token=x", "/socket.io/?EIO=4&transport=websocket"]) {
      const ws = new WebSocket(app.url.replace("http", "ws") + path);
      const [, response] = (await once(ws, "unexpected-response")) as [unknown, { statusCode: number }];
      assert.equal(response.statusCode, 503, path);
      ws.on("error", () => undefined).terminate();
    }
    assert.equal((await ann.raw("ping")).ok, true, "those that are in go on");
    await one.connect("/", { token: app.token("bob") });
    assert.equal((await get(polling(app))).status, 200, "one is in: there is room for another");
    for (const raw of [one, two]) raw.close();
  });
});

describe("a closing that the client does not answer", function () {
  this.timeout(10_000);
  afterEach(closeAll);

  /** A WebSocket that says nothing more, whatever it hears. @returns when the server's close frame came, and when the end */
  async function deaf(app: TestApp, path: string): Promise<{ frame: number; end: number }> {
    const socket = net.connect({
      port: Number(new URL(app.url).port),
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    socket.on("error", () => undefined);
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
    socket.write(`${head}Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
    let frame = 0;
    socket.on("data", (data: Buffer) => {
      if (frame === 0 && (data.includes(Buffer.from([0x88])) || data.includes("HTTP/1.1 404")))
        frame = performance.now();
    });
    await once(socket, "data");
    // Its own side stays open: only the server knows when it is over.
    const server = app.workers[0]?.io.httpServer;
    const count = () => new Promise<number>((resolve) => server?.getConnections((_, open) => resolve(open)));
    while ((await count()) > 0) await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now();
    socket.destroy();
    return { frame, end };
  }

  for (const [what, path] of [
    ["Socket.IO", "/socket.io/?EIO=4&transport=websocket"],
    ["plain WebSocket", "/ws/chat"],
    ["an upgrade that is refused", "/nowhere"],
  ] as const)
    it(`is waited for two seconds, then the connection is destroyed: ${what}`, async () => {
      const app = await startEmbedded({ env: QUICK });
      const { frame, end } = await deaf(app, path);
      assert.ok(frame > 0, "the server says goodbye first");
      assert.ok(end - frame > 1_500 && end - frame < 3_500, `${Math.round(end - frame)} ms`);
    });

  it("a polling session that is closed in order is waited for as long", async () => {
    const app = await startEmbedded({ env: QUICK });
    const [worker] = app.workers;
    const opened = await (await fetch(polling(app))).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const post = (body: string) => fetch(`${polling(app)}&sid=${sid}`, { method: "POST", body });
    await post(`40${JSON.stringify({ token: app.token("ann") })}`);
    await (await fetch(`${polling(app)}&sid=${sid}`)).text();
    // No packet of Socket.IO's: the server closes the transport in order, and no poll comes any more.
    await post("49");
    const lived = await lifeOf(until(() => worker?.held().connections === 0));
    assert.ok(lived < 3_500, `${Math.round(lived)} ms`);
  });
});

describe("half a frame", function () {
  this.timeout(10_000);
  afterEach(closeAll);

  for (const path of ["/ws", "/socket.io/?EIO=4&transport=websocket"])
    it(`is a message that does not end, also where it is a header alone: ${path}`, async () => {
      const app = await startEmbedded({ env: { ...QUICK, AUTH_MODE: "dev" } });
      const ws = new WebSocket(app.url.replace("http", "ws") + path);
      ws.on("error", () => undefined);
      await once(ws, "open");
      if (path !== "/ws") {
        ws.send("40");
        await until(() => app.workers[0]?.held().sessions === 1);
      }
      const closed = once(ws, "close");
      // A text frame of 1,000 bytes, masked; not one of them comes.
      const network = (ws as unknown as { _socket: net.Socket })._socket;
      network.write(Buffer.from([0x81, 0xfe, 0x03, 0xe8, 1, 2, 3, 4]));
      const lived = await lifeOf(closed);
      assert.ok(lived < MOST_MS + 1_000, `ended after ${Math.round(lived)} ms`);
    });
});
