/**
 * The same bytes, however they are cut, must come to the same by the library's own way, with short messages read past its stream, and with
 * bytes read in place: messages, pings, pongs, the fault or the close code. FUZZ_RUNS sets how many conversations are tried.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { seeded } from "../../faults/random.ts";
import { guardedWebSocketEngine } from "../../server/socketio/limits/guarded-websocket.ts";

const MAX_PAYLOAD = 3_000;
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
const KEY = "AAAAAAAAAAAAAAAAAAAAAA==";
/** For what a client sends after a fault, which may come or not. */
const LIMITS = { noServer: true, maxPayload: MAX_PAYLOAD } as const;

type Draws = ReturnType<typeof seeded>;

function payloadOf(draws: Draws): Buffer {
  const length = draws.pick([
    0, 1, 1, 1, 2, 7, 124, 125, 126, 127, 300, 1_023, 1_024, 1_025, 2_999, 3_000, 3_001,
  ]);
  const kind = draws.below(8);
  if (kind === 0) return Buffer.from(Array.from({ length }, () => draws.below(256)));
  if (kind === 1) return Buffer.from("é€😀".repeat(length).slice(0, length >> 2));
  return Buffer.from('42["ping"]'.repeat(length).slice(0, length));
}

/** Mostly good frames; now and then one that breaks a rule of RFC 6455. */
function framesOf(draws: Draws): Buffer[] {
  const isOdd = draws.below(25) === 0;
  const opcode = isOdd ? draws.below(16) : draws.pick([1, 1, 1, 1, 1, 1, 2, 9, 10]);
  const whole = payloadOf(draws);
  const payload = opcode > 7 && !isOdd ? whole.subarray(0, 125) : whole;
  const parts = opcode < 3 && draws.below(5) === 0 ? 1 + draws.below(3) : 0;
  const one = (part: Buffer, code: number, fin: boolean) => {
    const mask = draws.pick([
      [0, 0, 0, 0],
      [1, 2, 3, 4],
      [255, 255, 255, 255],
      [0x81, 0x81, 0x81, 0x81],
    ]);
    // A length in more bytes than it needs is a fault of style, not of the rules that the library keeps.
    const isLong = part.length > 125 || draws.below(20) === 0;
    const bits = part.length > 65_535 || draws.below(60) === 0 ? 64 : 16;
    const size = isLong ? Buffer.alloc(bits / 8) : Buffer.alloc(0);
    if (isLong && bits === 16) size.writeUInt16BE(part.length);
    else if (isLong) size.writeBigUInt64BE(BigInt(part.length));
    const masked = isOdd && draws.below(4) === 0 ? 0 : 0x80;
    const reserved = isOdd && draws.below(4) === 0 ? 0x40 : 0;
    const head = [
      (fin ? 0x80 : 0) | reserved | code,
      masked | (isLong ? (bits === 16 ? 126 : 127) : part.length),
    ];
    const body = masked ? part.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : part;
    return Buffer.concat([Buffer.from(head), size, Buffer.from(masked ? mask : []), body]);
  };
  if (parts === 0) return [one(payload, opcode, true)];
  const step = Math.ceil(payload.length / (parts + 1)) || 1;
  const pieces: Buffer[] = [];
  for (let at = 0; at <= parts; at++) {
    pieces.push(one(payload.subarray(at * step, (at + 1) * step), at === 0 ? opcode : 0, at === parts));
    // Control frames may come between.
    if (at < parts && draws.below(3) === 0) pieces.push(one(Buffer.from("p"), 9, true));
    // A message may not.
    if (at < parts && draws.below(12) === 0) pieces.push(one(Buffer.from("never"), 1, true));
  }
  return pieces;
}

