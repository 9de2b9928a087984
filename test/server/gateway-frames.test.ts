import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { Encoder, PacketType } from "socket.io-parser";
import { loadConfig } from "../../server/config/index.ts";
import { envelope } from "../../server/gateway/dialects/envelope.ts";
import { flat } from "../../server/gateway/dialects/flat.ts";
import { relay } from "../../server/gateway/dialects/relay.ts";
import { endpointOf } from "../../server/gateway/endpoints.ts";
import { createGateway } from "../../server/gateway/index.ts";
import { GatewayFrame } from "../../server/gateway/outgoing-frames.ts";
import { readAck, readEvent, readHead } from "../../server/gateway/packets.ts";
import { Translator } from "../../server/gateway/translator.ts";
import { FrameWriter, WriteTurn } from "../../server/gateway/writer.ts";
import { SessionRegistry } from "../../server/sessions/registry.ts";
import { createSocketServer } from "../../server/socketio/server.ts";
import { silentObserver } from "../support/observer.ts";
import { closePlain, openPlain } from "../support/plain.ts";

const encoder = new Encoder();
const at = () => Date.UTC(2026, 10, 20);

/** What Socket.IO's own encoder makes of an event. */
function encode(nsp: string, event: string, payload: unknown, id?: number): [string, ...Buffer[]] {
  const packet = { type: PacketType.EVENT, nsp, data: [event, payload], ...(id === undefined ? {} : { id }) };
  return encoder.encode(packet as Parameters<Encoder["encode"]>[0]) as [string, ...Buffer[]];
}

const read = (message: unknown) => JSON.parse(String(message)) as unknown;

const names = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("message", 'a"b', "a\\", "ü", "a,b]"));
const nsps = fc.constantFrom("/", "/chat");
const ids = fc.option(fc.nat(1e9), { nil: undefined });
const payloads = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__" && key !== "timestamp"),
  fc.jsonValue({ maxDepth: 3 }),
);

