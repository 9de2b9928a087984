/** A worker says how loaded it is; what is new goes where there is room, and is refused where there is none. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Server } from "socket.io";
import { arena } from "../../games/arena.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import type { SessionRegistry } from "../../server/sessions/registry.ts";
import { createSlowClientSweep } from "../../server/socketio/limits/slow-clients.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { viewOf } from "../support/realtime.ts";
import { assertRefusesNew } from "../support/server-full.ts";
import { until } from "../support/until.ts";

const LATE_MS = 200;
const ENV = { OVERLOAD_DELAY: "1m", OVERLOAD_AFTER: "100ms", LOAD_DELAY: "100ms" };

const metric = async (url: string, line: string): Promise<number> => {
  const text = String((await get(`${url}/metrics`)).body.text);
  return Number(
    text
      .split("\n")
      .find((each) => each.startsWith(`${line} `))
      ?.split(" ")
      .at(-1),
  ); // NaN: none
};

const readyAt = async (app: TestApp) =>
  Promise.all(app.urls.map(async (url) => (await get(`${url}/ready`)).status));

const roomsAt = (app: TestApp) => app.workers.map(({ modules }) => modules.realtime().rooms);

async function started(app: TestApp, user: string) {
  const client = await app.connect(gameContract, user);
  const { room } = await client.call("room:create", { game: arena.name });
  return { client, room_id: room.room_id, view: viewOf(client, room.room_id, arena) };
}

describe("workers with and without room", () => {
  afterEach(async () => {
    closePlain();
    await closeAll();
  });

  it("a full one takes no connections, its rooms begin on the other; both full refuse; both recover by themselves", async () => {
    const delays = [0, 0];
    const app = await startTwoWorkers({ env: ENV, delayOf: (worker) => delays[worker] ?? 0 });
    const [busy = "", free = ""] = app.urls;
    const tables = await Promise.all(["ann", "bob", "cem"].map((user) => started(app, user)));
    const plain = await openPlain(busy, "/ws/game", { query: { token: app.token("dee") } }).opened();
    const made = await plain.call("room:create", { game: arena.name });

    delays[0] = LATE_MS;
    await until("the worker is full", async () => (await get(`${busy}/ready`)).status === 503);
    assert.equal((await get(`${free}/ready`)).status, 200);
    assert.match(String((await get(`${busy}/health`)).body.reasons), /this worker is full: delay \d+ %/);
    await assertRefusesNew(busy);
    await app.connect(roomsContract, "new", { worker: 1 });
    for (const { client, room_id } of tables) await client.call("room:start", { room_id });
    await Promise.all(tables.map(({ view }) => view.until("its frames", ({ tick }) => tick > 5)));
    assert.deepEqual(roomsAt(app), [0, tables.length]);
    assert.equal(await metric(free, "muster_workers"), 2);
    assert.equal(await metric(free, "muster_workers_full"), 1);
    const [highest, average] = [
      await metric(free, "muster_worker_load_max"),
      await metric(free, "muster_worker_load"),
    ];
    assert.ok(average > 0 && highest <= 1 && highest > average, `${highest} and ${average}`);
    const { workers } = (await get(`${free}/api/websocket`)).body as { workers: { load: number }[] };
    assert.ok(
      workers.some(({ load }) => load > 0) && workers.every(({ load }) => load <= 1),
      "statistics tell it",
    );

    delays[1] = LATE_MS;
    await until("both are full", async () => (await readyAt(app)).every((status) => status === 503));
    const last = tables[0] ?? assert.fail();
    const { room } = await last.client.call("room:create", { game: arena.name });
    const refused = await last.client.raw("room:start", { room_id: room.room_id });
    assert.deepEqual(
      refused.ok ? [] : [refused.error.code, refused.error.retry_after_ms],
      ["server_full", 5_000],
      JSON.stringify(refused),
    );
    const { room_id } = made.room as { room_id: string };
    const told = (await plain.call("room:start", { room_id })) as { error?: Record<string, unknown> };
    assert.deepEqual([told.error?.code, told.error?.retry_after_ms], ["server_full", 5_000]);

    delays.fill(0);
    await until("both have room", async () => (await readyAt(app)).every((status) => status === 200));
    await last.client.call("room:start", { room_id: room.room_id });
    await viewOf(last.client, room.room_id, arena).until("its frames", ({ tick }) => tick > 5);
    await app.connect(roomsContract, "late");
    for (const { view } of tables) assert.deepEqual(view.faults, []);
  });

  it("one client that does not read is a twentieth of a load at most", async () => {
    const app = await startEmbedded({ env: { LOAD_UNSENT: "100kb", OVERLOAD_AFTER: "100ms" } });
    const deaf = await openPlain(app.url, "/ws", { query: { token: app.token("deaf") } }).opened();
    await deaf.next("connected");
    deaf.ws.pause();
    // One packet, which is never too much alone: more than the system's buffers take.
    app.workers[0]?.io.emit("news", "x".repeat(16_000_000));
    const part = () => metric(app.url, 'muster_worker_load_part{part="unsent"}');
    await until("it counts", async () => (await part()) > 0.02);
    assert.ok((await part()) <= 0.05 + 1e-9, `${await part()}`);
    assert.equal(await metric(app.url, "muster_workers_full"), 0);
    deaf.ws.terminate();
  });
});

describe("bytes that wait for clients", () => {
  it("are counted for each user up to a bound, and for all guests together", async () => {
    const engine = new EventEmitter();
    const users = ["ann", "ann", "bob", undefined, undefined];
    const connections = users.map((userId) =>
      Object.assign(new EventEmitter(), { readyState: "open", writeBuffer: [], transport: {}, userId }),
    );
    const sweep = createSlowClientSweep({
      io: { engine } as unknown as Server,
      registry: {
        onTransport: ({ userId }: { userId?: string }) => [
          { identity: { userId: userId ?? "guest", anonymous: userId === undefined } },
        ],
      } as unknown as SessionRegistry,
      unsent: { bytes: () => 100, progress: () => ({ read: 0, whenAll: 1 }), release: () => undefined },
      ...{ log: logBook(), writeWaitMs: 60_000, maxMessageBytes: 1_000 },
    });
    try {
      sweep.watch();
      for (const connection of connections) {
        engine.emit("connection", connection);
        connection.emit("packetCreate");
      }
      await until("they are looked at", () => sweep.unsentInAll(1e9) > 0);
      assert.equal(sweep.unsentInAll(1e9), 500);
      assert.equal(sweep.unsentInAll(150), 150 + 100 + 150);
    } finally {
      sweep.close();
    }
  });
});
