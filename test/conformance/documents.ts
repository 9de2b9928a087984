import assert from "node:assert/strict";
import type { Committed } from "../../core/ports/store/documents.ts";
import { put, remove } from "../../core/ports/store/documents.ts";
import type { DocumentKey } from "../../core/ports/store/keys.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const partition = partitions.room("red");
const score = documentKey<{ points: number }>(partition, "score");

/** Commits and expects it to be committed; returns the version of the first document. */
async function write<T>(store: Store, key: DocumentKey<T>, expected: number, state: T, ttlMs?: number) {
  const done = await store.documents.commit({
    partition: key.partition,
    documents: [put(key, expected, state, ttlMs)],
  });
  assert.equal(done.outcome, "committed");
  return versionOf(done);
}

function versionOf(done: Committed): number {
  const version = done.outcome === "committed" ? done.versions[0] : undefined;
  if (version === undefined) throw new Error(`expected a version, got ${JSON.stringify(done)}`);
  return version;
}

export function documentsSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("an absent document loads as undefined", async () => {
    assert.equal(await opened().store.documents.load(score), undefined);
  });

  it("what was committed is loaded with its version", async () => {
    const { store } = opened();
    const version = await write(store, score, 0, { points: 1 });
    assert.ok(version > 0);
    assert.deepEqual(await store.documents.load(score), { version, state: { points: 1 } });
  });

  it("versions grow with each change", async () => {
    const { store } = opened();
    const first = await write(store, score, 0, { points: 1 });
    const second = await write(store, score, first, { points: 2 });
    assert.ok(second > first);
    assert.deepEqual(await store.documents.load(score), { version: second, state: { points: 2 } });
  });

  it("a change that expects another version is a conflict and changes nothing", async () => {
    const { store } = opened();
    const version = await write(store, score, 0, { points: 1 });
    for (const expected of [0, version + 1]) {
      const done = await store.documents.commit({
        partition,
        documents: [put(score, expected, { points: 9 })],
      });
      assert.deepEqual(done, { outcome: "conflict", name: "score" });
    }
    assert.deepEqual(await store.documents.load(score), { version, state: { points: 1 } });
  });

  it("a change that expects a version of an absent document is a conflict", async () => {
    const { store } = opened();
    const done = await store.documents.commit({ partition, documents: [put(score, 3, { points: 1 })] });
    assert.deepEqual(done, { outcome: "conflict", name: "score" });
    assert.equal(await store.documents.load(score), undefined);
  });

  it("a removed document is absent, and its name never gets an old version again", async () => {
    const { store } = opened();
    const version = await write(store, score, 0, { points: 1 });
    const removed = await store.documents.commit({ partition, documents: [remove(score, version)] });
    assert.equal(removed.outcome, "committed");
    assert.equal(await store.documents.load(score), undefined);
    const again = await write(store, score, 0, { points: 2 });
    assert.ok(again > version);
    const late = await store.documents.commit({ partition, documents: [put(score, version, { points: 3 })] });
    assert.equal(late.outcome, "conflict");
  });

  it("a removal that expects another version is a conflict", async () => {
    const { store } = opened();
    const version = await write(store, score, 0, { points: 1 });
    const done = await store.documents.commit({ partition, documents: [remove(score, version + 1)] });
    assert.equal(done.outcome, "conflict");
    assert.equal((await store.documents.load(score))?.version, version);
  });

  it("of 20 changes at once that expect the same version exactly one is committed", async () => {
    const { store, second } = opened();
    let version = 0;
    for (const round of range(5)) {
      const done = await Promise.all(
        range(20).map((i) =>
          ((i % 2 && second) || store).documents.commit({
            partition,
            documents: [put(score, version, { points: round * 100 + i })],
          }),
        ),
      );
      const winners = done.flatMap((d, i) => (d.outcome === "committed" ? [{ i, d }] : []));
      assert.equal(winners.length, 1);
      assert.ok(done.every((d) => d.outcome === "committed" || d.outcome === "conflict"));
      const [winner] = winners;
      assert.ok(winner);
      version = versionOf(winner.d);
      assert.deepEqual(await store.documents.load(score), {
        version,
        state: { points: round * 100 + winner.i },
      });
    }
  });

  it("one document of several that has moved on refuses the whole change", async () => {
    const { store } = opened();
    const other = documentKey<{ points: number }>(partition, "other");
    const version = await write(store, other, 0, { points: 1 });
    const done = await store.documents.commit({
      partition,
      documents: [put(score, 0, { points: 5 }), put(other, version + 1, { points: 5 })],
    });
    assert.deepEqual(done, { outcome: "conflict", name: "other" });
    assert.equal(await store.documents.load(score), undefined);
  });

  it("documents that are only read must still have their versions", async () => {
    const { store } = opened();
    const rules = documentKey<{ points: number }>(partition, "rules");
    const change = (unchanged: number, expected: number) =>
      store.documents.commit({
        partition,
        documents: [put(score, expected, { points: 1 })],
        unchanged: [{ name: "rules", expected: unchanged }],
      });
    const absent = await change(0, 0);
    assert.equal(absent.outcome, "committed");
    const version = await write(store, rules, 0, { points: 0 });
    assert.deepEqual(await change(0, versionOf(absent)), { outcome: "conflict", name: "rules" });
    const done = await change(version, versionOf(absent));
    assert.equal(done.outcome, "committed");
    assert.equal((await store.documents.load(rules))?.version, version);
  });

  it("loadMany answers in the order of the keys, across partitions", async () => {
    const { store } = opened();
    const far = documentKey<{ points: number }>(partitions.room("blue"), "score");
    const missing = documentKey<{ points: number }>(partition, "missing");
    await write(store, score, 0, { points: 1 });
    await write(store, far, 0, { points: 2 });
    const loaded = await store.documents.loadMany([far, missing, score, far]);
    assert.deepEqual(
      loaded.map((document) => document?.state.points),
      [2, undefined, 1, 2],
    );
    assert.deepEqual(await store.documents.loadMany([]), []);
  });

  it("loadMany answers with all documents, also with more than one answer of the store holds", async () => {
    const { store } = opened();
    const keys = range(24).map((at) =>
      documentKey<string>(at % 3 === 0 ? partitions.room("blue") : partition, `large ${at}`),
    );
    const states = keys.map((_, at) => `${at} `.repeat(at % 5 === 4 ? 200_000 : 10_000));
    await Promise.all(keys.map((key, at) => (at === 7 ? undefined : write(store, key, 0, states[at] ?? ""))));
    const loaded = await store.documents.loadMany(keys);
    assert.deepEqual(
      loaded.map((document) => document?.state),
      states.map((state, at) => (at === 7 ? undefined : state)),
    );
  });

  it("a document with a ttl is gone after it, for loads, expectations and read guards", async () => {
    const { store, clock } = opened();
    const version = await write(store, score, 0, { points: 1 }, 60_000);
    clock.advance(50_000);
    assert.equal((await store.documents.load(score))?.version, version);
    clock.advance(10_001);
    assert.equal(await store.documents.load(score), undefined);
    const late = await store.documents.commit({ partition, documents: [put(score, version, { points: 2 })] });
    assert.equal(late.outcome, "conflict");
    const guard = await store.documents.commit({
      partition,
      unchanged: [{ name: "score", expected: version }],
    });
    assert.equal(guard.outcome, "conflict");
    assert.ok((await write(store, score, 0, { points: 3 })) > version);
  });

  it("the last write decides how long a document is kept", async () => {
    const { store, clock } = opened();
    const first = await write(store, score, 0, { points: 1 }, 60_000);
    clock.advance(50_000);
    const second = await write(store, score, first, { points: 2 }, 60_000);
    clock.advance(50_000);
    assert.equal((await store.documents.load(score))?.version, second);
    await write(store, score, second, { points: 3 });
    clock.advance(10 * 86_400_000);
    assert.deepEqual((await store.documents.load(score))?.state, { points: 3 });
  });

  it("a state changed after commit or after load is not changed in the store", async () => {
    const { store } = opened();
    const state = { points: 1 };
    const committing = write(store, score, 0, state);
    state.points = 99;
    await committing;
    const loaded = await store.documents.load(score);
    assert.equal(loaded?.state.points, 1);
    if (loaded) loaded.state.points = 77;
    assert.equal((await store.documents.load(score))?.state.points, 1);
  });

  it("values come back as they were, nested nulls, empty lists and odd numbers too", async () => {
    const { store } = opened();
    for (const [i, value] of HOSTILE_VALUES.entries()) {
      if (value === null) continue;
      const key = documentKey<unknown>(partition, `value${i}`);
      await write(store, key, 0, value);
      assert.deepEqual((await store.documents.load(key))?.state, value);
    }
  });

  it("hostile names are names of their own", async () => {
    const { store } = opened();
    const keys = HOSTILE_NAMES.map((name) => documentKey<string>(partitions.room(name), name));
    for (const [i, key] of keys.entries()) await write(store, key, 0, `state ${i}`);
    const loaded = await store.documents.loadMany(keys);
    assert.deepEqual(
      loaded.map((document) => document?.state),
      keys.map((_, i) => `state ${i}`),
    );
  });

  it("partition and name do not run into one another", async () => {
    const { store } = opened();
    const one = documentKey<string>(partitions.room("a:b"), "c");
    const two = documentKey<string>(partitions.room("a"), "b:c");
    await write(store, one, 0, "one");
    assert.equal(await store.documents.load(two), undefined);
    await write(store, two, 0, "two");
    assert.equal((await store.documents.load(one))?.state, "one");
  });
}
