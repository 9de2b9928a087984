import assert from "node:assert/strict";
import fc from "fast-check";
import { Decoder, Encoder, PacketType } from "socket.io-parser";
import { EncodedPayload } from "../../server/socketio/encoded-event.ts";
import { isEventName, LeanEncoder, readConnect, readPacket } from "../../server/socketio/lean-parser.ts";

const nsp = fc.constantFrom("/", "/chat", "/a-b");
const id = fc.option(fc.nat(), { nil: undefined });
const json = fc.jsonValue();
const type = fc.constantFrom(PacketType.EVENT as const, PacketType.ACK as const);

/** What the library makes of it; undefined where it throws. */
function libraryReads(text: string): object | undefined {
  const decoder = new Decoder();
  let packet: object | undefined;
  decoder.on("decoded", (decoded) => {
    packet = decoded as object;
  });
  try {
    decoder.add(text);
  } catch {
    return undefined;
  }
  return packet;
}

describe("lean parser", () => {
  it("reads every event and acknowledgement as socket.io-parser does", () => {
    const name = fc.string().filter(isEventName);
    fc.assert(
      fc.property(type, nsp, id, name, fc.array(json, { maxLength: 3 }), (type, nsp, id, name, args) => {
        const [text] = new Encoder().encode({
          type,
          nsp,
          data: [name, ...args],
          ...(id === undefined ? {} : { id }),
        });
        assert.deepEqual(readPacket(String(text), type), libraryReads(String(text)));
      }),
    );
  });

  it("reads every CONNECT as socket.io-parser does, and refuses what is none", () => {
    const auth = fc.option(fc.dictionary(fc.string(), json), { nil: undefined });
    fc.assert(
      fc.property(nsp, auth, (nsp, data) => {
        const [text] = new Encoder().encode({ type: PacketType.CONNECT, nsp, ...(data && { data }) });
        assert.deepEqual(readConnect(String(text)), libraryReads(String(text)));
      }),
    );
    for (const text of ["0{", "0x"]) assert.equal(readConnect(text), "invalid_json", text);
    for (const text of ["0[]", "0/game,[1]", '0/game,"text"', "0/game,null", "0/game,7"])
      assert.equal(readConnect(text), "invalid_payload", text);
  });

  it("reads nothing that socket.io-parser refuses, and nothing otherwise than it", () => {
    const bits = fc.constantFrom(
      "/",
      "chat",
      ",",
      "1",
      "007",
      " ",
      "-",
      "[",
      "]",
      '"ev"',
      "{}",
      "é",
      ".",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 9 }), (parts) => {
        const text = `2${parts.join("")}`;
        const read = readPacket(text, PacketType.EVENT);
        if (read && isEventName(read.data[0])) assert.deepEqual(read, libraryReads(text));
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["2{}", "2", '2/chat["x"]', `2${"9".repeat(16)}["x"]`, '2["x"'])
      assert.equal(readPacket(text, PacketType.EVENT), undefined, text);
  });

  it("writes every event and acknowledgement as socket.io-parser does, with attachments too", () => {
    const value = fc.oneof(
      json,
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      fc.record({ deep: fc.record({ bytes: fc.uint8Array({ maxLength: 4 }) }) }),
      fc.constant({ toJSON: () => ({ bytes: Buffer.from([1]) }) }),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(type, nsp, id, fc.array(value, { maxLength: 3 }), (type, nsp, id, args) => {
        const packet = { type, nsp, data: ["e", ...args], ...(id === undefined ? {} : { id }) };
        assert.deepEqual(new LeanEncoder().encode(packet), new Encoder().encode(structuredPacket(packet)));
      }),
    );
  });

  it("writes a payload that is text already as what the text says, and so does socket.io-parser", () => {
    fc.assert(
      fc.property(nsp, id, fc.dictionary(fc.string(), json), (nsp, id, payload) => {
        const rest = id === undefined ? {} : { id };
        const packet = (data: object) => ({ type: PacketType.EVENT, nsp, data: ["e", data], ...rest });
        const encoded = packet(new EncodedPayload(JSON.stringify(payload)));
        const expected = new Encoder().encode(packet(payload));
        assert.deepEqual(new LeanEncoder().encode(encoded), expected);
        assert.deepEqual(new Encoder().encode(encoded), expected);
      }),
    );
  });
});

/** A copy, because the library takes attachments out of what it is given. */
function structuredPacket<P extends { data: unknown[] }>(packet: P): P {
  return { ...packet, data: [...packet.data] };
}
