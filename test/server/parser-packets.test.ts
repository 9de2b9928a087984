/** Every type of packet, with every kind of fault in its header and attachments. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { RefusedPayload } from "../../middleware/dispatch.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { createParser } from "../../server/socketio/parser.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";

interface Packet {
  readonly type: number;
  readonly nsp: string;
  readonly id?: number;
  readonly data?: unknown;
}

const EVENT = 2;
const ACK = 3;
const MAX = 10_000;
const place = (num: unknown) => ({ _placeholder: true, num });
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** What a decoder makes of chunks; `ended` where it throws, which ends the connection. */
function decode(...chunks: (string | Buffer)[]): { packets: Packet[]; ended: boolean } {
  const { decoder, packets } = start();
  try {
    for (const chunk of chunks) decoder.add(chunk);
    return { packets, ended: false };
  } catch {
    return { packets, ended: true };
  } finally {
    decoder.destroy();
  }
}

function start() {
  const { Decoder } = createParser({ maxMessageBytes: MAX });
  const decoder = new Decoder();
  const packets: Packet[] = [];
  decoder.on("decoded", (packet: Packet) => packets.push(packet));
  return { decoder, packets };
}

const argumentsOf = (packet: Packet | undefined): unknown[] =>
  Array.isArray(packet?.data) ? packet.data : assert.fail("a packet without arguments");

/** The code that a packet was refused with; undefined where it was not. */
function refusalOf(packet: Packet | undefined): string | undefined {
  const payload: unknown = Array.isArray(packet?.data) ? packet.data[1] : packet?.data;
  return payload instanceof RefusedPayload ? payload.code : undefined;
}

