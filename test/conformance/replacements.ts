import assert from "node:assert/strict";
import { append, put } from "../../core/ports/store/documents.ts";
import { documentKey, partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

interface Said {
  readonly text: string;
}

const partition = partitions.channel("general");
const said = streamKey<Said>(partition, "said", ({ text }) => text.slice(0, 1));
const counter = documentKey<number>(partition, "counter");
const keep = { maxLength: 5, ttlMs: 60_000 };

/** Entries of streams that another takes the place of. */
export function replacementsSuite(open: OpenStore): void {
  const opened = freshStore(open);

  async function say(store: Store, ...texts: readonly string[]): Promise<string> {
    let epoch = "";
    for (const text of texts) ({ epoch } = await store.streams.append(said, { text }, keep));
    return epoch;
  }

  const replaceBy = (text: string, epoch: string, offset: number, expected: string) => ({
    partition,
    replace: [{ name: said.name, epoch, offset, expected: { text: expected }, entry: { text } }],
  });

  const texts = async (store: Store) =>
    (await store.streams.read(said, { limit: 100 })).entries.map(({ entry }) => entry.text);

  it("stand where the other stood, with its tag, for all who read from now on", async () => {
    const { store, second = store } = opened();
    const epoch = await say(store, "one", "two", "three");
    const done = await store.documents.commit({
      ...replaceBy("2", epoch, 2, "two"),
      documents: [put(counter, 0, 1)],
      append: [append(said, { text: "four" }, keep)],
    });
    assert.ok(done.outcome === "committed");
    assert.deepEqual(done.positions, [{ epoch, offset: 4 }]);
    assert.deepEqual(await texts(second), ["one", "2", "three", "four"]);
    const { tags } = await store.streams.tags(said, { after: 0, limit: 10 });
    assert.deepEqual([...tags.values()], ["o", "t", "t", "f"]);
    assert.deepEqual(await second.streams.at(said, [4, 2, 5, 0, 1]), {
      epoch,
      entries: [{ text: "four" }, { text: "2" }, undefined, undefined, { text: "one" }],
    });
  });

  it("nobody is told of; only of the entries that are appended", async () => {
    const { store } = opened();
    const epoch = await say(store, "one");
    const heard: number[] = [];
    const told = new Promise<void>((resolve) => {
      void store.streams.subscribe(said, ({ offset }) => {
        heard.push(offset);
        resolve();
      });
    });
    await store.streams.positions([said]);
    await store.documents.commit(replaceBy("1", epoch, 1, "one"));
    await say(store, "two");
    await told;
    assert.deepEqual(heard, [2]);
  });

  it("conflict where another entry stands there by now, and nothing of the change is made", async () => {
    const { store } = opened();
    const epoch = await say(store, "one", "two");
    for (const [at, expected, of] of [
      [1, "two", epoch],
      [3, "three", epoch],
      [0, "zero", epoch],
      [2, "two", `${epoch}x`],
    ] as const) {
      const change = { ...replaceBy("new", of, at, expected), documents: [put(counter, 0, 1)] };
      assert.deepEqual(await store.documents.commit(change), { outcome: "conflict", name: said.name });
    }
    assert.deepEqual(await texts(store), ["one", "two"]);
    assert.equal(await store.documents.load(counter), undefined);
    const two = [...replaceBy("1", epoch, 1, "one").replace, ...replaceBy("2", epoch, 2, "other").replace];
    assert.equal((await store.documents.commit({ partition, replace: two })).outcome, "conflict");
    assert.deepEqual(await texts(store), ["one", "two"]);
  });

  it("of many for one entry at the same time exactly one is made", async () => {
    const { store, second = store } = opened();
    const epoch = await say(store, "one");
    const done = await Promise.all(
      range(20).map((i) => (i % 2 ? second : store).documents.commit(replaceBy(`new ${i}`, epoch, 1, "one"))),
    );
    const winners = done.flatMap(({ outcome }, i) => (outcome === "committed" ? [i] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual(await texts(store), [`new ${winners[0]}`]);
  });

  it("conflict where the entry has been trimmed, or the whole stream forgotten", async () => {
    const { store, clock } = opened();
    const epoch = await say(store, ...range(6).map((i) => `${i}`));
    assert.equal((await store.documents.commit(replaceBy("new", epoch, 1, "0"))).outcome, "conflict");
    assert.equal((await store.documents.commit(replaceBy("new", epoch, 2, "1"))).outcome, "committed");
    // The change is of the stream as it was: what it appends trims afterwards.
    const trimming = { ...replaceBy("newer", epoch, 2, "new"), append: [append(said, { text: "6" }, keep)] };
    assert.equal((await store.documents.commit(trimming)).outcome, "committed");
    assert.deepEqual(await texts(store), ["2", "3", "4", "5", "6"]);
    assert.deepEqual((await store.streams.at(said, [2, 3])).entries, [undefined, { text: "2" }]);
    clock.advance(60_001);
    assert.equal((await store.documents.commit(replaceBy("new", epoch, 4, "3"))).outcome, "conflict");
    assert.deepEqual((await store.streams.at(said, [4])).entries, [undefined]);
  });
}
