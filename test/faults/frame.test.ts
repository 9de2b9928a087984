import assert from "node:assert/strict";
import { isIPv4, withChecksum } from "../../faults/lab/frame.ts";

/** A SYN from 10.78.0.1 to 10.78.0.4, as `tcpdump -xx` shows it, behind the eight bytes of VXLAN. */
const SYN = (checksum: string) =>
  Buffer.from(
    `0800000000000100 020000000004 020000000001 0800
     45000034abcd40004006 0000 0a4e0001 0a4e0004
     9c4018eb 00000001 00000000 8002faf0 ${checksum} 0000
     0204058c 0101 0402 010303 07`.replace(/\s/g, ""),
    "hex",
  );

/** Of an IPv4 packet's TCP segment: with its checksum all words add up to 0xffff. */
function sumOf(message: Buffer): number {
  const segment = message.subarray(8 + 14 + 20);
  let sum = 6 + segment.length;
  for (const part of [message.subarray(8 + 14 + 12, 8 + 14 + 20), segment])
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe("frames of the lab's relay", () => {
  it("get the checksum of their TCP segment, whatever stood there; others stay as they are", () => {
    const sent = SYN("1234");
    assert.notEqual(sumOf(sent), 0xffff);
    assert.equal(sumOf(withChecksum(sent)), 0xffff);
    assert.deepEqual(withChecksum(SYN("0000")), sent);
    const arp = Buffer.from(SYN("1234"));
    arp.writeUInt16BE(0x0806, 8 + 12);
    assert.equal(isIPv4(arp), false);
    assert.deepEqual(withChecksum(Buffer.from(arp)), arp);
    // What was cut short.
    assert.deepEqual(withChecksum(Buffer.from(SYN("1234").subarray(0, 60))), SYN("1234").subarray(0, 60));
  });
});
