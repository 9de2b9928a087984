import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { GameError } from "../../../core/errors.ts";
import { asId, type ConnectionId, type WorkerId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/bus.ts";
import { deadlineKind, schedule } from "../../../core/ports/deadlines.ts";
import { append, enlist, put } from "../../../core/ports/documents.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../../core/ports/keys.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { PresenceEdge, PresenceScope } from "../../../core/ports/presence.ts";
import type { Store, StoreHealth } from "../../../core/ports/store.ts";
import { openRedisStore, type RedisStoreOptions } from "../../../server/store/redis/index.ts";
import { claimAll, collector, range } from "../../conformance/open.ts";
import { type RedisServer, sharedRedis, startRedis, uniquePrefix } from "../../support/redis.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const partition = partitions.channel("general");
const score = documentKey<{ points: number }>(partition, "score");
const chat = streamKey<string>(partition, "messages");
const list = indexKey<number>(partition, "list");
const turn = deadlineKind<{ turn: number }>("test:turn");
const offline = deadlineKind<PresenceEdge>("test:offline");
const here: PresenceScope = { name: "ns:/chat", online: [], offline: [{ kind: offline, afterMs: 0 }] };
const keep = { maxLength: 10_000, ttlMs: 3_600_000 };
const isUnavailable = (error: GameError) => error.code === "unavailable";

/** Stores and servers of one test, closed after it. */
function workshop() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    async redis(...args: Parameters<typeof startRedis>): Promise<RedisServer> {
      const server = await startRedis(...args);
      closing.push(() => server.close());
      return server;
    },
    async open(url: string, options: Partial<RedisStoreOptions> = {}): Promise<Store> {
      const worker = asId<WorkerId>("w1");
      const clock = { now: Date.now };
      const store = await openRedisStore({ url, worker, clock, log: silent, ...options });
      closing.push(() => store.close());
      return store;
    },
  };
}

