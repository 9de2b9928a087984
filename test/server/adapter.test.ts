import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { Server, type Socket as ServerSocket } from "socket.io";
import { io as connect, type Socket } from "socket.io-client";
import { WebSocket } from "ws";
import { guardedRedisAdapter } from "../../server/cluster/adapter.ts";
import { type JoinedWrites, joinWrites } from "../../server/socketio/joined-writes/adapter.ts";
import { connectRedis } from "../../server/store/redis/link/connection.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { sharedRedis, uniquePrefix } from "../support/redis.ts";
import { type RedisCluster, startRedisCluster } from "../support/redis-groups.ts";
import { until } from "../support/until.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

interface Started {
  readonly io: Server;
  readonly writes: JoinedWrites;
  connect(namespace?: string, transport?: "websocket" | "polling"): Promise<Connected>;
  readonly url: string;
}

interface Connected {
  readonly client: Socket;
  readonly socket: ServerSocket;
  /** Numbers in the order of arrival. */
  readonly got: unknown[];
  /** Resolves when all that was sent before has arrived. */
  settled(): Promise<void>;
}

interface Internals {
  readonly conn: {
    readonly transport: { readonly socket: { readonly _socket: { write: (data: unknown) => boolean } } };
  };
}

/** Writes to the client's socket from now on. */
function countWrites({ socket }: Connected): () => number {
  const stream = (socket as unknown as Internals).conn.transport.socket._socket;
  const write = stream.write.bind(stream);
  let count = 0;
  stream.write = (data) => {
    count++;
    return write(data);
  };
  return () => count;
}

