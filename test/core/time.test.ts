import assert from "node:assert/strict";
import { iso } from "../../core/time.ts";

describe("times on the wire", () => {
  it("are ISO 8601 in UTC, each its own, however they follow one another", () => {
    const times = [0, 1_790_000_000_123, 1_790_000_000_123, 1_790_000_000_124, 1_790_000_000_123, -1];
    assert.deepEqual(times.map(iso), [
      "1970-01-01T00:00:00.000Z",
      "2026-09-21T14:13:20.123Z",
      "2026-09-21T14:13:20.123Z",
      "2026-09-21T14:13:20.124Z",
      "2026-09-21T14:13:20.123Z",
      "1969-12-31T23:59:59.999Z",
    ]);
    assert.throws(() => iso(Number.NaN), RangeError);
    assert.equal(iso(-1), "1969-12-31T23:59:59.999Z");
  });
});
