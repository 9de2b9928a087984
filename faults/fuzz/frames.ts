/** Frames of the fuzzer: built from what clients may send, then broken in one place or many. The same seed gives the same frames. */
import { NAMESPACES } from "../../core/contract/contract.ts";
import { muster } from "../../proto/generated/muster.js";
import { contracts } from "../../server/contracts.ts";
import type { Draws } from "../random.ts";

export const PROTOCOLS = ["engine", "polling", "plain", "bits", "protobuf", "http"] as const;
/** `bits` are bytes of WebSocket frames, `engine` and `plain` messages in them, `http` and `polling` whole requests and bodies. */
export type Protocol = (typeof PROTOCOLS)[number];

const COMMANDS = contracts.flatMap(({ namespace, commands }) =>
  Object.entries(commands).map(([name, { input }]) => ({ namespace, name, input: input as Shape })),
);
/** What the fuzzer reads of a schema. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

const ODD: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 53, 1e300, -0, "", " ", "\u0000", "\ud800", "x".repeat(3_000)],
  ...[
    [],
    {},
    [[[]]],
    { __proto__: null },
    { constructor: { prototype: {} } },
    { _placeholder: true, num: 0 },
  ],
  ...["__proto__", "constructor", "global", "user:ann", "#id", "../..", "%00", "arena"],
];
const WORDS = ["ann", "bob", "global", "guild", "room-1", "arena", "dash-dice", "classic", "hello", "attack"];

function valueFor(shape: Shape, draws: Draws, depth = 0): unknown {
  if (draws.below(12) === 0) return draws.pick(ODD);
  if (shape.const !== undefined) return shape.const;
  if (shape.anyOf) return valueFor(draws.pick(shape.anyOf), draws, depth + 1);
  if (shape.type === "object") {
    const entries = Object.entries(shape.properties ?? {}).filter(() => draws.below(8) > 0);
    const made = entries.map(([key, value]): [string, unknown] => [key, valueFor(value, draws, depth + 1)]);
    if (draws.below(8) === 0)
      made.push([draws.pick(["__proto__", "type", "id", "user_id", "x"]), draws.pick(ODD)]);
    return Object.fromEntries(made);
  }
  if (shape.type === "array")
    return Array.from({ length: draws.below(4) }, () => valueFor(shape.items ?? {}, draws, depth + 1));
  if (shape.type === "number" || shape.type === "integer") return draws.below(1_000) - 100;
  if (shape.type === "boolean") return draws.below(2) === 0;
  return draws.pick(WORDS);
}

const command = (draws: Draws) => {
  const { namespace, name, input } = draws.pick(COMMANDS);
  const event = draws.below(20) === 0 ? draws.pick(ODD) : name;
  return { namespace, event, payload: valueFor(input, draws) };
};

/** Breaks bytes: flips, cuts, doubles, inserts, and repeats brackets. */
function broken(bytes: Buffer, draws: Draws): Buffer {
  let made = Buffer.from(bytes);
  for (let left = 1 + draws.below(4); left > 0 && made.length > 0; left--) {
    const at = draws.below(made.length);
    switch (draws.below(6)) {
      case 0:
        made[at] = (made[at] ?? 0) ^ (1 << draws.below(8));
        break;
      case 1:
        made = made.subarray(0, at);
        break;
      case 2:
        made = Buffer.concat([made.subarray(0, at), Buffer.from([draws.below(256)]), made.subarray(at)]);
        break;
      case 3:
        made = Buffer.concat([made, made.subarray(at)]);
        break;
      case 4:
        made = Buffer.concat([
          made.subarray(0, at),
          Buffer.from(draws.pick('[{"\\,:-0e}]'.split("")).repeat(1 + draws.below(60))),
          made.subarray(at),
        ]);
        break;
      default:
        made[at] = draws.below(256);
    }
  }
  return made;
}

/** Most are whole, so that what lies behind the parsers is reached too. */
const often = (bytes: Buffer, draws: Draws) => (draws.below(3) === 0 ? broken(bytes, draws) : bytes);

const token = "%TOKEN%";

/** A packet of Socket.IO's, as Engine.IO carries it. */
function engine(draws: Draws): Buffer {
  const { namespace, event, payload } = command(draws);
  const nsp =
    draws.below(15) === 0
      ? draws.pick(["/nothing,", "/,", "//", "/chat", ",", "/../,"])
      : namespace === "/"
        ? ""
        : `${namespace},`;
  const id =
    draws.below(2) === 0 ? String(draws.below(1_000)) : draws.pick(["", "99999999999999999999", "-1", "1e5"]);
  const args = JSON.stringify(
    draws.below(20) === 0
      ? draws.pick(ODD)
      : [event, payload, ...(draws.below(10) === 0 ? [draws.pick(ODD)] : [])],
  );
  const kind = draws.below(24);
  if (kind < 12) return Buffer.from(`42${nsp}${id}${args}`);
  if (kind < 14)
    return Buffer.from(`40${nsp}${JSON.stringify(draws.below(3) ? { token } : draws.pick(ODD))}`);
  if (kind < 16) return Buffer.from(`41${nsp}`);
  if (kind < 18) return Buffer.from(`43${nsp}${id}${args}`);
  if (kind < 19) return Buffer.from(`44${nsp}${args}`);
  if (kind < 22)
    return Buffer.from(
      `4${draws.pick(["5", "6"])}${draws.below(4)}-${nsp}${id}${JSON.stringify([event, { _placeholder: true, num: draws.below(3) }])}`,
    );
  if (kind < 23) return Buffer.from(draws.pick(["2", "3", "2probe", "5", "6", "0", "1", "4", "47", "b", ""]));
  return Buffer.from(args);
}