describe("gateway: frames", () => {
  afterEach(closePlain);

  it("a packet's text taken apart is what was encoded", () => {
    fc.assert(
      fc.property(nsps, names, payloads, ids, (nsp, name, payload, id) => {
        const [text] = encode(nsp, name, payload, id);
        const head = readHead(text);
        assert.equal(head.id, id);
        const event = readEvent(text, head.at);
        assert.equal(event?.name, name);
        assert.deepEqual(read(event?.payload), read(JSON.stringify(payload)));
      }),
    );
  });

  it("a flat frame is the payload and the event's name, which no payload can take the place of", () => {
    fc.assert(
      fc.property(names, payloads, (name, payload) => {
        const frame = read(flat.event(name, JSON.stringify(payload), [], at));
        assert.deepEqual(frame, read(JSON.stringify({ ...payload, type: name })));
      }),
    );
    assert.equal(flat.event("a", '{"type":"b"}', [], at), '{"type":"a"}');
    assert.equal(flat.event("a", "{}", [], at), '{"type":"a"}');
    assert.equal(flat.event("a", "[1]", [], at), '{"type":"a","data":[1]}');
  });

  it("an envelope has the payload in data and its timestamp beside it", () => {
    fc.assert(
      fc.property(names, payloads, fc.option(fc.string(), { nil: undefined }), (name, payload, timestamp) => {
        const stamped = timestamp === undefined ? payload : { timestamp, ...payload };
        const frame = read(envelope.event(name, JSON.stringify(stamped), [], at));
        const expected = { type: name, data: payload, timestamp: timestamp ?? new Date(at()).toISOString() };
        assert.deepEqual(frame, read(JSON.stringify(expected)));
      }),
    );
  });

  it("acknowledgements have their first argument only, whatever is in it", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (payload, id) => {
        const packet = { type: PacketType.ACK, nsp: "/chat", data: [{ ok: true, ...payload }], id };
        const [text] = encoder.encode(packet) as [string];
        const head = readHead(text);
        assert.equal(head.id, id);
        assert.deepEqual(read(readAck(text, head.at)), read(JSON.stringify({ ok: true, ...payload })));
      }),
    );
    assert.deepEqual(read(flat.ack('"x"', '{"ok":true}', at)), { type: "ack", id: "x", ok: true });
  });

  it("binary in a payload is base64 in JSON, and itself in a relay room", () => {
    const [text, ...attachments] = encode("/", "relay", {
      data: Buffer.from([1, 2]),
      also: Buffer.from([3]),
    });
    const { attachments: count, at: start } = readHead(text);
    assert.equal(count, 2);
    const event = readEvent(text, start) ?? assert.fail();
    assert.deepEqual(read(flat.event(event.name, event.payload, attachments, at)), {
      type: "relay",
      data: { base64: "AQI=" },
      also: { base64: "Aw==" },
    });
    assert.deepEqual(relay.event(event.name, event.payload, attachments, at), Buffer.from([1, 2]));
  });

  it("the same packet is translated once, another of the same text with other binary again", () => {
    const translator = new Translator(flat, at);
    const [text] = encode("/", "message", { data: 1 });
    assert.equal(translator.event(text, []), translator.event(`${text}`, []));
    assert.equal(translator.translations, 1);
    const [binary, first] = encode("/", "relay", { data: Buffer.from([1]) });
    const [, second] = encode("/", "relay", { data: Buffer.from([2]) });
    assert.ok(first && second);
    assert.notEqual(translator.event(binary, [first])?.message, translator.event(binary, [second])?.message);
    assert.equal(translator.translations, 3);
  });

  it("broadcasts of one turn are translated once each, alone or among a connection's own packets", () => {
    const translator = new Translator(flat, at);
    const sent = ["a", "b", "c"].map((data) => ({ packets: encode("/", "message", { data }) }));
    const batch = translator.batch(sent);
    assert.equal(translator.batch(sent), batch);
    const frames = sent.map((one) => translator.shared(one));
    assert.deepEqual(batch?.frames(), frames);
    assert.equal(translator.translations, 3);
    const other = new Translator(relay, at);
    assert.equal(other.batch(sent), undefined);
    assert.equal(other.shared(sent[0] ?? assert.fail()), undefined);
    assert.equal(other.translations, 3);
  });

  it("a broadcast to twenty connections costs one translation for each dialect", async () => {
    const { config } = loadConfig({ cwd: import.meta.dirname, env: { WEBSOCKET_PORT: "0" } });
    const io = createSocketServer(config, undefined);
    const server = http.createServer();
    io.attach(server);
    const gateway = createGateway({
      ...{ io, registry: new SessionRegistry(), config, now: at },
      crowded: () => undefined,
      bytes: { follow: () => () => 0, take: () => 0, size: 0, sync: async () => undefined, close() {} },
      observer: silentObserver(),
    });
    server.removeAllListeners("upgrade").on("upgrade", gateway.upgrade);
    // Namespaces without middleware: everybody is let in.
    for (const nsp of ["/", "/matchmaking"]) io.of(nsp);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    try {
      const joined = new Promise<void>((resolve) => {
        let count = 0;
        for (const nsp of ["/", "/matchmaking"])
          io.of(nsp).on("connection", () => {
            if (++count === 40) resolve();
          });
      });
      const flats = Array.from({ length: 20 }, () => openPlain(url, "/ws"));
      const envelopes = Array.from({ length: 20 }, () => openPlain(url, "/ws/matchmaking"));
      await joined;
      const before = new Map(gateway.translations());
      io.of("/").emit("news", { timestamp: 1, text: "hello" });
      io.of("/matchmaking").emit("news", { timestamp: 1, text: "hello" });
      for (const client of flats) assert.equal((await client.next("news")).text, "hello");
      for (const client of envelopes) assert.deepEqual((await client.next("news")).data, { text: "hello" });
      const cost = [...gateway.translations()].map(([name, count]) => [
        name,
        count - (before.get(name) ?? 0),
      ]);
      assert.deepEqual(
        new Map(cost as [string, number][]),
        new Map([
          ["flat", 1],
          ["envelope", 1],
        ]),
      );
    } finally {
      closePlain();
      await gateway.close();
      await io.close();
    }
  });

  it("addresses name endpoints, and nothing else does", () => {
    assert.deepEqual(
      ["/ws", "/ws?x=1", "/ws/game", "/ws/chat", "/ws/combat", "/ws/world", "/ws/matchmaking?user_id=a"].map(
        (url) => [endpointOf(url)?.namespace, endpointOf(url)?.dialect.name],
      ),
      [
        ["/", "flat"],
        ["/", "flat"],
        ["/game", "flat"],
        ["/chat", "flat"],
        ["/combat", "flat"],
        ["/world", "flat"],
        ["/matchmaking", "envelope"],
      ],
    );
    const room = endpointOf("/ws/a%20room%2F1?user_id=u&x=1&x=2&__proto__=3");
    assert.deepEqual([room?.roomId, room?.dialect.name, room?.namespace], ["a room/1", "relay", "/"]);
    assert.deepEqual(room?.query.x, ["1", "2"]);
    for (const url of ["", "/", "/wss", "/ws/stats", "/ws/a/stats", "/ws//", "/ws/%", "/socket.io/"])
      assert.equal(endpointOf(url), undefined, url);
  });
});

