/** WebSocket frames as the server sends them: header and payload in one buffer, built once however many get them. */
import type { ErrorCode } from "../../core/contract/errors.ts";
import type { DialectMessage } from "./dialects/dialect.ts";

const TEXT = 0x81;
const BINARY = 0x82;

export class GatewayFrame {
  readonly message: DialectMessage;
  /** Of a frame that tells of an `error`: the code that a connection which ends after it is closed with. */
  readonly errorCode: ErrorCode | undefined;
  /** What Engine.IO's listeners (Admin UI, traffic) are told of each packet. */
  readonly packet: { readonly type: "message"; readonly data: DialectMessage };
  #bytes: Buffer | undefined;
  #alone: FrameBatch | undefined;

  constructor(message: DialectMessage, errorCode?: ErrorCode) {
    this.message = message;
    this.errorCode = errorCode;
    this.packet = { type: "message", data: message };
  }

  /** The frame on the wire: final, unmasked, not compressed. */
  get bytes(): Buffer {
    this.#bytes ??= encode(this.message);
    return this.#bytes;
  }

  /** A batch of this frame only; the same one for every connection. */
  get alone(): FrameBatch {
    this.#alone ??= new FrameBatch(undefined, this);
    return this.#alone;
  }
}

function encode(message: DialectMessage): Buffer {
  const length = typeof message === "string" ? Buffer.byteLength(message) : message.length;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = typeof message === "string" ? TEXT : BINARY;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof message === "string") frame.write(message, header);
  else message.copy(frame, header);
  return frame;
}

/**
 * Frames that leave together. Connections of one room are sent the same frames in one turn of the event loop, so they come to
 * share their batches: each step from batch to batch is remembered, and the joined bytes are made once.
 */
export class FrameBatch {
  readonly #before: FrameBatch | undefined;
  readonly #last: GatewayFrame;
  #next: FrameBatch | undefined;
  #joined: Buffer | undefined;

  constructor(before: FrameBatch | undefined, last: GatewayFrame) {
    this.#before = before;
    this.#last = last;
  }

  /** This batch and one frame more. */
  and(frame: GatewayFrame): FrameBatch {
    const next = this.#next;
    if (next && next.#last === frame) return next;
    this.#next = new FrameBatch(this, frame);
    return this.#next;
  }

  /** In order of sending. */
  frames(): GatewayFrame[] {
    const frames: GatewayFrame[] = [];
    for (let at: FrameBatch | undefined = this; at; at = at.#before) frames.push(at.#last);
    return frames.reverse();
  }

  get bytes(): Buffer {
    if (!this.#before) return this.#last.bytes;
    this.#joined ??= Buffer.concat(this.frames().map((frame) => frame.bytes));
    return this.#joined;
  }
}