describe("packets with attachments", () => {
  const bytes = Buffer.from([1, 2, 3]);
  const other = Buffer.from([4]);

  for (const [type, kind] of [
    [5, EVENT],
    [6, ACK],
  ] as const) {
    const name = kind === EVENT ? "an event" : "an acknowledgement";
    const text = (count: string | number, ...args: unknown[]) =>
      `${type}${count}-/chat,7${JSON.stringify(["relay", ...args])}`;

    it(`${name} gets them in their places, and the next packet is as free as the first`, () => {
      const args = [{ b: place(1), a: [place(0)] }];
      const { packets, ended } = decode(
        text(2, ...args),
        bytes,
        other,
        '2["ping"]',
        text(1, place(0)),
        bytes,
      );
      assert.equal(ended, false);
      assert.deepEqual(packets, [
        { type: kind, nsp: "/chat", id: 7, data: ["relay", { b: other, a: [bytes] }] },
        { type: EVENT, nsp: "/", data: ["ping"] },
        { type: kind, nsp: "/chat", id: 7, data: ["relay", bytes] },
      ]);
    });

    const faults: readonly (readonly [string, string, string])[] = [
      ["no number of them", `${type}-["e"]`, "invalid_payload"],
      ["none of them", text(0), "invalid_payload"],
      ["a negative number", text("-1", place(0)), "invalid_payload"],
      ["a number in another form", text("1e1", place(0)), "invalid_payload"],
      ["a hexadecimal number", text("0x1", place(0)), "invalid_payload"],
      ["a number with a space", text(" 1", place(0)), "invalid_payload"],
      ["no dash", `${type}["e"]`, "invalid_payload"],
      [
        "more of them than a packet may have",
        text(11, ...Array.from({ length: 11 }, (_, at) => place(at))),
        "payload_too_large",
      ],
      ["a huge number", text("9".repeat(9), place(0)), "payload_too_large"],
      ["a number beyond all numbers", text("9".repeat(400), place(0)), "invalid_payload"],
      ["no place for them", text(1, { data: 1 }), "invalid_payload"],
      ["a place for one of two", text(2, place(0)), "invalid_payload"],
      ["two places for one", text(1, place(0), place(0)), "invalid_payload"],
      ["a place twice, and one not at all", text(2, place(0), place(0)), "invalid_payload"],
      ["a place out of range", text(1, place(1)), "invalid_payload"],
      ["a negative place", text(1, place(-1)), "invalid_payload"],
      ["half a place", text(1, place(0.5)), "invalid_payload"],
      ["a place named by text", text(1, place("0")), "invalid_payload"],
      ["a place without a number", text(1, { _placeholder: true }), "invalid_payload"],
      ["JSON that is none", `${type}1-["e",{]`, "invalid_json"],
      ["no list", `${type}1-{"_placeholder":true,"num":0}`, "invalid_json"],
      ["a text that is too long", text(1, place(0), "x".repeat(MAX)), "payload_too_large"],
      ["a text nested too deep", `${type}1-["e",${nested(5_000).slice(0, MAX / 2)}`, "payload_too_large"],
    ];
    for (const [fault, packet, code] of faults)
      it(`${name} with ${fault} is refused, and what follows is served`, () => {
        const { packets, ended } = decode(packet, '2["ping"]');
        assert.equal(ended, false);
        assert.deepEqual(packets.map(refusalOf), [code, undefined]);
        if (kind === ACK) assert.equal(argumentsOf(packets[0])[0], "ack");
        assert.equal(packets[0]?.type, EVENT);
      });

    it(`${name} that is refused has its attachments skipped, and no more than it said`, () => {
      const eleven = Array.from({ length: 11 }, (_, at) => place(at));
      const some = eleven.map(() => bytes);
      assert.equal(decode(text(11, ...eleven), ...some, '2["ping"]').ended, false);
      assert.equal(decode(text(11, ...eleven), ...some, bytes).ended, true);
      assert.equal(decode(text(2, place(0)), bytes, '2["ping"]', bytes).ended, true, "after another packet");
      assert.equal(decode(text("9".repeat(9)), ...Array.from({ length: 1_001 }, () => other)).ended, true);
      assert.equal(decode(text(11), ...Array.from({ length: 3 }, () => Buffer.alloc(MAX))).ended, true);
    });

    it(`${name} whose attachments are too large is refused; twice as large they end the connection`, () => {
      const half = Buffer.alloc(MAX / 2 + 1);
      const two = text(2, place(0), place(1));
      const refused = decode(two, half, half, '2["ping"]');
      assert.deepEqual(
        [refused.ended, ...refused.packets.map(refusalOf)],
        [false, "payload_too_large", undefined],
      );
      assert.equal(decode(two, Buffer.alloc(MAX * 2 + 1)).ended, true);
    });

    it(`${name} with text between its attachments ends the connection`, () => {
      for (const between of ['2["ping"]', "31[]", "0/chat,{}", "1/chat,", text(1, place(0)), ""])
        assert.deepEqual(decode(text(2, place(0), place(1)), bytes, between), { packets: [], ended: true });
    });

    it(`${name} whose attachments do not come is let go of, and late ones are skipped`, () => {
      mock.timers.enable({ apis: ["setTimeout"] });
      try {
        const { decoder, packets } = start();
        decoder.add(text(3, place(0), place(1), place(2)));
        decoder.add(bytes);
        mock.timers.tick(3_000);
        assert.deepEqual(packets.map(refusalOf), ["invalid_payload"]);
        for (const late of [bytes, other]) decoder.add(late);
        assert.throws(() => decoder.add(other), "one more than announced");
        decoder.add(text(1, place(0)));
        decoder.add(bytes);
        assert.deepEqual(packets[1]?.data, ["relay", bytes]);
        mock.timers.tick(60_000);
        assert.equal(packets.length, 2);
        decoder.add(text(1, place(0)));
        decoder.destroy();
        mock.timers.tick(60_000);
        assert.equal(packets.length, 2, "nothing is told of a connection that has ended");
      } finally {
        mock.timers.reset();
      }
    });
  }

  it("one that was never announced ends the connection", () => {
    assert.equal(decode(bytes).ended, true);
    assert.equal(decode('2["ping"]', bytes).ended, true);
    assert.equal(decode("21[]", Buffer.alloc(0)).ended, true);
  });
});

