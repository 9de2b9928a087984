import assert from "node:assert/strict";
import { deadlineKind, schedule } from "../../core/ports/store/deadlines.ts";
import type { Change } from "../../core/ports/store/documents.ts";
import { append, indexPut, indexPutWithin, indexRemove, put } from "../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { claimAll, freshStore, range } from "./open.ts";

const partition = partitions.game("r1" as Parameters<typeof partitions.game>[0]);
/** The same name for all kinds: they must not meet. */
const game = documentKey<{ turn: number }>(partition, "same");
const log = streamKey<{ turn: number }>(partition, "same");
const open = indexKey<{ turn: number }>(partition, "same");
const turn = deadlineKind<{ turn: number }>("test:turn");
const keep = { maxLength: 100, ttlMs: 3_600_000 };

const everything = (store: Store, expected: number, n: number): Change => ({
  partition,
  documents: [put(game, expected, { turn: n })],
  append: [append(log, { turn: n }, keep), append(log, { turn: n + 0.5 }, keep)],
  index: [indexPut(open, "r1", n, { turn: n })],
  deadlines: [schedule(turn, "r1", store.now(), { turn: n })],
});

async function assertNothingThere(store: Store) {
  assert.equal(await store.documents.load(game), undefined);
  assert.equal((await store.streams.read(log, { limit: 10 })).offset, 0);
  assert.equal(await store.indexes.size(open), 0);
  assert.equal(await store.deadlines.size(), 0);
}

