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
/** The limit, and five seconds in which it must be noticed. */
const MOST_MS = 1_000 + 5_000;

async function lifeOf(closed: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await closed;
  return performance.now() - from;
}

const polling = (app: TestApp) => `${app.url}/socket.io/?EIO=4&transport=polling`;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe("a connection that has left all its namespaces", () => {
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

  it("bounds those on their way: more are refused with a time to wait, over every transport", async () => {
    const app = await startEmbedded({ env: { WEBSOCKET_LIMITS_MAX_CONNECTING: "2" } });
    const ann = await app.connect(roomsContract, "ann");
    const [one, two] = [await RawEngine.open(app.url), await RawEngine.open(app.url)];
    const refused = await get(polling(app));
    assert.equal(refused.status, 503);
    const { code, retry_after_ms } = refused.body.error as Record<string, unknown>;
    assert.deepEqual([code, retry_after_ms], ["server_full", 1_000]);
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const [, response] = (await once(ws, "unexpected-response")) as [unknown, { statusCode: number }];
    assert.equal(response.statusCode, 503);
    ws.on("error", () => undefined).terminate();
    const plain = openPlain(app.url, "/ws/chat", { query: { token: "x" } });
    const told = await plain.next("error");
    assert.deepEqual([told.code, told.retry_after_ms], ["server_full", 1_000]);
    assert.deepEqual(await plain.closed, { code: 1013, reason: "server_full" });
    assert.equal((await ann.raw("ping")).ok, true, "those that are in go on");
    await one.connect("/", { token: app.token("bob") });
    assert.equal((await get(polling(app))).status, 200, "one is in: there is room for another");
    for (const raw of [one, two]) raw.close();
  });
});

describe("a closing that the client does not answer", () => {
  afterEach(closeAll);

  /** A WebSocket that says nothing more, whatever it hears. @returns how long its end came after the server's goodbye */
  async function deaf(app: TestApp, path: string): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      app.workers[0]?.io.httpServer.on("connection", (accepted: net.Socket) => {
        accepted.once("close", () => accepted.remotePort === port && resolve());
      });
    });
    // Its own side stays open: only the server knows when it is over.
    const socket = net.connect({
      port: Number(new URL(app.url).port),
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const port = socket.localPort;
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
    socket.write(`${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`);
    const goodbye = new Promise<number>((resolve) => {
      socket.on("data", (data: Buffer) => {
        if (data.includes(Buffer.from([0x88])) || data.includes("HTTP/1.1 404")) resolve(performance.now());
      });
    });
    const saidAt = await goodbye;
    await ended;
    socket.destroy();
    return performance.now() - saidAt;
  }

  it("is waited for two seconds, then the connection is destroyed, on every transport", async () => {
    const app = await startEmbedded({ env: QUICK });
    const paths = ["/socket.io/?EIO=4&transport=websocket", "/ws/chat", "/nowhere"];
    const waits = await Promise.all(paths.map((path) => deaf(app, path)));
    for (const [at, waitedMs] of waits.entries())
      assert.ok(waitedMs > 1_500 && waitedMs < 7_000, `${paths[at]}: ${Math.round(waitedMs)} ms`);
  });

  it("a polling session that is closed in order is waited for as long", async () => {
    const app = await startEmbedded({ env: QUICK });
    const [worker] = app.workers;
    const opened = await (await fetch(polling(app))).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const post = (body: string) => fetch(`${polling(app)}&sid=${sid}`, { method: "POST", body });
    await post(`40${JSON.stringify({ token: app.token("ann") })}`);
    // What waits for it to be read has a time of its own.
    let heard = "";
    while (!heard.includes('42["connected"'))
      heard += await (await fetch(`${polling(app)}&sid=${sid}`)).text();
    // No packet of Socket.IO's: the server closes the transport in order, and no poll comes any more.
    await post("49");
    const lived = await lifeOf(until(() => worker?.held().connections === 0));
    assert.ok(lived < 7_000, `${Math.round(lived)} ms`);
  });
});

describe("half a frame", () => {
  afterEach(closeAll);

  /** @returns how long a connection lives that sends half a frame */
  async function half(app: TestApp, path: string): Promise<number> {
    const ws = new WebSocket(app.url.replace("http", "ws") + path);
    ws.on("error", () => undefined);
    await once(ws, "open");
    if (path !== "/ws") {
      ws.send("40");
      await until(() => app.workers[0]?.io.of("/").sockets.size === 2);
    }
    const closed = once(ws, "close");
    // A text frame of 1,000 bytes, masked; not one of them comes.
    const network = (ws as unknown as { _socket: net.Socket })._socket;
    network.write(Buffer.from([0x81, 0xfe, 0x03, 0xe8, 1, 2, 3, 4]));
    return lifeOf(closed);
  }

  it("is a message that does not end, also where it is a header alone, on every transport", async () => {
    const app = await startEmbedded({ env: { ...QUICK, AUTH_MODE: "dev" } });
    const lives = await Promise.all(
      ["/ws", "/socket.io/?EIO=4&transport=websocket"].map((path) => half(app, path)),
    );
    for (const lived of lives) assert.ok(lived < MOST_MS, `ended after ${Math.round(lived)} ms`);
  });
});