describe("packets without attachments", () => {
  it("events and acknowledgements that are too long, too deep or no JSON are refused", () => {
    for (const head of ['2/chat,5["e",', '3/chat,5["e",'])
      for (const [rest, code] of [
        [`${nested(33)}]`, "payload_too_large"],
        [`${nested(4_000)}]`, "payload_too_large"],
        [`"${"x".repeat(MAX)}"]`, "payload_too_large"],
        ["{]", "invalid_json"],
      ] as const) {
        const { packets, ended } = decode(head + rest);
        assert.deepEqual([ended, ...packets.map(refusalOf)], [false, code], head + rest.slice(0, 20));
        assert.deepEqual([packets[0]?.type, packets[0]?.nsp], [EVENT, "/chat"]);
        assert.equal(packets[0]?.id, head.startsWith("3") ? undefined : 5);
      }
  });

  it("a quotation mark in a namespace hides no depth", () => {
    assert.equal(refusalOf(decode(`2/a",["e",${nested(3_000)}]`).packets[0]), "payload_too_large");
    assert.equal(refusalOf(decode(`0/a",{"a":${nested(3_000)}}`).packets[0]), "payload_too_large");
  });

  it("a CONNECT that is too long, too deep or no object is refused by its namespace, with its cause", () => {
    for (const [auth, code] of [
      [`{"token":"${"x".repeat(20_000)}"}`, "payload_too_large"],
      [`{"token":${nested(33)}}`, "payload_too_large"],
      [`{"token":${nested(8_000)}}`, "payload_too_large"],
      [`{"token":"${"x".repeat(4_096)}","profile":"${"y".repeat(4_200)}"}`, "payload_too_large"],
      ["[1]", "invalid_payload"],
      ["null", "invalid_payload"],
      ['"text"', "invalid_payload"],
      ['{"token":"\\ud800"}', "invalid_payload"],
      ["{", "invalid_json"],
    ] as const) {
      const { packets, ended } = decode(`0/chat,${auth}`);
      assert.deepEqual([ended, packets.length, packets[0]?.type, packets[0]?.nsp], [false, 1, 0, "/chat"]);
      assert.equal(refusalOf(packets[0]), code);
    }
  });

  it("a placeholder in them is refused, however it is written; text about one is none", () => {
    const forged = [
      JSON.stringify(["publish", { room: "r", data: { deep: [place(0)] } }]),
      '["publish",{"room":"r","data":{"\\u005fplaceholder":true,"num":9}}]',
      '["publish",{"room":"r","data":{"_placeholder":true}}]',
    ];
    for (const json of forged)
      for (const type of [2, 3])
        assert.equal(refusalOf(decode(type + json).packets[0]), "invalid_payload", json);
    for (const data of ['say "_placeholder": true', { _placeholder: "yes" }, { __placeholder: true }]) {
      const { packets } = decode(`2${JSON.stringify(["publish", data])}`);
      assert.deepEqual(packets[0]?.data, ["publish", data]);
    }
  });

  it("more arguments than listeners can be called with are left out", () => {
    const many = JSON.stringify(Array.from({ length: 4_000 }, () => 1));
    for (const type of [2, 3]) assert.equal(argumentsOf(decode(type + many).packets[0]).length, 16);
  });

  it("names of Socket.IO's own events, and names that are no text, become a name that no event has", () => {
    for (const name of ["connect", "disconnect", "disconnecting", "newListener", 7, null, {}])
      for (const payload of [1, { _placeholder: true }, "x".repeat(MAX)]) {
        const { packets, ended } = decode(`2${JSON.stringify([name, payload])}`);
        assert.deepEqual([ended, argumentsOf(packets[0])[0]], [false, ""], JSON.stringify(name));
      }
    assert.deepEqual(decode("2[]").packets[0]?.data, [""]);
  });

  it("those that only servers send, and types that there are not, end the connection", () => {
    for (const text of ['4{"message":"x"}', '4/chat,"x"', "7", "9[]", "x", "", " ", "-1[]", "-"])
      assert.deepEqual(decode(text), { packets: [], ended: true }, text);
    assert.equal(decode(`1/${"x".repeat(2_000)},`).ended, true);
    assert.equal(decode('1/chat,{"a":1}').ended, true);
    assert.equal(decode("1/chat,").packets[0]?.type, 1);
  });

  it("a flood of acknowledgements ends the connection: no rate of an event counts them", () => {
    const count = (text: string, times: number) => decode(...Array.from({ length: times }, () => text)).ended;
    assert.equal(count("37[]", 5_000), false);
    assert.equal(count("37[]", 5_001), true);
    assert.equal(count(`37["${"x".repeat(MAX - 100)}"]`, 1_700), true);
  });
});

