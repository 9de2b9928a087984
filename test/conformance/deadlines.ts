import assert from "node:assert/strict";
import type { DeadlineChange } from "../../core/ports/store/deadlines.ts";
import { cancel, deadlineKind, schedule } from "../../core/ports/store/deadlines.ts";
import { put } from "../../core/ports/store/documents.ts";
import type { Partition } from "../../core/ports/store/keys.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { claimAll, freshStore, range } from "./open.ts";

const partition = partitions.room("red");
const turn = deadlineKind<{ turn: number }>("test:turn");
const grace = deadlineKind<{ turn: number }>("test:grace");

async function change(store: Store, deadlines: DeadlineChange[], where: Partition = partition) {
  const done = await store.documents.commit({ partition: where, deadlines });
  assert.equal(done.outcome, "committed");
}
const inMs = (store: Store, ms: number, id = "a", n = 1) => schedule(turn, id, store.now() + ms, { turn: n });
const ids = (claimed: readonly { id: string }[]) => claimed.map(({ id }) => id);

export function deadlinesSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("a deadline is claimed when the store's clock says it is due, not before", async () => {
    const { store, clock } = opened();
    const dueAt = store.now() + 30_000;
    await change(store, [schedule(turn, "a", dueAt, { turn: 4 })]);
    assert.deepEqual(await claimAll(store), []);
    clock.advance(20_000);
    assert.deepEqual(await claimAll(store), []);
    clock.advance(10_001);
    const [claimed, ...others] = await claimAll(store);
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...claimed, claim: "" },
      { partition, kind: "test:turn", id: "a", dueAt, payload: { turn: 4 }, claim: "" },
    );
  });

  it("one that is due at once is claimed at once, by its partition too", async () => {
    const { store } = opened();
    await change(store, [inMs(store, 0, "now"), schedule(turn, "past", 0, { turn: 1 })]);
    assert.deepEqual(ids(await claimAll(store, { partition })).sort(), ["now", "past"]);
  });

  it("the oldest are claimed first, up to the limit", async () => {
    const { store, clock } = opened();
    const due = ["c", "a", "d", "b"].map((id, i) => inMs(store, [30, 10, 40, 20][i] ?? 0, id));
    await change(store, due);
    clock.advance(1_000);
    assert.deepEqual(ids(await store.deadlines.claim(2, 60_000, partition)), ["a", "b"]);
    assert.deepEqual(ids(await store.deadlines.claim(10, 60_000, partition)), ["c", "d"]);
  });

  it("those that can be claimed first are told in order, of all partitions, and stay as they are", async () => {
    const { store, clock } = opened();
    for (const [at, room] of ["c", "a", "d", "b"].entries())
      await change(store, [inMs(store, ([30, 10, 40, 20][at] ?? 0) * 1_000, room)], partitions.room(room));
    assert.deepEqual(ids(await store.deadlines.soonest(3)), ["a", "b", "c"]);
    assert.deepEqual(await store.deadlines.soonest(0), []);
    clock.advance(50_000);
    const [claimed] = await store.deadlines.claim(1, 60_000, partitions.room("a"));
    assert.equal(claimed?.id, "a", "being told is no claim");
    const [first, , , last] = await store.deadlines.soonest(10);
    assert.deepEqual([first?.id, first?.kind, first?.partition], ["b", "test:turn", partitions.room("b")]);
    assert.equal(last?.id, "a", "a claimed one can be claimed when its lease is over");
    assert.ok((last?.at ?? 0) > store.now() + 50_000);
  });

  it("each due deadline is claimed by exactly one of many claimers at once", async () => {
    const { store, second } = opened();
    for (const room of range(4))
      await change(
        store,
        range(25).map((i) => inMs(store, 0, `${room}-${i}`)),
        partitions.room(`r${room}`),
      );
    const claims = await Promise.all(range(10).map((i) => claimAll((i % 2 && second) || store)));
    const all = claims.flat();
    assert.equal(all.length, 100);
    assert.equal(new Set(ids(all)).size, 100);
  });

  it("a claimed deadline is claimed again once its lease is over, by another claim", async () => {
    const { store, second, clock } = opened();
    await change(store, [inMs(store, 0)]);
    const [first] = await claimAll(store, { leaseMs: 5_000 });
    assert.ok(first);
    clock.advance(4_000);
    assert.deepEqual(await claimAll(second ?? store), []);
    clock.advance(1_001);
    const [again] = await claimAll(second ?? store, { leaseMs: 5_000 });
    assert.ok(again);
    assert.deepEqual([again.id, again.payload, again.dueAt], ["a", { turn: 1 }, first.dueAt]);
    assert.notEqual(again.claim, first.claim);
    await store.deadlines.complete(first);
    assert.equal(await store.deadlines.size(), 1);
    await store.deadlines.complete(again);
    assert.equal(await store.deadlines.size(), 0);
  });

  it("a completed deadline is gone; completing it again is no error", async () => {
    const { store, clock } = opened();
    await change(store, [inMs(store, 0)]);
    const [claimed] = await claimAll(store, { leaseMs: 5_000 });
    assert.ok(claimed);
    await store.deadlines.complete(claimed);
    await store.deadlines.complete(claimed);
    clock.advance(60_000);
    assert.deepEqual(await claimAll(store), []);
    assert.equal(await store.deadlines.size(), 0);
  });

  it("completing does not remove what a commit has set anew since the claim", async () => {
    const { store, clock } = opened();
    await change(store, [inMs(store, 0)]);
    const [claimed] = await claimAll(store);
    assert.ok(claimed);
    await change(store, [inMs(store, 20_000, "a", 2)]);
    await store.deadlines.complete(claimed);
    assert.equal(await store.deadlines.size(), 1);
    clock.advance(20_001);
    assert.deepEqual((await claimAll(store))[0]?.payload, { turn: 2 });
  });

  it("what is set anew while it is claimed does not wait for the lease", async () => {
    const { store } = opened();
    await change(store, [inMs(store, 0)]);
    const [claimed] = await claimAll(store);
    assert.ok(claimed);
    await change(store, [inMs(store, 0, "a", 2)]);
    const [anew] = await claimAll(store);
    assert.deepEqual(anew?.payload, { turn: 2 });
    await store.deadlines.complete(claimed);
    assert.equal(await store.deadlines.size(), 1);
  });

  it("setting moves the one deadline of a kind and id, earlier or later", async () => {
    const { store, clock } = opened();
    await change(store, [inMs(store, 60_000, "a", 1), inMs(store, 1_000, "b", 1)]);
    await change(store, [inMs(store, 1_000, "a", 2), inMs(store, 60_000, "b", 2)]);
    assert.equal(await store.deadlines.size(), 2);
    clock.advance(2_000);
    assert.deepEqual(
      (await claimAll(store)).map(({ id, payload }) => [id, payload]),
      [["a", { turn: 2 }]],
    );
    clock.advance(58_001);
    assert.deepEqual(ids(await claimAll(store)), ["b"]);
  });

  it("a cancelled deadline is never claimed; cancelling an absent one is no error", async () => {
    const { store, clock } = opened();
    await change(store, [inMs(store, 1_000, "a"), inMs(store, 1_000, "b")]);
    await change(store, [cancel(turn, "a"), cancel(turn, "never")]);
    assert.equal(await store.deadlines.size(), 1);
    clock.advance(2_000);
    assert.deepEqual(ids(await claimAll(store)), ["b"]);
  });

  it("a claimed deadline that is cancelled and set again is not touched by the old claim", async () => {
    const { store } = opened();
    await change(store, [inMs(store, 0)]);
    const [claimed] = await claimAll(store);
    assert.ok(claimed);
    await change(store, [cancel(turn, "a")]);
    await change(store, [inMs(store, 5_000, "a", 2)]);
    await store.deadlines.complete(claimed);
    assert.equal(await store.deadlines.size(), 1);
  });

  it("kinds, ids and partitions are apart from each other", async () => {
    const { store } = opened();
    const far = partitions.room("blue");
    const due = store.now();
    await change(store, [schedule(turn, "a", due, { turn: 1 }), schedule(grace, "a", due, { turn: 2 })]);
    await change(store, [schedule(turn, "a", due, { turn: 3 })], far);
    await change(store, [cancel(grace, "a")], far);
    const claimed = await claimAll(store);
    assert.deepEqual(claimed.map((c) => [c.partition, c.kind, c.payload]).sort(), [
      [far, "test:turn", { turn: 3 }],
      [partition, "test:grace", { turn: 2 }],
      [partition, "test:turn", { turn: 1 }],
    ]);
  });

  it("a refused commit sets, moves and cancels nothing", async () => {
    const { store, clock } = opened();
    await change(store, [inMs(store, 1_000, "kept")]);
    const done = await store.documents.commit({
      partition,
      documents: [put(documentKey<number>(partition, "doc"), 5, 1)],
      deadlines: [cancel(turn, "kept"), inMs(store, 0, "new")],
    });
    assert.equal(done.outcome, "conflict");
    clock.advance(2_000);
    assert.deepEqual(ids(await claimAll(store)), ["kept"]);
  });

  it("hostile partitions, kinds, ids and payloads come back and can be completed", async () => {
    const { store } = opened();
    const set = HOSTILE_NAMES.map((name, i) => ({
      name,
      payload: HOSTILE_VALUES[i % HOSTILE_VALUES.length],
    }));
    for (const { name, payload } of set)
      await change(
        store,
        [schedule(deadlineKind<unknown>(name), name, store.now(), payload)],
        partitions.room(name),
      );
    const claimed = await claimAll(store);
    const found = new Map(claimed.map((c) => [c.partition, c]));
    for (const { name, payload } of set) {
      const one = found.get(partitions.room(name));
      assert.deepEqual([one?.kind, one?.id, one?.payload], [name, name, payload]);
    }
    for (const one of claimed) await store.deadlines.complete(one);
    assert.equal(await store.deadlines.size(), 0);
  });
}
