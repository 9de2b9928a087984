import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { interpret, kindSchemas } from "../../namespaces/rooms/relay-messages.ts";
import { muster } from "../../proto/generated/muster.js";
import { decodeClientMessage, encodeServerMessage } from "../../proto/messages.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";

const root = path.resolve(import.meta.dirname, "../..");

const encode = (message: muster.ClientMessage.$Properties) => muster.ClientMessage.encode(message).finish();

/** Numbers that are the same in every run. */
function* seeded(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

describe("gateway: protobuf", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  it("the generated code is what muster.proto says", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "muster-proto-"));
    try {
      await promisify(execFile)(process.execPath, [path.join(root, "proto/generate.mjs"), folder]);
      for (const file of ["muster.js", "muster.d.ts"])
        assert.equal(
          await readFile(path.join(folder, file), "utf8"),
          await readFile(path.join(root, "proto/generated", file), "utf8"),
          `${file} is stale: node proto/generate.mjs`,
        );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("each of the five kinds is understood in binary and as JSON alike", () => {
    const position = { x: 1, y: 0, z: -2 };
    const messages = {
      client_hello: { display_name: "Ann", client_version: "1.0" },
      position_update: { position, rotation: { x: 0, y: 0, z: 0, w: 1 }, seq: 3 },
      chat_message: { text: "hi" },
      entity_spawn: { entity_id: "e", kind: "cube", position },
      presence_event: { status: "away", text: "lunch" },
    };
    assert.deepEqual(Object.keys(messages), Object.keys(kindSchemas));
    for (const [kind, fields] of Object.entries(messages)) {
      assert.deepEqual(interpret(encode({ [kind]: fields })), { kind, fields });
      const json = JSON.stringify({ type: kind.toUpperCase(), ...fields, more: "is ignored" });
      assert.deepEqual(interpret(json), { kind, fields });
    }
    assert.deepEqual(
      interpret(encode({ entity_spawn: { entity_id: "e", kind: "k", position, data: '{"hp":3}' } })),
      { kind: "entity_spawn", fields: { entity_id: "e", kind: "k", position, data: { hp: 3 } } },
    );
  });

  it("what is not one of them, or not in their form, is opaque", () => {
    const opaque: (string | Uint8Array)[] = [
      "",
      "CHAT_MESSAGE",
      '{"type":"CHAT_MESSAGE"}',
      '{"type":"CHAT_MESSAGE","text":7}',
      '{"type":"SERVER_HELLO","room_id":"x"}',
      '{"type":"POSITION_UPDATE","position":{"x":1e9,"y":0,"z":0}}',
      '{"type":"CHAT_MESSAGE","text":"x"',
      '["type":"CHAT_MESSAGE"]',
      `{"type":"CHAT_MESSAGE","text":"${"x".repeat(20_000)}"}`,
      new Uint8Array(0),
      new Uint8Array([0]),
      encode({}),
      encode({ chat_message: {} }),
      encode({ position_update: { position: { x: Number.NaN, y: 0, z: 0 } } }),
      encode({ position_update: {} }),
      encode({ entity_spawn: { entity_id: "e", kind: "k", position: {}, data: '{"a":{"deep":1}}' } }),
      encode({ chat_message: { text: "cut" } }).subarray(0, 4),
    ];
    for (const data of opaque) assert.equal(interpret(data), undefined, String(data).slice(0, 60));
  });

  it("no bytes whatever throw", () => {
    // What is refused is refused by an exception, whose stack nobody reads here.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const numbers = seeded(20_261_120);
    const next = (below: number) => (numbers.next().value ?? 0) % below;
    const valid = encode({
      timestamp: 1,
      entity_spawn: { entity_id: "entity", kind: "cube", position: { x: 1, y: 2, z: 3 }, data: '{"a":1}' },
    });
    let understood = 0;
    for (let at = 0; at < 100_000; at++) {
      const mutated = at % 2 === 0;
      const bytes = mutated ? Uint8Array.from(valid) : new Uint8Array(next(64));
      if (mutated) for (let times = next(4); times >= 0; times--) bytes[next(bytes.length)] = next(256);
      else for (let i = 0; i < bytes.length; i++) bytes[i] = next(256);
      if (interpret(mutated ? bytes.subarray(0, bytes.length - next(8)) : bytes)) understood++;
    }
    Error.stackTraceLimit = stackTraceLimit;
    assert.ok(understood > 0 && understood < 100_000, `${understood} understood`);
  });

  it("any message survives the wire", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.nat(1_000_000), (text, seq) => {
        const position = { x: seq, y: -seq, z: 1 };
        const decoded = decodeClientMessage(encode({ position_update: { entity_id: text, position, seq } }));
        assert.equal(decoded?.kind, "position_update");
        const { entity_id = "", seq: got = 0 } = decoded.fields as { entity_id?: string; seq?: number };
        assert.deepEqual([entity_id, got], [text, seq]);
      }),
    );
  });

  it("events about the connection have a ServerMessage each, others none", () => {
    const decoded = (event: string, payload: object) => {
      const bytes = encodeServerMessage(event, payload);
      return bytes && muster.ServerMessage.decode(bytes);
    };
    assert.equal(decoded("SERVER_HELLO", { room_id: "r", client_id: "c", timestamp: 5 })?.timestamp, 5);
    const error = decoded("error", { error: "text", code: "rate_limited", retry_after_ms: 20 })?.error;
    assert.deepEqual([error?.code, error?.message, error?.retry_after_ms], ["rate_limited", "text", 20]);
    assert.equal(decoded("pong", {})?.kind, "pong");
    assert.equal(decoded("server_draining", { reconnect_in_ms: 7 })?.server_draining?.reconnect_in_ms, 7);
    assert.equal(decoded("token_expiring", { expires_at: "t" })?.token_expiring?.expires_at, "t");
    for (const event of ["message", "constructor", "__proto__"]) assert.equal(decoded(event, {}), undefined);
  });

  it("malformed bytes reach the others as they are, and the sender is told of no error", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const ann = openPlain(app.url, "/ws/lab");
    const bob = openPlain(app.url, "/ws/lab?format=protobuf");
    await ann.next("SERVER_HELLO");
    await bob.nextBinary();
    const whole = encode({ chat_message: { text: "hello" } });
    for (const bytes of [new Uint8Array(0), new Uint8Array([0xff]), whole.subarray(0, 3), whole]) {
      ann.send(bytes);
      assert.deepEqual(await bob.nextBinary(), Buffer.from(bytes));
    }
    assert.deepEqual(ann.pending("error"), []);
    bob.send("x".repeat(3));
    assert.equal(await ann.nextText(), "xxx");
    for (let at = 0; at < 80; at++) bob.send(new Uint8Array([at]));
    const refused = muster.ServerMessage.decode(await bob.nextBinary());
    assert.equal(refused.error?.code, "rate_limited");
  });
});
