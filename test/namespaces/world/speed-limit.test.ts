import assert from "node:assert/strict";
import fc from "fast-check";
import {
  freshPace,
  type MovementPace,
  type SpeedLimit,
  step,
} from "../../../namespaces/world/speed-limit.ts";

const limit: SpeedLimit = { unitsPerSecond: 20, creditMs: 1_000 };

/** Runs reports of `[distance, at]` and tells how many were refused. */
function refusals(
  reports: readonly (readonly [distance: number, at: number])[],
  start: MovementPace,
): number {
  let pace = start;
  let refused = 0;
  for (const [distance, at] of reports) {
    const next = step(pace, distance, at, limit);
    if (next) pace = next;
    else refused++;
  }
  return refused;
}

describe("world speed rule", () => {
  it("never corrects a player who obeys the limit, however often it reports and up to the credit's delay", () => {
    const walk = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 1, max: 20_000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        delayMs: fc.integer({ min: 0, max: limit.creditMs }),
      }),
      { minLength: 1, maxLength: 100, size: "max" },
    );
    fc.assert(
      fc.property(walk, (steps) => {
        let sentAt = 0;
        let arrivedAt = 0;
        const reports = steps.map(({ afterMs, share, delayMs }) => {
          sentAt += afterMs;
          arrivedAt = Math.max(arrivedAt, sentAt + delayMs);
          return [(afterMs / 1_000) * limit.unitsPerSecond * share, arrivedAt] as const;
        });
        assert.equal(refusals(reports, freshPace(limit, 0)), 0);
      }),
    );
  });

  it("corrects a player who goes twice as fast, at any rate of reports, once the credit is used up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (everyMs) => {
        // Positions are absolute: a refused report leaves the player farther behind where it says it is.
        let pace = freshPace(limit, 0);
        let accepted = 0;
        let at = 0;
        let correctedAt: number | undefined;
        while (correctedAt === undefined && at < 10_000) {
          at += everyMs;
          const claimed = (at / 1_000) * limit.unitsPerSecond * 2;
          const next = step(pace, claimed - accepted, at, limit);
          if (next) {
            pace = next;
            accepted = claimed;
          } else correctedAt = at;
        }
        assert.ok(correctedAt !== undefined && correctedAt <= limit.creditMs + 2 * everyMs, `${correctedAt}`);
      }),
    );
  });

  it("lets nobody get farther than the limit and the credit allow, whatever is reported", () => {
    const reports = fc.array(
      fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.integer({ min: 0, max: 3_000 })),
      { maxLength: 60, size: "max" },
    );
    fc.assert(
      fc.property(reports, (steps) => {
        let pace = freshPace(limit, 0);
        let now = 0;
        let travelled = 0;
        for (const [distance, afterMs] of steps) {
          now += afterMs;
          const next = step(pace, distance, now, limit);
          if (!next) continue;
          pace = next;
          travelled += distance;
          assert.ok(travelled <= (limit.unitsPerSecond * (now + limit.creditMs)) / 1_000 + 1e-3);
        }
      }),
    );
  });

  it("a refused report costs nothing: the next honest one is taken", () => {
    const pace = freshPace(limit, 0);
    assert.equal(step(pace, 1_000, 100, limit), undefined);
    assert.ok(step(pace, 2, 100, limit));
  });

  it("a clock that goes back gives nothing and takes nothing", () => {
    const pace = { credit: 5, at: 10_000 };
    assert.deepEqual(step(pace, 3, 4_000, limit), { credit: 2, at: 10_000 });
    assert.equal(step(pace, 6, 4_000, limit), undefined);
  });

  it("with no limit every distance is taken", () => {
    const none = { unitsPerSecond: 0, creditMs: 1_000 };
    assert.ok(step(freshPace(none, 0), 1e6, 1, none));
  });
});