function conversation(draws: Draws): Buffer[] {
  const frames = Array.from({ length: 1 + draws.below(30) }, () => framesOf(draws)).flat();
  if (draws.below(4) === 0)
    frames.push(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]), ...framesOf(draws));
  // A flipped bit, or an end in the middle.
  const hit = draws.pick(frames);
  if (draws.below(6) === 0) {
    const at = draws.below(hit.length);
    hit[at] = (hit[at] ?? 0) ^ (1 << draws.below(8));
  }
  if (draws.below(8) > 0) return frames;
  const last = frames.indexOf(hit);
  return [...frames.slice(0, last), hit.subarray(0, draws.below(hit.length + 1))];
}

/** Pieces of the network: one, each frame, a few, or single bytes. */
function piecesOf(frames: readonly Buffer[], draws: Draws): Buffer[] {
  if (draws.below(4) === 0) return [...frames];
  const bytes = Buffer.concat(frames);
  const most = draws.pick([bytes.length, 2_000, 300, 40, 12, 7, bytes.length < 400 ? 1 : 50]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + draws.below(Math.max(1, most));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

describe(`short messages beside the library's way (FUZZ_SEED=${SEED})`, () => {
  const ways = {
    "/library": new WebSocketServer({ ...LIMITS, autoPong: false }),
    "/short": new (guardedWebSocketEngine(30_000))(LIMITS),
    "/in-place": new (guardedWebSocketEngine(30_000, true))(LIMITS),
  };
  const paths = Object.keys(ways) as (keyof typeof ways)[];
  const accepted = new Map<string, (ws: WebSocket) => void>();
  const http = createServer();
  before(async () => {
    http.on("upgrade", (req, socket, head) => {
      const [path = "", id = ""] = (req.url ?? "").split("?");
      ways[path as keyof typeof ways].handleUpgrade(req, socket, head, (ws: WebSocket) =>
        accepted.get(id)?.(ws),
      );
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
  });
  after(() => void http.close());

  let conversations = 0;
  async function outcome(path: string, pieces: readonly Buffer[], withUpgrade: boolean): Promise<string[]> {
    const id = String(conversations++);
    const client = connect({ port: (http.address() as AddressInfo).port, host: "127.0.0.1" });
    client.on("error", () => undefined).resume();
    client.setNoDelay(true);
    const told: string[] = [];
    const ended = new Promise<void>((resolve) =>
      accepted.set(id, (ws) => {
        accepted.delete(id);
        const tell = (what: string) => (data: Buffer) => told.push(`${what} ${data.toString("latin1")}`);
        ws.on("message", (data: Buffer, isBinary) => tell(isBinary ? "binary" : "text")(data));
        ws.on("ping", tell("ping")).on("pong", tell("pong"));
        ws.once("error", (err: NodeJS.ErrnoException) => {
          told.push(`fault ${err.code}`);
          ws.terminate();
        });
        ws.once("close", (code) => {
          told.push(`closed ${code}`);
          resolve();
        });
      }),
    );
    const upgrade = `GET ${path}?${id} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;
    const [first = Buffer.alloc(0), ...rest] = pieces;
    if (withUpgrade) client.write(Buffer.concat([Buffer.from(upgrade), first]));
    else {
      client.write(upgrade);
      await new Promise((resolve) => setImmediate(resolve));
      client.write(first);
    }
    for (const piece of rest) {
      client.write(piece);
      if (piece.length < 300) await new Promise((resolve) => setImmediate(resolve));
    }
    client.end();
    await ended;
    client.destroy();
    return told;
  }

  it("comes to the same, however the bytes are cut", async () => {
    for (let run = 0; run < RUNS; run++) {
      const draws = seeded(SEED).fork(String(run));
      const frames = conversation(draws);
      const outcomes = await Promise.all(
        paths.map((path) => outcome(path, piecesOf(frames, draws.fork(path)), draws.below(4) === 0)),
      );
      for (const [at, one] of outcomes.entries())
        assert.deepEqual(one, outcomes[0], `${paths[at]}, run ${run} of FUZZ_SEED=${SEED}`);
    }
  });
});
