import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Socket as ServerSocket } from "socket.io";
import { asId, type UserId } from "../../core/ids.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";

const dev = { env: { AUTH_MODE: "dev" } };

/** A WebSocket connection of bytes: the handshake is done, the rest is the test's. */
async function openRaw(app: TestApp, path: string): Promise<Socket> {
  const { port } = new URL(app.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await once(socket, "data");
  return socket;
}

/** A masked frame with an all-zero mask. */
function maskedFrame(opcode: number, payload: Buffer, fin = true): Buffer {
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | payload.length, 0, 0, 0, 0]),
    payload,
  ]);
}

/** Resolves with all bytes that came until the connection was closed. */
async function untilClosed(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks);
}

/** The reason with which a worker's next connection to `/` ends. */
function nextEnd(app: TestApp): Promise<string> {
  return new Promise((resolve) => {
    app.workers[0]?.io.of("/").on("connection", (socket: ServerSocket) => socket.on("disconnect", resolve));
  });
}

async function answersStill(app: TestApp): Promise<void> {
  const bystander = openPlain(app.url, "/ws");
  assert.equal((await bystander.call("ping")).ok, true);
}

describe("gateway: bad frames", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  it("every bad frame is answered by its code, in order, and the connection lives", async () => {
    const app = await startEmbedded(dev);
    const ann = openPlain(app.url, "/ws");
    const cases: readonly (readonly [string | Uint8Array, string, string])[] = [
      ["not JSON", "invalid_json", "invalid JSON format"],
      ["", "invalid_json", "invalid JSON format"],
      ["{", "invalid_json", "invalid JSON format"],
      [new Uint8Array(0), "invalid_json", "invalid JSON format"],
      [new Uint8Array([0]), "invalid_json", "invalid JSON format"],
      [new Uint8Array([255, 254]), "invalid_json", "invalid JSON format"],
      ["7", "invalid_payload", "the payload does not have the form that this event takes"],
      ["null", "invalid_payload", "the payload does not have the form that this event takes"],
      ["[]", "invalid_payload", "the payload does not have the form that this event takes"],
      ['"text"', "invalid_payload", "the payload does not have the form that this event takes"],
      ["{}", "invalid_payload", "the payload does not have the form that this event takes"],
      ['{"type":7}', "invalid_payload", "the payload does not have the form that this event takes"],
      ['{"type":""}', "unknown_event", "unknown message type"],
      ['{"type":"nobody knows"}', "unknown_event", "unknown message type"],
      ['{"type":"constructor"}', "unknown_event", "unknown message type"],
      ['{"type":"__proto__","__proto__":{"x":1}}', "unknown_event", "unknown message type"],
    ];
    for (const [frame, code, text] of cases) {
      ann.send(frame);
      const error = await ann.next("error");
      assert.deepEqual(
        [error.code, error.error, typeof error.timestamp],
        [code, text, "number"],
        String(frame),
      );
    }
    const more: readonly (readonly [string, string])[] = [
      ['{"type":"disconnect"}', "unknown_event"],
      ['{"type":"error"}', "unknown_event"],
      ['{"type":"connect"}', "unknown_event"],
      ['{"type":"subscribe","room":7}', "invalid_payload"],
      ['{"type":"subscribe"}', "invalid_payload"],
      ['{"type":"publish","room":"never joined","data":1}', "not_subscribed"],
      [`{"type":"publish","room":"a","data":${"[".repeat(33)}${"]".repeat(33)}}`, "payload_too_large"],
      [`{"type":"publish","room":"a","data":${"[".repeat(200_000)}`, "payload_too_large"],
    ];
    const bob = openPlain(app.url, "/ws");
    for (const [frame, code] of more) {
      bob.send(frame);
      assert.equal((await bob.next("error")).code, code, frame.slice(0, 80));
    }
    bob.send('{"type":"subscribe","room":""}');
    assert.equal((await bob.next("error")).error, "room name is required");
    for (const client of [ann, bob]) assert.equal((await client.call("ping")).ok, true);
  });

  it("DashDice's envelope has its errors in data, with the id where there was one", async () => {
    const app = await startEmbedded(dev);
    const ann = openPlain(app.url, "/ws/matchmaking?user_id=ann");
    ann.send("not JSON");
    const error = await ann.next("error");
    assert.deepEqual(error.data, { error: "invalid JSON format", code: "invalid_json" });
    assert.equal(typeof error.timestamp, "string");
    ann.send({ type: "queue_join", data: "text", id: "a" });
    const ack = await ann.next("ack");
    assert.deepEqual([ack.id, (ack.data as Json).ok], ["a", false]);
    ann.send({ type: 7, id: "b" });
    assert.equal((((await ann.next("ack")).data as Json).error as Json).code, "invalid_payload");
    ann.send({ type: 7 });
    assert.equal(((await ann.next("error")).data as Json).code, "invalid_payload");
  });

  it("a message over the limit is answered, one over twice the limit ends the connection with 1009", async () => {
    const app = await startEmbedded({ env: { ...dev.env, WEBSOCKET_MAX_MESSAGE_SIZE: "2000" } });
    const ann = openPlain(app.url, "/ws");
    ann.send({ type: "publish", room: "a", data: "x".repeat(2_500) });
    assert.equal((await ann.next("error")).code, "payload_too_large");
    assert.equal((await ann.call("ping")).ok, true);
    ann.send({ type: "publish", room: "a", data: "x".repeat(5_000) });
    assert.equal((await ann.closed).code, 1009);
    const relay = openPlain(app.url, "/ws/den");
    await relay.next("SERVER_HELLO");
    relay.send(new Uint8Array(2_500));
    assert.equal((await relay.next("error")).code, "payload_too_large");
    await answersStill(app);
  });

  it("a message in single bytes is cut after a bounded number of parts", async () => {
    const app = await startEmbedded(dev);
    const socket = await openRaw(app, "/ws");
    const part = maskedFrame(0, Buffer.from("x"), false);
    socket.write(maskedFrame(1, Buffer.from("x"), false));
    socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => part)));
    const bytes = await untilClosed(socket);
    assert.ok(bytes.includes(Buffer.from([0x03, 0xf0])), "closed with 1008");
    await answersStill(app);
  });

  it("frames that break the protocol of WebSocket end that connection only", async () => {
    const app = await startEmbedded(dev);
    const unmasked = Buffer.from([0x81, 0x01, 0x78]);
    const reserved = maskedFrame(0x3, Buffer.from("x"));
    const badUtf8 = maskedFrame(1, Buffer.from([0xff, 0xff]));
    for (const bytes of [unmasked, reserved, badUtf8, Buffer.from("GET / HTTP/1.1\r\n\r\n")]) {
      const socket = await openRaw(app, "/ws");
      socket.write(bytes);
      await untilClosed(socket);
    }
    await answersStill(app);
  });

  it("a client that goes silent is closed when the pong wait is over, one that answers pings stays", async () => {
    const app = await startEmbedded({
      env: { ...dev.env, WEBSOCKET_PING_INTERVAL: "100ms", WEBSOCKET_PONG_WAIT: "400ms" },
    });
    const ended = nextEnd(app);
    const silent = openPlain(app.url, "/ws", { ws: { autoPong: false } });
    await silent.next("connected");
    const lively = openPlain(app.url, "/ws");
    const startedAt = performance.now();
    assert.equal(await ended, "ping timeout");
    await silent.closed;
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > 250 && tookMs < 10_000, `${tookMs} ms`);
    assert.equal((await lively.call("ping")).ok, true);
  });

  it("a client that never reads is cut, and the others go on", async () => {
    const app = await startEmbedded(dev);
    const ended = nextEnd(app);
    const lazy = openPlain(app.url, "/ws");
    await lazy.next("connected");
    lazy.ws.pause();
    const ann = openPlain(app.url, "/ws");
    await ann.next("connected");
    const data = "x".repeat(300_000);
    let told = false;
    const reason = ended.then((why) => {
      told = true;
      return why;
    });
    let sent = 0;
    for (; sent < 300 && !told; sent++) {
      app.workers[0]?.services.outbound.in(roomsContract).toAll("message", { data, client_id: "c" });
      await ann.next("message");
    }
    assert.match(await reason, /slow client|does not read|write timeout/);
    assert.equal((await ann.call("ping")).ok, true);
  });

  it("a refused client gets one error frame, then the code that goes with it", async () => {
    const app = await startEmbedded();
    const cases: readonly (readonly [string, string, number])[] = [
      ["/ws", "unauthorized", 4401],
      ["/ws/chat", "unauthorized", 4401],
      ["/ws/matchmaking?user_id=ann", "unauthorized", 4401],
      ["/ws/den", "unauthorized", 4401],
      ["/ws/game?token=nonsense", "token_invalid", 4401],
      [`/ws?token=${app.token("ann")}&user_id=bob`, "forbidden", 4403],
    ];
    for (const [path, code, closeCode] of cases) {
      const client = openPlain(app.url, path);
      const { code: closed, reason } = await client.closed;
      assert.deepEqual([closed, reason], [closeCode, code], path);
      assert.equal(client.log.length, 1);
      const [frame] = client.log as [Json];
      assert.equal(frame.type, "error");
      assert.equal(((frame.data as Json | undefined) ?? frame).code, code);
      assert.ok("timestamp" in frame);
    }
    assert.equal(app.workers[0]?.io.engine.clientsCount, 0);
  });

  it("a full server says so with the Go relay's words and 1013; anonymous may look where that is allowed", async () => {
    const app = await startEmbedded({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS: "1" } });
    const guest = openPlain(app.url, "/ws/world");
    assert.equal((await guest.call("enter", { zone: "plaza", x: 1, y: 1 })).ok, true);
    const late = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
    assert.equal((await late.closed).code, 1013);
    assert.equal((late.log[0] as Json).error, "server is at maximum capacity");
  });

  it("a token that ends, ends the connection with 4401", async () => {
    const app = await startEmbedded();
    const ann = openPlain(app.url, "/ws/chat", { query: { token: app.token("ann", { ttlMs: 120_000 }) } });
    assert.equal((await ann.call("ping")).ok, true);
    await app.advance(61_000);
    await app.runDue();
    await ann.next("token_expiring");
    await app.advance(60_000);
    await app.runDue();
    assert.equal((await ann.next("error")).code, "token_expired");
    assert.deepEqual(await ann.closed, { code: 4401, reason: "token_expired" });
  });

  it("a revoked user's connections end with 4401 on every worker, within a second", async () => {
    const app = await startTwoWorkers();
    const token = app.token("ann");
    const open = app.urls.map((url) => openPlain(url, "/ws/chat", { query: { token } }));
    for (const ann of open) assert.equal((await ann.call("ping")).ok, true);
    const revokedAt = performance.now();
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    for (const ann of open) {
      assert.equal((await ann.next("error")).code, "token_revoked");
      assert.equal((await ann.closed).code, 4401);
    }
    // A poll each second finds what the notice did not tell; under load it may be a little late.
    assert.ok(performance.now() - revokedAt < 10_000);
    const late = openPlain(app.url, "/ws/chat", { query: { token } });
    assert.equal((await late.closed).code, 4401);
  });

  it("a flood is refused, then cut with 4408", async () => {
    const app = await startEmbedded(dev);
    const ann = openPlain(app.url, "/ws");
    await ann.next("connected");
    for (let at = 0; at < 1_100; at++) ann.send({ type: "ping" });
    assert.equal((await ann.closed).code, 4408);
    assert.equal((await ann.next("error")).code, "rate_limited");
    await answersStill(app);
  });

  it("what asks for no endpoint is refused before the upgrade", async () => {
    const app = await startEmbedded(dev);
    for (const path of ["/ws/stats", "/ws/a/b", "/wsx", "/", "/ws/%zz", `/ws/${"r".repeat(201)}`])
      await assert.rejects(openPlain(app.url, path).opened(), /404/, path);
    const foreign = await startEmbedded({
      env: { NODE_ENV: "production", CORS_ORIGINS: "https://game.example" },
    });
    const evil = openPlain(foreign.url, "/ws", { headers: { origin: "https://evil.example" } });
    await assert.rejects(evil.opened(), /403/);
    const off = await startEmbedded({ env: { ...dev.env, WEBSOCKET_ENABLED: "false" } });
    await assert.rejects(openPlain(off.url, "/ws").opened(), /404/);
  });

  it("a worker that stops tells its clients, then closes them with 1001", async () => {
    const app = await startEmbedded(dev);
    const ann = openPlain(app.url, "/ws");
    const relay = openPlain(app.url, "/ws/den");
    await Promise.all([ann.next("connected"), relay.next("SERVER_HELLO")]);
    void app.workers[0]?.close();
    for (const client of [ann, relay]) {
      assert.equal(typeof (await client.next("server_draining")).reconnect_in_ms, "number");
      assert.equal((await client.closed).code, 1001);
    }
  });

  it("compression, where it is configured, changes nothing else", async () => {
    const app = await startEmbedded({ env: { ...dev.env, COMPRESSION: "true" } });
    const [ann, bob] = [openPlain(app.url, "/ws"), openPlain(app.url, "/ws")];
    await ann.call("subscribe", { room: "a" });
    await bob.call("subscribe", { room: "a" });
    assert.match(ann.ws.extensions, /permessage-deflate/);
    ann.send({ type: "publish", room: "a", data: "x".repeat(20_000) });
    assert.equal((await bob.next("message")).data, "x".repeat(20_000));
  });
});
