/** Which server of a Redis Cluster has a key (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/). */
import type { HostPort } from "./address.ts";

export const SLOTS = 16_384;

/** CRC-16/XMODEM, as the specification's appendix A has it. */
const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** What stands between the first `{` and the next `}`, where that is something, decides; else the whole key. */
export function slotOf(key: string): number {
  const open = key.indexOf("{");
  const close = open === -1 ? -1 : key.indexOf("}", open + 1);
  let crc = 0;
  for (const byte of Buffer.from(close > open + 1 ? key.slice(open + 1, close) : key))
    crc = ((crc << 8) ^ (CRC[((crc >>> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  return crc % SLOTS;
}

export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly primary: HostPort;
}

/**
 * Reads the reply to CLUSTER SLOTS: ranges with the primary first.
 * @param asked the server that was asked: a node that does not know its own name says nothing, and means the one it was reached by
 */
export function readSlots(reply: unknown, asked: HostPort): SlotRange[] {
  if (!Array.isArray(reply)) throw new Error("no list of slots");
  return reply.map((range: unknown) => {
    const [from, to, primary] = Array.isArray(range) ? range : [];
    const [host, port] = Array.isArray(primary) ? primary : [];
    if (!Number.isInteger(from) || !Number.isInteger(to) || !Number.isInteger(port))
      throw new Error("a range of slots that is none");
    const named = host === null || host === "" || host === "?" ? asked.host : String(host);
    return { from: Number(from), to: Number(to), primary: { host: named, port: Number(port) } };
  });
}

/** Where MOVED or ASK points to; an empty host is the one that said it. */
export function readRedirect(message: string, asked: string): string {
  const target = message.slice(message.lastIndexOf(" ") + 1);
  return target.startsWith(":") ? `${asked.slice(0, asked.lastIndexOf(":"))}${target}` : target;
}
