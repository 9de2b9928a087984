/** A worker that is slower than its clients sheds work in an order, never what it has taken, and recovers by itself. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Adapter } from "socket.io-adapter";
import { PacketType } from "socket.io-parser";
import { Type } from "typebox";
import { WebSocket } from "ws";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { rooms } from "../../core/rooms.ts";
import { arena } from "../../games/arena.ts";
import { createByteLimiter } from "../../middleware/rate-limit/bytes.ts";
import { createRateLimiter } from "../../middleware/rate-limit/limiter.ts";
import { HeavyTalkers } from "../../middleware/rate-limit/talkers.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { LoadLevels } from "../../server/process/load.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { type LogBook, logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { plain as plainState, type RealtimeView, viewOf } from "../support/realtime.ts";
import { assertRefusesNew } from "../support/server-full.ts";
import { until } from "../support/until.ts";

const BURN_MS = 120;

/** Keeps the event loop for a while. */
const burn = defineEvent({
  namespace: "/",
  name: "burn",
  schema: Type.Object({}),
  rate: { max: 10_000, windowMs: 1_000 },
  handle() {
    for (const end = performance.now() + BURN_MS; performance.now() < end; );
    return { burned: BURN_MS };
  },
});

const metric = async (app: TestApp, line: string): Promise<number> => {
  const text = String((await get(`${app.url}/metrics`)).body.text);
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return Number(found?.split(" ").at(-1));
};

/** An app whose event loop is as late as the test says: each look finds it too late, in between, or well. */
async function startAt(yaml: string, log?: LogBook) {
  const plan: ("late" | "well" | "between")[] = [];
  const app = await startEmbedded({
    env: { OVERLOAD_DELAY: "100ms", OVERLOAD_AFTER: "100ms" },
    yaml,
    ...(log && { log }),
    app: {
      events: [burn],
      eventLoopDelayMs: () => ({ late: 300, well: 0, between: 70 })[plan.shift() ?? "between"],
    },
  });
  const level = () => metric(app, "muster_overload_level");
  return {
    app,
    level,
    /** By so many levels: a look in between ends what was counted before, and the next begins to count. */
    async go(by: number, to: number): Promise<void> {
      plan.push("between");
      for (let look = 0; look <= Math.abs(by); look++) plan.push(by > 0 ? "late" : "well");
      await until(`it is at level ${to}`, async () => plan.length === 0 && (await level()) === to);
    },
  };
}

const RATES =
  "rate_limits: { connection: off, user: off, events: { subscribe: { max: 5000, window: 1s } } }\n";
const TALK = 40;

type Talk = (room: string) => Promise<{ ok: boolean; error?: { code: string; retry_after_ms?: number } }>;

/** How many of many commands in one go were taken; the others are refused with a time to wait. */
async function takenOf(talk: Talk): Promise<number> {
  const acks = await Promise.all(Array.from({ length: TALK }, () => talk("lobby")));
  for (const { ok, error } of acks)
    if (!ok) assert.ok(error?.code === "rate_limited" && Number(error.retry_after_ms) > 0);
  return acks.filter(({ ok }) => ok).length;
}

