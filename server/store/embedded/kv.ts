import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { open } from "lmdb";
import { GameError } from "../../../core/errors.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { StoreHealth } from "../../../core/ports/store.ts";

/** A command waits this long for the disk, then it is answered `unavailable`. */
const WRITE_TIMEOUT_MS = 1_000;
/** After a failed write the same batch is tried again, until it is on disk. */
const RETRY_MS = 500;
/** What may wait for the disk; more is refused with `unavailable`. */
const MAX_WAITING_WRITES = 200_000;
const MAX_WAITING_CHARS = 64 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5_000;

interface Batch {
  /** Null removes. */
  readonly writes: Map<string, string | null>;
  readonly after: (() => void)[];
  waiters: { resolve(): void; reject(reason: GameError): void }[];
  chars: number;
}

const newBatch = (): Batch => ({ writes: new Map(), after: [], waiters: [], chars: 0 });

/** What the ports stand on: texts by key, in memory at once and on disk soon, in the order in which they were put. */
export interface Kv {
  /** Throws `unavailable` while writes fail or too many wait; every change asks before it puts anything. */
  assertOpen(): void;
  get(key: string): string | undefined;
  /** All puts between two awaits are one atomic change. */
  put(key: string, value: string | null): void;
  /** Runs when all that was put so far is on disk, in order, and before those who wait for it go on. */
  afterwards(run: () => void): void;
  /** Resolves when all that was put so far is on disk. Rejects with `unavailable`: then it is on disk later, or lost with the process. */
  durable(): Promise<void>;
  /** The same where the key is not on disk yet; else at once. */
  settled(key: string): Promise<void> | undefined;
  /** What is on disk, in order of keys, from `from` up to and without `to`. */
  range(from: string, to: string, limit?: number): Iterable<{ key: string; value: string }>;
  health(): StoreHealth;
  onHealth(listener: (health: StoreHealth) => void): () => void;
  close(): Promise<void>;
}

/**
 * lmdb with group commit: while one batch is written, the next is gathered, and reads look at both before the disk. So a
 * command decides synchronously on what others have decided before it, and nothing is durable before what it stands on.
 */
export function openKv(dataDir: string, log: Log): Kv {
  mkdirSync(dataDir, { recursive: true });
  // With overlappingSync lmdb acknowledges before the data is safe from kill -9. Batches are made here, not per turn of the event loop.
  const settings = { path: join(dataDir, "muster.mdb"), encoding: "string" as const };
  const db = open<string, string>({ ...settings, overlappingSync: false, eventTurnBatching: false });

  let gathering = newBatch();
  let writing: Batch | undefined;
  let running: Promise<void> | undefined;
  let health: StoreHealth = { ok: true };
  let closed = false;
  const listeners = new Set<(health: StoreHealth) => void>();
  const stopRetrying = new AbortController();

  function setHealth(next: StoreHealth): void {
    if (next.ok === health.ok) return;
    health = next;
    for (const listener of listeners) listener(next);
  }

  function fail(reason: string, cause?: unknown): void {
    if (health.ok) log.error({ err: cause, reason }, "the embedded store cannot write");
    setHealth({ ok: false, reason });
    for (const batch of [writing, gathering]) {
      if (batch === undefined) continue;
      const waiters = batch.waiters;
      batch.waiters = [];
      for (const { reject } of waiters) reject(new GameError("unavailable", { cause: cause ?? reason }));
    }
  }

  async function write(batch: Batch): Promise<void> {
    const timeout = setTimeout(fail, WRITE_TIMEOUT_MS, "the disk does not answer in time");
    try {
      await db.batch(() => {
        for (const [key, value] of batch.writes) {
          if (value === null) db.remove(key);
          else db.put(key, value);
        }
      });
    } catch (thrown) {
      throw await causeOf(thrown);
    } finally {
      clearTimeout(timeout);
    }
  }

  async function writeUntilDurable(batch: Batch): Promise<boolean> {
    for (;;) {
      try {
        await write(batch);
        return true;
      } catch (cause) {
        fail(`writing to ${dataDir} failed: ${cause instanceof Error ? cause.message : cause}`, cause);
        if (closed) return false;
        await delay(RETRY_MS, undefined, { signal: stopRetrying.signal }).catch(() => undefined);
      }
    }
  }

  async function run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (gathering.writes.size > 0) {
      const batch = gathering;
      writing = batch;
      gathering = newBatch();
      if (!(await writeUntilDurable(batch))) return;
      writing = undefined;
      if (!health.ok) {
        log.info({}, "the embedded store writes again");
        setHealth({ ok: true });
      }
      for (const after of batch.after) after();
      for (const { resolve } of batch.waiters) resolve();
    }
    running = undefined;
  }

  function durable(): Promise<void> {
    const batch = gathering.writes.size > 0 ? gathering : writing;
    if (batch === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => batch.waiters.push({ resolve, reject }));
  }

  return {
    assertOpen() {
      if (closed) throw new GameError("unavailable", { cause: "the store is closed" });
      if (!health.ok) throw new GameError("unavailable", { cause: health.reason });
      if (gathering.writes.size > MAX_WAITING_WRITES || gathering.chars > MAX_WAITING_CHARS)
        throw new GameError("unavailable", { cause: "too much waits for the disk" });
    },
    get(key) {
      const waiting =
        gathering.writes.get(key) ?? (gathering.writes.has(key) ? null : writing?.writes.get(key));
      return waiting === undefined ? db.get(key) : (waiting ?? undefined);
    },
    put(key, value) {
      gathering.writes.set(key, value);
      gathering.chars += key.length + (value?.length ?? 0);
      running ??= run();
    },
    afterwards(run) {
      if (gathering.writes.size > 0) gathering.after.push(run);
      else if (writing !== undefined) writing.after.push(run);
      else run();
    },
    durable,
    settled: (key) => (gathering.writes.has(key) || writing?.writes.has(key) ? durable() : undefined),
    range: (start, end, limit) => db.getRange({ start, end, ...(limit === undefined ? {} : { limit }) }),
    health: () => health,
    onHealth(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      stopRetrying.abort();
      const tooLate = delay(CLOSE_TIMEOUT_MS, undefined, { ref: false });
      await Promise.race([running, tooLate]);
      listeners.clear();
      await Promise.race([db.close(), tooLate]);
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
