/** Clients that do not read: on every transport what waits for them has a bound in bytes and in time, and their end gives it back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { Socket } from "socket.io";
import { WebSocket } from "ws";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { type LogBook, logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";
import { until } from "../support/until.ts";

const WRITE_WAIT_MS = 1_000;
/** The limit, and five seconds in which it must be noticed. */
const MOST_MS = WRITE_WAIT_MS + 5_000;
const ADMIN = { ADMIN_USERNAME: "operator", ADMIN_PASSWORD: "rather-long-and-not-obvious" };
const CUT = "a client that does not read was cut";

const cuts = (log: LogBook, reason: string) => log.of(CUT, { reason }).length;

async function start(log: LogBook, starting = startEmbedded): Promise<TestApp> {
  return starting({ log, env: { WEBSOCKET_WRITE_WAIT: `${WRITE_WAIT_MS}ms`, ...ADMIN } });
}

/** A connection that is in a namespace and has stopped reading. */
interface Deaf {
  readonly socket: Socket;
  stop(): void;
}

/** Its socket here, where it is the only one. */
async function onlySocket(app: TestApp, namespace = "/"): Promise<Socket> {
  const sockets = () => [...(app.workers[0]?.io.of(namespace).sockets.values() ?? [])];
  await until("it is in", () => sockets().length === 1);
  return sockets()[0] ?? assert.fail();
}

