import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { GameError } from "../../../core/contract/errors.ts";
import type { Log } from "../../../core/ports/log.ts";
import { isFinal, type StoreHealth } from "../../../core/ports/store/store.ts";
import { openDatabase } from "../embedded-file.ts";

/** A write can dirty a page of its own. */
const PAGE_BYTES = 4_096;

interface DiskSpace {
  /** Why there is no space for these writes; undefined where there is. Asks the disk only once some has been written. */
  lackFor(writes: number, chars: number): Promise<string | undefined>;
}

function createDiskSpace(dataDir: string, minFreeBytes: number): DiskSpace {
  let writtenSinceLook = Number.POSITIVE_INFINITY;
  return {
    async lackFor(writes, chars) {
      writtenSinceLook += writes * PAGE_BYTES + chars;
      if (writtenSinceLook < minFreeBytes / 4) return undefined;
      const { bavail, bsize } = await statfs(dataDir);
      const free = bavail * bsize;
      const needed = minFreeBytes + 2 * chars;
      if (free < needed) return `${dataDir} has ${free} bytes free, and ${needed} are needed`;
      writtenSinceLook = 0;
      return undefined;
    },
  };
}

/** A command waits this long for the disk, then it is answered `unavailable`. */
const WRITE_TIMEOUT_MS = 1_000;
/** What may wait for the disk; more is refused with `unavailable`. */
const MAX_WAITING_WRITES = 50_000;
const MAX_WAITING_CHARS = 32 * 1024 * 1024;
/** How often a disk without space is looked at again. */
const SPACE_RETRY_MS = 500;
const CLOSE_TIMEOUT_MS = 5_000;

interface Batch {
  /** Null removes. */
  readonly writes: Map<string, string | null>;
  readonly after: (() => void)[];
  /** One promise for all who wait for the batch. */
  waiting: Waiting | undefined;
  chars: number;
}

interface Waiting {
  readonly done: Promise<void>;
  resolve(): void;
  reject(reason: GameError): void;
}

const newBatch = (): Batch => ({ writes: new Map(), after: [], waiting: undefined, chars: 0 });

function newWaiting(): Waiting {
  let [resolve, reject] = [() => {}, (_: GameError) => {}];
  const done = new Promise<void>((resolved, rejected) => {
    [resolve, reject] = [resolved, rejected];
  });
  return { done, resolve, reject };
}

/** What keeps the store from working. A failed write does so for good, the others until they are over. */
type Trouble = "failed" | "full" | "slow";

/** What the ports stand on: texts by key, in memory at once and on disk soon, in the order in which they were put. */
export interface Kv {
  /** Throws `unavailable` while there is trouble, or too much waits; every change asks before it puts anything. */
  assertOpen(): void;
  get(key: string): string | undefined;
  /** Of the value, in bytes; 0 where there is none. */
  size(key: string): number;
  /** How the value begins, up to so many characters of ASCII, without the rest of it; empty where there is none. */
  head(key: string, length: number): string;
  /** All puts between two awaits are one atomic change. */
  put(key: string, value: string | null): void;
  /** Runs when all that was put so far is on disk, in order, and before those who wait for it go on. */
  afterwards(run: () => void): void;
  /** Resolves when all that was put so far is on disk. Rejects with `unavailable`: it is on disk later, or never. */
  durable(): Promise<void>;
  /** The same where the key is not on disk yet; undefined where it is. */
  settled(key: string): Promise<void> | undefined;
  /** Of what is on disk: pages in use, and the whole file with the pages that can be used again. */
  usage(): { readonly usedBytes: number; readonly fileBytes: number };
  /** What is on disk, in order of keys, from `from` up to and without `to`. */
  range(from: string, to: string, limit?: number): Iterable<{ key: string; value: string }>;
  health(): StoreHealth;
  onHealth(listener: (health: StoreHealth) => void): () => void;
  close(): Promise<void>;
}

/**
 * lmdb with group commit: while one batch is written, the next is gathered, and reads look at both before the disk. So a
 * command decides synchronously on what others have decided before it, and nothing is durable before what it stands on.
 * @param minFreeBytes with less free space nothing is written, and all is refused until there is more
 */
