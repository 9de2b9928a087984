/** What the log is told of connections and commands: everything at debug, sums of what is refused at info. */
import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import jwt from "jsonwebtoken";
import { asId, type UserId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { createSummingLog } from "../../server/observability/summing-log.ts";
import { closeAll, SECRET, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient, Refused } from "../support/client.ts";
import { logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { only, refusalOf } from "../support/refusals.ts";
import { until } from "../support/until.ts";

const PRODUCTION = { NODE_ENV: "production", AUTH_MODE: "jwt" };
const nowS = () => Math.floor(Date.now() / 1_000);
const signed = (claims: object) => jwt.sign({ sub: "ann", ...claims }, createSecretKey(Buffer.from(SECRET)));

const refusedAt = (app: TestApp, namespace: string, auth: Record<string, unknown>) =>
  refusalOf(connectClient({ url: app.url, namespace, name: "nobody", auth }));

describe("connections and commands in the log", () => {
  afterEach(async () => {
    closePlain();
    await closeAll();
  });

  it("at debug: who comes and goes, and each command with its outcome, without what it said", async () => {
    const log = logBook();
    const app = await startEmbedded({ log });
    const ann = await app.connect(chatContract, "ann");
    await ann.call("chat_message", { channel: "global", content: "for the others only" });
    const refusedAck = await ann.refused("chat_message", {
      channel: "guild",
      content: "for the others only",
    });
    ann.disconnect();
    await until("the end is logged", async () => log.of("disconnected").length === 1);
    const came = only(log.of("connected"));
    assert.deepEqual(
      [came.fields.user, came.fields.namespace, came.fields.transport],
      ["ann", "/chat", "socket.io"],
    );
    const went = only(log.of("disconnected"));
    assert.equal(went.fields.connection, came.fields.connection);
    assert.equal(went.fields.reason, "client namespace disconnect");
    const served = only(log.of("a command", { command: "chat_message" }));
    assert.deepEqual(
      [served.level, served.fields.outcome, typeof served.fields.ms],
      ["debug", "ok", "number"],
    );
    const not = only(log.of("a command was refused"));
    assert.deepEqual([not.fields.outcome, not.fields.user], [refusedAck.code, "ann"]);
    assert.ok(String(not.fields.cause).length > 0);
    assert.ok(!JSON.stringify(log.lines).includes("for the others only"));
  });

  it("at debug: why the server ended a connection", async () => {
    const log = logBook();
    const app = await startEmbedded({ log });
    const ann = await app.connect(gameContract, "ann");
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    await ann.nextAny("(disconnect)");
    assert.equal(only(log.of("disconnected")).fields.closedWith, "token_revoked");
  });

  it("tells of refused frames and unknown events, and of those that break the connection", async () => {
    const log = logBook();
    const app = await startEmbedded({ log, env: { WEBSOCKET_MAX_MESSAGE_SIZE: "1024" } });
    const ann = openPlain(app.url, "/ws/world", { query: { token: app.token("ann") } });
    const long = JSON.stringify({ type: "leave", x: "x".repeat(1_100) });
    const frames: readonly (readonly [string, RegExp | undefined])[] = [
      ["{", undefined],
      ["[]", /^the frame is no object$/],
      ['{"type":"dance"}', undefined],
      [long, /^the frame has \d+ bytes, 1024 are taken$/],
    ];
    for (const [frame, cause] of frames) {
      ann.send(frame);
      const error = await ann.next("error");
      if (cause) assert.match(String(error.cause), cause);
      else assert.equal(error.cause, undefined, "its message says it");
    }
    assert.deepEqual(
      log.of("a command was refused").map(({ fields }) => [fields.command, fields.outcome]),
      [
        ["(unknown)", "invalid_json"],
        ["(unknown)", "invalid_payload"],
        ["(unknown)", "unknown_event"],
        ["(unknown)", "payload_too_large"],
      ],
    );
    ann.send("x".repeat(3_000));
    assert.equal((await ann.closed).code, 1009);
    assert.match(String(only(log.of("a frame was refused")).fields.cause), /payload size exceeded/);
  });

  it("tells of refused packets of Socket.IO, with what is wrong with them", async () => {
    const log = logBook();
    const app = await startEmbedded({ log, env: { WEBSOCKET_MAX_MESSAGE_SIZE: "1024" } });
    const ann = await app.connect(chatContract, "ann");
    const error = await ann.refused("chat_message", { channel: "global", content: "x".repeat(1_100) });
    assert.match(String(error.cause), /^the packet has \d+ characters: 1024 are taken/);
    const line = only(log.of("a command was refused"));
    assert.deepEqual([line.fields.command, line.fields.outcome], ["chat_message", "payload_too_large"]);
    assert.equal(line.fields.cause, error.cause);
  });

  it("tells of packets of Socket.IO that are none", async () => {
    const log = logBook();
    const app = await startEmbedded({ log });
    const ann = await app.connect(chatContract, "ann");
    ann.socket.io.engine.write("9garbage");
    await ann.nextAny("(disconnect)");
    assert.match(String(only(log.of("a frame was refused")).fields.cause), /packets of this type/);
    await until("the end is logged", async () => log.of("disconnected").length === 1);
  });

  it("in development tells a refused command its cause, where it has one; in production never", async () => {
    for (const [env, expected] of [
      [{}, "guests may not: a token is needed"],
      [PRODUCTION, undefined],
    ] as const) {
      const app = await startEmbedded({ env });
      const guest = await app.connect(worldContract, null);
      const error = await guest.refused("entity_spawn", { entity_id: "e", kind: "k", x: 1, y: 1 });
      assert.deepEqual([error.code, error.cause], ["unauthorized", expected]);
    }
  });

  it("at info: a flood of one cause is one line at once, and one a minute with how many", async () => {
    const log = logBook("info");
    const app = await startEmbedded({ log });
    const ann = await app.connect(chatContract, "ann");
    const before = log.lines.length;
    for (let nr = 0; nr < 30; nr++)
      await refusedAt(app, "/chat", { token: signed({ exp: nowS() - 60 - nr }) });
    for (let nr = 0; nr < 15; nr++)
      await assert.rejects(ann.call("read", { channel: "nowhere", offset: 1 }), Refused);
    assert.equal(log.lines.length - before, 2, JSON.stringify(log.lines));
    await app.advance(61_000);
    await app.runDue();
    const times = (message: string) => log.of(message).map(({ fields }) => fields.times);
    assert.deepEqual(
      [times("refused connections"), times("refused commands")],
      [
        [1, 29],
        [1, 14],
      ],
    );
    const [, last] = log.of("refused connections");
    assert.deepEqual([last?.level, last?.fields.reason], ["info", "token_expired"]);
    await app.advance(122_000);
    await app.runDue();
    assert.equal(times("refused connections").length, 2, "nothing more came");
    assert.ok(log.lines.every(({ level }) => level !== "debug"));
  });
});

describe("sums of what repeats", () => {
  const summed = (maxCauses: number) => {
    const log = logBook();
    let now = 0;
    const pass = (ms: number) => {
      now += ms;
    };
    const sums = createSummingLog({ log, message: "repeats", now: () => now, maxCauses });
    return { log, sums, pass };
  };

  it("are bounded, however many causes there are, and lose none", () => {
    const { log, sums, pass } = summed(10);
    for (let nr = 0; nr < 10_000; nr++) sums.note(`cause ${nr}`, () => ({ nr }));
    pass(60_000);
    sums.look();
    assert.ok(log.lines.length <= 2 * 11, String(log.lines.length));
    const told = log.lines.reduce((sum, { fields }) => sum + Number(fields.times), 0);
    assert.equal(told, 10_000);
    sums.close();
  });

  it("are written when the server stops, and forgotten when a minute was quiet", () => {
    const { log, sums, pass } = summed(10);
    for (let nr = 0; nr < 3; nr++) sums.note("a", () => ({ nr }));
    sums.close();
    assert.deepEqual(
      log.lines.map(({ fields }) => [fields.nr, fields.times]),
      [
        [0, 1],
        [2, 2],
      ],
    );
    pass(60_000);
    sums.note("a", () => ({ nr: 4 }));
    assert.deepEqual(log.lines.at(-1)?.fields, { nr: 4, times: 1 });
    sums.close();
  });

  it("make nothing below their level", () => {
    const silent = { ...logBook(), isLevelEnabled: () => false };
    const sums = createSummingLog({ log: silent, message: "repeats", now: () => 0 });
    sums.note("a", () => assert.fail("described"));
    sums.close();
    assert.deepEqual(silent.lines, []);
  });
});
