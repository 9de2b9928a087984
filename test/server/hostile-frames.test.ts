import assert from "node:assert/strict";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { WebSocket } from "ws";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";

/** Every entrance that takes WebSocket frames. */
const ENTRANCES = [
  ["plain WebSocket", "/ws"],
  ["plain WebSocket of a relay room", "/ws/room-1?client_id=a"],
  ["Socket.IO", "/socket.io/?EIO=4&transport=websocket"],
] as const;

async function open(app: TestApp, path: string): Promise<WebSocket> {
  const ws = new WebSocket(`${app.url.replace(/^http/, "ws")}${path}`, { perMessageDeflate: false });
  ws.on("error", () => undefined);
  await once(ws, "open");
  if (!path.includes("socket.io")) return ws;
  ws.send("40");
  await new Promise<void>((resolve) =>
    ws.on("message", (data) => void (String(data).startsWith("40") && resolve())),
  );
  return ws;
}

const closeOf = async (ws: WebSocket): Promise<number> => {
  const [code] = (await once(ws, "close")) as [number];
  return code;
};

async function answersStill(app: TestApp): Promise<void> {
  const bystander = openPlain(app.url, "/ws");
  assert.equal((await bystander.call("ping")).ok, true);
}

describe("frames that are no commands", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  for (const [name, path] of ENTRANCES)
    describe(name, () => {
      it("pings are answered with their data", async () => {
        const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
        const ws = await open(app, path);
        for (let at = 0; at < 20; at++) {
          const pong = once(ws, "pong");
          ws.ping(`${at}`);
          const [data] = (await pong) as [Buffer];
          assert.equal(data.toString(), `${at}`);
        }
      });

      for (const frame of ["ping", "pong"] as const)
        it(`a client that sends ${frame}s without end is closed with 4408, and only it`, async () => {
          const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
          const ws = await open(app, path);
          const closed = closeOf(ws);
          let answered = 0;
          ws.on("pong", () => answered++);
          for (let at = 0; at < 5_000; at++) ws[frame](Buffer.alloc(125));
          assert.equal(await closed, 4408);
          assert.ok(answered <= 200, `${answered} were answered`);
          await answersStill(app);
        });

      it("a message in more than 1,024 parts is closed with 1008", async () => {
        const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
        const ws = await open(app, path);
        const closed = closeOf(ws);
        for (let at = 0; at < 1_100; at++) ws.send("x", { fin: false });
        assert.equal(await closed, 1008);
        await answersStill(app);
      });

      it("a message that does not end is closed with 4408 when its time is over; one in time is taken", async () => {
        const app = await startEmbedded({ env: { AUTH_MODE: "dev", WEBSOCKET_TIMEOUT: "1s" } });
        const half = await open(app, path);
        const whole = await open(app, path);
        const ended = closeOf(half);
        half.send("{", { fin: false });
        whole.send(path.includes("socket.io") ? "42" : '{"type":', { fin: false });
        whole.send(path.includes("socket.io") ? '["x"]' : '"x"}', { fin: true });
        assert.equal(await ended, 4408);
        const pong = once(whole, "pong");
        whole.ping();
        await pong;
      });
    });

  it("a client that never reads what it pings for costs no memory for the answers", async () => {
    const app = await startTwoWorkers({ env: { AUTH_MODE: "dev" } });
    const ws = await open(app, "/ws");
    ws.pause();
    const closed = once(ws, "close");
    for (let at = 0; at < 20_000; at++) ws.ping(Buffer.alloc(125));
    ws.resume();
    await closed;
    await answersStill(app);
  });

  it("packets of one POST are taken up to a bound, then the polling client is let go", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const address = `${app.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(address)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const post = (body: string) => fetch(`${address}&sid=${sid}`, { method: "POST", body });
    assert.equal((await post("40")).status, 200);
    const connected = await (await fetch(`${address}&sid=${sid}`)).text();
    assert.ok(connected.startsWith("40"), connected);
    const many = (count: number) => Array.from({ length: count }, () => '42["nothing"]').join("\x1e");
    assert.equal((await post(many(500))).status, 200);
    await post(many(40_000)).catch(() => undefined);
    assert.equal((await fetch(`${address}&sid=${sid}`)).status, 400, "the session is gone");
    await answersStill(app);
  });
});

describe("compressed frames", () => {
  afterEach(closeAll);

  for (const path of ["/ws", "/socket.io/?EIO=4&transport=websocket"])
    it(`that inflate beyond the limit end while they do, with 1009: ${path}`, async () => {
      const app = await startEmbedded({ env: { AUTH_MODE: "dev", COMPRESSION: "true" } });
      const ws = new WebSocket(app.url.replace(/^http/, "ws") + path, {
        perMessageDeflate: { threshold: 0 },
      });
      ws.on("error", () => undefined);
      await once(ws, "open");
      const closed = closeOf(ws);
      ws.send("x".repeat(5_000_000), { compress: true });
      assert.equal(await closed, 1009);
      await answersStill(app);
    });
});

describe("packets of Engine.IO's own", () => {
  afterEach(closeAll);

  async function polled(app: TestApp, query = "") {
    const address = `${app.url}/socket.io/?EIO=4&transport=polling${query}`;
    const opened = await (await fetch(address)).text();
    const sid = /"sid\\?":\\?"([^"\\]+)/.exec(opened)?.[1];
    return (body: string) => fetch(`${address}&sid=${sid}`, { method: "POST", body });
  }

  it("a client that sends pongs without end is let go, over both transports", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const ws = await open(app, "/socket.io/?EIO=4&transport=websocket");
    const closed = closeOf(ws);
    for (let at = 0; at < 1_000; at++) ws.send("3");
    await closed;
    const post = await polled(app);
    assert.equal((await post("40")).status, 200);
    await post(Array.from({ length: 1_000 }, () => "3").join("\x1e")).catch(() => undefined);
    assert.equal((await post("3").catch(() => ({ status: 400 }))).status, 400);
    await answersStill(app);
  });

  it("a POST of half a million packets is judged before it is taken apart", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const post = await polled(app);
    assert.equal((await post("40")).status, 200);
    let packets = 0;
    const engine = app.workers[0]?.io.engine as unknown as {
      clients: Record<string, { on(event: "packet", listener: () => void): void }>;
    };
    for (const connection of Object.values(engine.clients)) connection.on("packet", () => packets++);
    await post("4\x1e".repeat(500_000)).catch(() => undefined);
    assert.equal(packets, 0);
    const form = await polled(app, "&j=0");
    await form(`d=${encodeURIComponent("4\x1e".repeat(150_000))}`).catch(() => undefined);
    for (const connection of Object.values(engine.clients)) connection.on("packet", () => packets++);
    assert.equal(packets, 0);
    assert.equal((await form("d=3").catch(() => ({ status: 400 }))).status, 400, "and as a form");
    assert.equal((await post("3").catch(() => ({ status: 400 }))).status, 400);
    await answersStill(app);
  });
});

describe("HTTP bodies that are not what their headers say", () => {
  afterEach(closeAll);

  const post = async (
    app: TestApp,
    headers: Record<string, string>,
    body: string | Uint8Array<ArrayBuffer>,
  ) => {
    const response = await fetch(`${app.url}/api/websocket`, { method: "POST", headers, body });
    const answer = (await response.json()) as { error: { code: string } };
    return [response.status, answer.error.code];
  };

  it("are refused with a code, and leave no error in the log", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const json = { "content-type": "application/json" };
    for (const encoding of ["gzip", "deflate", "br"])
      assert.deepEqual(
        await post(app, { ...json, "content-encoding": encoding }, "this is no such thing"),
        [400, "invalid_payload"],
        encoding,
      );
    const cut = gzipSync(JSON.stringify({ event: "x", data: "y".repeat(5_000) })).subarray(0, 30);
    assert.deepEqual(await post(app, { ...json, "content-encoding": "gzip" }, new Uint8Array(cut)), [
      400,
      "invalid_payload",
    ]);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    assert.deepEqual(await post(app, { ...json, "content-encoding": "gzip" }, new Uint8Array(bomb)), [
      413,
      "payload_too_large",
    ]);
  });

  it("are UTF-8: depth can't hide in another charset", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const deep = `${"+AFs-".repeat(5_000)}${"+AF0-".repeat(5_000)}`;
    for (const charset of ["utf-7", "utf-16", "utf-32", "latin1", "nonsense"])
      assert.deepEqual(
        await post(app, { "content-type": `application/json; charset=${charset}` }, deep),
        [400, "invalid_payload"],
        charset,
      );
  });
});
