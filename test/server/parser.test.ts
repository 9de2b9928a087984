import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { createParser, nestsDeeperThan } from "../../server/socketio/parser.ts";
import { closeAll, startEmbedded } from "../support/app.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("the parser", () => {
  it("counts the depth of brackets, and not of those in text", () => {
    assert.equal(nestsDeeperThan(nested(32).padEnd(100), 32), false);
    assert.equal(nestsDeeperThan(nested(33).padEnd(100), 32), true);
    assert.equal(nestsDeeperThan(`"${"[".repeat(500)}"`, 32), false);
    assert.equal(nestsDeeperThan(`"\\"${"[".repeat(500)}"`, 32), false);
    assert.equal(nestsDeeperThan(`"\\\\"${nested(40)}`.padEnd(100), 32), true);
  });

  it("answers what it refuses with the event's own name and acknowledgement", () => {
    const { Decoder } = createParser({ maxMessageBytes: 100 });
    const decoder = new Decoder();
    const packets: { data?: unknown; id?: number; nsp?: string }[] = [];
    decoder.on("decoded", (packet) => packets.push(packet));
    decoder.add(`2/game,17["room:join",${JSON.stringify("x".repeat(200))}]`);
    decoder.add('2["publish",{not json}]');
    const [first, second] = packets;
    assert.equal(first?.nsp, "/game");
    assert.equal(first?.id, 17);
    assert.deepEqual((first?.data as unknown[] | undefined)?.[0], "room:join");
    assert.deepEqual((second?.data as unknown[] | undefined)?.[0], "publish");
    decoder.destroy();
  });

  describe("in a server", () => {
    afterEach(closeAll);

    it("refuses what nests too deep and lives, however deep it is", async () => {
      const app = await startEmbedded();
      const ann = await app.connect(roomsContract, "ann");
      for (const depth of [33, 1_000, 100_000]) {
        ann.socket.io.engine.write(`2["publish",{"room":"r","data":${nested(depth)}}]`);
        const error = (await ann.nextAny("error")) as { code: string; event: string };
        assert.equal(error.code, "payload_too_large");
        assert.equal(error.event, "publish");
      }
      assert.ok((await ann.raw("ping")).ok);
    });

    it("ends a connection that floods it with CONNECT packets, and makes no sockets of them", async () => {
      const app = await startEmbedded();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob");
      const token = app.token("ann");
      for (let at = 0; at < 1_000; at++) ann.socket.io.engine.write(`0/game,${JSON.stringify({ token })}`);
      await ann.nextAny("(disconnect)");
      const [worker] = app.workers;
      assert.ok((worker?.io.of("/game").sockets.size ?? 99) <= 1);
      assert.ok((await bob.raw("ping")).ok);
    });

    it("lets go of an event whose attachments never come", async () => {
      const app = await startEmbedded();
      const ann = await app.connect(roomsContract, "ann");
      ann.socket.io.engine.write('51-["relay",{"room_id":"r","data":{"_placeholder":true,"num":0}}]');
      const error = await ann.nextAny("error");
      assert.equal((error as { code: string }).code, "invalid_payload");
      assert.ok((await ann.raw("ping")).ok);
    });

    it("ends a connection that attaches more than one event may have", async () => {
      const app = await startEmbedded({ env: { WEBSOCKET_MAX_MESSAGE_SIZE: "10000" } });
      const ann = await app.connect(roomsContract, "ann");
      ann.socket.io.engine.write('55-["relay",{"room_id":"r"}]');
      for (let at = 0; at < 5; at++) ann.socket.io.engine.write(Buffer.alloc(8_000));
      await ann.nextAny("(disconnect)");
    });
  });
});
