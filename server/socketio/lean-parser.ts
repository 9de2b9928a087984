/**
 * Socket.IO's packets of events and acknowledgements, read and written with less work than by socket.io-parser (its ES module is the
 * one that formats debug lines). Both give the same.
 */
import { Encoder, PacketType } from "socket.io-parser";
import type { WireError } from "../../core/contract/errors.ts";
import { isWellFormedJson } from "../../core/text.ts";
import { EncodedPayload } from "./encoded-event.ts";

export interface TextPacket {
  readonly type: PacketType.EVENT | PacketType.ACK;
  readonly nsp: string;
  readonly id?: number;
  readonly data: unknown[];
}

/** What clients may not name an event, because Socket.IO emits it itself. */
const RESERVED: ReadonlySet<unknown> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);
const SLASH = 47;
const ZERO = 48;
const NINE = 57;
const BRACKET = 91;
const COMMA = 44;
/** More digits may not be a safe number any more. */
const MAX_ID_DIGITS = 15;

/** Whether a client may give an event this name. */
export const isEventName = (name: unknown): name is string => typeof name === "string" && !RESERVED.has(name);

/** Most packets are of the namespace of the one before: a text that is cut out anew has no hash, and maps need one. */
let lastNsp = "/";
/** Longer ones are no server's. */
const MAX_KEPT = 64;

const isNext = (text: string, from: number, nsp: string): boolean =>
  text.charCodeAt(from + nsp.length) === COMMA && text.startsWith(nsp, from);

/**
 * Reads namespace, id and arguments.
 * @param from where the namespace begins: behind the type, and behind the number of attachments where there is one
 * @returns undefined where the text is not such a packet
 */
export function readPacket(text: string, type: TextPacket["type"], from = 1): TextPacket | undefined {
  let at = from;
  let nsp = "/";
  if (text.charCodeAt(at) === SLASH) {
    const isKnown = isNext(text, from, lastNsp);
    const end = isKnown ? from + lastNsp.length : text.indexOf(",", from);
    if (end < 0) return undefined;
    nsp = isKnown ? lastNsp : text.slice(from, end);
    if (nsp.length <= MAX_KEPT) lastNsp = nsp;
    at = end + 1;
  }
  const digitsAt = at;
  let id = 0;
  for (let digit = text.charCodeAt(at); digit >= ZERO && digit <= NINE; digit = text.charCodeAt(++at))
    id = id * 10 + digit - ZERO;
  if (text.charCodeAt(at) !== BRACKET || at - digitsAt > MAX_ID_DIGITS) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text.slice(at));
  } catch {
    return undefined;
  }
  if (!Array.isArray(data)) return undefined;
  return at === digitsAt ? { type, nsp, data } : { type, nsp, id, data };
}

export interface ConnectPacket {
  readonly type: PacketType.CONNECT;
  readonly nsp: string;
  /** What the client says of itself; absent where it says nothing. */
  readonly data?: object;
}

/** @returns why not, where the text is not the packet that a client connects to a namespace with */
export function readConnect(text: string): ConnectPacket | "invalid_json" | "invalid_payload" {
  const type = PacketType.CONNECT;
  const named = text.charCodeAt(1) === SLASH;
  const comma = named ? text.indexOf(",") : -1;
  const nsp = named ? text.slice(1, comma < 0 ? text.length : comma) : "/";
  const json = named ? (comma < 0 ? "" : text.slice(comma + 1)) : text.slice(1);
  if (json === "") return { type, nsp };
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return "invalid_json";
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return "invalid_payload";
  return isWellFormedJson(json, data) ? { type, nsp, data } : "invalid_payload";
}

/** False: nothing but plain objects, arrays and primitive values, so that JSON is all there is to it. */
function mayHoldBinary(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (mayHoldBinary(item)) return true;
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in value) return true;
  const record = value as Record<string, unknown>;
  for (const key in record) if (mayHoldBinary(record[key])) return true;
  return false;
}

type Packet = Parameters<Encoder["encode"]>[0];

/** What Socket.IO says of a namespace that is not there; it goes past every middleware. */
const NO_NAMESPACE = "Invalid namespace";
/** As every other refusal of a connection. */
const REFUSED = { code: "not_found", message: "there is no such namespace" } satisfies WireError;

const isNoNamespace = ({ type, data }: Packet): boolean =>
  type === PacketType.CONNECT_ERROR && data?.message === NO_NAMESPACE && data.data === undefined;

export class LeanEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    const { type, data, nsp, id } = packet;
    if (isNoNamespace(packet))
      return super.encode({ ...packet, data: { message: NO_NAMESPACE, data: REFUSED } });
    if (type === PacketType.EVENT && id === undefined && isEncoded(data))
      return [`${type}${prefixOf(nsp)}[${JSON.stringify(data[0])},${data[1].text}]`];
    if ((type !== PacketType.EVENT && type !== PacketType.ACK) || !Array.isArray(data) || mayHoldBinary(data))
      return super.encode(packet);
    return [`${type}${prefixOf(nsp)}${id ?? ""}${JSON.stringify(data)}`];
  }
}

const prefixOf = (nsp: string | undefined): string => (nsp && nsp !== "/" ? `${nsp},` : "");

const isEncoded = (data: unknown): data is [string, EncodedPayload] =>
  Array.isArray(data) && data.length === 2 && data[1] instanceof EncodedPayload;
