/**
 * The Go relay's WebSocket module. Its clients know no tokens, so the server runs with AUTH_MODE=dev, where `/` is open. Its custom handlers
 * and its service layer are Go inside its own server: what takes their place is shown by examples/ and its tests.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startEmbedded } from "../support/app.ts";
import { type Json, openPlain } from "../support/plain.ts";
import {
  curl,
  endSeeds,
  endWithTest,
  linesOf,
  printed,
  quoted,
  runInBrowser,
  runInNode,
  typed,
  wscat,
  wsUrl,
} from "./support.ts";

const ADDRESS = "ws://localhost:8081";
const GORILLA = "/usr/share/gocode/src/github.com/gorilla/websocket";
const goIsThere = existsSync("/usr/bin/go") && existsSync(GORILLA);

/** The document's own configuration, on a free port of this machine alone. */
const CONFIG = `
websocket:
  enabled: true
  host: "127.0.0.1"
  port: 0
  timeout: "30s"
  read_buffer_size: 1024
  write_buffer_size: 1024
  max_message_size: 512000  # 500KB
  ping_interval: "54s"
  pong_wait: "60s"
  write_wait: "10s"

  limits:
    max_connections: 10000       # 0 = unlimited
    max_connections_per_room: 1000  # 0 = unlimited
`;

const start = (env: Record<string, string> = {}) =>
  startEmbedded({ yaml: CONFIG, env: { AUTH_MODE: "dev", ...env } });