describe("joined writes", () => {
  const closing: (() => unknown)[] = [];
  let cluster: RedisCluster;
  before(async () => {
    cluster = await startRedisCluster();
  });
  after(() => cluster.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await closeAll();
  });

  async function start(adapter?: ReturnType<typeof guardedRedisAdapter>): Promise<Started> {
    const http = createServer();
    const io = new Server({ perMessageDeflate: false, ...(adapter === undefined ? {} : { adapter }) });
    const writes = joinWrites(io);
    io.attach(http);
    writes.watch(() => undefined);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    closing.push(() => io.close());
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    return {
      io,
      writes,
      url,
      async connect(namespace = "/", transport = "websocket") {
        const client = connect(url + namespace, { transports: [transport], forceNew: true });
        closing.push(() => client.disconnect());
        const got: unknown[] = [];
        client.on("n", (n: unknown) => got.push(n));
        const [socket] = (await once(io.of(namespace), "connection")) as [ServerSocket];
        if (!client.connected) await once(client as never, "connect");
        return {
          client,
          socket,
          got,
          async settled() {
            const end = once(client as never, "end");
            socket.emit("end");
            await end;
          },
        };
      },
    };
  }

  async function onRedis(url: string): Promise<ReturnType<typeof guardedRedisAdapter>> {
    const connection = await connectRedis({ url, log: quiet, name: "adapter-test" });
    closing.push(() => connection.close());
    return guardedRedisAdapter(connection, prefix);
  }
  let prefix: string;
  beforeEach(() => {
    prefix = uniquePrefix();
  });

  const setups = [
    { name: "in memory", adapter: async () => undefined },
    { name: "on Redis", adapter: async () => onRedis((await sharedRedis()).url) },
    { name: "on a Redis Cluster", adapter: () => onRedis(cluster.url) },
  ];

  for (const { name, adapter } of setups)
    describe(name, () => {
      it("ten broadcasts of one turn are one write to each socket", async () => {
        const { io, connect, writes } = await start(await adapter());
        const [ann, bob] = [await connect(), await connect()];
        const written = [countWrites(ann), countWrites(bob)];
        assert.equal(writes.active, true);
        for (let n = 0; n < 10; n++) io.emit("n", n);
        await nextTurn();
        assert.deepEqual(
          written.map((count) => count()),
          [1, 1],
        );
        await Promise.all([ann.settled(), bob.settled()]);
        assert.deepEqual(ann.got, [...Array(10).keys()]);
        assert.deepEqual(bob.got, ann.got);
      });

      it("order, membership and exceptions are those of the moment of sending, for WebSocket and polling", async () => {
        const started = await start(await adapter());
        const people = [
          await started.connect("/", "websocket"),
          await started.connect("/", "websocket"),
          await started.connect("/", "polling"),
        ];
        const who = fc.nat(people.length - 1);
        const room = fc.constantFrom("a", "b", "c");
        const op = fc.oneof(
          fc.record({ op: fc.constant("emit" as const), who }),
          fc.record({
            op: fc.constant("send" as const),
            to: fc.uniqueArray(room, { maxLength: 2 }),
            except: fc.uniqueArray(room, { maxLength: 1 }),
            binary: fc.boolean(),
          }),
          fc.record({ op: fc.constant("sendExcept" as const), who }),
          fc.record({ op: fc.constant("join" as const), who, room }),
          fc.record({ op: fc.constant("leave" as const), who, room }),
          fc.record({ op: fc.constant("turn" as const) }),
          fc.record({ op: fc.constant("tick" as const) }),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(op, { minLength: 5, maxLength: 60 }), async (ops) => {
            const expected: unknown[][] = people.map(() => []);
            const rooms = people.map(() => new Set<string>());
            for (const person of people) person.got.length = 0;
            let n = 0;
            for (const step of ops) {
              n++;
              if (step.op === "turn") await nextTurn();
              else if (step.op === "tick") await null;
              else if (step.op === "emit") {
                people[step.who]?.socket.emit("n", n);
                expected[step.who]?.push(n);
              } else if (step.op === "sendExcept") {
                people[step.who]?.socket.broadcast.emit("n", n);
                for (const [at, own] of expected.entries()) if (at !== step.who) own.push(n);
              } else if (step.op === "send") {
                started.io
                  .to(step.to)
                  .except(step.except)
                  .emit("n", step.binary ? Buffer.from([n]) : n);
                people.forEach((_, at) => {
                  const own = rooms[at] ?? new Set();
                  const in_ = step.to.length === 0 || step.to.some((r) => own.has(r));
                  if (in_ && !step.except.some((r) => own.has(r)))
                    expected[at]?.push(step.binary ? `binary ${n}` : n);
                });
              } else if (step.op === "join") {
                void people[step.who]?.socket.join(step.room);
                rooms[step.who]?.add(step.room);
              } else {
                void people[step.who]?.socket.leave(step.room);
                rooms[step.who]?.delete(step.room);
              }
            }
            await Promise.all(people.map((person) => person.settled()));
            for (const { socket } of people) for (const r of ["a", "b", "c"]) void socket.leave(r);
            const shown = people.map(({ got }) =>
              got.map((value) => (value instanceof Uint8Array ? `binary ${value[0]}` : value)),
            );
            assert.deepEqual(shown, expected);
          }),
          { numRuns: 60 },
        );
      });

      it("two namespaces on one connection keep the order between them", async () => {
        const { io, connect } = await start(await adapter());
        io.of("/b");
        const ann = await connect();
        const second = ann.client.io.socket("/b");
        closing.push(() => second.disconnect());
        second.on("n", (n: unknown) => ann.got.push(n));
        await once(second as never, "connect");
        for (let n = 0; n < 10; n++) io.of(n % 3 === 0 ? "/b" : "/").emit("n", n);
        await ann.settled();
        assert.deepEqual(ann.got, [...Array(10).keys()]);
      });
    });

  const kinds = [
    { kind: "Redis", url: async () => (await sharedRedis()).url },
    { kind: "a Redis Cluster", url: async () => cluster.url },
  ];
  for (const { kind, url } of kinds)
    it(`what one worker broadcasts arrives on another, in order and once, also as one write: ${kind}`, async () => {
      const [here, there] = [
        await start(await onRedis(await url())),
        await start(await onRedis(await url())),
      ];
      assert.equal(here.writes.active, true);
      // Subscriptions are confirmed when each counts both.
      await until(
        "the workers hear each other",
        async () => (await here.io.of("/").adapter.serverCount()) === 2,
      );
      assert.equal((await here.io.fetchSockets()).length, 0);
      const [ann, bob] = [await here.connect(), await there.connect()];
      void ann.socket.join("r");
      void bob.socket.join("r");
      const all = once(bob.client as never, "last");
      for (let n = 0; n < 50; n++) here.io.to("r").emit("n", n);
      here.io.local.emit("n", "local");
      here.io.to("r").emit("last");
      await all;
      await ann.settled();
      assert.deepEqual(bob.got, [...Array(50).keys()]);
      assert.deepEqual(ann.got, [...Array(50).keys(), "local"]);
      assert.equal((await here.io.fetchSockets()).length, 2);
      for (const [name, { client }] of Object.entries({ ann, bob }))
        client.on("ask", (answer: (text: string) => void) => answer(name));
      assert.deepEqual((await here.io.timeout(20_000).emitWithAck("ask")).sort(), ["ann", "bob"]);
      here.io.in(bob.socket.id).disconnectSockets();
      await once(bob.client as never, "disconnect");
    });

  it("a client that disconnects while others are being sent to takes nothing from them", async () => {
    const { io, connect } = await start();
    const [ann, bob, eve] = [await connect(), await connect(), await connect()];
    ann.socket.onAnyOutgoing(() => {
      bob.socket.disconnect(true);
    });
    for (let n = 0; n < 3; n++) io.emit("n", n);
    await nextTurn();
    assert.equal(bob.socket.connected, false);
    io.emit("n", 3);
    await Promise.all([ann.settled(), eve.settled()]);
    assert.deepEqual(eve.got, [0, 1, 2, 3]);
    assert.deepEqual(ann.got, [0, 1, 2, 3]);
    assert.deepEqual(io.sockets.adapter.rooms.has(bob.socket.id), false);
  });

  it("listeners of outgoing events hear each broadcast once", async () => {
    const { io, connect } = await start();
    const ann = await connect();
    const heard: unknown[] = [];
    ann.socket.onAnyOutgoing((_event, n) => heard.push(n));
    for (let n = 0; n < 5; n++) io.emit("n", n);
    await ann.settled();
    assert.deepEqual(
      heard.filter((n) => n !== undefined),
      [0, 1, 2, 3, 4],
    );
  });

  it("what was sent before a socket is disconnected by the server arrives", async () => {
    const { io, connect } = await start();
    const ann = await connect();
    const gone = once(ann.client as never, "disconnect");
    io.emit("n", 1);
    ann.socket.emit("n", 2);
    io.emit("n", 3);
    ann.socket.disconnect(true);
    await gone;
    assert.deepEqual(ann.got, [1, 2, 3]);
  });

  it("a client that comes back gets what is sent then, once", async () => {
    const { io, connect } = await start();
    const ann = await connect();
    const again = once(io, "connection");
    ann.client.io.engine.close();
    io.emit("n", 1);
    const [socket] = (await again) as [ServerSocket];
    io.emit("n", 2);
    const end = once(ann.client as never, "end");
    socket.emit("end");
    await end;
    assert.deepEqual(ann.got, [2]);
  });

  it("acknowledgements of a broadcast and of commands come in order with it", async () => {
    const { io, connect } = await start();
    const ann = await connect();
    ann.client.on("q", (answer: (what: string) => void) => answer("yes"));
    ann.socket.on("ask", (answer: (n: number) => void) => {
      io.emit("n", 1);
      answer(2);
      io.emit("n", 3);
    });
    ann.client.emit("ask", (n: number) => ann.got.push(n));
    const answers = await io.timeout(20_000).emitWithAck("q");
    assert.deepEqual(answers, ["yes"]);
    await ann.settled();
    assert.deepEqual(ann.got, [1, 2, 3]);
  });

  it("more than fits in one turn's buffer is sent early and stays in order", async () => {
    const { io, connect } = await start();
    const ann = await connect();
    const sizes: number[] = [];
    ann.client.on("big", (n: number, text: string) => {
      ann.got.push(n);
      sizes.push(text.length);
    });
    for (let n = 0; n < 30; n++) io.emit("big", n, "ü".repeat(n % 2 === 0 ? 70_000 : 100));
    await ann.settled();
    assert.deepEqual(ann.got, [...Array(30).keys()]);
    assert.deepEqual(sizes.slice(0, 2), [70_000, 100]);
  });

  it("a client that does not read is left to Engine.IO's queue; the others get all", async () => {
    const { io, connect, url } = await start();
    const ann = await connect();
    const stuck = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    closing.push(() => stuck.terminate());
    await once(stuck, "open");
    stuck.send("40");
    const [socket] = (await once(io, "connection")) as [ServerSocket];
    stuck.pause();
    const text = "x".repeat(100_000);
    const conn = socket.conn as unknown as { writeBuffer: unknown[] };
    let sent = 0;
    for (; sent < 400 && conn.writeBuffer.length < 16; sent++) {
      io.emit("n", text);
      await nextTurn();
    }
    assert.ok(conn.writeBuffer.length >= 16, `${conn.writeBuffer.length} packets wait in its queue`);
    await ann.settled();
    assert.equal(ann.got.length, sent);
  });

  it("is on by default and off by configuration, and messages arrive either way", async () => {
    for (const env of [{}, { FAST_IO: "false" }, { FAST_BROADCAST: "false" }, { COMPRESSION: "true" }]) {
      const app = await startEmbedded({ env });
      const { roomsContract } = await import("../../namespaces/rooms/index.ts");
      const ann = await app.connect(roomsContract, "ann");
      const [socket] = app.workers[0]?.io.sockets.sockets.values() ?? [];
      assert.ok(socket);
      const joins = !("FAST_BROADCAST" in env || "COMPRESSION" in env);
      assert.equal(Object.hasOwn(socket.conn, "sendPacket"), joins);
      await ann.call("subscribe", { room: "r" });
      await ann.call("publish", { room: "r", data: 1 });
      assert.equal((await ann.next("message")).data, 1);
    }
  });
});
