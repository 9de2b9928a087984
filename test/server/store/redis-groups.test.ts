import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { StreamNotice } from "../../../core/ports/store/streams.ts";
import { createKeyspace } from "../../../server/store/redis/keys.ts";
import { parseRedisAddress } from "../../../server/store/redis/link/address.ts";
import { slotOf } from "../../../server/store/redis/link/slots.ts";
import { collector } from "../../support/collector.ts";
import { ask, type RedisCluster, startRedisCluster, startSentinels } from "../../support/redis-groups.ts";
import {
  chat,
  elapsed,
  isUnavailable,
  keep,
  say,
  turn,
  turned,
  workshop,
} from "../../support/redis-store.ts";
import { until } from "../../support/until.ts";

const _silent = { debug() {}, info() {}, warn() {}, error() {} };

describe("REDIS_URL", () => {
  it("names one server, Sentinels with a primary, or nodes of a cluster", () => {
    assert.deepEqual(parseRedisAddress("redis://ann:a%40b@host:7000/3"), {
      kind: "single",
      tls: false,
      username: "ann",
      password: "a@b",
      database: 3,
      server: { host: "host", port: 7000 },
    });
    assert.deepEqual(parseRedisAddress("rediss+sentinel://:pw@a,b:1/game/2"), {
      kind: "sentinel",
      tls: true,
      password: "pw",
      database: 2,
      sentinels: [
        { host: "a", port: 26_379 },
        { host: "b", port: 1 },
      ],
      master: "game",
    });
    assert.deepEqual(parseRedisAddress("redis+cluster://a:1,[::1]:2"), {
      kind: "cluster",
      tls: false,
      seeds: [
        { host: "a", port: 1 },
        { host: "::1", port: 2 },
      ],
    });
  });

  for (const wrong of [
    "",
    "http://host",
    "redis://",
    "redis://a,b",
    "redis://host:70000",
    "redis://host/x",
    "redis://host/1/2",
    "redis://a%zz@host",
    "redis+sentinel://host",
    "redis+cluster://host/1",
  ])
    it(`refuses ${JSON.stringify(wrong)} and does not repeat it`, () => {
      assert.throws(
        () => parseRedisAddress(wrong),
        (error: Error) => /^not an address of Redis: /.test(error.message) && !error.message.includes("%zz"),
      );
    });
});