describe("gateway: writer", () => {
  /** A network that takes nothing until it is told to. */
  function network() {
    const writes: Buffer[] = [];
    let release: (() => void) | undefined;
    const socket = new Duplex({
      writableHighWaterMark: 10,
      read() {},
      write(chunk: Buffer, _encoding, done) {
        writes.push(chunk);
        release = done;
      },
    });
    return { socket, writes, drain: () => release?.() };
  }
  const textOf = (bytes: Buffer) => bytes.toString("latin1").replaceAll(/[^a-z]/g, "");
  const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

  it("joins what one turn sends into one write, whose bytes connections share", async () => {
    const turn = new WriteTurn();
    const [one, two] = [network(), network()];
    const writers = [one, two].map(({ socket }) => new FrameWriter(socket, turn, assert.fail));
    for (const text of ["a", "b", "c"]) {
      const frame = new GatewayFrame(text);
      for (const writer of writers) writer.send(frame);
    }
    assert.deepEqual([one.writes.length, two.writes.length], [0, 0]);
    await endOfTurn();
    assert.deepEqual(one.writes.map(textOf), ["abc"]);
    assert.equal(one.writes[0], two.writes[0]);
  });

  it("keeps each connection's own order where what they are sent differs", async () => {
    const turn = new WriteTurn();
    const [one, two] = [network(), network()];
    const [first, second] = [one, two].map(({ socket }) => new FrameWriter(socket, turn, assert.fail));
    assert.ok(first && second);
    const shared = ["s", "t"].map((text) => new GatewayFrame(text));
    for (const frame of shared) {
      first.send(frame);
      first.send(new GatewayFrame("x"));
      second.send(new GatewayFrame("y"));
      second.send(frame);
    }
    await endOfTurn();
    assert.deepEqual([...one.writes, ...two.writes].map(textOf), ["sxtx", "ysyt"]);
  });

  it("queues while the client does not read, says so, and goes on in order", async () => {
    const { socket, writes, drain } = network();
    const writer = new FrameWriter(socket, new WriteTurn(), assert.fail);
    writer.send(new GatewayFrame("x".repeat(20)));
    await endOfTurn();
    assert.equal(writer.writable, false);
    for (const text of ["a", "b"]) writer.send(new GatewayFrame(text));
    assert.equal(writer.buffer.length, 2);
    const drained = once(socket, "drain");
    drain();
    await drained;
    assert.deepEqual(writes.map(textOf), ["x".repeat(20), "ab"]);
    assert.deepEqual([writer.buffer.length, writer.writable], [0, true]);
  });

  it("has a bound, and says when it is reached", async () => {
    const { socket } = network();
    let full = 0;
    const writer = new FrameWriter(socket, new WriteTurn(), () => full++);
    writer.send(new GatewayFrame("x".repeat(20)));
    await endOfTurn();
    for (let sent = 0; sent < 10 && full === 0; sent++) writer.send(new GatewayFrame("x".repeat(1_000_000)));
    assert.equal(full, 1);
    writer.discard();
    assert.equal(writer.buffer.length, 0);
  });

  it("frames of every length of header are what the protocol says", () => {
    for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
      const { bytes } = new GatewayFrame("x".repeat(length));
      const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
      assert.equal(bytes.length, header + length);
      assert.equal(bytes[0], 0x81);
      const told =
        header === 2 ? bytes[1] : header === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      assert.equal(told, length);
    }
    assert.equal(new GatewayFrame(Buffer.from([1])).bytes[0], 0x82);
  });
});