describe("the Go relay's WebSocket module document", () => {
  afterEach(endSeeds);

  it("its quick start works: two wscat sessions, what one publishes the other receives", async () => {
    const app = await start();
    const sessions = [wscat("-c", `${wsUrl(app.url)}/ws`), wscat("-c", `${wsUrl(app.url)}/ws`)];
    for (const session of sessions) {
      await session.frames.next("connected", typed("connected"));
      session.type('{"type":"subscribe","room":"chat"}');
      await session.frames.next("subscribed", typed("subscribed"));
    }
    sessions[1]?.type('{"type":"publish","room":"chat","data":{"message":"Hello!"}}');
    for (const session of sessions) {
      const message = await session.frames.next("message", typed("message"));
      assert.deepEqual([message.room, message.data], ["chat", { message: "Hello!" }]);
    }
  });

  it("its wscat session with a header is let in by the token in it", async () => {
    const app = await startEmbedded();
    const header = `Authorization: Bearer ${app.token("ann")}`;
    const session = wscat("-c", `${wsUrl(app.url)}/ws`, "-H", header);
    await session.frames.next("connected", typed("connected"));
  });

  for (const [name, run] of [
    ["Node", runInNode],
    ["a browser", runInBrowser],
  ] as const)
    it(`its JavaScript client runs in ${name}`, async () => {
      const app = await start();
      const more =
        "client.publish('notifications', { n: 1 }); client.publish('elsewhere', 1); client.broadcast('all');";
      const code = quoted("s1-client.js", { [ADDRESS]: wsUrl(app.url) });
      const { lines } = await run(
        `${code}\nclient.on('subscribed', (msg) => { console.log('Subscribed to:', msg.room); ${more} });`,
      );
      const [, id] = await lines.next("connected", printed("Connected:"));
      assert.equal(typeof id, "string");
      assert.deepEqual(await lines.next("subscribed", printed("Subscribed to:")), [
        "Subscribed to:",
        "notifications",
      ]);
      const from = (room: string | undefined) => (line: readonly unknown[]) =>
        printed("Message from")(line) && line[1] === room;
      const message = await lines.next("its message", from("notifications"));
      assert.deepEqual(message.slice(2), [":", { n: 1 }]);
      assert.equal((await lines.next("its error", printed("Error:")))[1], "not subscribed to this room");
      assert.equal((await lines.next("broadcast", from(undefined))).at(-1), "all");
    });

  it("its frames have the fields that it lists", async () => {
    const app = await start();
    const ann = openPlain(app.url, "/ws");
    const fields = (frame: Json) => Object.keys(frame).sort();
    const connected = await ann.next("connected");
    assert.deepEqual(fields(connected), ["data", "timestamp", "type"]);
    assert.equal((connected.data as Json).message, "Connected to WebSocket server");
    ann.send({ type: "subscribe", room: "room-name" });
    const subscribed = await ann.next("subscribed");
    assert.deepEqual(fields(subscribed), ["data", "room", "timestamp", "type"]);
    assert.deepEqual(subscribed.data, { room: "room-name", client_count: 1 });
    ann.send({ type: "publish", room: "room-name", data: { any: "payload" } });
    const message = await ann.next("message");
    assert.deepEqual(
      [message.room, message.data, message.client_id],
      ["room-name", { any: "payload" }, (connected.data as Json).client_id],
    );
    ann.send({ type: "broadcast", data: { any: "payload" } });
    assert.deepEqual((await ann.next("message")).data, { any: "payload" });
    ann.send({ type: "unsubscribe", room: "room-name" });
    const unsubscribed = await ann.next("unsubscribed");
    assert.deepEqual([unsubscribed.room, unsubscribed.data], ["room-name", { room: "room-name" }]);
    ann.send({ type: "ping" });
    assert.deepEqual(fields(await ann.next("pong")), ["timestamp", "type"]);
    for (const frame of ann.log) assert.equal(typeof (frame as Json).timestamp, "number");
  });

  it("its six errors come in its own words", async () => {
    const app = await start({
      WEBSOCKET_LIMITS_MAX_CONNECTIONS: "2",
      WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ROOM: "1",
    });
    const [ann, bob] = [openPlain(app.url, "/ws"), openPlain(app.url, "/ws")];
    await bob.call("subscribe", { room: "full" });
    const cases = [
      ["not JSON", "invalid JSON format"],
      ['{"type":"no such type"}', "unknown message type"],
      ['{"type":"subscribe","room":""}', "room name is required"],
      ['{"type":"publish","room":"r","data":1}', "not subscribed to this room"],
      ['{"type":"subscribe","room":"full"}', "room is at maximum capacity"],
    ] as const;
    for (const [frame, text] of cases) {
      ann.send(frame);
      assert.equal((await ann.next("error")).error, text);
    }
    const third = openPlain(app.url, "/ws");
    assert.equal((await third.next("error")).error, "server is at maximum capacity");
    await third.closed;
  });

  it("its curl line answers in its form", async () => {
    const app = await start();
    assert.deepEqual(await curl(`${app.url}/health`), { status: "healthy", clients: 0, rooms: 0 });
  });

  it("its Go client connects, subscribes and receives", async function () {
    if (!goIsThere) {
      console.log("      skipped: Go or gorilla/websocket is not installed (`npm run setup`)");
      return this.skip();
    }
    const app = await start();
    const folder = await mkdtemp(path.join(tmpdir(), "muster-go-"));
    try {
      await writeFile(path.join(folder, "main.go"), quoted("s1-client.go", { [ADDRESS]: wsUrl(app.url) }));
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        GOPATH: "/usr/share/gocode",
        GO111MODULE: "off",
        GOCACHE: path.join(tmpdir(), "muster-go-cache"),
      };
      await promisify(execFile)("/usr/bin/go", ["build", "-o", "client", "main.go"], { cwd: folder, env });
      const child = spawn(path.join(folder, "client"), { stdio: ["ignore", "ignore", "pipe"] });
      endWithTest(child);
      const lines = linesOf(child.stderr, (line) => line);
      await lines.next("connected", (line) => /Connected: map\[client_id:/.test(line));
      await lines.next("subscribed", (line) => /Received: \{Type:subscribed Room:updates/.test(line));
      const ann = openPlain(app.url, "/ws");
      await ann.call("subscribe", { room: "updates" });
      ann.send({ type: "publish", room: "updates", data: { to: "Go" } });
      await lines.next("message", (line) => /Type:message Room:updates Data:map\[to:Go\]/.test(line));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
