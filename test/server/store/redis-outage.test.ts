import assert from "node:assert/strict";
import type { GameError } from "../../../core/contract/errors.ts";
import { asId, type ConnectionId, type WorkerId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, put } from "../../../core/ports/store/documents.ts";
import { claimAll, range } from "../../conformance/open.ts";
import { collector } from "../../support/collector.ts";
import {
  chat,
  elapsed,
  heardTexts,
  here,
  isUnavailable,
  list,
  partition,
  say,
  score,
  turn,
  turned,
  workshop,
} from "../../support/redis-store.ts";

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
      index: [indexPut(list, "ann", 1, 7)],
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
    await turned(store, true, 10_000);

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
    await turned(store, true, 10_000);
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
    assert.ok(first < 3_000, `${first} ms`);
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
    for (const ask of others) assert.ok((await elapsed(() => assert.rejects(ask(), isUnavailable))) < 500);
    server.thaw();
    await turned(store, true, 10_000);
    assert.equal((await say(store, "second")).duplicate, false);
    assert.deepEqual(told, [false, true]);
  });

  it("frozen for longer than its connections last, it is back within two seconds", async () => {
    const server = await redis();
    const store = await open(server.url);
    const heard = collector<{ entry: string }>();
    await store.streams.subscribe(chat, heard.hear);
    server.freeze();
    const reasons = new Set<string>();
    const until = performance.now() + 4_500;
    while (performance.now() < until) {
      const took = await elapsed(() => assert.rejects(store.documents.load(score), isUnavailable));
      assert.ok(took < 3_000, `${took} ms`);
      const health = store.health();
      if (!health.ok) reasons.add(health.reason);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(reasons.size >= 1);
    server.thaw();
    await turned(store, true, 10_000);
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
    await turned(store, false, 10_000);
    assert.equal(await store.bus.publish(news, "alone"), false);
    assert.deepEqual(own.heard, ["alone"]);
    const late = collector<string>();
    assert.ok((await elapsed(() => store.bus.subscribe(topic<string>("late"), late.hear))) < 3_000);

    await server.restart();
    await Promise.all([turned(store, true, 10_000), turned(second, true, 10_000)]);
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
    assert.ok(took < 500, `${took} ms`);
    await server.restart();
    await turned(store, true, 10_000);
    assert.equal((await say(store, "first")).offset, 1);
  });
});
