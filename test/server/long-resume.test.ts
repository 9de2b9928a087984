/** A client that comes back and has missed megabytes: it gets all of it, in order, and nobody else has to wait for that. */
import assert from "node:assert/strict";
import type { WebSocket } from "ws";
import { partitions, type StreamKey, streamKey } from "../../core/ports/store/keys.ts";
import type { StreamPosition } from "../../core/ports/store/streams.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import type { RoomsContract } from "../../namespaces/rooms/schema.ts";
import { createUnsent, type Engine } from "../../server/socketio/limits/unsent.ts";
import { onEachSetup, type TestApp, type TestClient } from "../support/app.ts";
import { PlainClient } from "../support/plain.ts";

/** Nothing is held, and nobody polls. */
const unsent = createUnsent(() => 0, { unread: () => 0, readBy: () => 0, drop() {} });
const MAX_ANSWER = 512 * 1_024;
const PAGE = 64 * 1_024;
/** Appended at the same time, in entries and in bytes: no more than a busy machine's store takes. */
const AT_ONCE = 20;
const AT_ONCE_BYTES = 1_000_000;
const KEPT = { maxLength: 10_000, ttlMs: 3_600_000 };
const messagesOf = (room: string): StreamKey<object> => streamKey(partitions.room(room), "messages");

interface Message {
  readonly offset?: number | undefined;
  readonly data: unknown;
}

/** @returns the cursor before the first of them */
async function fill(app: TestApp, room: string, count: number, bytes: number): Promise<StreamPosition> {
  const streams = app.workers[0]?.services.store.streams;
  if (!streams) throw new Error("no worker");
  const [begin] = await streams.positions([messagesOf(room)]);
  const append = (at: number) =>
    streams.append(messagesOf(room), { data: `${at} `.padEnd(bytes, "x"), client_id: "c", at: 1 }, KEPT);
  const some = Math.min(AT_ONCE, Math.floor(AT_ONCE_BYTES / bytes));
  for (let at = 0; at < count; at += some)
    await Promise.all(Array.from({ length: Math.min(some, count - at) }, (_, i) => append(at + i)));
  if (!begin) throw new Error("the store is away");
  return begin;
}

/** Notes the bytes of all pages that are read from now on. */
function watchPages(app: TestApp): number[] {
  const pages: number[] = [];
  for (const { services } of app.workers) {
    const { streams } = services.store;
    const read = streams.read.bind(streams);
    Object.assign(streams, {
      read: async (...args: Parameters<typeof read>) => {
        const page = await read(...args);
        pages.push(page.bytes ?? 0);
        return page;
      },
    });
  }
  return pages;
}

/** All message events of a room up to an offset. */
async function messagesTo(client: TestClient<RoomsContract>, end: number): Promise<Message[]> {
  await client.next("message", ({ offset }) => offset === end);
  return client.log.filter(({ event }) => event === "message").map(({ payload }) => payload as Message);
}

function checkWhole(first: readonly Message[], later: readonly Message[], end: number): void {
  assert.ok(JSON.stringify(first).length <= MAX_ANSWER, `${JSON.stringify(first).length} bytes`);
  assert.ok(first.length > 0 && later.length > 0);
  assert.deepEqual(
    [...first, ...later].map(({ offset }) => offset),
    Array.from({ length: end }, (_, at) => at + 1),
  );
}

