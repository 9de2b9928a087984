import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { GameError } from "../../../core/contract/errors.ts";
import { asId, type ConnectionId, type WorkerId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { append, indexPut, put } from "../../../core/ports/store/documents.ts";
import { documentKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { renewedAt, type StreamNotice, sameStream } from "../../../core/ports/store/streams.ts";
import { RecentDocuments } from "../../../server/store/redis/documents.ts";
import { claimAll, range } from "../../conformance/open.ts";
import { collector } from "../../support/collector.ts";
import { type RedisServer, sharedRedis, uniquePrefix } from "../../support/redis.ts";
import {
  chat,
  heardTexts,
  here,
  isUnavailable,
  keep,
  list,
  partition,
  say,
  score,
  turn,
  workshop,
} from "../../support/redis-store.ts";

import { until } from "../../support/until.ts";

describe("Redis store: Redis as it is found", () => {
  const { redis, open } = workshop();

  it("scripts that Redis has forgotten are sent again", async () => {
    const server = await redis();
    const store = await open(server.url);
    assert.equal(await server.command("SCRIPT", "FLUSH"), "+OK");
    const done = await Promise.all(range(20).map((i) => say(store, `m${i}`)));
    assert.equal(new Set(done.map(({ offset }) => offset)).size, 20);
  });

  it("a full Redis refuses writes, evicts nothing, and takes them again when there is room", async () => {
    const server = await redis({ args: ["--maxmemory-policy", "noeviction"] });
    const store = await open(server.url);
    const first = await say(store, "first");
    await server.command("CONFIG", "SET", "maxmemory", "1mb");
    const other = streamKey<string>(partitions.room("other"), "messages");
    await assert.rejects(say(store, "refused"), isUnavailable);
    await assert.rejects(store.streams.append(other, "refused", keep), isUnavailable);
    const change = {
      partition,
      documents: [put(score, 0, { points: 1 })],
      append: [append(chat, "x", keep)],
    };
    await assert.rejects(store.documents.commit(change), isUnavailable);
    assert.deepEqual(heardTexts((await store.streams.read(chat, { limit: 10 })).entries), ["first"]);
    await server.command("CONFIG", "SET", "maxmemory", "0");
    assert.deepEqual([(await say(store, "second")).epoch, store.health().ok], [first.epoch, true]);
  });

  it("a command makes no timer or signal of its own", async () => {
    const server = await redis();
    const store = await open(server.url);
    const { timeout } = AbortSignal;
    let made = 0;
    AbortSignal.timeout = (ms) => {
      made++;
      return timeout.call(AbortSignal, ms);
    };
    try {
      await say(store, "first");
      await store.streams.read(chat, { limit: 10 });
      await store.bus.publish(topic<{ n: number }>("none"), { n: 1 });
    } finally {
      AbortSignal.timeout = timeout;
    }
    assert.equal(made, 0);
  });

  it("a worker knows what it has just committed, until somebody else has changed it", async () => {
    const server = await redis();
    const [mine, other] = [await open(server.url), await open(server.url)];
    const change = async (store: Store, points: number, expected?: number) => {
      const version = expected ?? (await store.documents.load(score))?.version ?? 0;
      return store.documents.commit({
        partition,
        documents: [{ name: score.name, expected: version, state: { points } }],
      });
    };
    // It is known for 50 ms, which this process may have to wait for a core.
    await until("it is known", async () => {
      const done = await change(mine, 1);
      const known = mine.documents.recent?.(score);
      assert.equal(other.documents.recent?.(score), undefined);
      return done.outcome === "committed" && known?.version === done.versions[0] && known?.state.points === 1;
    });
    const { version } = (await mine.documents.load(score)) ?? { version: 0 };
    await until("it is out of date", async () => {
      await change(mine, 1);
      await change(other, 2);
      return mine.documents.recent?.(score)?.state.points === 1;
    });
    assert.equal((await change(mine, 3, version)).outcome, "conflict");
    assert.equal(mine.documents.recent?.(score), undefined);
  });

  it("what a worker remembers of its commits ends soon, and is bounded", () => {
    let now = 0;
    const recent = new RecentDocuments(() => now);
    for (const [name, ttlMs] of [
      ["short", 20],
      ["long", 5_000],
    ] as const)
      recent.note(name, 1, "{}", ttlMs);
    const known = () => ["short", "long"].filter((name) => recent.find(name) !== undefined);
    assert.deepEqual(known(), ["short", "long"]);
    now = 20;
    assert.deepEqual(known(), ["long"]);
    now = 50;
    assert.deepEqual(known(), []);
    recent.note("large", 1, "x".repeat(100_001));
    assert.equal(recent.find("large"), undefined);
    for (const at of range(1_500)) recent.note(`d${at}`, 1, "x".repeat(3_000));
    const left = range(1_500).filter((at) => recent.find(`d${at}`) !== undefined);
    assert.ok(left.length * 3_000 <= 2_000_000 && left.includes(1_499), `${left.length} are left`);
    recent.note("d1499", 0, "older");
    assert.notEqual(recent.find("d1499")?.text, "older");
  });

  it("a wrong password is told on opening, with what to correct; the right one serves", async () => {
    const server = await redis();
    await server.command("CONFIG", "SET", "requirepass", "right");
    await assert.rejects(
      open(server.url, { password: "wrong" }),
      /WRONGPASS.*: correct REDIS_URL, or REDIS_PASSWORD$/,
    );
    const right = await open(server.url, { password: "right" });
    assert.equal((await say(right, "first")).offset, 1);
  });

  it("every script keeps to one slot, as a Redis Cluster demands", async () => {
    const server = await redis({ args: ["--cluster-enabled", "yes"] });
    assert.equal(await server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383"), "+OK");
    while (!(await clusterIsUp(server))) await new Promise((resolve) => setTimeout(resolve, 20));
    const store = await open(server.url);
    const lease = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(lease);
    const done = await store.documents.commit({
      partition,
      documents: [put(score, 0, { points: 1 })],
      unchanged: [{ name: "other", expected: 0 }],
      append: [append(chat, "one", keep)],
      index: [indexPut(list, "ann", 1, 1)],
      deadlines: [schedule(turn, "a", store.now(), { turn: 1 })],
      once: { id: "ann:1", result: 1, ttlMs: 1_000 },
      fence: { name: "tick", token: lease.token },
    });
    assert.equal(done.outcome, "committed");
    const rooms = range(40).map((i) => partitions.room(`r${i}`));
    await store.documents.loadMany(rooms.map((room) => documentKey<number>(room, "state")));
    await store.streams.positions(rooms.map((room) => streamKey<number>(room, "log")));
    await store.streams.append(chat, "two", { ...keep, idempotencyKey: "k" });
    await store.counters.add(
      range(40).map((i) => ({ key: `k${i}`, add: 1 })),
      1_000,
    );
    assert.equal((await store.indexes.page(list, { limit: 5 })).members.length, 1);
    await store.presence.connect(here, { subject: "ann", connection: asId<ConnectionId>("c1") });
    await store.presence.disconnect(here, "ann", asId<ConnectionId>("c1"));
    for (const claimed of await claimAll(store)) await store.deadlines.complete(claimed);
    assert.equal(await store.deadlines.size(), 0);
    assert.equal(await store.presence.leave(here, "ann"), true);
    assert.deepEqual(await store.presence.sweep([here], 15_000), []);
    await store.leases.release(lease);
  });

  it("a prefix that could not stand in a key tag is refused", async () => {
    for (const prefix of ["", "a}b", "{a", "a b", "x".repeat(65)])
      await assert.rejects(open("redis://127.0.0.1:1", { prefix }), /prefix/);
  });

  it("a renewed stream has its entries, offsets and listeners, and another epoch, once, however many ask", async () => {
    const { url } = await sharedRedis();
    const prefix = uniquePrefix();
    const [store, other] = [await open(url, { prefix }), await open(url, { prefix })];
    const told = collector<StreamNotice<string>>();
    await other.streams.subscribe(chat, told.hear);
    const { epoch } = await say(store, "one");
    await say(store, "two");
    const renewals = await Promise.all([store, other].map((one) => one.streams.renew?.(chat, epoch)));
    const [renewed] = renewals;
    assert.ok(renewed && renewed.epoch !== epoch);
    assert.deepEqual(renewals, [renewed, { epoch: renewed.epoch, offset: 2 }]);
    assert.equal(renewedAt(renewed.epoch), 2);
    assert.ok(sameStream(epoch, renewed.epoch));
    const third = await say(store, "three");
    assert.deepEqual([third.epoch, third.offset], [renewed.epoch, 3]);
    const page = await other.streams.read(chat, { limit: 10 });
    assert.deepEqual(heardTexts(page.entries), ["one", "two", "three"]);
    assert.deepEqual(heardTexts(await told.reaches(3)), ["one", "two", "three"]);
    const keyed = { ...keep, idempotencyKey: "once" };
    const first = await store.streams.append(chat, "keyed", keyed);
    const again = await other.streams.renew?.(chat, renewed.epoch);
    const repeat = await store.streams.append(chat, "keyed", keyed);
    assert.deepEqual([repeat.duplicate, repeat.offset, repeat.entry], [true, first.offset, "keyed"]);
    assert.ok(again && sameStream(epoch, again.epoch) && renewedAt(again.epoch) === 4);
    assert.notEqual(again.epoch, renewed.epoch);
    assert.ok(again.epoch.length < 60, again.epoch);
  });

  it("a cursor that is not one of ours is invalid_payload", async () => {
    const store = await open((await sharedRedis()).url, { prefix: uniquePrefix() });
    for (const cursor of ["", "x", ":a", "NaN:a", "Infinity:a", "(1:a"])
      await assert.rejects(
        store.indexes.page(list, { limit: 1, cursor }),
        (error: GameError) => error.code === "invalid_payload",
      );
  });
});

const clusterIsUp = async (server: RedisServer) => (await server.command("GET", "any")) === "$-1";

describe("Redis store: time and ends", () => {
  const { redis, open } = workshop();
  const HOUR_MS = 3_600_000;

  for (const wrong of [HOUR_MS, -HOUR_MS])
    it(`a worker whose clock is ${wrong / HOUR_MS} hours off sets and claims deadlines at the right time`, async () => {
      const { url } = await sharedRedis();
      const prefix = uniquePrefix();
      const right = await open(url, { prefix });
      const off = await open(url, { prefix, clock: { now: () => Date.now() + wrong } });
      assert.ok(Math.abs(off.now() - Date.now()) < 100);
      await off.documents.commit({
        partition,
        deadlines: [
          schedule(turn, "later", off.now() + 20_000, { turn: 1 }),
          schedule(turn, "now", off.now(), { turn: 2 }),
        ],
      });
      assert.deepEqual(
        (await claimAll(right)).map(({ id }) => id),
        ["now"],
      );
      await right.documents.commit({
        partition,
        deadlines: [schedule(turn, "far", right.now() + 20_000, { turn: 3 })],
      });
      assert.deepEqual(await claimAll(off), []);
      assert.equal(await off.deadlines.size(), 3);
    });

  it("a worker whose clock is moved while it runs follows the store's", async () => {
    let ahead = 0;
    const store = await open((await sharedRedis()).url, {
      prefix: uniquePrefix(),
      clock: { now: () => Date.now() + ahead },
    });
    for (const moved of [HOUR_MS, -HOUR_MS, 0]) {
      ahead = moved;
      await say(store, "any answer tells the time");
      assert.ok(Math.abs(store.now() - Date.now()) < 100);
    }
  });

  it("what is due now is due in the store at once, every time", async () => {
    const store = await open((await sharedRedis()).url, { prefix: uniquePrefix() });
    for (const i of range(200)) {
      await store.documents.commit({
        partition,
        deadlines: [schedule(turn, `${i}`, store.now(), { turn: i })],
      });
      assert.equal((await store.deadlines.claim(5, 60_000, partition)).length, 1);
    }
  });

  it("connections told by a worker that Redis has forgotten since are swept, once it is silent for long", async () => {
    const server = await redis();
    let ahead = 0;
    const moved = { clock: { now: () => Date.now() + ahead }, timeOffsetMs: () => ahead };
    const [lost, other] = [
      await open(server.url, moved),
      await open(server.url, { ...moved, worker: asId<WorkerId>("w2") }),
    ];
    const tell = (n: number) =>
      lost.presence.connect(here, { subject: "ann", connection: asId<ConnectionId>(`c${n}`) });
    await tell(1);
    await server.flush();
    await tell(2);
    assert.deepEqual(await other.presence.sweep([here], 15_000), [], "it may tell of itself any moment");
    ahead += 15_001;
    assert.deepEqual(await other.presence.sweep([here], 15_000), ["w1"]);
    assert.deepEqual(await other.presence.size(here), { subjects: 1, connections: 0 });
    assert.deepEqual(await other.presence.sweep([here], 15_000), []);
  });

  it("a sweep of many connections ends them all, with one edge for each subject", async () => {
    let ahead = 0;
    const moved = {
      clock: { now: () => Date.now() + ahead },
      timeOffsetMs: () => ahead,
      prefix: uniquePrefix(),
    };
    const { url } = await sharedRedis();
    const dead = await open(url, moved);
    const other = await open(url, { ...moved, worker: asId<WorkerId>("w2") });
    const connects = range(1_000).map((i) =>
      dead.presence.connect(here, { subject: `u${i % 500}`, connection: asId<ConnectionId>(`c${i}`) }),
    );
    await Promise.all(connects);
    ahead += 15_001;
    assert.deepEqual(await other.presence.sweep([here], 15_000), ["w1"]);
    assert.deepEqual(await other.presence.size(here), { subjects: 500, connections: 0 });
    const edges = await claimAll(other);
    assert.equal(new Set(edges.map(({ id }) => id)).size, 500);
    assert.equal(edges.length, 500);
  });

  it("after close nothing keeps the process, whether Redis is there, away or frozen", async () => {
    const server = await redis();
    const states = [() => {}, () => server.freeze(), () => server.kill()];
    for (const enter of states) {
      const child = spawn(
        process.execPath,
        ["--import", "tsx", "--input-type=module", "-e", OPEN_AND_CLOSE],
        {
          stdio: ["pipe", "pipe", "inherit"],
          env: { ...process.env, REDIS: server.url },
        },
      );
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await enter();
      child.stdin.end("close\n");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      assert.deepEqual(await ended, [0, null]);
      clearTimeout(timer);
    }
  });
});

/** Opens a store, says so, and closes it when told. */
const OPEN_AND_CLOSE = `
  const { openRedisStore } = await import(${JSON.stringify(new URL("../../../server/store/redis/index.ts", import.meta.url).href)});
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openRedisStore({ url: process.env.REDIS, worker: "w", clock: { now: Date.now }, log });
  await store.bus.subscribe({ topic: "t" }, () => {});
  console.log("open");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.destroy();
  store.presence.heartbeat({}).catch(() => {});
  await store.close();
`;
