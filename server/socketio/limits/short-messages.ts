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

/** @returns where the payload ends, unmasked where it stands; 0 where it is not such a message, and nothing was changed */
function unmask(chunk: Buffer, start: number, length: number): number {
  const end = start + length;
  if (end > chunk.length) return 0;
  let all = 0;
  const mask = start - MASK_BYTES;
  for (let at = start; at < end; at++) all |= (chunk[at] ?? 0) ^ (chunk[mask + ((at - start) & 3)] ?? 0);
  // What is not ASCII is checked by the library.
  if (all >= 0x80) return 0;
  for (let at = start; at < end; at++) chunk[at] = (chunk[at] ?? 0) ^ (chunk[mask + ((at - start) & 3)] ?? 0);
  return end;
}

/**
 * @param maxPayload in bytes; 0: no limit
 * @returns whether the connection is as it was known; else nothing is changed
 */
export function readShortMessages(ws: WebSocket, maxPayload: number): boolean {
  const receiver = "_receiver" in ws ? ws._receiver : undefined;
  if (typeof receiver !== "object" || receiver === null || !isKnown(receiver)) return false;
  const most = maxPayload > 0 ? Math.min(maxPayload, MAX_BYTES) : MAX_BYTES;
  const { write } = receiver;
  receiver.write = (chunk) => {
    let at = 0;
    while (chunk.length - at > 2 + MASK_BYTES && chunk[at] === WHOLE_TEXT && isBetween(receiver, ws)) {
      // Negative without a mask.
      const short = (chunk[at + 1] ?? 0) - MASKED;
      const isLong = short === LENGTH_16;
      const length = isLong ? ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0) : short;
      if (short < 0 || short > LENGTH_16 || length > most || (isLong && length < LENGTH_16)) break;
      const start = at + (isLong ? 4 : 2) + MASK_BYTES;
      const end = unmask(chunk, start, length);
      if (end === 0) break;
      ws.emit("message", chunk.subarray(start, end), false);
      at = end;
      if (at === chunk.length) return true;
    }
    return write.call(receiver, at === 0 ? chunk : chunk.subarray(at));
  };
  return true;
}
