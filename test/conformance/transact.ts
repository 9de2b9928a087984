import assert from "node:assert/strict";
import { transact, update } from "../../core/consistency/transact.ts";
import { put } from "../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const partition = partitions.room("red");
const score = documentKey<{ points: number }>(partition, "score");
const purse = (at: number) => documentKey<number>(partition, `purse${at % 4}`);

/** What stands on the documents: nobody who changes what others change is refused for that. */
export function transactSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("a hundred writers of one document are all served", async () => {
    const { store, second = store } = opened();
    const written = await Promise.all(
      range(100).map((i) =>
        update(i % 2 ? second.documents : store.documents, score, (current) => {
          const points = (current?.state.points ?? 0) + 1;
          return { state: { points }, result: points };
        }),
      ),
    );
    assert.deepEqual(
      written.map(({ result }) => result).sort((a, b) => a - b),
      range(101).slice(1),
    );
    assert.equal((await store.documents.load(score))?.state.points, 100);
  });

  it("changes of overlapping documents are all served, each on what it has read", async () => {
    const { store, second = store } = opened();
    const purses = range(4).map(purse);
    await store.documents.commit({ partition, documents: purses.map((each) => put(each, 0, 100)) });
    await Promise.all(
      range(60).map((i) => {
        const { documents } = i % 2 ? second : store;
        const [from, to] = [purse(i), purse(i + 1 + (i % 3))];
        return transact(
          documents,
          from,
          () => documents.loadMany([from, to]),
          ([a, b]) => {
            if (!a || !b) throw new Error("a purse is missing");
            const change = {
              documents: [put(from, a.version, a.state - 1), put(to, b.version, b.state + 1)],
            };
            return { result: undefined, change };
          },
        );
      }),
    );
    const left = await store.documents.loadMany(purses);
    assert.equal(
      left.reduce((sum, found) => sum + (found?.state ?? 0), 0),
      400,
    );
  });
}