describe("Redis Cluster", () => {
  const { open } = workshop();
  let cluster: RedisCluster;
  afterEach(() => cluster.close());

  /** Streams of which one lies on each primary. */
  function streamsByPrimary(prefix: string) {
    const keys = createKeyspace(prefix);
    const third = (name: string) =>
      Math.floor((slotOf(keys.stream(partitions.channel(name), "messages")[0]) * 3) / 16_384);
    return [0, 1, 2].map((primary) => {
      for (let n = 0; ; n++)
        if (third(`c${n}`) === primary) return streamKey<string>(partitions.channel(`c${n}`), "messages");
    });
  }

  it("slots are those of Redis", async () => {
    cluster = await startRedisCluster();
    const [server] = cluster.primaries;
    assert.ok(server);
    for (const key of ["", "a", "{muster:3}:due", "{}x", "a{b}c{d}", "{a", "é{ü}", "x".repeat(300)])
      assert.equal(slotOf(key), await ask(server, "CLUSTER", "KEYSLOT", key), JSON.stringify(key));
  });

  it("data and notices lie on all primaries, published at their slot only", async () => {
    cluster = await startRedisCluster();
    const store = await open(cluster.url, { prefix: "p" });
    const other = await open(cluster.url, { prefix: "p" });
    for (const stream of streamsByPrimary("p")) {
      const told = collector<StreamNotice<string>>();
      await other.streams.subscribe(stream, told.hear);
      await store.streams.append(stream, "hello", keep);
      assert.equal((await told.reaches(1))[0]?.entry, "hello");
    }
    const subscribed = await Promise.all(
      cluster.primaries.map(async (server) => {
        const channels = await ask(server, "PUBSUB", "SHARDCHANNELS");
        return {
          keys: Number(await ask(server, "DBSIZE")),
          channels: Array.isArray(channels) ? channels.length : -1,
        };
      }),
    );
    for (const { keys, channels } of subscribed)
      assert.ok(keys > 0 && channels === 1, JSON.stringify(subscribed));
  });

  it("is as full as its fullest primary", async () => {
    cluster = await startRedisCluster();
    const store = await open(cluster.url);
    const [first, second] = cluster.primaries;
    assert.ok(first && second);
    await ask(first, "CONFIG", "SET", "maxmemory", "100mb");
    await ask(second, "CONFIG", "SET", "maxmemory", "20mb");
    await until("the smallest one counts", () => store.space().capacityBytes === 20 * 2 ** 20);
    assert.equal(store.space().isLow, false);
    await ask(second, "CONFIG", "SET", "maxmemory", "1mb");
    await until("it is low", () => store.space().isLow);
    assert.equal(store.claimSpace(1), false);
  });

  it("a slot that moves takes its documents, streams and listeners along; commands under way meanwhile succeed once", async () => {
    cluster = await startRedisCluster();
    const store = await open(cluster.url, { prefix: "p" });
    const other = await open(cluster.url, { prefix: "p" });
    const [stream] = streamsByPrimary("p");
    const [from, to] = cluster.primaries;
    assert.ok(stream && from && to);
    const told = collector<StreamNotice<string>>();
    await other.streams.subscribe(stream, told.hear);
    let said = 0;
    let moving = true;
    const talk = (async () => {
      while (moving) {
        try {
          await store.streams.append(stream, `m${said}`, { ...keep, idempotencyKey: `k${said}` });
          said += 1;
        } catch (error) {
          // Between the first and the last key of a script Redis says TRYAGAIN: the same id is sent again.
          assert.ok(isUnavailable(error as never), String(error));
          await nextTurn();
        }
      }
    })();
    const slot = slotOf(createKeyspace("p").stream(stream.partition, stream.name)[0]);
    await told.reaches(20);
    await cluster.moveSlot(slot, from, to);
    const before = said;
    await until("twenty more are said", async () => said > before + 20);
    moving = false;
    await talk;
    const page = await store.streams.read(stream, { limit: 100_000 });
    assert.deepEqual(
      page.entries.map(({ entry }) => entry),
      Array.from({ length: said }, (_, n) => `m${n}`),
    );
    // Notices are heard at the new place; those of the moment of moving may be missed, they are hints.
    const heard = told.heard.length;
    await until("a notice is heard", async () => {
      await store.streams.append(stream, "after", keep);
      return told.heard.length > heard;
    });
  });

  for (const [fault, harm] of [
    ["killed", (server) => server.kill()],
    ["frozen", async (server) => server.freeze()],
  ] as const satisfies readonly (readonly [
    string,
    (server: RedisCluster["primaries"][number]) => Promise<void>,
  ])[])
    it(`a primary is ${fault}: its keys are unavailable at once, the others are served, the replica takes over`, async () => {
      cluster = await startRedisCluster({ replicas: true });
      const store = await open(cluster.url, { prefix: "p" });
      const other = await open(cluster.url, { prefix: "p" });
      const [gone, stays] = streamsByPrimary("p");
      const [primary] = cluster.primaries;
      assert.ok(gone && stays && primary);
      const told = collector<StreamNotice<string>>();
      await other.streams.subscribe(gone, told.hear);
      await store.streams.append(gone, "before", keep);
      await told.reaches(1);
      // Replication is asynchronous: what is said must be there before the primary goes.
      const [replica] = cluster.replicas;
      assert.ok(replica);
      await until("the replica has it", async () => Number(await ask(replica, "DBSIZE")) > 0);

      const away = turned(store, false, 20_000);
      await harm(primary);
      const refused = await elapsed(() =>
        assert.rejects(store.streams.append(gone, "lost?", keep), isUnavailable),
      );
      assert.ok(refused < 5_000, `${refused} ms`);
      const { reason } = (await away) as { reason: string };
      assert.match(reason, /node 127\.0\.0\.1:\d+: Redis/);
      assert.ok(!reason.includes("password"));
      await Promise.all([turned(store, true, 20_000), turned(other, true, 20_000)]);
      await store.streams.append(gone, "after", keep);
      const page = await store.streams.read(gone, { limit: 10 });
      assert.deepEqual([page.entries[0]?.entry, page.entries.at(-1)?.entry], ["before", "after"]);
      await store.streams.append(stays, "here too", keep);
      await until("a notice is heard", async () => {
        await store.streams.append(gone, "heard", keep);
        return told.heard.some(({ entry }) => entry === "heard");
      });
    });

  it("while a primary is away for good, what lies on the others goes on: positions, counters, deadlines", async () => {
    cluster = await startRedisCluster();
    const store = await open(cluster.url, { prefix: "p" });
    const [gone, stays] = streamsByPrimary("p");
    const [primary] = cluster.primaries;
    assert.ok(gone && stays && primary);
    for (const stream of [gone, stays]) await store.streams.append(stream, "before", keep);
    const keys = createKeyspace("p");
    const counterOn = (third: number) => {
      for (let n = 0; ; n++)
        if (Math.floor((slotOf(keys.counter(`k${n}`)) * 3) / 16_384) === third)
          return { key: `k${n}`, add: 1 };
    };
    const counters = [counterOn(0), counterOn(1)];
    assert.deepEqual(await store.counters.add(counters, 60_000), [1, 1]);
    const away = turned(store, false, 20_000);
    await primary.kill();
    await away;
    const positions = await store.streams.positions([gone, stays]);
    assert.deepEqual([positions[0], positions[1]?.offset], [undefined, 1]);
    assert.deepEqual(await store.counters.add(counters, 60_000), [undefined, 2]);
    await store.documents.commit({
      partition: stays.partition,
      deadlines: [schedule(turn, "due", store.now(), { turn: 1 })],
    });
    const [claimed] = await store.deadlines.claim(10, 1_000);
    assert.deepEqual(claimed?.payload, { turn: 1 });
    assert.equal(store.health().ok, false);
    await assert.rejects(store.streams.positions([gone]), isUnavailable);
    await assert.rejects(store.counters.add(counters.slice(0, 1), 60_000), isUnavailable);
  });

  it("a slot that moves to a node without any is followed there, key by key", async () => {
    cluster = await startRedisCluster({ spare: true });
    const store = await open(cluster.url, { prefix: "p" });
    const [stream] = streamsByPrimary("p");
    const [from] = cluster.primaries;
    const { spare } = cluster;
    assert.ok(stream && from && spare);
    await store.streams.append(stream, "one", keep);
    const slot = slotOf(createKeyspace("p").stream(stream.partition, stream.name)[0]);
    // All keys are there, and the slot is still the other's: each command is sent on.
    await cluster.moveSlot(slot, from, spare, { stopBeforeHandover: true });
    assert.equal((await store.streams.append(stream, "two", keep)).offset, 2);
    await cluster.moveSlot(slot, from, spare);
    assert.equal((await store.streams.append(stream, "three", keep)).offset, 3);
    assert.deepEqual(store.health(), { ok: true });
  });

  it("a node of a cluster named as one server is refused with what to write instead", async () => {
    cluster = await startRedisCluster();
    const [server] = cluster.primaries;
    const store = await open(server?.url ?? "");
    await assert.rejects(say(store, "hello"), isUnavailable);
    const health = store.health();
    assert.ok(!health.ok && health.reason.includes("redis+cluster://"), JSON.stringify(health));
  });
});