onEachSetup((setup) => {
  describe("a client that missed much", () => {
    for (const transports of [["websocket"], ["polling"]] as ("websocket" | "polling")[][])
      it(`gets the beginning in the answer and the rest as events, before what is new (${transports})`, async () => {
        const app = await setup.start();
        const since = await fill(app, "r", 40, 60_000);
        const pages = watchPages(app);
        const talker = await app.connect(roomsContract, "talker", { worker: 1 });
        await talker.call("subscribe", { room: "r" });
        const ann = await app.connect(roomsContract, "ann", { transports });
        const answer = await ann.call("subscribe", { room: "r", since });
        await talker.call("publish", { room: "r", data: "new" });
        assert.deepEqual([answer.recovered, answer.epoch], [true, since.epoch]);
        const later = await messagesTo(ann, 41);
        checkWhole(answer.messages ?? [], later, 41);
        assert.equal(answer.offset, answer.messages?.at(-1)?.offset);
        assert.equal(later.at(-1)?.data, "new");
        assert.ok(Math.max(...pages) <= PAGE, `a page of ${Math.max(...pages)} bytes was read`);
        await talker.call("publish", { room: "r", data: "newer" });
        assert.equal((await ann.next("message", ({ offset }) => offset === 42)).data, "newer");
      });

    it("gets all in the answer where that is no more than 512 KB", async () => {
      const app = await setup.start();
      const since = await fill(app, "r", 8, 60_000);
      const ann = await app.connect(roomsContract, "ann");
      const answer = await ann.call("subscribe", { room: "r", since });
      assert.deepEqual([answer.messages?.length, answer.offset], [8, 8]);
    });

    it("gets it over plain WebSocket too", async () => {
      const app = await setup.start();
      const since = await fill(app, "r", 40, 60_000);
      const ann = new PlainClient(`${app.url}/ws`, { query: { token: app.token("ann") } });
      await ann.next("connected");
      const answer = await ann.call("subscribe", { room: "r", since });
      await ann.next("message", ({ offset }) => offset === 40);
      const later = ann.log.filter((frame) => "type" in (frame as object)) as {
        type: string;
        offset: number;
      }[];
      checkWhole(
        answer.messages as Message[],
        later.filter(({ type }) => type === "message").map(({ offset }) => ({ offset, data: "" })),
        40,
      );
      ann.ws.close();
    });

    it("of many small messages in a room with a long name the answer is bounded too", async () => {
      const app = await setup.start();
      const room = "語".repeat(200);
      const since = await fill(app, room, 1_500, 10);
      const ann = await app.connect(roomsContract, "ann");
      const { messages = [] } = await ann.call("subscribe", { room, since });
      assert.ok(Buffer.byteLength(JSON.stringify(messages)) <= MAX_ANSWER);
      const later = await messagesTo(ann, 1_500);
      assert.deepEqual(
        [...messages, ...later].map(({ offset }) => offset),
        Array.from({ length: 1_500 }, (_, at) => at + 1),
      );
    });

    it("and does not read what it asked for keeps little waiting at the server, and nobody else", async () => {
      const app = await setup.start();
      const since = await fill(app, "r", 60, 300_000);
      const talker = await app.connect(roomsContract, "talker");
      await talker.call("subscribe", { room: "talk" });
      const deaf = new PlainClient(`${app.url}/ws`, { query: { token: app.token("deaf") } });
      await deaf.next("connected");
      const deafer = await app.connect(roomsContract, "deafer");
      deaf.send({ type: "subscribe", room: "r", since });
      deaf.ws.pause();
      await deafer.call("subscribe", { room: "r", since });
      // Of the client's own transport: it reads nothing more from its socket.
      const transport = deafer.socket.io.engine.transport as unknown as { ws: WebSocket };
      transport.ws.pause();
      for (let at = 1; at <= 20; at++) {
        await talker.call("publish", { room: "talk", data: at });
        await talker.next("message", ({ data }) => data === at);
        for (const connection of connectionsOf(app))
          assert.ok(unsent.bytes(connection) <= 2 * MAX_ANSWER, `${unsent.bytes(connection)} bytes`);
      }
      deaf.ws.terminate();
      transport.ws.terminate();
    });
  });

  it("three clients that come back again and again for 24 MB leave the others their pace", async () => {
    const app = await setup.start({ env: { RATE_LIMITS_EVENTS: "publish=off,subscribe=off" } });
    const since = await fill(app, "r", 48, 500_000);
    const pages = watchPages(app);
    const talker = await app.connect(roomsContract, "talker");
    await talker.call("subscribe", { room: "talk" });
    let isOver = false;
    const greedy = Array.from({ length: 3 }, async (_, at) => {
      const client = new PlainClient(`${app.url}/ws`, { query: { token: app.token(`greedy-${at}`) } });
      await client.next("connected");
      while (!isOver) await client.call("subscribe", { room: "r", since });
      client.ws.close();
    });
    const latencies: number[] = [];
    for (let at = 0; at < 60; at++) {
      const startedAt = performance.now();
      await talker.call("publish", { room: "talk", data: at });
      await talker.next("message", ({ data }) => data === at);
      latencies.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    isOver = true;
    await Promise.all(greedy);
    latencies.sort((one, other) => one - other);
    assert.ok((latencies.at(-4) ?? 0) < 300, latencies.slice(-6).join());
    assert.ok(Math.max(...pages) < 501_000, "no more than one entry that is larger than a page");
  });
});

function connectionsOf(app: TestApp) {
  return app.workers.flatMap(({ io }) => {
    const engine = io.engine as unknown as { clients: Record<string, Engine> };
    return Object.values(engine.clients);
  });
}
