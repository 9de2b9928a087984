/**
 * Binary values of payloads. JSON has none: what a store keeps of them, and what another worker is told, gives the same bytes back.
 */
import { randomName } from "./ids.ts";

/** Characters that no text of a client can begin an encoded value with: JSON begins otherwise. */
const MARKED = "\u0002";
/** What `JSON.stringify` makes of Node's own buffers. */
const NODES_OWN = '{"type":"Buffer","data":[';

/** Whether a value is encoded now, and the name under which its bytes stand, as soon as there are some. */
let isMarking = false;
let marked: string | undefined;

/** For clients that have JSON only `{base64}`; a store writes them under a name that only it knows. */
function written(this: Buffer): object {
  const base64 = this.toString("base64");
  if (!isMarking) return { base64 };
  marked ??= randomName(9);
  return { [marked]: base64 };
}

const isBytes = (value: unknown): value is Buffer =>
  value instanceof Uint8Array && "toJSON" in value && value.toJSON === written;

/** Whether JSON that is to be sent as it is may have lost bytes: they stand in it as `{base64}`. An object of a client's own may look like it. */
export const mayHoldBytes = (json: string): boolean => json.includes('{"base64":"');

/** A buffer on the same memory that comes back as it is from wherever it is kept or sent. */
export function asBytes(bytes: Uint8Array): Buffer {
  if (isBytes(bytes)) return bytes;
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.defineProperty(own, "toJSON", { value: written });
}

/**
 * A value as text. Where it holds bytes they are under a name that is made for this text and stands before it, so that nothing that
 * anybody can send reads as bytes.
 * @returns undefined where there is no JSON of the value
 * @throws TypeError as `JSON.stringify`
 */
export function encodeValue(value: unknown): string | undefined {
  const [wasMarking, outer] = [isMarking, marked];
  isMarking = true;
  marked = undefined;
  try {
    let json = JSON.stringify(value) as string | undefined;
    // What rules of a game made, say. Others' objects can read like that; they stay what they are.
    if (json?.includes(NODES_OWN)) json = JSON.stringify(value, ownBuffers);
    return marked === undefined ? json : `${MARKED}${marked}\n${json}`;
  } finally {
    isMarking = wasMarking;
    marked = outer;
  }
}

function ownBuffers(this: unknown, key: string, value: unknown): unknown {
  const held = (this as Readonly<Record<string, unknown>>)[key];
  return held instanceof Uint8Array && !isBytes(held) ? asBytes(held).toJSON() : value;
}

/** What `encodeValue` has made the text of. */
export function decodeValue(text: string): unknown {
  if (!text.startsWith(MARKED)) return JSON.parse(text);
  const end = text.indexOf("\n");
  const holder = { value: JSON.parse(text.slice(end + 1)) as unknown };
  revive(holder, text.slice(MARKED.length, end));
  return holder.value;
}

const FIELD = { configurable: true, enumerable: true, writable: true };

function revive(holder: object, name: string): void {
  const fields = holder as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== "object" || value === null) continue;
    const base64 = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof base64 !== "string") revive(value, name);
    // Defined, not set: a field can be named `__proto__`.
    else Object.defineProperty(holder, key, { ...FIELD, value: asBytes(Buffer.from(base64, "base64")) });
  }
}

/** Whether there are binary values in it. */
export function holdsBytes(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Uint8Array || Object.values(value).some(holdsBytes);
}

/** A copy of plain data, bytes and all. */
export function copyOf<T>(value: T): T {
  return decodeValue(encodeValue(value) ?? "null") as T;
}

/**
 * The text of what another server answers, as it comes in parts: no more of it is read than may be.
 * @throws RangeError where it is longer
 */
export async function textWithin(parts: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of parts ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw new RangeError(`an answer of more than ${maxBytes} bytes`);
    read.push(part);
  }
  return Buffer.concat(read).toString("utf8");
}
