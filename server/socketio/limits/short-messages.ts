/**
 * Text messages that come whole, in one frame and one piece of the network, as nearly all of a game's do: read without the library's
 * stream, which makes six buffers of each. Everything else goes the library's way, from its first byte on. It reaches into `ws`:
 * test/server/short-messages.test.ts fails where an update changes that.
 */
import type { WebSocket } from "ws";

/** A final text frame without extensions (RFC 6455 §5.2). */
const WHOLE_TEXT = 0x81;
const MASKED = 0x80;
const LENGTH_16 = 126;
const CLOSE = 8;
/** Engine.IO's packet type 'message'. */
const MESSAGE = 0x34;
const MASK_BYTES = 4;
/** Longer ones are rare, and unmasked faster elsewhere. */
const MAX_BYTES = 1_024;

/** The library's reader of frames. Private in its types. */
interface Receiver {
  write(chunk: Buffer): boolean;
  readonly writableLength: number;
  readonly destroyed: boolean;
  readonly _allowSynchronousEvents: boolean;
  readonly _bufferedBytes: number;
  readonly _errored: boolean;
  /** The opcode of a message whose parts are arriving; 0: there is none. */
  readonly _fragmented: number;
  readonly _opcode: number;
  readonly _state: number;
}

const isKnown = (receiver: object): receiver is Receiver =>
  "_allowSynchronousEvents" in receiver &&
  receiver._allowSynchronousEvents === true &&
  "_bufferedBytes" in receiver &&
  "_errored" in receiver &&
  "_fragmented" in receiver &&
  "_opcode" in receiver &&
  "_state" in receiver &&
  "write" in receiver;

/** Between two messages of a connection that goes on. */
const isBetween = (receiver: Receiver, ws: WebSocket): boolean =>
  receiver._state === 0 &&
  receiver._bufferedBytes === 0 &&
  receiver._fragmented === 0 &&
  receiver._opcode !== CLOSE &&
  !receiver._errored &&
  !receiver.destroyed &&
  receiver.writableLength === 0 &&
  ws.readyState === ws.OPEN;

/** A message's payload while it is looked at; it is handed on as a text, or as a copy. */
const scratch = Buffer.allocUnsafeSlow(MAX_BYTES);

/**
 * Unmasks the payload into `scratch`.
 * @param end of the chunk
 * @returns false where it is not such a message
 */
function unmask(chunk: Uint8Array, start: number, length: number, end: number): boolean {
  if (start + length > end) return false;
  let all = 0;
  const mask = start - MASK_BYTES;
  for (let at = 0; at < length; at++) {
    const byte = (chunk[start + at] ?? 0) ^ (chunk[mask + (at & 3)] ?? 0);
    scratch[at] = byte;
    all |= byte;
  }
  // What is not ASCII is checked by the library.
  return all < 0x80;
}

/** Takes the text of a message of Engine.IO's. @returns false where it is to go through the emitters */
type TakeText = (text: string) => boolean;

/** Of connections whose short messages are read here. */
const readers = new WeakMap<object, { direct: TakeText | undefined }>();

export const hasShortMessages = (ws: object): boolean => readers.has(ws);

/** From now on `take` is asked first. */
export function takeDirectly(ws: object, take: TakeText): void {
  const reader = readers.get(ws);
  if (reader) reader.direct = take;
}

/** Takes the messages at the beginning of a chunk of so many bytes. @returns where the rest begins, which is the library's */
export type TakeShort = (chunk: Uint8Array, end: number) => number;

/**
 * @param maxPayload in bytes; 0: no limit
 * @returns what the library's reader begins with now; undefined where it is not as it was known, and nothing is changed
 */
export function readShortMessages(ws: WebSocket, maxPayload: number): TakeShort | undefined {
  const receiver = "_receiver" in ws ? ws._receiver : undefined;
  if (typeof receiver !== "object" || receiver === null || !isKnown(receiver)) return undefined;
  const most = maxPayload > 0 ? Math.min(maxPayload, MAX_BYTES) : MAX_BYTES;
  const { write } = receiver;
  const { emit } = ws;
  const reader: { direct: TakeText | undefined } = { direct: undefined };
  readers.set(ws, reader);
  /** Where `emit` was replaced, messages are held. */
  const isDirect = (length: number): boolean =>
    reader.direct !== undefined &&
    length > 0 &&
    scratch[0] === MESSAGE &&
    ws.emit === emit &&
    reader.direct(scratch.toString("latin1", 1, length));
  const take: TakeShort = (chunk, end) => {
    let at = 0;
    while (end - at > 2 + MASK_BYTES && chunk[at] === WHOLE_TEXT && isBetween(receiver, ws)) {
      // Negative without a mask.
      const short = (chunk[at + 1] ?? 0) - MASKED;
      const isLong = short === LENGTH_16;
      const length = isLong ? ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0) : short;
      if (short < 0 || short > LENGTH_16 || length > most || (isLong && length < LENGTH_16)) break;
      const start = at + (isLong ? 4 : 2) + MASK_BYTES;
      if (!unmask(chunk, start, length, end)) break;
      at = start + length;
      // The chunk may be overwritten by the next read.
      if (!isDirect(length)) ws.emit("message", Buffer.from(scratch.subarray(0, length)), false);
    }
    return at;
  };
  receiver.write = (chunk) => {
    const at = take(chunk, chunk.length);
    if (at === chunk.length && at > 0) return true;
    return write.call(receiver, at === 0 ? chunk : chunk.subarray(at));
  };
  return take;
}
