/** WebSocket frames as a server sends them (RFC 6455 §5.2: final, not masked), with what Engine.IO puts before a message. */

const TEXT = 0x81;
const BINARY = 0x82;
/** Engine.IO's packet type 'message'. */
const MESSAGE = 0x34;

const headerBytes = (payload: number) => (payload < 126 ? 2 : payload < 65_536 ? 4 : 10);

/** Bytes of the payload of a message. */
export const payloadBytes = (data: string | Uint8Array): number =>
  typeof data === "string" ? Buffer.byteLength(data) + 1 : data.length;

export const frameBytes = (payload: number): number => headerBytes(payload) + payload;

/** Writes the frame of a message at `at`. @param payload as `payloadBytes` says @returns where the frame ends */
export function writeFrame(target: Buffer, at: number, data: string | Uint8Array, payload: number): number {
  target[at] = typeof data === "string" ? TEXT : BINARY;
  let start = at + 2;
  if (payload < 126) target[at + 1] = payload;
  else if (payload < 65_536) {
    target[at + 1] = 126;
    start = target.writeUInt16BE(payload, start);
  } else {
    target[at + 1] = 127;
    start = target.writeBigUInt64BE(BigInt(payload), start);
  }
  if (typeof data === "string") {
    target[start] = MESSAGE;
    target.write(data, start + 1);
  } else target.set(data, start);
  return start + payload;
}

function frameOf(data: string | Uint8Array): Buffer {
  const payload = payloadBytes(data);
  const frame = Buffer.allocUnsafe(frameBytes(payload));
  writeFrame(frame, 0, data, payload);
  return frame;
}

/** The frames of the packets that an event was encoded to, in one piece. */
export function framesOf(packets: readonly (string | Uint8Array)[]): Buffer {
  const [only] = packets;
  if (packets.length === 1 && only !== undefined) return frameOf(only);
  const sizes = packets.map(payloadBytes);
  const frames = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + frameBytes(size), 0));
  let at = 0;
  packets.forEach((data, index) => {
    at = writeFrame(frames, at, data, sizes[index] ?? 0);
  });
  return frames;
}
