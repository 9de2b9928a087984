import assert from "node:assert/strict";
import { indexPut, indexRemove } from "../../core/ports/store/documents.ts";
import type { IndexMember, IndexPage } from "../../core/ports/store/indexes.ts";
import type { IndexKey } from "../../core/ports/store/keys.ts";
import { indexKey, partitions } from "../../core/ports/store/keys.ts";
import { ITEM_BYTES, PAGE_BYTES } from "../../core/ports/store/pages.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const partition = partitions.lobby();
const rooms = indexKey<{ players: number }>(partition, "open");

async function enter(store: Store, members: readonly (readonly [member: string, score: number])[]) {
  const index = members.map(([member, score]) => indexPut(rooms, member, score, { players: score }));
  assert.equal((await store.documents.commit({ partition, index })).outcome, "committed");
}

async function walk<V>(store: Store, key: IndexKey<V>, limit: number, reverse = false) {
  const all: IndexMember<V>[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.indexes.page(key, {
      limit,
      reverse,
      ...(cursor === undefined ? {} : { cursor }),
    });
    assert.ok(page.members.length <= limit);
    all.push(...page.members);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
const names = (members: readonly IndexMember<unknown>[]) => members.map(({ member }) => member);

export function indexesSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("an index that was never written is empty", async () => {
    const { store } = opened();
    assert.deepEqual((await store.indexes.page(rooms, { limit: 10 })).members, []);
    assert.equal((await store.indexes.page(rooms, { limit: 10 })).cursor, undefined);
    assert.equal(await store.indexes.get(rooms, "r1"), undefined);
    assert.equal(await store.indexes.size(rooms), 0);
    assert.equal(await store.indexes.rank(rooms, "r1"), undefined);
  });

  it("members stand in order of score, then name, forwards and in reverse", async () => {
    const { store, second } = opened();
    await enter(store, [
      ["c", 1],
      ["a", 10],
      ["b", 1],
      ["d", -2.5],
      ["e", 1.5],
      ["B", 1],
    ]);
    const order = ["d", "B", "b", "c", "e", "a"];
    const reader = second ?? store;
    assert.deepEqual(names(await walk(reader, rooms, 100)), order);
    assert.deepEqual(names(await walk(reader, rooms, 100, true)), order.toReversed());
    for (const [i, member] of order.entries()) assert.equal(await reader.indexes.rank(rooms, member), i);
    assert.equal(await reader.indexes.size(rooms), 6);
    assert.deepEqual(await reader.indexes.get(rooms, "e"), {
      member: "e",
      score: 1.5,
      value: { players: 1.5 },
    });
  });

  it("pages give each member once, with a cursor until the end, both ways", async () => {
    const { store } = opened();
    const members = range(100).map((i) => [`m${String(i).padStart(3, "0")}`, Math.floor(i / 8)] as const);
    await enter(store, members.toReversed());
    const expected = members.map(([member]) => member);
    for (const limit of [1, 7, 10, 100, 1_000]) {
      assert.deepEqual(names(await walk(store, rooms, limit)), expected);
      assert.deepEqual(names(await walk(store, rooms, limit, true)), expected.toReversed());
    }
    assert.equal((await store.indexes.page(rooms, { limit: 100 })).cursor, undefined);
  });

  it("a page ends before the member that would make it larger than its bound, and one that is larger is a page of its own", async () => {
    const { store } = opened();
    const lists = indexKey<string>(partition, "large");
    const sizes = [10, 5_000, 10, 40_000, 10, 10, 5_000, 5_000, 10];
    const index = sizes.map((size, at) => indexPut(lists, `m${at}`, at, "x".repeat(size)));
    assert.equal((await store.documents.commit({ partition, index })).outcome, "committed");
    for (const reverse of [false, true]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page: IndexPage<string> = await store.indexes.page(lists, {
          limit: 100,
          maxBytes: 11_000,
          reverse,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const counted = page.members.map((m) => m.member.length + m.value.length + 2 + ITEM_BYTES);
        assert.equal(
          page.bytes,
          counted.reduce((sum, bytes) => sum + bytes, 0),
        );
        assert.ok((page.bytes ?? 0) <= 11_000 || page.members.length === 1);
        seen.push(...names(page.members));
        cursor = page.cursor;
        pages++;
      } while (cursor !== undefined);
      const all = sizes.map((_, at) => `m${at}`);
      assert.deepEqual(seen, reverse ? all.toReversed() : all);
      assert.ok(pages === 3, `${pages} pages`);
    }
  });

  it("a page that names no bound, or more members than a page has, is bounded", async () => {
    const { store } = opened();
    const lists = indexKey<string>(partition, "many");
    for (const part of range(3))
      await store.documents.commit({
        partition,
        index: range(10).map((at) => indexPut(lists, `m${part}${at}`, at, "x".repeat(20_000))),
      });
    const page = await store.indexes.page(lists, { limit: 30 });
    assert.ok(page.members.length > 1 && (page.bytes ?? 0) <= PAGE_BYTES && page.cursor !== undefined);
    const small = indexKey<null>(partition, "small");
    for (const part of range(3))
      await store.documents.commit({
        partition,
        index: range(500).map((at) => indexPut(small, `m${part}-${at}`, at, null)),
      });
    const counted = await store.indexes.page(small, { limit: 10_000 });
    assert.equal(counted.members.length, 1_000);
    assert.ok(counted.cursor !== undefined);
  });

  it("a page begins behind any place, both ways, whether a member is there or not", async () => {
    const { store } = opened();
    await enter(store, [
      ["a", -1.5],
      ["b", 2],
      ["c", 2],
      ["d", 1e21],
    ]);
    const behind = async (score: number, member: string, reverse = false) =>
      names((await store.indexes.page(rooms, { limit: 10, after: { score, member }, reverse })).members);
    assert.deepEqual(await behind(2, ""), ["b", "c", "d"]);
    assert.deepEqual(await behind(2, "b"), ["c", "d"]);
    assert.deepEqual(await behind(2, "bb"), ["c", "d"]);
    assert.deepEqual(await behind(0, "z", true), ["a"]);
    assert.deepEqual(await behind(2, "c", true), ["b", "a"]);
    assert.deepEqual(await behind(-Number.MAX_VALUE, ""), ["a", "b", "c", "d"]);
    assert.deepEqual(await behind(Number.MAX_VALUE, ""), []);
  });

  it("members that leave between pages do not hide others", async () => {
    const { store } = opened();
    await enter(
      store,
      range(10).map((i) => [`m${i}`, i]),
    );
    const first = await store.indexes.page(rooms, { limit: 4 });
    assert.ok(first.cursor !== undefined);
    await store.documents.commit({ partition, index: ["m0", "m3", "m4"].map((m) => indexRemove(rooms, m)) });
    const rest = await store.indexes.page(rooms, { limit: 100, cursor: first.cursor });
    assert.deepEqual(names(rest.members), ["m5", "m6", "m7", "m8", "m9"]);
  });

  it("a member put again moves and takes its new value", async () => {
    const { store } = opened();
    await enter(store, [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    await store.documents.commit({ partition, index: [indexPut(rooms, "a", 9, { players: 99 })] });
    assert.deepEqual(names(await walk(store, rooms, 10)), ["b", "c", "a"]);
    assert.deepEqual(await store.indexes.get(rooms, "a"), { member: "a", score: 9, value: { players: 99 } });
    await store.documents.commit({ partition, index: [indexPut(rooms, "a", 9, { players: 1 })] });
    assert.deepEqual((await store.indexes.get(rooms, "a"))?.value, { players: 1 });
    assert.equal(await store.indexes.size(rooms), 3);
  });

  it("a removed member is gone; removing an absent one is no error", async () => {
    const { store } = opened();
    await enter(store, [
      ["a", 1],
      ["b", 2],
    ]);
    const done = await store.documents.commit({
      partition,
      index: [indexRemove(rooms, "a"), indexRemove(rooms, "never")],
    });
    assert.equal(done.outcome, "committed");
    assert.equal(await store.indexes.get(rooms, "a"), undefined);
    assert.equal(await store.indexes.rank(rooms, "b"), 0);
    assert.equal(await store.indexes.size(rooms), 1);
  });

  it("in one change the later write of a member counts", async () => {
    const { store } = opened();
    await store.documents.commit({
      partition,
      index: [
        indexPut(rooms, "a", 1, { players: 1 }),
        indexRemove(rooms, "a"),
        indexPut(rooms, "a", 5, { players: 5 }),
      ],
    });
    assert.deepEqual(await walk(store, rooms, 10), [{ member: "a", score: 5, value: { players: 5 } }]);
  });

  it("indexes of other names and partitions are others", async () => {
    const { store } = opened();
    await enter(store, [["a", 1]]);
    assert.equal(await store.indexes.size(indexKey(partition, "closed")), 0);
    assert.equal(await store.indexes.size(indexKey(partitions.matchmaking(), "open")), 0);
  });

  it("hostile members and values come back, page by page", async () => {
    const { store } = opened();
    const key = indexKey<unknown>(partitions.room("{a}:b\n"), "__proto__");
    const index = HOSTILE_NAMES.map((member, i) =>
      indexPut(key, member, i, HOSTILE_VALUES[i % HOSTILE_VALUES.length]),
    );
    await store.documents.commit({ partition: key.partition, index });
    const expected = index.map(({ member, score, value }) => ({ member, score, value }));
    assert.deepEqual(await walk(store, key, 2), expected);
    assert.deepEqual(await walk(store, key, 3, true), expected.toReversed());
    for (const [i, { member }] of index.entries()) assert.equal(await store.indexes.rank(key, member), i);
  });

  it("hostile members of one score are all there, in one order, page by page", async () => {
    const { store } = opened();
    await enter(
      store,
      HOSTILE_NAMES.map((member) => [member, 7]),
    );
    const all = names(await walk(store, rooms, 100));
    assert.deepEqual(new Set(all), new Set(HOSTILE_NAMES));
    assert.deepEqual(names(await walk(store, rooms, 2)), all);
    for (const [i, member] of all.entries()) assert.equal(await store.indexes.rank(rooms, member), i);
  });
}