/** `Documents.commit` as a whole: all or nothing, idempotency ids and fences. */
export function commitSuite(openStore: OpenStore): void {
  const opened = freshStore(openStore);

  it("one change writes document, entries, index and deadline together", async () => {
    const { store } = opened();
    const done = await store.documents.commit(everything(store, 0, 1));
    assert.equal(done.outcome, "committed");
    assert.ok(done.outcome === "committed");
    const page = await store.streams.read(log, { limit: 10 });
    assert.deepEqual(done.positions, [
      { epoch: page.epoch, offset: 1 },
      { epoch: page.epoch, offset: 2 },
    ]);
    assert.deepEqual(page.entries, [
      { offset: 1, entry: { turn: 1 } },
      { offset: 2, entry: { turn: 1.5 } },
    ]);
    assert.deepEqual((await store.documents.load(game))?.state, { turn: 1 });
    assert.deepEqual(await store.indexes.get(open, "r1"), { member: "r1", score: 1, value: { turn: 1 } });
    const claimed = await claimAll(store);
    assert.deepEqual(
      claimed.map(({ kind, id, payload }) => ({ kind, id, payload })),
      [{ kind: "test:turn", id: "r1", payload: { turn: 1 } }],
    );
  });

  it("a conflict leaves document, entries, index, deadline and idempotency id as they were", async () => {
    const { store } = opened();
    const change = everything(store, 7, 1);
    const done = await store.documents.commit({
      ...change,
      once: { id: "ann:1", result: "first", ttlMs: 60_000 },
    });
    assert.equal(done.outcome, "conflict");
    await assertNothingThere(store);
    assert.equal(await store.documents.resultOf(partition, "ann:1"), undefined);
  });

  it("a repeated idempotency id changes nothing and gives the first result, before versions are looked at", async () => {
    const { store, second } = opened();
    const once = { id: "ann:1", result: { won: true, prize: null }, ttlMs: 300_000 };
    assert.equal(await store.documents.resultOf(partition, "ann:1"), undefined);
    assert.equal((await store.documents.commit({ ...everything(store, 0, 1), once })).outcome, "committed");
    const other = second ?? store;
    assert.deepEqual(await other.documents.resultOf(partition, "ann:1"), once.result);
    assert.deepEqual(
      await other.documents.commit({ ...everything(store, 0, 2), once: { ...once, result: "second" } }),
      { outcome: "duplicate", result: once.result },
    );
    assert.deepEqual((await store.documents.load(game))?.state, { turn: 1 });
    assert.equal((await store.streams.read(log, { limit: 10 })).offset, 2);
  });

  it("of 20 commits at once with one idempotency id exactly one is committed", async () => {
    const { store, second } = opened();
    const done = await Promise.all(
      range(20).map((i) =>
        ((i % 2 && second) || store).documents.commit({
          partition,
          append: [append(log, { turn: i }, keep)],
          once: { id: "ann:1", result: i, ttlMs: 300_000 },
        }),
      ),
    );
    const winner = done.findIndex((d) => d.outcome === "committed");
    assert.equal(done.filter((d) => d.outcome === "committed").length, 1);
    for (const d of done)
      if (d.outcome !== "committed") assert.deepEqual(d, { outcome: "duplicate", result: winner });
    assert.deepEqual((await store.streams.read(log, { limit: 10 })).entries, [
      { offset: 1, entry: { turn: winner } },
    ]);
  });

  it("an idempotency id is forgotten after its ttl, and belongs to its partition", async () => {
    const { store, clock } = opened();
    const once = { id: "ann:1", result: 1, ttlMs: 60_000 };
    const elsewhere = partitions.room("other");
    assert.equal((await store.documents.commit({ partition, once })).outcome, "committed");
    assert.equal((await store.documents.commit({ partition: elsewhere, once })).outcome, "committed");
    clock.advance(50_000);
    assert.equal((await store.documents.commit({ partition, once })).outcome, "duplicate");
    clock.advance(10_001);
    assert.equal(await store.documents.resultOf(partition, "ann:1"), undefined);
    assert.equal(
      (await store.documents.commit({ partition, once: { ...once, result: 2 } })).outcome,
      "committed",
    );
    assert.equal(await store.documents.resultOf(partition, "ann:1"), 2);
  });

  it("idempotency ids and results may be anything", async () => {
    const { store } = opened();
    const all = HOSTILE_NAMES.map((id, i) => ({ id, result: HOSTILE_VALUES[i % HOSTILE_VALUES.length] }));
    for (const { id, result } of all) {
      const once = { id, result, ttlMs: 60_000 };
      assert.equal((await store.documents.commit({ partition, once })).outcome, "committed");
      assert.deepEqual(await store.documents.commit({ partition, once: { ...once, result: "other" } }), {
        outcome: "duplicate",
        result,
      });
    }
    for (const { id, result } of all) assert.deepEqual(await store.documents.resultOf(partition, id), result);
  });

  it("a bounded index takes as many as it may, and refuses the whole change of one more", async () => {
    const { store } = opened();
    const place = (member: string, max = 2) => indexPutWithin(open, member, 1, { turn: 1 }, max);
    const take = (...members: string[]) =>
      store.documents.commit({ partition, index: members.map((member) => place(member)) });
    assert.deepEqual(await take("a", "count", "c"), { outcome: "full", name: open.name });
    assert.equal(await store.indexes.size(open), 0);
    assert.equal((await take("a", "a", "count")).outcome, "committed");
    const change = { ...everything(store, 0, 1), index: [indexRemove(open, "a"), place("r1")] };
    const once = { id: "ann:1", result: "first", ttlMs: 60_000 };
    assert.equal((await store.documents.commit({ ...change, once })).outcome, "full");
    assert.equal(await store.documents.load(game), undefined);
    assert.equal(await store.documents.resultOf(partition, "ann:1"), undefined);
    assert.equal((await take("a", "count")).outcome, "committed", "who is there already is no newcomer");
    await store.documents.commit({ partition, index: [indexRemove(open, "a")] });
    assert.equal((await take("r1")).outcome, "committed");
    const other = { ...open, name: "other" };
    const elsewhere = indexPutWithin(other, "a", 1, { turn: 1 }, 1);
    const both = await store.documents.commit({ partition, index: [elsewhere, place("d")] });
    assert.deepEqual(both, { outcome: "full", name: open.name });
    assert.equal(await store.indexes.size(other), 0);
  });

  it("of 40 who want one of 7 places at once 7 get one", async () => {
    const { store, second } = opened();
    const done = await Promise.all(
      range(40).map((i) =>
        ((i % 2 && second) || store).documents.commit({
          partition,
          index: [indexPutWithin(open, `r${i}`, i, { turn: i }, 7)],
        }),
      ),
    );
    assert.equal(done.filter(({ outcome }) => outcome === "committed").length, 7);
    assert.equal(done.filter(({ outcome }) => outcome === "full").length, 33);
    assert.equal(await store.indexes.size(open), 7);
  });

  it("a lease that has passed to another refuses the former holder's change", async () => {
    const { store, clock } = opened();
    const first = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(first);
    const fenced = (token: number) =>
      store.documents.commit({ ...everything(store, 0, 1), fence: { name: "tick", token } });
    clock.advance(5_001);
    const second = await store.leases.acquire(partition, "tick", "w2", 5_000);
    assert.ok(second);
    assert.deepEqual(await fenced(first.token), { outcome: "fenced" });
    await assertNothingThere(store);
    assert.equal((await fenced(second.token)).outcome, "committed");
  });

  it("the fence of one partition's lease is not another's", async () => {
    const { store } = opened();
    const lease = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(lease);
    for (const owner of ["w1", "w2", "w3"]) {
      const far = await store.leases.acquire(partitions.room("far"), "tick", owner, 5_000);
      if (far) await store.leases.release(far);
    }
    const done = await store.documents.commit({ partition, fence: { name: "tick", token: lease.token } });
    assert.equal(done.outcome, "committed");
  });
}
