import { setImmediate } from "node:timers/promises";
import type {
  Change,
  Committed,
  Documents,
  DocumentWrite,
  Versioned,
} from "../../../core/ports/store/documents.ts";
import type { DocumentKey, Partition } from "../../../core/ports/store/keys.ts";
import { checkTag, PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import type { EmbeddedDeadlines } from "./deadlines.ts";
import type { Expiry } from "./expiry.ts";
import type { EmbeddedIndexes } from "./indexes.ts";
import { decode, encode, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";
import type { EmbeddedLeases } from "./leases.ts";
import type { EmbeddedStreams } from "./streams.ts";

/** The record of how far numbers are reserved. */
export const VERSIONS_KEY = `${KINDS.counter}versions`;
const BLOCK = 1_000_000;

/**
 * Numbers that grow for good: document versions and fencing tokens. A block is reserved on disk long before its numbers are
 * given, so that one that was seen and lost with a crash is not given again.
 */
export function createVersions(kv: Kv): () => number {
  let reserved = Number(kv.get(VERSIONS_KEY) ?? 0);
  let last = reserved;
  return function nextVersion() {
    last += 1;
    if (last + BLOCK / 2 > reserved) {
      reserved = last + BLOCK;
      kv.put(VERSIONS_KEY, String(reserved));
    }
    return last;
  };
}

/** Kept results of commands, by idempotency id: `<expires at> <result>`. */
export interface OnceResults {
  /** The encoded result; undefined where the id is not known. */
  find(partition: Partition, id: string): string | undefined;
  keep(partition: Partition, id: string, text: string, ttlMs: number): void;
}

export function createOnceResults(kv: Kv, expiry: Expiry, now: () => number): OnceResults {
  const recordOf = (partition: Partition, id: string) => recordKey(KINDS.once, partition, id);
  const expiresAt = (record: string) => Number(record.slice(0, record.indexOf(" ")));

  expiry.handle(KINDS.once, (key, time) => {
    const record = kv.get(key);
    if (record !== undefined && expiresAt(record) <= time) kv.put(key, null);
  });

  return {
    find(partition, id) {
      const record = kv.get(recordOf(partition, id));
      if (record === undefined || expiresAt(record) <= now()) return undefined;
      return record.slice(record.indexOf(" ") + 1);
    },
    keep(partition, id, text, ttlMs) {
      const key = recordOf(partition, id);
      const until = now() + ttlMs;
      kv.put(key, `${until} ${text}`);
      expiry.watch(key, until, 0);
    },
  };
}

/** Stored as `<version> <expires at> <watched at> <state>`, so that a version is compared without reading the state. */
interface Stored {
  readonly version: number;
  readonly expiresAt: number;
  readonly watchedAt: number;
  readonly text: string;
}

function readStored(record: string): Stored {
  const first = record.indexOf(" ");
  const second = record.indexOf(" ", first + 1);
  const third = record.indexOf(" ", second + 1);
  return {
    version: Number(record.slice(0, first)),
    expiresAt: Number(record.slice(first + 1, second)),
    watchedAt: Number(record.slice(second + 1, third)),
    text: record.slice(third + 1),
  };
}

const expired = (stored: Stored, now: number) => stored.expiresAt !== 0 && stored.expiresAt <= now;

interface Parts {
  readonly kv: Kv;
  readonly expiry: Expiry;
  readonly once: OnceResults;
  readonly streams: EmbeddedStreams;
  readonly indexes: EmbeddedIndexes;
  readonly deadlines: EmbeddedDeadlines;
  readonly leases: EmbeddedLeases;
  readonly nextVersion: () => number;
  readonly now: () => number;
}

export function createDocuments(parts: Parts): Documents {
  const { kv, expiry, once, now } = parts;

  function find(key: string): Stored | undefined {
    const record = kv.get(key);
    const stored = record === undefined ? undefined : readStored(record);
    return stored === undefined || expired(stored, now()) ? undefined : stored;
  }
  const versionOf = (partition: Partition, name: string) =>
    find(recordKey(KINDS.document, partition, name))?.version ?? 0;

  const stored = (key: DocumentKey<unknown>) => find(recordKey(KINDS.document, key.partition, key.name));
  const read = <T>(found: Stored | undefined) =>
    found && { version: found.version, state: decode<T>(found.text) };

  function write(partition: Partition, change: DocumentWrite, text: string | null): number {
    const key = recordKey(KINDS.document, partition, change.name);
    const version = parts.nextVersion();
    if (text === null) {
      kv.put(key, null);
      return version;
    }
    const before = kv.get(key);
    let watchedAt = before === undefined ? 0 : readStored(before).watchedAt;
    const expiresAt = change.ttlMs === undefined ? 0 : now() + change.ttlMs;
    if (expiresAt !== 0) watchedAt = expiry.watch(key, expiresAt, watchedAt);
    kv.put(key, `${version} ${expiresAt} ${watchedAt} ${text}`);
    return version;
  }

  expiry.handle(KINDS.document, (key, time, isWatchedAt) => {
    const record = kv.get(key);
    const stored = record === undefined ? undefined : readStored(record);
    if (stored === undefined || !isWatchedAt(stored.watchedAt)) return;
    if (expired(stored, time)) return kv.put(key, null);
    const watchedAt = stored.expiresAt === 0 ? 0 : expiry.watch(key, stored.expiresAt, 0);
    kv.put(key, `${stored.version} ${stored.expiresAt} ${watchedAt} ${stored.text}`);
  });

  /** Why nothing may be written; undefined where the change stands. Nothing is put before this has answered. */
  function refusal(change: Change): Committed | undefined {
    const { partition, fence } = change;
    const known = change.once && once.find(partition, change.once.id);
    if (known !== undefined) return { outcome: "duplicate", result: decode(known) };
    if (fence && parts.leases.isFenced(partition, fence.name, fence.token)) return { outcome: "fenced" };
    for (const { name, expected } of [...(change.documents ?? []), ...(change.unchanged ?? [])])
      if (versionOf(partition, name) !== expected) return { outcome: "conflict", name };
    for (const replacement of change.replace ?? [])
      if (!parts.streams.holds(partition, replacement))
        return { outcome: "conflict", name: replacement.name };
    const full = change.index && parts.indexes.full(partition, change.index);
    return full === undefined ? undefined : { outcome: "full", name: full };
  }

  function apply(change: Change): Committed {
    const { partition, documents = [], replace = [], append = [] } = change;
    // All texts are made first: what cannot be encoded throws while nothing is written yet.
    const states = documents.map(({ state }) => (state === null ? null : encode(state)));
    const entries = append.map(({ entry }) => encode(entry));
    const replaced = replace.map(({ entry }) => encode(entry));
    for (const { tag } of append) checkTag(tag);
    const result = change.once && encode(change.once.result);
    const applyIndex = parts.indexes.prepare(partition, change.index ?? []);
    const schedule = parts.deadlines.prepare(partition, change.deadlines ?? []);

    const versions = documents.map((document, i) => write(partition, document, states[i] ?? null));
    for (const [i, place] of replace.entries())
      parts.streams.replaceNow(partition, place, replaced[i] ?? "null");
    const positions: StreamPosition[] = append.map((one, i) =>
      parts.streams.appendNow(partition, one.name, entries[i] ?? "null", one, change),
    );
    applyIndex();
    schedule();
    if (change.once && result !== undefined) once.keep(partition, change.once.id, result, change.once.ttlMs);
    return { outcome: "committed", positions, versions };
  }

  return {
    async load(key) {
      kv.assertOpen();
      return read(stored(key));
    },
    async loadMany<T>(keys: readonly DocumentKey<T>[]) {
      kv.assertOpen();
      const loaded: (Versioned<T> | undefined)[] = [];
      let bytes = 0;
      for (const key of keys) {
        const found = stored(key);
        loaded.push(read<T>(found));
        bytes += found?.text.length ?? 0;
        if (bytes <= PAGE_BYTES) continue;
        // Others have their turn before the next page.
        bytes = 0;
        await setImmediate();
      }
      return loaded;
    },
    async commit(change, decided) {
      kv.assertOpen();
      const done = refusal(change) ?? apply(change);
      decided?.(done.outcome);
      // A duplicate waits for the disk too: its result may be on its way there.
      if (done.outcome !== "conflict") await kv.durable();
      return done;
    },
    async resultOf(partition, onceId) {
      kv.assertOpen();
      const text = once.find(partition, onceId);
      if (text === undefined) return undefined;
      await kv.durable();
      return decode(text);
    },
  };
}
