/**
 * Socket.IO's text packets of events and acknowledgements without attachments, which is nearly all there is, read and written with
 * less work than by socket.io-parser (its ES module is the one that formats debug lines). Whatever is not plainly such a packet is left
 * to the library: both give the same.
 */
import { Encoder, PacketType } from "socket.io-parser";

export interface EventPacket {
  readonly type: PacketType.EVENT;
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
/** More digits may not be a safe number any more. */
const MAX_ID_DIGITS = 15;

/** @param text begins with the type EVENT @returns undefined where the library is to decide, and say what is wrong */
export function readPlainEvent(text: string): EventPacket | undefined {
  let at = 1;
  let nsp = "/";
  if (text.charCodeAt(1) === SLASH) {
    at = text.indexOf(",");
    if (at < 0) return undefined;
    nsp = text.slice(1, at++);
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
  if (!Array.isArray(data) || typeof data[0] !== "string" || RESERVED.has(data[0])) return undefined;
  return at === digitsAt ? { type: PacketType.EVENT, nsp, data } : { type: PacketType.EVENT, nsp, id, data };
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

export class LeanEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    const { type, data, nsp, id } = packet;
    if ((type !== PacketType.EVENT && type !== PacketType.ACK) || !Array.isArray(data) || mayHoldBinary(data))
      return super.encode(packet);
    return [`${type}${nsp && nsp !== "/" ? `${nsp},` : ""}${id ?? ""}${JSON.stringify(data)}`];
  }
}
