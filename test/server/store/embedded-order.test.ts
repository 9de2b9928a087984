import assert from "node:assert/strict";
import fc from "fast-check";
import { Heap } from "../../../server/store/embedded/deadlines.ts";
import { Sorted } from "../../../server/store/embedded/sorted.ts";

const ascending = (a: number, b: number) => a - b;

describe("embedded store: order", () => {
  it("a sorted list finds, counts and slices like a sorted array, whatever was inserted and removed", () => {
    const steps = fc.array(fc.record({ insert: fc.boolean(), item: fc.integer({ min: 0, max: 5_000 }) }), {
      minLength: 0,
      maxLength: 3_000,
      size: "max",
    });
    fc.assert(
      fc.property(steps, fc.nat(3_000), fc.nat(50), (all, from, length) => {
        const sorted = new Sorted<number>(ascending);
        const model = new Set<number>();
        for (const { insert, item } of all) {
          if (!insert) sorted.remove(item);
          else if (!model.has(item)) sorted.insert(item);
          if (insert) model.add(item);
          else model.delete(item);
        }
        const expected = [...model].sort(ascending);
        assert.equal(sorted.size, expected.length);
        assert.deepEqual(sorted.slice(0, sorted.size), expected);
        assert.deepEqual(sorted.slice(from, from + length), expected.slice(from, from + length));
        for (const item of [0, from, 2_500, 5_000])
          assert.equal(sorted.before(item), expected.filter((other) => other < item).length);
      }),
      { numRuns: 60 },
    );
  });

  it("a heap gives what was pushed in order, and filter keeps what it is told to", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const item of items) heap.push(item);
        heap.filter((item) => item % 2 === 0);
        const popped: number[] = [];
        for (let next = heap.pop(); next !== undefined; next = heap.pop()) popped.push(next);
        assert.deepEqual(popped, items.filter((item) => item % 2 === 0).sort(ascending));
      }),
    );
  });
});
