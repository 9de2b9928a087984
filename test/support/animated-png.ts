/** Several PNGs of one size as one that moves (APNG): browsers show it like any other picture. */
import { crc32 } from "node:zlib";

const SIGNATURE = 8;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield {
      type: png.toString("latin1", at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    };
    at += length + 12;
  }
}

function chunk(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), ...parts]);
  return Buffer.concat([uint32(body.length - 4), body, uint32(crc32(body))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** @param pictures PNGs of the same size and colour type @param eachMs how long each is shown */
export function animatedPng(pictures: readonly Buffer[], eachMs: number): Buffer {
  const [first] = pictures;
  if (first === undefined) throw new Error("there is no picture");
  const written: Buffer[] = [first.subarray(0, SIGNATURE)];
  let sequence = 0;
  for (const [at, picture] of pictures.entries()) {
    const chunks = [...chunksOf(picture)];
    const header = chunks.find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(0);
    const size = header.subarray(0, 8);
    if (at === 0) written.push(chunk("IHDR", header), chunk("acTL", uint32(pictures.length), uint32(0)));
    const delay = Buffer.from([eachMs >> 8, eachMs & 255, 1_000 >> 8, 1_000 & 255, 0, 0]);
    written.push(chunk("fcTL", uint32(sequence++), size, uint32(0), uint32(0), delay));
    for (const { type, data } of chunks) {
      if (type !== "IDAT") continue;
      written.push(at === 0 ? chunk("IDAT", data) : chunk("fdAT", uint32(sequence++), data));
    }
  }
  return Buffer.concat([...written, chunk("IEND")]);
}