describe("a worker that is too slow for its clients", () => {
  afterEach(async () => {
    closePlain();
    await closeAll();
  });

  it("sheds new connections, then volatile events, then who talks most, over each transport; and tells it", async () => {
    const log = logBook("info");
    const { app, go, level } = await startAt(RATES, log);
    const talkers: Record<string, Talk> = {};
    for (const transport of ["websocket", "polling"] as const) {
      const client = await app.connect(roomsContract, transport, { transports: [transport] });
      talkers[transport] = (room) => client.raw("subscribe", { room });
    }
    const plain = openPlain(app.url, "/ws", { query: { token: app.token("plain") } });
    await plain.next("connected");
    talkers.plain = async (room) => (await plain.call("subscribe", { room })) as Awaited<ReturnType<Talk>>;
    const typist = await app.connect(chatContract, "typist");
    const readers = [
      await app.connect(chatContract, "reader"),
      await app.connect(chatContract, "poller", { transports: ["polling"] }),
    ];
    const plainReader = await openPlain(app.url, "/ws/chat", {
      query: { token: app.token("plainReader") },
    }).opened();
    const typeHere = () => typist.call("typing", { channel: "global", typing: true });
    let said = 0;
    /** Whether each of the readers is shown that somebody types, before what is said then. */
    async function seesTyping(type: () => unknown = typeHere): Promise<boolean[]> {
      await type();
      const content = `said ${++said}`;
      await typist.call("chat_message", { channel: "global", content });
      await Promise.all([
        ...readers.map((reader) => reader.next("chat_message", (message) => message.content === content)),
        plainReader.next("chat_message", (message) => message.content === content),
      ]);
      await typist.call("typing", { channel: "global", typing: false });
      // That somebody has stopped is no volatile event.
      const begins = (event: unknown, payload: unknown) =>
        event === "typing" && (payload as { typing?: boolean }).typing === true;
      const seen = [
        ...readers.map(({ log: got }) => got.splice(0).some(({ event, payload }) => begins(event, payload))),
        plainReader.log.splice(0).some((frame) => begins((frame as { type?: string }).type, frame)),
      ];
      return seen;
    }
    /** A broadcast that another worker marked as volatile, as the adapter hands it on here. */
    const typeElsewhere = () =>
      Adapter.prototype.broadcast.call(
        app.workers[0]?.io.of("/chat").adapter ?? assert.fail(),
        { type: PacketType.EVENT, data: ["typing", { user: "far", typing: true }], nsp: "/chat" },
        { rooms: new Set<string>(), except: new Set<string>([rooms.slow()]) },
      );
    const shed = (what: string) => metric(app, `muster_shed_total{what="${what}"}`);
    const talkAll = async () => {
      const taken: Record<string, number> = {};
      for (const [transport, talk] of Object.entries(talkers)) taken[transport] = await takenOf(talk);
      return taken;
    };
    const all = { websocket: TALK, polling: TALK, plain: TALK };
    const ready = async () => (await get(`${app.url}/ready`)).status;

    assert.deepEqual(await seesTyping(), [true, true, true]);
    assert.deepEqual(await seesTyping(typeElsewhere), [true, true, true]);
    assert.deepEqual(await talkAll(), all);
    assert.equal(await ready(), 200);

    await go(1, 1);
    assert.equal(await ready(), 503);
    const { body } = await get(`${app.url}/health`);
    assert.equal(body.status, "degraded");
    assert.match(
      String(body.reasons),
      /this worker is overloaded: its event loop is \d+ ms late \(level 1 of 3\)/,
    );
    await assertRefusesNew(app.url);
    assert.deepEqual(await seesTyping(), [true, true, true], "level 1 sheds no events");
    assert.deepEqual(await talkAll(), all, "nor commands");
    assert.equal(log.of("this worker is too slow for its clients: it takes no new connections").length, 1);

    await go(1, 2);
    await assertRefusesNew(app.url);
    assert.deepEqual(await seesTyping(), [false, false, false]);
    assert.deepEqual(await seesTyping(typeElsewhere), [false, false, false]);
    assert.ok((await shed("volatile")) >= 2);
    assert.deepEqual(await talkAll(), all, "level 2 sheds no commands");

    await go(1, 3);
    await assertRefusesNew(app.url);
    assert.deepEqual(await seesTyping(), [false, false, false], "one who sends little is served");
    for (const [transport, taken] of Object.entries(await talkAll()))
      assert.ok(taken >= 10 && taken < TALK, `${transport}: ${taken}`);
    assert.ok((await shed("commands")) > 0);
    assert.ok((await shed("connections")) >= 15);

    await go(-3, 0);
    assert.equal(await level(), 0);
    assert.equal(await ready(), 200);
    assert.equal((await get(`${app.url}/health`)).body.status, "healthy");
    assert.equal(log.of("this worker is quick again: it takes new connections").length, 1);
    for (const reader of readers) reader.log.length = 0;
    assert.deepEqual(await seesTyping(), [true, true, true]);
    assert.deepEqual(await talkAll(), all);
    await app.connect(roomsContract, "late");
  });

  it("tells no more than a hundred new plain clients a second why; the others get a status", async () => {
    const { app, go } = await startAt(RATES);
    await go(1, 1);
    const ends = await Promise.all(Array.from({ length: 300 }, () => endOf(app)));
    const told = ends.filter((end) => end === 1013).length;
    assert.ok(told >= 100 && told < 300, `${told}`);
    assert.equal(ends.filter((end) => end === 503).length, 300 - told);
  });

  it("sends a frame of a real-time room for four, which says what they would have said", async () => {
    const { app, go } = await startAt(RATES);
    const owner = await app.connect(gameContract, "ann");
    const { room } = await owner.call("room:create", { game: arena.name });
    const other = await app.connect(gameContract, "bob");
    await other.call("room:join", { room_id: room.room_id, form: "columns" });
    const game: RealtimeGame = arena;
    const views = [owner, other].map((client) => viewOf(client, room.room_id, game));
    await owner.call("room:start", { room_id: room.room_id });
    const ticksInAFrame = (view: RealtimeView, ticks: number) => {
      const from = view.frames.length;
      return view.until(`frames of ${ticks} ticks`, ({ frames }) => {
        const latest = frames.slice(Math.max(from, frames.length - 3));
        return latest.length === 3 && latest.every(({ tick, base }) => tick - base === ticks);
      });
    };
    await Promise.all(views.map((view) => ticksInAFrame(view, 1)));
    await go(2, 2);
    await Promise.all(views.map((view) => ticksInAFrame(view, 4)));
    const [ann, bob] = views;
    assert.ok(ann && bob);
    const seen = new Map<number, unknown>();
    await bob.until("five more frames", (view) => seen.set(view.tick, plainState(view.state)).size > 5);
    const [mine, theirs] = await ann.until("one of those", (view) => {
      const known = seen.get(view.tick);
      return known === undefined ? undefined : [plainState(view.state), known];
    });
    assert.deepEqual(mine, theirs);
    await go(-2, 0);
    await Promise.all(views.map((view) => ticksInAFrame(view, 1)));
    for (const { faults, syncs } of views) assert.deepEqual([faults, syncs.length], [[], 1]);
  });

  it("cuts a client that goes on although refused", async () => {
    const { app, go } = await startAt(RATES);
    const heavy = await app.connect(roomsContract, "heavy");
    const light = await app.connect(roomsContract, "light");
    await go(3, 3);
    for (let at = 0; at < 1_500; at++) heavy.socket.emit("subscribe", { room: "lobby" });
    await heavy.nextAny("(disconnect)");
    assert.equal(heavy.log.filter(({ event }) => event === "error").length > 0, true);
    assert.equal((await light.raw("subscribe", { room: "lobby" })).ok, true);
  });

  it("notices by itself that its event loop is late, answers what it took, and recovers", async () => {
    const app = await startEmbedded({
      env: { OVERLOAD_DELAY: "60ms", OVERLOAD_AFTER: "500ms" },
      yaml: RATES,
      app: { events: [burn] },
    });
    const heavy = await app.connect(roomsContract, "heavy");
    let goesOn = true;
    const outcomes: boolean[] = [];
    const burning = (async () => {
      while (goesOn) outcomes.push((await heavy.socket.timeout(20_000).emitWithAck("burn", {})).ok);
    })();
    await until("it takes no new connections", async () => (await get(`${app.url}/ready`)).status === 503);
    goesOn = false;
    await burning;
    assert.ok(outcomes.length > 0 && outcomes.every((ok) => ok), "acknowledged work is never shed");
    await until("it takes new connections", async () => (await get(`${app.url}/ready`)).status === 200);
    await app.connect(roomsContract, "late");
  });

  it("is never one where the bound is nought", async () => {
    const app = await startEmbedded({
      env: { OVERLOAD_DELAY: "0" },
      app: { eventLoopDelayMs: () => 10_000 },
    });
    await app.connect(roomsContract, "ann");
    assert.equal((await get(`${app.url}/ready`)).status, 200);
    assert.equal(await metric(app, "muster_overload_level"), 0);
  });
});

