import assert from "node:assert/strict";
import { HOSTILE_NAMES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

export function countersSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("adds, and returns each total over all workers in the order asked", async () => {
    const { store, second } = opened();
    assert.deepEqual(
      await store.counters.add(
        [
          { key: "rate:chat:ann:1", add: 3 },
          { key: "rate:chat:bob:1", add: 1 },
        ],
        10_000,
      ),
      [3, 1],
    );
    assert.deepEqual(
      await (second ?? store).counters.add(
        [
          { key: "rate:chat:bob:1", add: 4 },
          { key: "rate:chat:cid:1", add: 2 },
          { key: "rate:chat:ann:1", add: 0 },
        ],
        10_000,
      ),
      [5, 2, 3],
    );
    assert.deepEqual(await store.counters.add([], 10_000), []);
  });

  it("loses nothing when many add at once", async () => {
    const { store, second } = opened();
    await Promise.all(
      range(50).map((i) => ((i % 2 && second) || store).counters.add([{ key: "k", add: 2 }], 10_000)),
    );
    assert.deepEqual(await store.counters.add([{ key: "k", add: 0 }], 10_000), [100]);
  });

  it("a counter is forgotten after its ttl", async () => {
    const { store, clock } = opened();
    await store.counters.add([{ key: "k", add: 5 }], 10_000);
    clock.advance(9_000);
    assert.deepEqual(await store.counters.add([{ key: "k", add: 0 }], 10_000), [5]);
    clock.advance(10_001);
    assert.deepEqual(await store.counters.add([{ key: "k", add: 1 }], 10_000), [1]);
  });

  it("hostile keys are keys of their own", async () => {
    const { store } = opened();
    const deltas = HOSTILE_NAMES.map((key, i) => ({ key, add: i + 1 }));
    const totals = deltas.map(({ add }) => add);
    assert.deepEqual(await store.counters.add(deltas, 10_000), totals);
    assert.deepEqual(
      await store.counters.add(
        HOSTILE_NAMES.map((key) => ({ key, add: 0 })),
        10_000,
      ),
      totals,
    );
  });
}
