import { randomName } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { StreamAppend, StreamReplacement } from "../../../core/ports/store/documents.ts";
import type { Partition, StreamKey } from "../../../core/ports/store/keys.ts";
import { boundOf, checkTag, ITEM_BYTES, MAX_TAG } from "../../../core/ports/store/pages.ts";
import {
  type AppendOptions,
  firstEpoch,
  STREAM_BYTES,
  type StreamEntry,
  type StreamNotice,
  type StreamPage,
  type StreamPosition,
  type StreamRange,
  type Streams,
} from "../../../core/ports/store/streams.ts";
import type { Expiry, Portion } from "./expiry.ts";
import { decode, encode, endOf, KINDS, ordered, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";
import { entryText, jsonOf, KnownMetas, type Meta, metaText, tagIn } from "./stream-records.ts";

const IDEMPOTENCY_TTL_MS = 300_000;
/** How long a stream that was read and never written keeps its epoch after the last read. */
const UNWRITTEN_TTL_MS = 86_400_000;
/** How many forgotten streams are read at a time. */
const GARBAGE_LIMIT = 100;

type Keep = Pick<StreamAppend, "maxLength" | "maxBytes" | "ttlMs" | "tag">;
type Told = Pick<AppendOptions, "trace">;
type Listener = (notice: StreamNotice<unknown>) => void;

export interface EmbeddedStreams extends Streams {
  /** Appends an encoded entry as a part of the change that is being put together. */
  appendNow(partition: Partition, name: string, text: string, keep: Keep, told: Told): StreamPosition;
  /** Whether a replacement can be made: its entry is still what was expected. */
  holds(partition: Partition, replacement: Omit<StreamReplacement, "entry">): boolean;
  /** Puts an encoded entry in another's place, as a part of the change that is being put together. */
  replaceNow(partition: Partition, place: Pick<StreamReplacement, "name" | "offset">, text: string): void;
  /** Removes entries of forgotten streams. */
  readonly collectGarbage: Portion;
}

const streamRecord = (key: { partition: string; name: string }) =>
  recordKey(KINDS.stream, key.partition, key.name);
/** Under the first epoch: a stream that is renewed keeps its entries. */
const entryRecord = (epoch: string, offset: number) =>
  `${KINDS.entry}${firstEpoch(epoch)}:${ordered(offset)}`;

/** Where a page ends that may not be larger. */
class Filling<E> {
  readonly entries: StreamEntry<E>[] = [];
  bytes = 0;
  readonly #most: number;

  constructor(maxBytes: number | undefined) {
    this.#most = boundOf(maxBytes);
  }

  /** @returns false where the entry has no room any more */
  take(offset: number, json: string): boolean {
    const bytes = this.bytes + Buffer.byteLength(json) + ITEM_BYTES;
    if (this.entries.length > 0 && bytes > this.#most) return false;
    this.bytes = bytes;
    this.entries.push({ offset, entry: decode<E>(json) });
    return true;
  }
}

export function createStreams(kv: Kv, expiry: Expiry, now: () => number, log: Log): EmbeddedStreams {
  const subscribers = new Map<string, Set<Listener>>();
  const metas = new KnownMetas();
  const read = (key: string) => metas.read(key, kv.get(key));

  /** Entries of a forgotten stream are removed later, in portions. */
  function forget(key: string, meta: Meta): void {
    kv.put(key, null);
    if (meta.first <= meta.offset)
      kv.put(KINDS.garbage + firstEpoch(meta.epoch), encode([meta.first, meta.offset]));
  }

  function store(key: string, meta: Omit<Meta, "watchedAt">, watchedAt: number): Meta {
    const stored = { ...meta, watchedAt: expiry.watch(key, meta.expiresAt, watchedAt) };
    const text = metaText(stored);
    kv.put(key, text);
    metas.note(key, text, stored);
    return stored;
  }

  /** The stream as it is now; one that is not there yet, or not any more, gets a new epoch, which is not stored yet. */
  function current(key: string): Meta {
    const found = read(key);
    if (found !== undefined && found.expiresAt > now()) return found;
    if (found !== undefined) forget(key, found);
    return { epoch: randomName(9), offset: 0, first: 1, expiresAt: 0, watchedAt: 0, bytes: 0 };
  }

  /** The same for who reads: the epoch of a stream without entries is stored, and kept for some time after each look. */
  function metaOf(key: string): Meta {
    const meta = current(key);
    const time = now();
    if (meta.offset > 0 || meta.expiresAt - time > UNWRITTEN_TTL_MS / 2) return meta;
    return store(key, { ...meta, expiresAt: time + UNWRITTEN_TTL_MS }, meta.watchedAt);
  }

  function notify(key: string, notice: StreamPosition & Told, text: string): void {
    for (const listener of [...(subscribers.get(key) ?? [])]) {
      try {
        listener({ ...notice, entry: decode(text) });
      } catch (err) {
        log.error({ err }, "a stream's listener threw");
      }
    }
  }

  function appendTo(key: string, meta: Meta, text: string, keep: Keep, { trace }: Told): StreamPosition {
    const { epoch } = meta;
    const offset = meta.offset + 1;
    const entry = entryText(text, keep.tag);
    let bytes = meta.bytes + Buffer.byteLength(entry);
    kv.put(entryRecord(epoch, offset), entry);
    const least = offset - keep.maxLength + 1;
    const mostBytes = keep.maxBytes ?? STREAM_BYTES;
    let { first } = meta;
    for (; first < offset && (first < least || bytes > mostBytes); first++) {
      const record = entryRecord(epoch, first);
      bytes = Math.max(0, bytes - kv.size(record));
      kv.put(record, null);
    }
    store(key, { epoch, offset, first, expiresAt: now() + keep.ttlMs, bytes }, meta.watchedAt);
    const position = { epoch, offset };
    if (subscribers.has(key)) {
      const notice = trace === undefined ? position : { ...position, trace };
      kv.afterwards(() => notify(key, notice, text));
    }
    return position;
  }

  function textAt(meta: Meta, offset: number): string | undefined {
    const text = offset < meta.first ? undefined : kv.get(entryRecord(meta.epoch, offset));
    return text === undefined ? undefined : jsonOf(text);
  }

  expiry.handle(KINDS.stream, (key, time, isWatchedAt) => {
    const meta = read(key);
    if (meta === undefined || !isWatchedAt(meta.watchedAt)) return;
    if (meta.expiresAt <= time) forget(key, meta);
    else store(key, meta, 0);
  });
  expiry.handle(KINDS.idempotency, (key) => kv.put(key, null));

  return {
    appendNow(partition, name, text, keep, told) {
      const stream = streamRecord({ partition, name });
      return appendTo(stream, current(stream), text, keep, told);
    },

    holds(partition, { name, epoch, offset, expected }) {
      const meta = current(streamRecord({ partition, name }));
      return meta.epoch === epoch && offset <= meta.offset && textAt(meta, offset) === encode(expected);
    },

    replaceNow(partition, { name, offset }, text) {
      const stream = streamRecord({ partition, name });
      const meta = current(stream);
      const key = entryRecord(meta.epoch, offset);
      const before = kv.get(key) ?? "";
      const entry = entryText(text, tagIn(before));
      kv.put(key, entry);
      const bytes = Math.max(0, meta.bytes + Buffer.byteLength(entry) - Buffer.byteLength(before));
      store(stream, { ...meta, bytes }, meta.watchedAt);
    },

    async append(key, entry, options) {
      kv.assertOpen();
      const stream = streamRecord(key);
      const text = encode(entry);
      const tag = key.tagOf?.(entry);
      checkTag(tag);
      const keep: Keep = tag === undefined ? options : { ...options, tag };
      const meta = current(stream);
      if (options.idempotencyKey === undefined) {
        const position = appendTo(stream, meta, text, keep, options);
        await kv.durable();
        return { ...position, duplicate: false, entry };
      }
      const once = recordKey(KINDS.idempotency, firstEpoch(meta.epoch), options.idempotencyKey);
      const known = decode<[expiresAt: number, offset: number] | null>(kv.get(once) ?? "null");
      if (known !== null && known[0] > now()) {
        const first = textAt(meta, known[1]);
        await kv.durable();
        const found = first === undefined ? undefined : decode<typeof entry>(first);
        return { epoch: meta.epoch, offset: known[1], duplicate: true, entry: found };
      }
      const position = appendTo(stream, meta, text, keep, options);
      const expiresAt = now() + IDEMPOTENCY_TTL_MS;
      kv.put(once, encode([expiresAt, position.offset]));
      expiry.watch(once, expiresAt, 0);
      await kv.durable();
      return { ...position, duplicate: false, entry };
    },

    async read<E>(key: StreamKey<E>, range: StreamRange): Promise<StreamPage<E>> {
      kv.assertOpen();
      const stream = streamRecord(key);
      const meta = metaOf(stream);
      let from = Math.max(meta.first, (range.after ?? 0) + 1);
      let to = Math.min(meta.offset, (range.before ?? Number.POSITIVE_INFINITY) - 1);
      const backwards = range.after === undefined && range.before !== undefined;
      if (backwards) from = Math.max(from, to - range.limit + 1);
      else to = Math.min(to, from + range.limit - 1);
      const page = new Filling<E>(range.maxBytes);
      for (let count = 0; count <= to - from; count++) {
        const offset = backwards ? to - count : from + count;
        const json = textAt(meta, offset);
        if (json !== undefined && !page.take(offset, json)) break;
      }
      if (backwards) page.entries.reverse();
      // An offset that was seen and lost with a crash would be given to another entry: what is not on disk is not shown.
      await kv.settled(stream);
      const { entries, bytes } = page;
      const { epoch, offset, first } = meta;
      return { epoch, offset, first, entries, ...(bytes > 0 ? { bytes } : {}) };
    },

    async at<E>(key: StreamKey<E>, offsets: readonly number[]) {
      kv.assertOpen();
      const meta = current(streamRecord(key));
      const entries = offsets.map((offset) => {
        const json = offset <= meta.offset ? textAt(meta, offset) : undefined;
        return json === undefined ? undefined : decode<E>(json);
      });
      return { epoch: meta.epoch, entries };
    },

    async tags(key, { after, limit }) {
      kv.assertOpen();
      const stream = streamRecord(key);
      const { epoch, offset, first } = metaOf(stream);
      const tags = new Map<number, string>();
      const from = Math.max(first, after + 1);
      for (let at = from; at <= Math.min(offset, from + limit - 1); at++) {
        const tag = tagIn(kv.head(entryRecord(epoch, at), MAX_TAG + 2));
        if (tag !== undefined) tags.set(at, tag);
      }
      await kv.settled(stream);
      return { epoch, offset, first, tags };
    },

    async positions(keys) {
      kv.assertOpen();
      const streams = keys.map(streamRecord);
      const positions = streams.map((stream) => {
        const { epoch, offset } = metaOf(stream);
        return { epoch, offset };
      });
      if (streams.some((stream) => kv.settled(stream) !== undefined)) await kv.durable();
      return positions;
    },

    async subscribe<E>(key: StreamKey<E>, listener: (notice: StreamNotice<E>) => void) {
      kv.assertOpen();
      const stream = streamRecord(key);
      const listeners = subscribers.get(stream) ?? new Set<Listener>();
      subscribers.set(stream, listeners);
      const own: Listener = (notice) => listener(notice as StreamNotice<E>);
      listeners.add(own);
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && subscribers.get(stream) === listeners) subscribers.delete(stream);
      };
    },

    collectGarbage(isOver) {
      const forgotten = [...kv.range(KINDS.garbage, endOf(KINDS.garbage), GARBAGE_LIMIT)];
      for (const { key, value } of forgotten) {
        const epoch = key.slice(1);
        let [offset, last] = decode<[number, number]>(value);
        do kv.put(entryRecord(epoch, offset++), null);
        while (offset <= last && !isOver());
        kv.put(key, offset > last ? null : encode([offset, last]));
        if (isOver()) return true;
      }
      return forgotten.length > 0;
    },
  };
}
