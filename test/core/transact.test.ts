import assert from "node:assert/strict";
import { AGAIN, transact, untilDone, update } from "../../core/consistency/transact.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Change, Committed, Documents } from "../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";

const key = documentKey<number>(partitions.room("red"), "score");
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Documents in memory; `commit` decides on each change, or lets it pass. */
function fakeDocuments(intercept: (change: Change) => Promise<Committed> | undefined = () => undefined) {
  const states = new Map<string, { version: number; state: unknown }>();
  let loads = 0;
  async function load<T>({ name }: DocumentKey<T>) {
    loads++;
    return states.get(name) as { version: number; state: T } | undefined;
  }
  const documents: Documents = {
    load,
    loadMany: (keys) => Promise.all(keys.map(load)),
    async commit(change) {
      const special = intercept(change);
      if (special) return special;
      for (const { name, expected } of change.documents ?? [])
        if ((states.get(name)?.version ?? 0) !== expected) return { outcome: "conflict", name };
      for (const { name, expected, state } of change.documents ?? [])
        states.set(name, { version: expected + 1, state });
      return { outcome: "committed", versions: [], positions: [] };
    },
    resultOf: async () => undefined,
  };
  return { documents, states, loads: () => loads };
}

const add = (documents: Documents, about = key) =>
  update<number, number>(
    documents,
    about,
    (current) => {
      const next = (current?.state ?? 0) + 1;
      return { state: next, result: next };
    },
    true,
  );

