import assert from "node:assert/strict";
import type { ActionResult, LoadResult } from "../../load/report/result.ts";
import { judge, parseThreshold } from "../../load/report/thresholds.ts";

const action = (name: string, p99: number, more: Partial<ActionResult> = {}): ActionResult => ({
  ...{ name, rate: 10, phase: "hold", count: 99, failed: 1 },
  latency_ms: { p50: p99 / 4, p95: p99 / 2, p99, max: 2 * p99, mean: p99 / 3 },
  ...more,
});

const measured = {
  actions: [action("say", 40), action("connect /chat", 400, { rate: 0, failed: 0 })],
  users: { begun: 10, most_active: 9, left: 0, restarts: 0 },
  plan: { ramp_seconds: 5 },
  server: [
    {
      url: "http://127.0.0.1:1",
      refused: {},
      points: [
        // While users came: not held against it.
        { t: 2, cpu: 3, rss_bytes: 1, event_loop_delay_ms: 900, connections: 1 },
        { t: 8, cpu: 0.7, rss_bytes: 300 * 1024 ** 2, event_loop_delay_ms: 12, connections: 9 },
      ],
    },
  ],
  processes: [{ cpu: { mean: 0.4, max: 1 } }],
} as unknown as Omit<LoadResult, "thresholds">;

const heldBy = (...texts: string[]) => judge(texts.map(parseThreshold), measured);

describe("thresholds", () => {
  it("hold and don't hold, each metric with its unit, of one action or of all", () => {
    const right = [
      ...["p99:say>40ms", "p99:say>0.041s", "max>800ms", "p50:connect /chat>100ms", "mean:say>14ms"],
      ...["error_rate>1%", "errors>1", "errors:connect /chat>0", "rate:say<10", "users<9"],
      ...["server_cpu>0.7", "server_rss>300mb", "server_delay>=13ms", "client_cpu>0.8", "p95:say >= 21 ms"],
    ];
    const wrong = [
      ...["p99:say>=40ms", "p99>50ms", "p50:connect /chat>=100ms", "error_rate>0.1%", "error_rate>0.004"],
      ...["errors>=1", "rate<11", "users<=9", "server_cpu>0.6", "server_rss>299mb", "server_delay>11ms"],
    ];
    assert.deepEqual(
      heldBy(...right).filter(({ passed }) => !passed),
      [],
    );
    assert.deepEqual(
      heldBy(...wrong).filter(({ passed }) => passed),
      [],
    );
    assert.deepEqual(heldBy("p99:say>50ms"), [{ fail: "p99:say>50ms", value: 40, passed: true }]);
  });

  it("what was not measured does not hold", () => {
    assert.deepEqual(heldBy("p99:sya>50ms"), [{ fail: "p99:sya>50ms", value: null, passed: false }]);
    const [blind] = judge([parseThreshold("server_cpu>0.9")], { ...measured, server: [] });
    assert.deepEqual([blind?.value, blind?.passed], [null, false]);
  });

  it("refuse what they don't know, and say what they take", () => {
    const wrong: readonly [string, RegExp][] = [
      ["", /is no condition such as/],
      ["p99", /is no condition/],
      ["p98>5ms", /p98 is not one of p50, .*did you mean p9[59]/],
      ["p99>5", /a time such as 50ms/],
      ["error_rate>5ms", /a share such as 1%/],
      ["server_rss>5", /a size such as 500mb/],
      ["server_cpu:say>1", /is of the whole run/],
      ["constructor>1", /constructor is not one of/],
    ];
    for (const [text, said] of wrong)
      assert.throws(() => parseThreshold(text), { name: "RangeError", message: said });
  });
});
