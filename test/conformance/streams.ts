import assert from "node:assert/strict";
import { append, put } from "../../core/ports/store/documents.ts";
import { documentKey, partitions, streamKey } from "../../core/ports/store/keys.ts";
import { ITEM_BYTES, MAX_PAGE_BYTES, MAX_TAG, PAGE_BYTES } from "../../core/ports/store/pages.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { StreamNotice } from "../../core/ports/store/streams.ts";
import { collector } from "../support/collector.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const partition = partitions.channel("general");
const chat = streamKey<{ text: string }>(partition, "messages");
const keep = { maxLength: 1_000, ttlMs: 3_600_000 };

async function say(store: Store, count: number, options = keep) {
  for (const i of range(count)) await store.streams.append(chat, { text: `m${i + 1}` }, options);
}
/** Texts by their length, in the order in which they are said. */
async function sayLong(store: Store, lengths: readonly number[]) {
  for (const length of lengths) await store.streams.append(chat, { text: "x".repeat(length) }, keep);
}
const bytesOf = (page: { entries: readonly { entry: unknown }[] }) =>
  page.entries.reduce((sum, { entry }) => sum + Buffer.byteLength(JSON.stringify(entry)) + ITEM_BYTES, 0);
const offsets = (page: { entries: readonly { offset: number }[] }) => page.entries.map((e) => e.offset);