/** Resolves when the store's health is as asked, or fails after `withinMs`. */
function turned(store: Store, ok: boolean, withinMs: number): Promise<StoreHealth> {
  return new Promise((resolve, reject) => {
    if (store.health().ok === ok) return resolve(store.health());
    const timer = setTimeout(() => reject(new Error(`health is not ${ok} after ${withinMs} ms`)), withinMs);
    const end = store.onHealth((health) => {
      if (health.ok !== ok) return;
      clearTimeout(timer);
      end();
      resolve(health);
    });
  });
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

const say = (store: Store, text: string) => store.streams.append(chat, text, keep);
const heardTexts = (entries: readonly { readonly entry: string }[]) => entries.map(({ entry }) => entry);

describe("Redis store: Redis goes away", () => {
  const { redis, open } = workshop();

  it("killed and restarted on its append-only file, it has all that was acknowledged, under the same epochs", async () => {
    const server = await redis({ appendOnly: "always" });
    const store = await open(server.url);
    const { epoch } = await say(store, "first");
    const lease = await store.leases.acquire(partition, "tick", "w1", 60_000);
    await store.documents.commit({
      partition,
      documents: [put(score, 0, { points: 1 })],
      index: [enlist(list, "ann", 1, 7)],
      deadlines: [schedule(turn, "a", store.now(), { turn: 1 })],
      once: { id: "ann:1", result: "done", ttlMs: 300_000 },
    });
    const acknowledged: string[] = [];
    const writers = range(20).map(async (writer) => {
      for (let i = 0; store.health().ok; i++) {
        const text = `${writer}:${i}`;
        const done = await say(store, text).catch((error: GameError) => assert.ok(isUnavailable(error)));
        if (done !== undefined) acknowledged.push(text);
        if (acknowledged.length === 400) await server.kill();
      }
    });
    await Promise.all(writers);
    await assert.rejects(say(store, "while it is away"), isUnavailable);
    await server.restart();
    await turned(store, true, 2_000);

    const page = await store.streams.read(chat, { limit: 10_000 });
    assert.equal(page.epoch, epoch);
    const kept = new Set(heardTexts(page.entries));
    assert.deepEqual(
      acknowledged.filter((text) => !kept.has(text)),
      [],
    );
    assert.equal(kept.size, page.entries.length, "nothing is there twice");
    assert.deepEqual((await store.documents.load(score))?.state, { points: 1 });
    assert.equal(await store.documents.resultOf(partition, "ann:1"), "done");
    assert.equal((await store.indexes.get(list, "ann"))?.value, 7);
    assert.deepEqual(
      (await claimAll(store)).map(({ id }) => id),
      ["a"],
    );
    assert.ok(lease && (await store.leases.renew(lease, 60_000)));
  });

  it("come back empty, streams have new epochs, and no old version, token or heartbeat is good", async () => {
    const server = await redis();
    const store = await open(server.url);
    const before = await say(store, "first");
    const done = await store.documents.commit({ partition, documents: [put(score, 0, { points: 1 })] });
    const version = done.outcome === "committed" ? (done.versions[0] ?? 0) : 0;
    const lease = await store.leases.acquire(partition, "tick", "w1", 60_000);
    assert.equal(await store.presence.heartbeat({}), true);
    await store.presence.connect(here, { subject: "ann", connection: asId<ConnectionId>("c1") });

    await server.restart();
    await turned(store, true, 2_000);
    const after = await store.streams.read(chat, { limit: 10 });
    assert.equal(after.offset, 0);
    assert.notEqual(after.epoch, before.epoch);
    assert.notEqual((await say(store, "anew")).epoch, before.epoch);
    const again = await store.documents.commit({ partition, documents: [put(score, 0, { points: 2 })] });
    assert.ok(again.outcome === "committed" && (again.versions[0] ?? 0) > version);
    const late = await store.documents.commit({ partition, documents: [put(score, version, { points: 3 })] });
    assert.equal(late.outcome, "conflict");
    assert.ok(lease);
    const fence = { name: "tick", token: lease.token };
    assert.equal((await store.documents.commit({ partition, fence })).outcome, "fenced");
    const next = await store.leases.acquire(partition, "tick", "w2", 60_000);
    assert.ok(next && next.token > lease.token);
    assert.equal(await store.presence.heartbeat({}), false);
    assert.equal((await store.presence.size(here)).connections, 0);
    assert.equal(await store.presence.heartbeat({}), true);
  });

  it("frozen, it is found out within a second, then answered at once, and back within two", async () => {
    const server = await redis();
    const store = await open(server.url);
    const told: boolean[] = [];
    store.onHealth(({ ok }) => told.push(ok));
    await say(store, "first");
    server.freeze();
    const first = await elapsed(() => assert.rejects(say(store, "unknown"), isUnavailable));
    assert.ok(first < 1_000, `${first} ms`);
    const health = store.health();
    assert.ok(!health.ok && health.reason === "Redis does not answer");
    const others = [
      () => store.documents.load(score),
      () => store.streams.read(chat, { limit: 1 }),
      () => store.streams.subscribe(chat, () => {}),
      () => store.deadlines.claim(1, 1_000),
      () => store.presence.heartbeat({}),
      () => store.counters.add([{ key: "k", add: 1 }], 1_000),
    ];
    for (const ask of others) assert.ok((await elapsed(() => assert.rejects(ask(), isUnavailable))) < 50);
    server.thaw();
    await turned(store, true, 2_000);
    assert.equal((await say(store, "second")).duplicate, false);
    assert.deepEqual(told, [false, true]);
  });

  it("frozen for longer than its connections last, it is back within two seconds", async function () {
    this.timeout(15_000);
    const server = await redis();
    const store = await open(server.url);
    const heard = collector<{ entry: string }>();
    await store.streams.subscribe(chat, heard.hear);
    server.freeze();
    const reasons = new Set<string>();
    const until = performance.now() + 4_500;
    while (performance.now() < until) {
      const took = await elapsed(() => assert.rejects(store.documents.load(score), isUnavailable));
      assert.ok(took < 1_000, `${took} ms`);
      const health = store.health();
      if (!health.ok) reasons.add(health.reason);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(reasons.size >= 1);
    server.thaw();
    await turned(store, true, 2_000);
    await say(store, "after the thaw");
    assert.deepEqual(heardTexts((await heard.reaches(1)).slice(-1)), ["after the thaw"]);
  });

  it("while it is gone the bus reaches this worker alone and says so; all subscriptions come back by themselves", async () => {
    const server = await redis();
    const store = await open(server.url);
    const second = await open(server.url, { worker: asId<WorkerId>("w2") });
    const news = topic<string>("news");
    const [own, far, notices] = [collector<string>(), collector<string>(), collector<{ entry: string }>()];
    await store.bus.subscribe(news, own.hear);
    await second.bus.subscribe(news, far.hear);
    await second.streams.subscribe(chat, notices.hear);
    await server.kill();
    await turned(store, false, 2_000);
    assert.equal(await store.bus.publish(news, "alone"), false);
    assert.deepEqual(own.heard, ["alone"]);
    const late = collector<string>();
    assert.ok((await elapsed(() => store.bus.subscribe(topic<string>("late"), late.hear))) < 1_000);

    await server.restart();
    await Promise.all([turned(store, true, 2_000), turned(second, true, 2_000)]);
    const until = performance.now() + 2_000;
    while (far.heard.length === 0 || notices.heard.length === 0 || late.heard.length === 0) {
      assert.ok(performance.now() < until, "subscriptions are not back after two seconds");
      await Promise.all([
        store.bus.publish(news, "together"),
        second.bus.publish(topic<string>("late"), "together"),
        say(store, "told"),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(own.heard.slice(0, 2), ["alone", "together"]);
  });

  it("subscriber connections that are cut ten times come back each time", async () => {
    const server = await redis();
    const store = await open(server.url);
    const notices = collector<{ entry: string }>();
    await store.streams.subscribe(chat, notices.hear);
    for (const round of range(10)) {
      const heard = notices.heard.length;
      await server.command("CLIENT", "KILL", "TYPE", "pubsub");
      const until = performance.now() + 2_000;
      while (notices.heard.length === heard) {
        assert.ok(performance.now() < until, `round ${round}: not back after two seconds`);
        await say(store, `round ${round}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(store.health().ok, true);
    }
  });

  it("a store that was opened before Redis is up serves as soon as it is", async () => {
    const server = await redis();
    await server.stop();
    const opening = performance.now();
    const store = await open(server.url);
    assert.ok(performance.now() - opening < 1_500);
    const health = store.health();
    assert.ok(!health.ok && /ECONNREFUSED/.test(health.reason), JSON.stringify(health));
    const took = await elapsed(() => assert.rejects(store.documents.load(score), isUnavailable));
    assert.ok(took < 50, `${took} ms`);
    await server.restart();
    await turned(store, true, 2_000);
    assert.equal((await say(store, "first")).offset, 1);
  });
});

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

  it("a wrong password is a reason of health, the right one serves", async () => {
    const server = await redis();
    await server.command("CONFIG", "SET", "requirepass", "right");
    const wrong = await open(server.url, { password: "wrong" });
    const health = wrong.health();
    assert.ok(!health.ok && /WRONGPASS/.test(health.reason), JSON.stringify(health));
    await assert.rejects(say(wrong, "refused"), isUnavailable);
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
      index: [enlist(list, "ann", 1, 1)],
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

  it("after close nothing keeps the process, whether Redis is there, away or frozen", async function () {
    this.timeout(30_000);
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
