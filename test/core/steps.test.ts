import assert from "node:assert/strict";
import fc from "fast-check";
import {
  atOnce,
  inTurns,
  isSortedInSteps,
  mergedInSteps,
  type Steps,
  sortedInSteps,
  sortNumbersInSteps,
} from "../../core/steps.ts";

const compare = (a: number, b: number) => a - b;
/** Numbers without order, the same each time. */
const mixed = (count: number) => Array.from({ length: count }, (_, at) => (at * 7_919) % 10_007);

function stepsOf(steps: Steps<unknown>): number {
  let count = 0;
  while (!steps.next().done) count++;
  return count;
}

/** Keeps the loop for so many milliseconds in each step. */
function* busy(steps: number, ms: number): Steps<string> {
  for (let step = 0; step < steps; step++) {
    const until = performance.now() + ms;
    while (performance.now() < until);
    yield;
  }
  return "done";
}

describe("work in turns", () => {
  it("sorts and merges as at once, and rests on the way", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (one, other) => {
        assert.deepEqual(atOnce(sortedInSteps(one, compare)), one.toSorted(compare));
        assert.equal(atOnce(isSortedInSteps(one, compare)), one.join() === one.toSorted(compare).join());
        const [a, b] = [one.toSorted(compare), other.toSorted(compare)];
        assert.deepEqual(atOnce(mergedInSteps(a, b, compare)), [...a, ...b].sort(compare));
      }),
    );
    for (const count of [0, 1, 16_383, 16_384, 16_385, 100_000]) {
      const numbers = mixed(count);
      assert.deepEqual(atOnce(sortedInSteps(numbers, compare)), numbers.toSorted(compare));
      const sorted = Float64Array.from(numbers);
      atOnce(sortNumbersInSteps(sorted));
      assert.deepEqual(sorted, Float64Array.from(numbers).sort());
    }
    assert.ok(stepsOf(sortedInSteps(mixed(100_000), compare)) > 50);
    assert.ok(stepsOf(sortNumbersInSteps(Float64Array.from(mixed(100_000)))) > 20);
  });

  it("keeps equals in their order", () => {
    const items = mixed(20_000).map((number, at) => ({ by: number % 10, at }));
    const sorted = atOnce(sortedInSteps(items, (a, b) => a.by - b.by));
    assert.deepEqual(
      sorted,
      items.toSorted((a, b) => a.by - b.by),
    );
  });

  it("gives the event loop its turn between, and what is thrown there ends it", async () => {
    let turns = 0;
    const interval = setInterval(() => turns++, 0);
    let between = 0;
    try {
      const result = await inTurns(busy(40, 2), async () => {
        between++;
      });
      assert.equal(result, "done");
    } finally {
      clearInterval(interval);
    }
    assert.ok(between >= 4 && turns >= 4, `${between} rests, ${turns} turns of others`);
    const lost = new Error("lost");
    await assert.rejects(
      inTurns(busy(40, 2), () => Promise.reject(lost)),
      lost,
    );
  });
});