describe("Redis Sentinel", () => {
  const { open } = workshop();
  let group: Awaited<ReturnType<typeof startSentinels>>;
  beforeEach(async () => {
    group = await startSentinels();
  });
  afterEach(() => group.close());

  for (const [fault, harm] of [
    ["killed", (server) => server.kill()],
    ["frozen", async (server) => server.freeze()],
  ] as const satisfies readonly (readonly [string, (server: typeof group.primary) => Promise<void>])[])
    it(`the primary is ${fault}: the promoted replica is followed, with all listeners`, async () => {
      const store = await open(group.url);
      const other = await open(group.url);
      const told = collector<StreamNotice<string>>();
      await other.streams.subscribe(chat, told.hear);
      const first = await say(store, "before");
      await told.reaches(1);
      await until("the replica has it", async () => Number(await ask(group.replica, "DBSIZE")) > 0);
      await harm(group.primary);
      await assert.rejects(say(store, "lost?"), isUnavailable);
      await Promise.all([store, other].map((one) => turned(one, true, 30_000)));
      // One store may have come back to the old primary for a moment; what is served now is the new one.
      await until("it is served", async () => (await say(store, "after")).offset > 0);
      await until(
        "the other follows too",
        async () => (await other.streams.read(chat, { limit: 1 })).offset > 0,
      );
      const page = await other.streams.read(chat, { limit: 10 });
      assert.equal(page.epoch, first.epoch);
      assert.deepEqual([page.entries[0]?.entry, page.entries.at(-1)?.entry], ["before", "after"]);
      await until("a notice is heard", async () => {
        await say(store, "heard");
        return told.heard.some(({ entry }) => entry === "heard");
      });
    });

  it("Sentinels that are gone do not end the service of a primary that is there", async () => {
    const store = await open(group.url);
    await Promise.all(group.sentinels.map((sentinel) => sentinel.kill()));
    await say(store, "one");
    assert.deepEqual(store.health(), { ok: true });
    assert.ok(store.space().usedBytes > 0);
  });

  it("a name that the Sentinels do not know is said", async () => {
    const store = await open(group.url.replace(/game$/, "chess"));
    await assert.rejects(say(store, "one"), isUnavailable);
    const health = store.health();
    assert.ok(!health.ok && health.reason.includes("chess"), JSON.stringify(health));
  });
});
