/** Frames as VXLAN carries them in a datagram: eight bytes of its own, then Ethernet. */

/** Where the frame begins. */
export const FRAME_AT = 8;
const IP_AT = FRAME_AT + 14;
const TCP = 6;
const TCP_CHECKSUM_AT = 16;

export const isIPv4 = (message: Buffer): boolean => message.readUInt16BE(FRAME_AT + 12) === 0x0800;

/**
 * The same with the checksum of its TCP segment. Hosts leave it to a network card that is none here, and drop what arrives without.
 * @param message is changed
 */
export function withChecksum(message: Buffer): Buffer {
  if (!isIPv4(message) || message.length < IP_AT + 20 || message[IP_AT + 9] !== TCP) return message;
  const at = IP_AT + ((message[IP_AT] ?? 0) & 15) * 4;
  const end = IP_AT + message.readUInt16BE(IP_AT + 2);
  if (end > message.length || at + TCP_CHECKSUM_AT + 2 > end) return message;
  message.writeUInt16BE(0, at + TCP_CHECKSUM_AT);
  // RFC 9293, 3.1: with both addresses, the protocol and the length before it.
  let sum = TCP + (end - at) + wordsOf(message, IP_AT + 12, IP_AT + 20) + wordsOf(message, at, end);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  message.writeUInt16BE(~sum & 0xffff, at + TCP_CHECKSUM_AT);
  return message;
}

function wordsOf(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at + 1 < to; at += 2) sum += bytes.readUInt16BE(at);
  return (to - from) % 2 === 0 ? sum : sum + (bytes[to - 1] ?? 0) * 256;
}
