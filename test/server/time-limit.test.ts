/** `WEBSOCKET_TIMEOUT`: whoever does not get on with connecting is let go of, within a second after it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { WebSocket } from "ws";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { RawEngine } from "../support/raw-engine.ts";
import { makeTlsFiles } from "../support/tls-files.ts";

const TIMEOUT_MS = 1_000;
/** Beside the second: timers of a busy machine. */
const TOLERANCE_MS = 700;

/** How long a connection lives that is opened now. */
async function lifeOf(opened: net.Socket | WebSocket): Promise<number> {
  const from = performance.now();
  opened.on("error", () => undefined);
  if (opened instanceof net.Socket) opened.resume();
  await once(opened, "close");
  return performance.now() - from;
}

function assertInTime(lived: number, what: string): void {
  assert.ok(lived > TIMEOUT_MS - 100, `${what}: cut after ${Math.round(lived)} ms`);
  assert.ok(lived < TIMEOUT_MS + 1_000 + TOLERANCE_MS, `${what}: cut after ${Math.round(lived)} ms`);
}

const portOf = (app: TestApp) => Number(new URL(app.url).port);

/** A connection that says this and no more. */
function saying(app: TestApp, text: string): net.Socket {
  const socket = net.connect(portOf(app), "127.0.0.1");
  if (text !== "") socket.write(text);
  return socket;
}

async function handshake(app: TestApp): Promise<string> {
  const { body } = await get(`${app.url}/socket.io/?EIO=4&transport=polling`);
  return (JSON.parse(String(body.text).slice(1)) as { sid: string }).sid;
}

describe("the time limit for connecting", () => {
  afterEach(closeAll);
  const env = { WEBSOCKET_TIMEOUT: "1s" };

  it("holds for requests that do not arrive, whatever they are", async () => {
    // Where guests may send them: what is refused is not waited for.
    const app = await startEmbedded({ env: { ...env, AUTH_MODE: "dev" } });
    const head = "Host: x\r\nContent-Type: application/json\r\n";
    const sid = await handshake(app);
    const requests: Record<string, string> = {
      nothing: "",
      "half a line": "GET /hea",
      "half of the headers": "GET /health HTTP/1.1\r\nHost: x\r\n",
      "half of an upgrade": "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
      "a body that does not come": `POST /api/websocket HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\n{`,
      "a chunk that does not come": `POST /dev/token HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{`,
      "a poll's body that does not come": `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\n4`,
    };
    await Promise.all(
      Object.entries(requests).map(async ([what, text]) =>
        assertInTime(await lifeOf(saying(app, text)), what),
      ),
    );
  });

  it("holds for the TLS handshake, and for a request after it", async () => {
    const { certFile, keyFile, close } = await makeTlsFiles();
    try {
      const app = await startEmbedded({ env: { ...env, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } });
      const silent = lifeOf(saying(app, ""));
      const secure = tls.connect({ port: portOf(app), host: "127.0.0.1", rejectUnauthorized: false });
      await once(secure, "secureConnect");
      assertInTime(await lifeOf(secure), "after the handshake");
      assertInTime(await silent, "no handshake");
    } finally {
      await close();
    }
  });

  it("holds for connections that join no namespace, over every transport; nothing is kept of them", async () => {
    const app = await startEmbedded({ env });
    const [worker] = app.workers;
    const from = performance.now();
    const raw = await RawEngine.open(app.url);
    const sid = await handshake(app);
    const probing = await handshake(app);
    const probe = new WebSocket(
      `${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&sid=${probing}`,
    );
    await once(probe, "open");
    const closed = lifeOf(probe);
    await raw.closed;
    assertInTime(performance.now() - from, "WebSocket");
    await closed;
    while (worker?.held().connections !== 0) await new Promise((resolve) => setImmediate(resolve));
    const lived = performance.now() - from;
    assert.ok(lived < TIMEOUT_MS + 1_000 + TOLERANCE_MS, `polling: kept for ${Math.round(lived)} ms`);
    const late = await get(`${app.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
    assert.equal(late.status, 400);
  });

  it("does not hold for who has connected and is quiet", async () => {
    const app = await startEmbedded({ env });
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("ann") });
    const quiet = await RawEngine.open(app.url);
    await quiet.closed;
    raw.send('21["ping"]');
    await raw.next((text) => text.startsWith("31["));
    raw.close();
  });
});

describe("a request that no answer would come to", () => {
  afterEach(closeAll);

  it("is refused: a poll of a session that has a WebSocket", async () => {
    const app = await startEmbedded();
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const [open] = (await once(ws, "message")) as [Buffer];
    const { sid } = JSON.parse(open.toString().slice(1)) as { sid: string };
    for (const transport of ["websocket", "polling"]) {
      const url = `${app.url}/socket.io/?EIO=4&transport=${transport}&sid=${sid}`;
      assert.equal((await get(url)).status, 400, transport);
      assert.equal((await fetch(url, { method: "POST", body: "4" })).status, 400, transport);
    }
    ws.terminate();
  });
});

describe("a server with TLS that stops", () => {
  it("does not wait for handshakes that do not come", async () => {
    const { certFile, keyFile, close } = await makeTlsFiles();
    try {
      const app = await startEmbedded({ env: { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } });
      const silent = saying(app, "");
      await once(silent, "connect");
      const from = performance.now();
      await Promise.all([closeAll(), lifeOf(silent)]);
      assert.ok(performance.now() - from < 10_000);
    } finally {
      await close();
    }
  });
});