describe("any sequence of packets", () => {
  const json = fc.constantFrom(
    '["e"]',
    '["e",{"_placeholder":true,"num":0}]',
    '["e",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
    '["e",{"_placeholder":true,"num":-1}]',
    '{"token":"x"}',
    "[",
    "",
    nested(40),
    `"${"x".repeat(MAX)}"`,
  );
  const text = fc
    .tuple(
      fc.constantFrom("0", "1", "2", "3", "5", "6"),
      fc.constantFrom("", "0-", "1-", "2-", "11-", "99999-", "x-", "-"),
      fc.constantFrom("", "/chat,", '/a"b,', "/chat"),
      fc.constantFrom("", "7", "0", "9".repeat(20), "-1"),
      json,
    )
    .map((parts) => parts.join(""));
  const binary = fc.constantFrom(0, 1, MAX / 2, MAX).map((length) => Buffer.alloc(length));

  it("leaves a connection that is served as before, or ended; and memory that is bounded", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: text }, binary), { maxLength: 20 }), (chunks) => {
        const { decoder, packets } = start();
        try {
          for (const chunk of chunks) decoder.add(chunk);
          decoder.add('2/chat,8["ping",{}]');
        } catch {
          return;
        } finally {
          decoder.destroy();
        }
        assert.deepEqual(packets.at(-1), { type: EVENT, nsp: "/chat", id: 8, data: ["ping", {}] });
        for (const { type, data } of packets)
          assert.ok(
            type !== EVENT || (Array.isArray(data) && data.length <= 16 && typeof data[0] === "string"),
          );
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("a server whose clients send odd packets", () => {
  const raw: RawEngine[] = [];
  afterEach(async () => {
    closePlain();
    for (const engine of raw.splice(0)) engine.close();
    await closeAll();
  });

  async function open(app: TestApp): Promise<RawEngine> {
    const engine = await RawEngine.open(app.url);
    raw.push(engine);
    return engine;
  }

  async function join(app: TestApp, namespace = "/"): Promise<RawEngine> {
    const engine = await open(app);
    await engine.connect(namespace, { token: app.token("mallory"), reliable: true });
    return engine;
  }

  it("takes an acknowledgement with a Buffer for one, and goes on to guard the connection", async () => {
    const app = await startEmbedded();
    const engine = await join(app, "/chat");
    const bob = await app.connect(chatContract, "bob");
    for (const content of ["one", "two"]) {
      await bob.call("chat_message", { channel: "private", to: "mallory", content });
      const event = await engine.next((text) => text.startsWith("2/chat,") && text.includes(`"${content}"`));
      const id = /^2\/chat,(\d+)\[/.exec(event)?.[1] ?? assert.fail("no acknowledgement was asked for");
      engine.send(`61-/chat,${id}[{"_placeholder":true,"num":0}]`);
      engine.send(Buffer.from("received"));
    }
    engine.send(`2/chat,["history",{"channel":"global","deep":${nested(20_000)}}]`);
    assert.deepEqual((await engine.error("/chat,")).code, "payload_too_large");
    engine.send(`2/chat,["history",{"channel":"global","deep":${nested(200)}}]`);
    assert.deepEqual((await engine.error("/chat,")).code, "payload_too_large");
    engine.send('2/chat,9["history",{"channel":"global"}]');
    await engine.next((text) => text.startsWith("3/chat,9["));
    // Acknowledged: nothing is left for the next device.
    const again = await join(app, "/chat");
    again.send('2/chat,1["history",{"channel":"global"}]');
    await again.next((text) => text.startsWith("3/chat,1["));
    assert.ok(!again.log.some((packet) => String(packet).includes('"one"')), "sent again");
  });

  it("ignores acknowledgements that it has not asked for, of every kind", async () => {
    const app = await startEmbedded();
    const engine = await join(app);
    for (const text of ["3", "30[]", "3999999[1,2]", "3-1[]", '3["no id"]']) engine.send(text);
    for (const id of [0, 5, 999_999]) {
      engine.send(`61-${id}[{"_placeholder":true,"num":0}]`);
      engine.send(Buffer.alloc(10));
    }
    engine.send('28["ping"]');
    await engine.next((text) => text.startsWith("38["));
  });

  it("answers a CONNECT that it refuses with the code, in every namespace", async () => {
    const app = await startEmbedded();
    const engine = await open(app);
    for (const namespace of ["/", "/game", "/chat", "/world", "/combat", "/matchmaking"]) {
      const answer = await engine.connect(namespace, {
        token: app.token("mallory"),
        more: JSON.parse(nested(40)),
      });
      assert.match(answer, /^4.*"payload_too_large"/);
    }
    assert.match(await engine.connect("/chat", { token: app.token("mallory") }), /^0\/chat,\{"sid"/);
  });

  it("cannot be made to send one member's bytes as another's, or to cut who listens", async () => {
    const app = await startEmbedded();
    const ann = await app.connect(roomsContract, "ann");
    await ann.call("subscribe", { room: "r" });
    for (const data of [{ _placeholder: true, num: 0 }, [[{ _placeholder: true, num: 99 }]]]) {
      const error = await ann.refused("publish", { room: "r", data });
      assert.equal(error.code, "invalid_payload");
    }
    const plain = openPlain(app.url, "/ws", { query: { token: app.token("bob") } });
    await plain.call("subscribe", { room: "r" });
    const ack = await plain.call("publish", { room: "r", data: { _placeholder: true, num: 0 } });
    assert.equal((ack.error as { code: string }).code, "invalid_payload");
  });
});