async function poll(app: TestApp): Promise<{ readonly address: string }> {
  const base = `${app.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(base)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const address = `${base}&sid=${sid}`;
  await fetch(address, { method: "POST", body: `40${JSON.stringify({ token: app.token("deaf") })}` });
  let heard = "";
  while (!heard.includes('42["connected"')) heard += await (await fetch(address)).text();
  return { address };
}

/** A poll whose answer is asked for and not read. */
function unreadPoll(address: string): net.Socket {
  const { hostname, port, pathname, search } = new URL(address);
  const socket = net.connect(Number(port), hostname).on("error", () => undefined);
  socket.pause();
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  return socket;
}

const KINDS: Readonly<Record<string, (app: TestApp) => Promise<Deaf>>> = {
  async "plain WebSocket"(app) {
    const client = openPlain(app.url, "/ws", { query: { token: app.token("deaf") } });
    await client.next("connected");
    client.ws.pause();
    return { socket: await onlySocket(app), stop: () => client.close() };
  },
  async "Socket.IO over WebSocket"(app) {
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("deaf") });
    raw.ws.pause();
    return { socket: await onlySocket(app), stop: () => raw.close() };
  },
  async "the dashboard"(app) {
    const raw = await RawEngine.open(app.url);
    await raw.connect("/admin", { username: ADMIN.ADMIN_USERNAME, password: ADMIN.ADMIN_PASSWORD });
    raw.ws.pause();
    return { socket: await onlySocket(app, "/admin"), stop: () => raw.close() };
  },
  async "a client that never polls again"(app) {
    await poll(app);
    return { socket: await onlySocket(app), stop: () => undefined };
  },
  async "a client that polls and does not read the answer"(app) {
    const { address } = await poll(app);
    const socket = await onlySocket(app);
    const polling = unreadPoll(address);
    await until("its poll waits", () => socket.conn.transport.writable);
    return { socket, stop: () => polling.destroy() };
  },
};

describe("a client that never reads", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  for (const [kind, connect] of Object.entries(KINDS))
    describe(kind, () => {
      it("is cut for the bytes that wait for it, and the others go on", async () => {
        const log = logBook("info");
        const app = await start(log);
        const { socket, stop } = await connect(app);
        const data = "x".repeat(100_000);
        for (let sent = 0; sent < 2_000 && socket.connected; sent++) {
          socket.emit("message", { data });
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        assert.equal(socket.connected, false);
        assert.equal(cuts(log, "bytes") + cuts(log, "write_wait"), 1, JSON.stringify(log.lines));
        await until("nothing of it is left", () => app.workers[0]?.held().connections === 0);
        const ann = await app.connect(roomsContract, "ann");
        assert.equal((await ann.raw("ping")).ok, true);
        stop();
      });

      it("is cut when its time to read is over, also for little", async () => {
        const log = logBook("info");
        const app = await start(log);
        const { socket, stop } = await connect(app);
        // As much as the system's buffers take, and little more.
        const data = "x".repeat(50_000);
        const { conn } = socket as unknown as { conn: Parameters<typeof waits>[0] };
        for (let sent = 0; sent < 2_000 && !waits(conn); sent++) {
          socket.emit("message", { data });
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.ok(socket.connected, "it is not cut for its bytes");
        const from = performance.now();
        await until("it is cut", () => !socket.connected);
        const tookMs = performance.now() - from;
        assert.ok(tookMs > WRITE_WAIT_MS - 300 && tookMs < MOST_MS, `${Math.round(tookMs)} ms`);
        assert.equal(cuts(log, "write_wait"), 1);
        stop();
      });
    });

  it("an answer that is not read is among what waits, with nothing behind it", async () => {
    const log = logBook("info");
    const app = await start(log);
    const { address } = await poll(app);
    const socket = await onlySocket(app);
    const polling = unreadPoll(address);
    await until("its poll waits", () => socket.conn.transport.writable);
    const from = performance.now();
    socket.emit("message", { data: "x".repeat(20_000_000) });
    await until("it is cut", () => !socket.connected);
    assert.ok(performance.now() - from < MOST_MS);
    assert.equal(cuts(log, "write_wait"), 1);
    polling.destroy();
  });

  it("a client that reads, however late, is not cut", async () => {
    const log = logBook("info");
    const app = await start(log);
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("slow") });
    const socket = await onlySocket(app);
    for (let round = 0; round < 4; round++) {
      raw.ws.pause();
      for (let sent = 0; sent < 2_000 && !waits(socket.conn as never); sent++) {
        socket.emit("message", { data: "x".repeat(50_000) });
        await new Promise((resolve) => setImmediate(resolve));
      }
      await new Promise((resolve) => setTimeout(resolve, WRITE_WAIT_MS / 2));
      raw.ws.resume();
      await until("it has read everything", () => !waits(socket.conn as never));
    }
    assert.equal(socket.connected, true);
    assert.equal(log.of(CUT).length, 0);
    raw.close();
  });

  it("polls that pile up without being read end the session, also through another worker", async () => {
    const log = logBook("info");
    const app = await start(log, startTwoWorkers);
    const { address } = await poll(app);
    const socket = await onlySocket(app);
    const other = new URL(app.urls[1] ?? "");
    const through = address.replace(new URL(address).host, other.host);
    const polls: net.Socket[] = [];
    for (let at = 0; at < 50 && socket.connected; at++) {
      // More than the system takes of one answer.
      for (let sent = 0; sent < 9; sent++) socket.emit("message", { data: "x".repeat(400_000) });
      polls.push(unreadPoll(at % 2 === 0 ? address : through));
      // However long that takes on a busy machine: the poll has got what waited, or the session has ended.
      await until(
        "the poll is answered",
        () => !socket.connected || Reflect.get(socket.conn, "writeBuffer").length === 0,
      );
    }
    assert.equal(socket.connected, false);
    assert.ok(polls.length < 20, `${polls.length} answers wait unread`);
    for (const one of polls) one.destroy();
  });

  it("pongs of a client that reads nothing are among what waits", async () => {
    const app = await start(logBook("info"));
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/ws?token=${app.token("deaf")}`);
    ws.on("error", () => undefined);
    await once(ws, "open");
    const socket = await onlySocket(app);
    ws.pause();
    for (let sent = 0; sent < 2_000 && !waits(socket.conn as never); sent++) {
      socket.emit("message", { data: "x".repeat(50_000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { bufferedAmount } = (socket.conn as unknown as { ws: WebSocket }).ws;
    for (let at = 0; at < 150; at++) ws.ping("x".repeat(125));
    await until("it is cut", () => !socket.connected);
    assert.ok(bufferedAmount < 5_000_000);
    ws.terminate();
  });
});

/** Whether something waits for the client here, beyond what the system has taken. */
function waits(connection: {
  readonly writeBuffer: readonly unknown[];
  readonly ws?: WebSocket;
  readonly transport: { readonly socket?: WebSocket };
}): boolean {
  const ws = connection.ws ?? connection.transport.socket;
  return connection.writeBuffer.length > 0 || (ws?.bufferedAmount ?? 0) > 0;
}