/** How an upgrade that is refused ends: the close code, or the status. */
function endOf(app: TestApp): Promise<number> {
  const ws = new WebSocket(`${app.url.replace("http", "ws")}/ws`);
  return new Promise((resolve) => {
    ws.on("error", () => undefined);
    ws.on("close", (code) => resolve(code));
    ws.on("unexpected-response", (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
  });
}

describe("levels of load", () => {
  it("rise while it is too slow, stay in between, and fall once it has been quick for as long", () => {
    const levels = new LoadLevels({ boundMs: 200, holdMs: 3_000 });
    let now = 0;
    const levelAfter = (delayMs: number, looks: number) => {
      for (let at = 0; at < looks; at++) {
        now += 500;
        levels.look(delayMs, now);
      }
      return levels.level;
    };
    assert.equal(levelAfter(500, 6), 0, "not yet");
    assert.equal(levelAfter(500, 1), 1);
    assert.equal(levelAfter(500, 6), 2);
    assert.equal(levelAfter(150, 50), 2, "in between nothing changes");
    assert.equal(levelAfter(500, 30), 3);
    assert.equal(levelAfter(10, 6), 3, "quick, but not for long");
    assert.equal(levelAfter(500, 1), 3);
    assert.equal(levelAfter(10, 7), 2);
    assert.equal(levelAfter(10, 6), 1);
    assert.equal(levelAfter(10, 6), 0);
    assert.equal(levelAfter(10, 20), 0);
  });
});

describe("heavy talkers", () => {
  it("may send twice the average of the second before, and nobody less than ten", () => {
    const talkers = new HeavyTalkers<string>(10);
    const taken = (user: string, times: number, now: number) =>
      Array.from({ length: times }, () => talkers.take(user, now)).filter((wait) => wait === 0).length;
    assert.equal(taken("heavy", 100, 1_000), 10);
    assert.equal(talkers.take("heavy", 1_400), 600);
    for (const light of ["a", "b", "c"]) assert.equal(taken(light, 10, 1_500), 10);
    // Ten on average.
    assert.equal(taken("heavy", 100, 2_000), 20);
    assert.equal(taken("a", 1, 2_000), 1);
    talkers.forget();
    assert.equal(taken("heavy", 100, 2_100), 10);
  });

  it("are users, whatever the number of their connections, and counted by bytes too", () => {
    const clock = { now: () => 5_000 };
    const isOverloaded = () => true;
    const limiter = createRateLimiter({ limits: { events: {} }, clock, isOverloaded });
    const command = { name: "x", rate: { max: 1_000, windowMs: 1_000 } };
    const taken = (userId: string) =>
      Array.from({ length: 20 }, (_, nr) => limiter.take({ id: `${userId} ${nr}`, userId }, command)).filter(
        (wait) => wait === 0,
      ).length;
    assert.deepEqual([taken("ann"), taken("bob")], [10, 10]);
    limiter.close();

    const refused: string[] = [];
    const bytes = createByteLimiter({
      ...{ clock, isOverloaded, connectionBytes: 1e9, userBytes: 1e9 },
      onRefused: (limit) => refused.push(limit),
      onFlood: () => assert.fail("cut"),
    });
    const connection = (user: string | undefined) => {
      const one = new EventEmitter();
      bytes.follow(one, user);
      return one;
    };
    const [first, second, guest] = [connection("ann"), connection("ann"), connection(undefined)];
    assert.equal(bytes.take(first, 100_000), 0, "one message alone is never too much");
    assert.equal(bytes.take(second, 10), 1_000, "the same user");
    assert.equal(bytes.take(guest, 60_000), 0);
    assert.equal(bytes.take(guest, 60_000), 1_000);
    assert.deepEqual(refused, ["overload", "overload"]);
    bytes.close();
  });
});