describe("changes of one document", () => {
  it("by a hundred within a worker are made in turn, with one try each", async () => {
    const { documents, states, loads } = fakeDocuments();
    const made = await Promise.all(range(100).map(() => add(documents)));
    assert.deepEqual(
      made.map(({ result }) => result),
      range(100).map((i) => i + 1),
    );
    assert.equal(states.get("score")?.state, 100);
    assert.equal(loads(), 100);
  });

  it("go on from what this worker has committed, without a look at the store", async () => {
    const { documents, states, loads } = fakeDocuments();
    const remembering = {
      ...documents,
      recent: <T>() => states.get("score") as { version: number; state: T },
    };
    await add(documents);
    await Promise.all(range(10).map(() => add(remembering)));
    assert.deepEqual([states.get("score")?.state, loads()], [11, 1]);
  });

  it("are not refused, and not taken for done, by what another worker has changed since", async () => {
    const { documents, states, loads } = fakeDocuments();
    states.set("score", { version: 7, state: 7 });
    const remembering = {
      ...documents,
      recent: <T>() => ({ version: 3, state: 3 }) as { version: number; state: T },
    };
    const seen: number[] = [];
    const once = (decide: (score: number) => number | undefined) =>
      update<number, number>(
        remembering,
        key,
        (current) => {
          const score = current?.state ?? 0;
          seen.push(score);
          return { state: decide(score), result: score };
        },
        true,
      );
    const refused = await once((score) => {
      if (score === 3) throw new GameError("not_your_turn");
      return score + 1;
    });
    assert.deepEqual([refused.result, states.get("score")?.state], [7, 8]);
    const idle = await once((score) => (score === 3 ? undefined : score + 1));
    assert.deepEqual([idle.result, states.get("score")?.state], [8, 9]);
    const late = await once((score) => score + 1);
    assert.deepEqual([late.result, states.get("score")?.state], [9, 10]);
    assert.deepEqual(seen, [3, 7, 3, 8, 3, 9]);
    assert.equal(loads(), 3);
  });

  it("are tried again where another worker was faster, for a few seconds, then refused", async () => {
    let conflicts = 0;
    const { documents } = fakeDocuments(() => {
      conflicts++;
      return Promise.resolve({ outcome: "conflict", name: "score" });
    });
    const since = performance.now();
    await assert.rejects(add(documents), { code: "unavailable" });
    const took = performance.now() - since;
    assert.ok(took > 4_000 && took < 15_000, `${took} ms`);
    assert.ok(conflicts > 5 && conflicts < 1_000, `${conflicts} tries`);
  });

  it("of several documents wait where they lost: two that need each other's go on", async () => {
    const { documents, states } = fakeDocuments();
    const keys = ["a", "b"].map((name) => documentKey<number>(key.partition, name));
    const both = (first: number) =>
      transact<(number | undefined)[], void>(
        documents,
        keys[first] ?? key,
        async () => {
          const found = await documents.loadMany(keys);
          await new Promise((resolve) => setImmediate(resolve));
          return found.flatMap((one) => [one?.version, one?.state]);
        },
        ([versionA = 0, a = 0, versionB = 0, b = 0]) => ({
          result: undefined,
          change: {
            documents: [
              { name: "a", expected: versionA, state: a + 1 },
              { name: "b", expected: versionB, state: b + 1 },
            ],
          },
        }),
      );
    await Promise.all(range(40).map((i) => both(i % 2)));
    assert.deepEqual(
      [...states.values()].map(({ state }) => state),
      [40, 40],
    );
  });

  it("are told by which document a try was lost", async () => {
    let first = true;
    const { documents } = fakeDocuments(() => {
      if (!first) return undefined;
      first = false;
      return Promise.resolve({ outcome: "conflict", name: "guard" });
    });
    const lost: (string | undefined)[] = [];
    await transact(
      documents,
      { partition: key.partition },
      async (by) => void lost.push(by),
      () => ({ result: null, change: {} }),
    );
    assert.deepEqual(lost, [undefined, "guard"]);
  });

  it("by one that is refused, or fails, leave the others alone", async () => {
    const { documents } = fakeDocuments();
    const refused = update(documents, key, () => {
      throw new GameError("forbidden");
    });
    const broken = update(documents, key, () => {
      throw new Error("a bug");
    });
    const fine = add(documents);
    await assert.rejects(refused, { code: "forbidden" });
    await assert.rejects(broken, /a bug/);
    assert.equal((await fine).result, 1);
  });

  it("are not held up for long by one that the store leaves without an answer", async () => {
    let first = true;
    let answer: (outcome: Committed) => void = () => undefined;
    const { documents } = fakeDocuments(() => {
      if (!first) return undefined;
      first = false;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const hanging = add(documents);
    const since = performance.now();
    await Promise.all(range(20).map(() => add(documents)));
    assert.ok(performance.now() - since < 3_000);
    answer({ outcome: "conflict", name: "score" });
    assert.equal((await hanging).result, 21);
  });

  it("that wait when the store goes away are refused with the one that met it", async () => {
    const { documents, loads } = fakeDocuments(() => Promise.reject(new GameError("unavailable")));
    const all = await Promise.allSettled(range(50).map(() => add(documents)));
    assert.ok(all.every((one) => one.status === "rejected" && one.reason.code === "unavailable"));
    assert.equal(loads(), 1);
  });

  it("that a later holder of the lease fences off are a conflict", async () => {
    const { documents } = fakeDocuments(() => Promise.resolve({ outcome: "fenced" }));
    await assert.rejects(add(documents), { code: "conflict" });
  });

  it("that come again get the first one's result", async () => {
    const { documents } = fakeDocuments(() => Promise.resolve({ outcome: "duplicate", result: 7 }));
    const { result, committed, duplicate } = await add(documents);
    assert.deepEqual({ result, committed, duplicate }, { result: 7, committed: undefined, duplicate: true });
  });
});

describe("what is tried until it is done", () => {
  it("is tried again while it says so", async () => {
    let tries = 0;
    assert.equal(await untilDone(async () => (++tries < 5 ? AGAIN : tries)), 5);
  });

  it("fails with what a try throws", async () => {
    await assert.rejects(
      untilDone(() => Promise.reject(new GameError("not_found"))),
      { code: "not_found" },
    );
  });
});