export function openKv(dataDir: string, minFreeBytes: number, log: Log): Kv {
  mkdirSync(dataDir, { recursive: true });
  const db = openDatabase(dataDir);
  let nextBatch = newBatch();
  let writing: Batch | undefined;
  let running: Promise<void> | undefined;
  let closed = false;
  const space = createDiskSpace(dataDir, minFreeBytes);
  const stopWaiting = new AbortController();
  const troubles = new Map<Trouble, string>();
  const listeners = new Set<(health: StoreHealth) => void>();

  function health(): StoreHealth {
    const failed = troubles.get("failed");
    if (failed !== undefined) return { ok: false, reason: failed, final: true };
    const [reason] = troubles.values();
    return reason === undefined ? { ok: true } : { ok: false, reason };
  }

  function setTrouble(kind: Trouble, reason: string | undefined, err?: unknown): void {
    const before = health();
    if (reason === undefined) troubles.delete(kind);
    else troubles.set(kind, reason);
    const after = health();
    if (before.ok === after.ok && isFinal(before) === isFinal(after)) return;
    if (after.ok) log.info({}, "the embedded store is available again");
    else log.error({ err, reason: after.reason }, "the embedded store is not available");
    for (const listener of listeners) listener(after);
  }

  function rejectWaiters(cause: unknown): void {
    for (const batch of [writing, nextBatch]) {
      const waiting = batch?.waiting;
      if (batch === undefined || waiting === undefined) continue;
      // Whoever comes from here on waits for what becomes of the batch then.
      batch.waiting = undefined;
      waiting.reject(new GameError("unavailable", { cause }));
    }
  }

  async function write({ writes }: Batch): Promise<void> {
    const timeout = setTimeout(() => {
      const reason = `${dataDir} takes longer than ${WRITE_TIMEOUT_MS} ms to write`;
      setTrouble("slow", reason);
      rejectWaiters(reason);
    }, WRITE_TIMEOUT_MS);
    try {
      await db.batch(() => {
        for (const [key, value] of writes) {
          if (value === null) db.remove(key);
          else db.put(key, value);
        }
      });
    } catch (thrown) {
      throw await causeOf(thrown);
    } finally {
      clearTimeout(timeout);
    }
    setTrouble("slow", undefined);
  }

  /** False where the store is closed before there is space. */
  async function waitForSpace({ writes, chars }: Batch): Promise<boolean> {
    for (;;) {
      const reason = await space.lackFor(writes.size, chars);
      setTrouble("full", reason);
      if (reason === undefined) return true;
      rejectWaiters(reason);
      if (closed) return false;
      await delay(SPACE_RETRY_MS, undefined, { signal: stopWaiting.signal }).catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (nextBatch.writes.size > 0) {
      const batch = nextBatch;
      writing = batch;
      nextBatch = newBatch();
      try {
        if (!(await waitForSpace(batch))) return;
        await write(batch);
      } catch (cause) {
        // A failed commit of lmdb 3.5.6 can damage the process's memory: nothing is tried again, and space is looked at before.
        const why = cause instanceof Error ? cause.message : String(cause);
        setTrouble("failed", `writing to ${dataDir} failed, restart when the disk is well: ${why}`, cause);
        rejectWaiters(cause);
        return;
      }
      writing = undefined;
      for (const after of batch.after) after();
      batch.waiting?.resolve();
    }
    running = undefined;
  }

  function durable(): Promise<void> {
    const batch = nextBatch.writes.size > 0 ? nextBatch : writing;
    if (batch === undefined) return Promise.resolve();
    batch.waiting ??= newWaiting();
    return batch.waiting.done;
  }

  /** What a put that is not on disk yet has put; undefined where there is none. */
  function waiting(key: string): string | null | undefined {
    const found = nextBatch.writes.get(key);
    return found === undefined ? writing?.writes.get(key) : found;
  }

  return {
    assertOpen() {
      if (closed) throw new GameError("unavailable", { cause: "the store is closed" });
      const state = health();
      if (!state.ok) throw new GameError("unavailable", { cause: state.reason });
      if (nextBatch.writes.size > MAX_WAITING_WRITES || nextBatch.chars > MAX_WAITING_CHARS)
        throw new GameError("unavailable", { cause: "too much waits for the disk" });
    },
    get(key) {
      const put = waiting(key);
      return put === undefined ? db.get(key) : (put ?? undefined);
    },
    size(key) {
      const put = waiting(key);
      if (put !== undefined) return put === null ? 0 : Buffer.byteLength(put);
      return db.getBinaryFast(key)?.length ?? 0;
    },
    head(key, length) {
      const put = waiting(key);
      if (put !== undefined) return put?.slice(0, length) ?? "";
      // Good until the next read only, so that nothing of the value need be copied.
      return db.getBinaryFast(key)?.toString("latin1", 0, length) ?? "";
    },
    put(key, value) {
      nextBatch.writes.set(key, value);
      nextBatch.chars += key.length + (value?.length ?? 0);
      running ??= run();
    },
    afterwards(run) {
      if (nextBatch.writes.size > 0) nextBatch.after.push(run);
      else if (writing !== undefined) writing.after.push(run);
      else run();
    },
    durable,
    usage: () => usageIn(db.getStats()),
    settled: (key) => (nextBatch.writes.has(key) || writing?.writes.has(key) ? durable() : undefined),
    range: (start, end, limit) => db.getRange({ start, end, ...(limit === undefined ? {} : { limit }) }),
    health,
    onHealth(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      stopWaiting.abort();
      const tooLate = delay(CLOSE_TIMEOUT_MS, undefined, { ref: false });
      await Promise.race([running, tooLate]);
      listeners.clear();
      if (!troubles.has("failed")) await Promise.race([db.close(), tooLate]);
    },
  };
}

/** lmdb's rejection carries the true cause as a promise, which would otherwise be an unhandled rejection. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error) || !("commitError" in thrown)) return thrown;
  return Promise.resolve(thrown.commitError).then(
    () => thrown,
    (cause: unknown) => cause,
  );
}

/** Of lmdb's statistics, whose type says nothing. */
function usageIn(stats: object): ReturnType<Kv["usage"]> {
  const number = (name: string) => Number(Reflect.get(stats, name) ?? 0);
  const pages = number("treeBranchPageCount") + number("treeLeafPageCount") + number("overflowPages");
  const pageSize = number("pageSize");
  return { usedBytes: pages * pageSize, fileBytes: (number("lastPageNumber") + 1) * pageSize };
}