function plain(draws: Draws): Buffer {
  const { namespace, event, payload } = command(draws);
  const id = draws.below(2) === 0 ? draws.below(1_000) : draws.pick(ODD);
  if (draws.below(20) === 0) return Buffer.from(JSON.stringify(draws.pick(ODD)));
  const fields = typeof payload === "object" && payload !== null ? payload : {};
  const frame =
    namespace === "/matchmaking" ? { type: event, id, data: payload } : { type: event, id, ...fields };
  return Buffer.from(JSON.stringify(frame));
}

/** A frame of RFC 6455 with any opcode, length and mask. */
function bits(draws: Draws): Buffer {
  const body = often(draws.below(2) ? plain(draws) : engine(draws), draws);
  const strange = draws.below(3) === 0;
  const fin = draws.below(6) === 0 ? 0 : 0x80;
  const reserved = strange && draws.below(4) === 0 ? draws.below(8) << 4 : 0;
  const opcode = strange ? draws.below(16) : draws.pick([1, 1, 1, 2, 0, 9, 10]);
  const masked = strange && draws.below(4) === 0 ? 0 : 0x80;
  const said =
    strange && draws.below(4) === 0 ? draws.pick([0, 1, 125, 126, 65_535, 65_536, 2 ** 31]) : body.length;
  const length =
    said < 126
      ? Buffer.from([masked | said])
      : said < 65_536
        ? Buffer.from([masked | 126, said >> 8, said & 255])
        : Buffer.concat([
            Buffer.from([masked | 127, 0, 0, 0, 0]),
            Buffer.from(Uint32Array.of(said).buffer).reverse(),
          ]);
  const mask = Buffer.from(Array.from({ length: 4 }, () => draws.below(256)));
  const hidden = body.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  const head = Buffer.concat([Buffer.from([fin | reserved | opcode]), length]);
  return masked ? Buffer.concat([head, mask, hidden]) : Buffer.concat([head, body]);
}

function protobuf(draws: Draws): Buffer {
  const number = () =>
    draws.pick([0, 1, -1, 90, 1e300, Number.NaN, Number.POSITIVE_INFINITY, draws.below(100)]);
  const position = { x: number(), y: number(), z: number() };
  const text = () => draws.pick([...WORDS, "", "x".repeat(2_000), "{}", "[[[["]);
  const kinds: readonly muster.ClientMessage.$Properties[] = [
    { client_hello: { display_name: text(), client_version: text() } },
    { position_update: { entity_id: text(), position, seq: draws.below(1_000) } },
    { chat_message: { text: text() } },
    { entity_spawn: { entity_id: text(), kind: text(), position, data: text() } },
    { presence_event: { status: text(), text: text() } },
    {},
  ];
  return Buffer.from(muster.ClientMessage.encode({ timestamp: number(), ...draws.pick(kinds) }).finish());
}

const PATHS = [
  ...[
    "/health",
    "/ready",
    "/metrics",
    "/api/websocket",
    "/api/tokens/revoke",
    "/api/openapi.json",
    "/dev/token",
    "/admin",
    "/",
  ],
  ...[
    "/ws/stats",
    "/ws/room-1/stats",
    "/ws",
    "/socket.io/?EIO=4&transport=polling",
    "/api/v1/websocket/health",
    "/nothing",
    "/%00",
    "/..%2f..",
    "//",
  ],
];

function http(draws: Draws): Buffer {
  const method = draws.pick([
    "GET",
    "GET",
    "POST",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "HEAD",
    "TRACE",
    "CONNECT",
    "X",
  ]);
  const body = JSON.stringify({
    ...{
      user_id: draws.pick(ODD),
      message_type: draws.pick([...WORDS, "ack", "disconnect"]),
      data: draws.pick(ODD),
    },
    ...(draws.below(3) === 0
      ? { room: draws.pick(ODD), namespace: draws.pick([...NAMESPACES, ...ODD]) }
      : {}),
  });
  const headers = [
    "Host: localhost",
    `Authorization: ${draws.pick([`Bearer ${token}`, "Bearer", "Basic x", "Bearer a.b.c"])}`,
    `Content-Type: ${draws.pick(["application/json", "application/json; charset=utf-7", "text/plain", "multipart/form-data", ""])}`,
    draws.pick([
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Transfer-Encoding: chunked",
      "Content-Length: 1",
      "Content-Length: -1",
    ]),
    draws.pick([
      "X-A: b",
      "Content-Encoding: gzip",
      "Upgrade: websocket\r\nConnection: Upgrade",
      "Origin: null",
      "Expect: 100-continue",
      "Cookie: =;=",
    ]),
  ];
  return Buffer.from(
    `${method} ${draws.pick(PATHS)} HTTP/1.${draws.below(10) === 0 ? 0 : 1}\r\n${headers.join("\r\n")}\r\n\r\n${body}`,
  );
}

export function frameOf(protocol: Protocol, draws: Draws): Buffer {
  if (protocol === "bits") return bits(draws);
  if (protocol === "plain") return often(plain(draws), draws);
  if (protocol === "protobuf") return often(protobuf(draws), draws);
  if (protocol === "http") return often(http(draws), draws);
  if (protocol === "engine") return often(engine(draws), draws);
  const packets = Array.from({ length: 1 + draws.below(6) }, () => engine(draws).toString());
  return often(Buffer.from(packets.join("\x1e")), draws);
}
