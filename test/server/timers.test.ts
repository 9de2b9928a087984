import assert from "node:assert/strict";
import type { ClaimedDeadline, Deadlines } from "../../core/ports/store/deadlines.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { createTimers, type RunningTimers } from "../../server/delivery/timers.ts";
import { silent } from "./live-support.ts";

const partition = partitions.channel("general");
const ring = deadlineKind<{ at: number }>("test:ring");
const LEASE_MS = 100;

/** Deadlines in memory, with leases by this process's clock. */
class FakeDeadlines implements Deadlines {
  readonly waiting = new Map<string, { kind: string; freeAt: number }>();
  claims = 0;
  #onClaim = () => {};
  /** Resolves with the first claim. */
  readonly claimed = new Promise<void>((resolve) => {
    this.#onClaim = resolve;
  });

  put(id: string, kind = ring.kind): void {
    this.waiting.set(id, { kind, freeAt: 0 });
  }
  claim(limit: number, leaseMs: number): Promise<ClaimedDeadline[]> {
    const now = performance.now();
    const free = [...this.waiting].filter(([, { freeAt }]) => freeAt <= now).slice(0, limit);
    if (free.length > 0) this.#onClaim();
    return Promise.resolve(
      free.map(([id, entry]) => {
        entry.freeAt = now + leaseMs;
        return { partition, kind: entry.kind, id, dueAt: 0, payload: {}, claim: String(++this.claims) };
      }),
    );
  }
  complete({ id }: ClaimedDeadline): Promise<void> {
    this.waiting.delete(id);
    return Promise.resolve();
  }
  soonest(): Promise<never[]> {
    return Promise.resolve([]);
  }
  size(): Promise<number> {
    return Promise.resolve(this.waiting.size);
  }
}

describe("timers", () => {
  let deadlines: FakeDeadlines;
  let timers: RunningTimers;
  const open = ({ parallel, leaseMs = LEASE_MS }: { parallel?: number; leaseMs?: number } = {}) => {
    deadlines = new FakeDeadlines();
    timers = createTimers({
      deadlines,
      log: silent,
      pollMs: 5,
      leaseMs,
      ...(parallel === undefined ? {} : { parallel }),
    });
  };
  afterEach(() => timers.close());

  /** Resolves when the handler has run so often; gives the ids. */
  function runs(count: number, act: (id: string) => Promise<void> = () => Promise.resolve()) {
    const ran: string[] = [];
    return new Promise<string[]>((resolve) =>
      timers.on(ring, async ({ id }) => {
        ran.push(id);
        if (ran.length === count) resolve(ran);
        await act(id);
      }),
    );
  }

  it("run each due deadline once and forget it", async () => {
    open();
    for (const id of ["a", "b", "c"]) deadlines.put(id);
    const ran = runs(3);
    timers.start();
    assert.deepEqual((await ran).sort(), ["a", "b", "c"]);
    await timers.close();
    assert.equal(await deadlines.size(), 0);
    assert.deepEqual(timers.counts, { run: 3, failed: 0 });
  });

  it("fire again after the lease where the handler throws, and not before", async () => {
    open();
    deadlines.put("a");
    let tries = 0;
    const at: number[] = [];
    const ran = runs(2, () => {
      at.push(performance.now());
      return ++tries === 1 ? Promise.reject(new Error("once")) : Promise.resolve();
    });
    timers.start();
    await ran;
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= LEASE_MS - 5, String(at));
    await timers.close();
    assert.deepEqual([timers.counts.failed, await deadlines.size()], [1, 0]);
  });

  it("leave a kind that they do not know to a worker that does", async () => {
    open();
    deadlines.put("later", "test:unknown");
    deadlines.put("a");
    const ran = runs(1);
    timers.start();
    assert.deepEqual(await ran, ["a"]);
    await timers.close();
    assert.deepEqual([...deadlines.waiting.keys()], ["later"]);
  });

  it("make no deadline late for a handler that hangs, and end with the server all the same", async () => {
    // Longer than a busy machine takes for the others.
    const leaseMs = 1_500;
    open({ leaseMs });
    deadlines.put("hangs");
    const ran = runs(4, (id) => (id === "hangs" ? new Promise(() => undefined) : Promise.resolve()));
    timers.start();
    await deadlines.claimed;
    const since = performance.now();
    for (const id of ["b", "c", "d"]) deadlines.put(id);
    assert.deepEqual((await ran).slice(1).sort(), ["b", "c", "d"]);
    assert.ok(performance.now() - since < leaseMs);
    await timers.close();
  });

  it("run no more at the same time than they may, and all in the end", async () => {
    open({ parallel: 3 });
    for (let at = 0; at < 20; at++) deadlines.put(`d${at}`);
    let now = 0;
    let most = 0;
    const ran = runs(20, async () => {
      most = Math.max(most, ++now);
      // Long enough for all others to begin that may.
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    timers.start();
    assert.equal(new Set(await ran).size, 20);
    assert.equal(most, 3);
  });

  it("fire at once in a partition that is woken, however long the next poll takes", async () => {
    deadlines = new FakeDeadlines();
    timers = createTimers({ deadlines, log: silent, pollMs: 3_600_000 });
    const ran = runs(1);
    timers.start();
    deadlines.put("a");
    timers.wake(partition);
    assert.deepEqual(await ran, ["a"]);
  });

  it("take one handler per kind", () => {
    open();
    timers.on(ring, () => Promise.resolve());
    assert.throws(() => timers.on(ring, () => Promise.resolve()), /two handlers/);
  });
});