export function streamsSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("a stream that was never written has one epoch from its first read on", async () => {
    const { store, second } = opened();
    const empty = await store.streams.read(chat, { limit: 10 });
    assert.deepEqual({ ...empty, epoch: "" }, { epoch: "", offset: 0, first: 1, entries: [] });
    assert.ok(empty.epoch.length > 0);
    assert.equal((await (second ?? store).streams.read(chat, { limit: 10 })).epoch, empty.epoch);
    assert.deepEqual(await store.streams.positions([chat]), [{ epoch: empty.epoch, offset: 0 }]);
    const first = await store.streams.append(chat, { text: "hi" }, keep);
    assert.deepEqual(first, { epoch: empty.epoch, offset: 1, duplicate: false, entry: { text: "hi" } });
  });

  it("reads at once of a stream that was never written give one epoch", async () => {
    const { store, second } = opened();
    const pages = await Promise.all(
      range(10).map((i) => ((i % 2 && second) || store).streams.read(chat, { limit: 1 })),
    );
    assert.equal(new Set(pages.map((page) => page.epoch)).size, 1);
  });

  it("different streams have different epochs", async () => {
    const { store } = opened();
    const [one, two] = await store.streams.positions([chat, streamKey(partition, "other")]);
    assert.notEqual(one?.epoch, two?.epoch);
  });

  it("50 entries appended at once get consecutive offsets from 1 on", async () => {
    const { store, second } = opened();
    const done = await Promise.all(
      range(50).map((i) => ((i % 2 && second) || store).streams.append(chat, { text: `m${i}` }, keep)),
    );
    assert.deepEqual(
      done.map((d) => d.offset).sort((a, b) => a - b),
      range(50).map((i) => i + 1),
    );
    const page = await store.streams.read(chat, { limit: 100 });
    for (const [i, d] of done.entries())
      assert.deepEqual(page.entries[d.offset - 1], { offset: d.offset, entry: { text: `m${i}` } });
  });

  it("reads after, before, between and from the end", async () => {
    const { store } = opened();
    await say(store, 10);
    const read = async (range: { after?: number; before?: number; limit: number }) =>
      offsets(await store.streams.read(chat, range));
    assert.deepEqual(await read({ after: 0, limit: 3 }), [1, 2, 3]);
    assert.deepEqual(await read({ after: 8, limit: 100 }), [9, 10]);
    assert.deepEqual(await read({ before: 5, limit: 2 }), [3, 4]);
    assert.deepEqual(await read({ before: 3, limit: 100 }), [1, 2]);
    assert.deepEqual(await read({ after: 2, before: 6, limit: 100 }), [3, 4, 5]);
    assert.deepEqual(await read({ after: 2, before: 9, limit: 2 }), [3, 4]);
    assert.deepEqual(await read({ before: 1, limit: 5 }), []);
    assert.deepEqual(await read({ before: 1_000_000, limit: 2 }), [9, 10]);
    assert.deepEqual(await read({ after: 4, before: 5, limit: 5 }), []);
  });

  it("reading past the end gives no entries and says where the end is", async () => {
    const { store } = opened();
    await say(store, 3);
    for (const after of [3, 4, 1_000_000]) {
      const page = await store.streams.read(chat, { after, limit: 10 });
      assert.deepEqual({ ...page, epoch: "" }, { epoch: "", offset: 3, first: 1, entries: [] });
    }
  });

  it("a page ends before the entry that would make it larger than its bound, whichever way it is read", async () => {
    const { store } = opened();
    await sayLong(
      store,
      range(40).map((at) => (at % 3 === 0 ? 10_000 : 100)),
    );
    const maxBytes = 30_000;
    const seen: number[] = [];
    for (let after = 0; after < 40; ) {
      const page = await store.streams.read(chat, { after, limit: 100, maxBytes });
      assert.ok(bytesOf(page) <= maxBytes && page.entries.length > 0);
      assert.equal(page.bytes, bytesOf(page));
      seen.push(...offsets(page));
      after = page.entries.at(-1)?.offset ?? 40;
    }
    assert.deepEqual(
      seen,
      range(40).map((at) => at + 1),
    );
    const back: number[] = [];
    for (let before = 1_000; before > 1; ) {
      const page = await store.streams.read(chat, { before, limit: 100, maxBytes });
      assert.ok(bytesOf(page) <= maxBytes && page.entries.length > 0);
      back.unshift(...offsets(page));
      before = page.entries[0]?.offset ?? 1;
    }
    assert.deepEqual(back, seen);
    const between = await store.streams.read(chat, { after: 9, before: 30, limit: 100, maxBytes });
    assert.deepEqual(offsets(between), [10, 11, 12, 13, 14, 15]);
  });

  it("an entry that is larger than the bound is a page of its own, and the next one is reached", async () => {
    const { store } = opened();
    await sayLong(store, [10, 50_000, 10, 50_000]);
    const at = async (range: { after?: number; before?: number }) =>
      offsets(await store.streams.read(chat, { ...range, limit: 10, maxBytes: 1_000 }));
    assert.deepEqual(await at({ after: 0 }), [1]);
    assert.deepEqual(await at({ after: 1 }), [2]);
    assert.deepEqual(await at({ after: 2 }), [3]);
    assert.deepEqual(await at({ before: 5 }), [4]);
    assert.deepEqual(await at({ before: 4 }), [3]);
  });

  it("a page is bounded where no bound is named, where one too large is, and where its entries are the smallest", async () => {
    const { store } = opened();
    await sayLong(store, Array(30).fill(50_000));
    for (const [maxBytes, most] of [
      [undefined, PAGE_BYTES],
      [Number.MAX_SAFE_INTEGER, MAX_PAGE_BYTES],
    ] as const) {
      const bounded = { limit: 1_000_000, ...(maxBytes === undefined ? {} : { maxBytes }) };
      for (const range of [{ after: 0 }, { before: 1_000_000 }, {}]) {
        const page = await store.streams.read(chat, { ...range, ...bounded });
        assert.ok(bytesOf(page) <= most && bytesOf(page) > most - 51_000, `${bytesOf(page)} of ${most}`);
      }
    }
    const small = streamKey<number>(partition, "small");
    await Promise.all(range(200).map((at) => store.streams.append(small, at % 10, keep)));
    const page = await store.streams.read(small, { limit: 1_000_000, maxBytes: 10 * (ITEM_BYTES + 1) });
    assert.equal(page.entries.length, 10);
  });

  it("a bound counts bytes, not characters", async () => {
    const { store } = opened();
    for (const _ of range(10)) await store.streams.append(chat, { text: "语".repeat(1_000) }, keep);
    const page = await store.streams.read(chat, { limit: 10, maxBytes: 10_000 });
    assert.equal(page.entries.length, 3);
    assert.equal(page.bytes, bytesOf(page));
  });

  const tagged = streamKey<{ text: string }>(partition, "tagged", ({ text }) => text.split(":", 1)[0]);
  const tagsOf = async (store: Store, after: number, limit = 100) => [
    ...(await store.streams.tags(tagged, { after, limit })).tags,
  ];

  it("tags are read without their entries, by offset, however the entries were written", async () => {
    const { store, second } = opened();
    const first = await store.streams.append(tagged, { text: "a:1" }, keep);
    const done = await store.documents.commit({
      partition,
      append: [append(tagged, { text: "b:2" }, keep), append(tagged, { text: "c:3" }, keep)],
    });
    assert.equal(done.outcome, "committed");
    const reader = second ?? store;
    const expected = [
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ];
    assert.deepEqual(await tagsOf(reader, 0), expected);
    assert.deepEqual(await tagsOf(reader, 1), expected.slice(1));
    assert.deepEqual(await tagsOf(reader, 0, 2), expected.slice(0, 2));
    assert.deepEqual(await tagsOf(reader, 1, 1), [expected[1]]);
    assert.deepEqual(await tagsOf(reader, 3), []);
    const { epoch, offset, first: oldest } = await reader.streams.tags(tagged, { after: 0, limit: 1 });
    assert.deepEqual([epoch, offset, oldest], [first.epoch, 3, 1]);
    assert.deepEqual((await reader.streams.read(tagged, { after: 1, limit: 1 })).entries, [
      { offset: 2, entry: { text: "b:2" } },
    ]);
  });

  it("an entry's notice and the answer to its repeat are without the tag", async () => {
    const { store } = opened();
    const heard = collector<StreamNotice<{ text: string }>>();
    await store.streams.subscribe(tagged, heard.hear);
    const options = { ...keep, idempotencyKey: "ann:1" };
    await store.streams.append(tagged, { text: "a:1" }, options);
    assert.deepEqual((await heard.reaches(1))[0]?.entry, { text: "a:1" });
    assert.deepEqual((await store.streams.append(tagged, { text: "a:2" }, options)).entry, { text: "a:1" });
    assert.deepEqual(await tagsOf(store, 0), [[1, "a"]]);
  });

  it("entries without a tag, as an older server writes them, do not move the tags of others", async () => {
    const { store } = opened();
    const plain = streamKey<{ text: string }>(partition, "tagged");
    for (const text of ["a:1", "-", "b:3", "-", "-", "c:6"])
      await store.streams.append(text === "-" ? plain : tagged, { text }, keep);
    const all = [
      [1, "a"],
      [3, "b"],
      [6, "c"],
    ] as const;
    for (let after = 0; after <= 6; after++)
      for (const limit of [1, 2, 3, 10])
        assert.deepEqual(
          await tagsOf(store, after, limit),
          all.filter(([offset]) => offset > after && offset <= after + limit),
          `${limit} after ${after}`,
        );
  });

  it("tags are trimmed, and end, with their entries", async () => {
    const { store, clock } = opened();
    const short = { maxLength: 3, ttlMs: 60_000 };
    for (const text of "abcde") await store.streams.append(tagged, { text }, short);
    assert.deepEqual(await tagsOf(store, 0), [
      [3, "c"],
      [4, "d"],
      [5, "e"],
    ]);
    clock.advance(60_001);
    assert.deepEqual(await tagsOf(store, 0), []);
    await store.streams.append(tagged, { text: "f" }, short);
    assert.deepEqual(await tagsOf(store, 0), [[1, "f"]]);
  });

  it("what cannot be a tag is refused before anything is written", async () => {
    const { store } = opened();
    for (const tag of ["", "two\nlines", "é", "x".repeat(MAX_TAG + 1)]) {
      const key = streamKey<string>(partition, "refused", () => tag);
      await assert.rejects(store.streams.append(key, "entry", keep), TypeError);
      const document = documentKey<string>(partition, "beside");
      const change = { partition, documents: [put(document, 0, "x")], append: [append(key, "entry", keep)] };
      await assert.rejects(store.documents.commit(change), TypeError);
      assert.equal(await store.documents.load(document), undefined);
      assert.equal((await store.streams.read(key, { limit: 1 })).offset, 0);
    }
  });

  it("keeps maxLength entries; what was trimmed shows in first", async () => {
    const { store } = opened();
    await say(store, 12, { ...keep, maxLength: 5 });
    const page = await store.streams.read(chat, { after: 0, limit: 100 });
    assert.equal(page.first, 8);
    assert.equal(page.offset, 12);
    assert.deepEqual(offsets(page), [8, 9, 10, 11, 12]);
    assert.deepEqual(offsets(await store.streams.read(chat, { before: 9, limit: 100 })), [8]);
  });

  it("a smaller maxLength trims what a larger one kept", async () => {
    const { store } = opened();
    await say(store, 10);
    await store.streams.append(chat, { text: "last" }, { ...keep, maxLength: 2 });
    const page = await store.streams.read(chat, { after: 0, limit: 100 });
    assert.deepEqual([page.first, offsets(page)], [10, [10, 11]]);
  });

  it("keeps about maxBytes of entries, however they were written, and the newest one in any case", async () => {
    const { store, second } = opened();
    const bounded = { ...keep, maxBytes: 200_000 };
    const large = (at: number) => ({ text: `${at}`.repeat(20_000) });
    for (const at of range(15))
      await ((at % 2 && second) || store).streams.append(chat, large(at % 10), bounded);
    const page = await store.streams.read(chat, { limit: 100, maxBytes: MAX_PAGE_BYTES });
    assert.equal(page.offset, 15);
    assert.ok(page.first >= 6 && page.first <= 9, `kept from ${page.first} on`);
    assert.deepEqual(
      offsets(page),
      range(16 - page.first).map((at) => page.first + at),
    );
    await store.documents.commit({
      partition,
      append: range(3).map(() => append(chat, { text: "y".repeat(60_000) }, bounded)),
    });
    const after = await store.streams.read(chat, { limit: 100, maxBytes: MAX_PAGE_BYTES });
    assert.equal(after.offset, 18);
    assert.ok(after.first >= 15, `kept from ${after.first} on`);
    await store.streams.append(chat, { text: "z".repeat(300_000) }, bounded);
    assert.deepEqual(offsets(await store.streams.read(chat, { limit: 100 })), [19]);
    await say(store, 5, bounded);
    assert.equal((await store.streams.read(chat, { limit: 1 })).offset, 24);
  });

  it("the same idempotency key appends once and gives the first entry again", async () => {
    const { store, second } = opened();
    const options = { ...keep, idempotencyKey: "ann:1" };
    const first = await store.streams.append(chat, { text: "first" }, options);
    const again = await (second ?? store).streams.append(chat, { text: "again" }, options);
    assert.deepEqual(again, { ...first, duplicate: true });
    assert.equal((await store.streams.read(chat, { limit: 10 })).offset, 1);
    const elsewhere = await store.streams.append(
      streamKey<{ text: string }>(partition, "other"),
      { text: "x" },
      options,
    );
    assert.equal(elsewhere.duplicate, false);
  });

  it("of 20 appends at once with one idempotency key one is an entry", async () => {
    const { store, second } = opened();
    const done = await Promise.all(
      range(20).map((i) =>
        ((i % 2 && second) || store).streams.append(
          chat,
          { text: `try ${i}` },
          { ...keep, idempotencyKey: "ann:1" },
        ),
      ),
    );
    assert.equal(done.filter((d) => !d.duplicate).length, 1);
    assert.deepEqual(new Set(done.map((d) => d.offset)), new Set([1]));
    assert.equal(new Set(done.map((d) => d.entry?.text)).size, 1);
  });

  it("a duplicate whose entry was trimmed has its offset and no entry", async () => {
    const { store } = opened();
    const short = { ...keep, maxLength: 2 };
    await store.streams.append(chat, { text: "first" }, { ...short, idempotencyKey: "ann:1" });
    await say(store, 5, short);
    const again = await store.streams.append(chat, { text: "again" }, { ...short, idempotencyKey: "ann:1" });
    assert.equal(again.duplicate, true);
    assert.equal(again.offset, 1);
    assert.equal(again.entry, undefined);
  });

  it("an idempotency key is kept for 5 minutes", async () => {
    const { store, clock } = opened();
    const options = { ...keep, idempotencyKey: "ann:1" };
    await store.streams.append(chat, { text: "first" }, options);
    clock.advance(299_000);
    assert.equal((await store.streams.append(chat, { text: "again" }, options)).duplicate, true);
    clock.advance(2_000);
    const later = await store.streams.append(chat, { text: "later" }, options);
    assert.deepEqual([later.duplicate, later.offset], [false, 2]);
  });

  it("a stream is forgotten its ttl after the last entry, and then has a new epoch", async () => {
    const { store, clock } = opened();
    const short = { maxLength: 10, ttlMs: 60_000 };
    const first = await store.streams.append(chat, { text: "one" }, short);
    clock.advance(50_000);
    const second = await store.streams.append(chat, { text: "two" }, short);
    assert.deepEqual([second.epoch, second.offset], [first.epoch, 2]);
    clock.advance(50_000);
    assert.equal((await store.streams.read(chat, { limit: 10 })).offset, 2);
    clock.advance(10_001);
    const page = await store.streams.read(chat, { limit: 10 });
    assert.deepEqual({ ...page, epoch: "" }, { epoch: "", offset: 0, first: 1, entries: [] });
    assert.notEqual(page.epoch, first.epoch);
    const anew = await store.streams.append(chat, { text: "three" }, short);
    assert.deepEqual([anew.epoch, anew.offset], [page.epoch, 1]);
    assert.deepEqual(offsets(await store.streams.read(chat, { after: 0, limit: 10 })), [1]);
  });

  it("an idempotency key does not outlive its stream", async () => {
    const { store, clock } = opened();
    const options = { maxLength: 10, ttlMs: 10_000, idempotencyKey: "ann:1" };
    await store.streams.append(chat, { text: "one" }, options);
    clock.advance(10_001);
    const anew = await store.streams.append(chat, { text: "two" }, options);
    assert.deepEqual([anew.duplicate, anew.offset], [false, 1]);
  });

  it("positions answers in the order of the keys", async () => {
    const { store } = opened();
    await say(store, 3);
    const other = streamKey<{ text: string }>(partitions.channel("far"), "messages");
    await store.streams.append(other, { text: "x" }, keep);
    const positions = await store.streams.positions([other, chat, streamKey(partition, "none"), chat]);
    assert.deepEqual(
      positions.map((p) => p?.offset),
      [1, 3, 0, 3],
    );
    assert.deepEqual(await store.streams.positions([]), []);
  });

  it("a subscriber hears every entry from then on, by append and by commit, on each worker", async () => {
    const { store, second } = opened();
    await say(store, 1);
    const here = collector<StreamNotice<{ text: string }>>();
    const there = collector<StreamNotice<{ text: string }>>();
    await store.streams.subscribe(chat, here.hear);
    await (second ?? store).streams.subscribe(chat, there.hear);
    const appended = await store.streams.append(chat, { text: "two" }, keep);
    await store.documents.commit({ partition, append: [append(chat, { text: "three" }, keep)] });
    const expected = [
      { epoch: appended.epoch, offset: 2, entry: { text: "two" } },
      { epoch: appended.epoch, offset: 3, entry: { text: "three" } },
    ];
    assert.deepEqual(await here.reaches(2), expected);
    assert.deepEqual(await there.reaches(2), expected);
  });

  it("what a subscriber hears is in the store", async () => {
    const { store } = opened();
    const found: Promise<boolean>[] = [];
    const heard = collector<StreamNotice<{ text: string }>>();
    await store.streams.subscribe(chat, (notice) => {
      const page = store.streams.read(chat, { after: notice.offset - 1, limit: 1 });
      found.push(page.then(({ entries }) => entries[0]?.offset === notice.offset));
      heard.hear(notice);
    });
    await Promise.all(range(20).map((i) => store.streams.append(chat, { text: `m${i}` }, keep)));
    await heard.reaches(20);
    assert.deepEqual(
      await Promise.all(found),
      range(20).map(() => true),
    );
  });

  it("a subscriber hears nothing of a refused commit, of other streams, and nothing once it has ended", async () => {
    const { store } = opened();
    const heard = collector<StreamNotice<{ text: string }>>();
    const ended = collector<StreamNotice<{ text: string }>>();
    await store.streams.subscribe(chat, heard.hear);
    const end = await store.streams.subscribe(chat, ended.hear);
    end();
    end();
    const document = documentKey<string>(partition, "doc");
    const refused = await store.documents.commit({
      partition,
      documents: [put(document, 9, "x")],
      append: [append(chat, { text: "refused" }, keep)],
    });
    assert.equal(refused.outcome, "conflict");
    await store.streams.append(streamKey(partition, "other"), { text: "other" }, keep);
    await store.streams.append(chat, { text: "told" }, keep);
    assert.deepEqual(
      (await heard.reaches(1)).map((notice) => notice.entry.text),
      ["told"],
    );
    assert.deepEqual(ended.heard, []);
  });

  it("hostile names and values come through append, read and notice", async () => {
    const { store } = opened();
    for (const [i, name] of HOSTILE_NAMES.entries()) {
      const key = streamKey<unknown>(partitions.channel(name), name);
      const entry = HOSTILE_VALUES[i % HOSTILE_VALUES.length];
      const heard = collector<StreamNotice<unknown>>();
      const end = await store.streams.subscribe(key, heard.hear);
      const options = { ...keep, idempotencyKey: name };
      const done = await store.streams.append(key, entry, options);
      assert.deepEqual([done.offset, done.entry], [1, entry]);
      assert.deepEqual((await store.streams.append(key, "again", options)).entry, entry);
      assert.deepEqual((await store.streams.read(key, { limit: 5 })).entries, [{ offset: 1, entry }]);
      assert.deepEqual((await heard.reaches(1))[0]?.entry, entry);
      end();
    }
  });

  it("an entry changed after append, read or notice is not changed in the store", async () => {
    const { store } = opened();
    const heard = collector<StreamNotice<{ text: string }>>();
    await store.streams.subscribe(chat, (notice) => {
      notice.entry.text = "changed by a listener";
      heard.hear(notice);
    });
    const mine = { text: "said" };
    const appending = store.streams.append(chat, mine, keep);
    mine.text = "changed by the writer";
    await appending;
    await heard.reaches(1);
    const [read] = (await store.streams.read(chat, { limit: 1 })).entries;
    assert.equal(read?.entry.text, "said");
    if (read) read.entry.text = "changed by a reader";
    assert.equal((await store.streams.read(chat, { limit: 1 })).entries[0]?.entry.text, "said");
  });
}
