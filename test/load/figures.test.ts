import assert from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "../../load/engine/histogram.ts";
import { comesAt, groupsOf } from "../../load/engine/plan.ts";
import { MOST_NAMES, OTHER, Recorder } from "../../load/engine/recorder.ts";
import { LoadFailure } from "../../load/failure.ts";
import { Series } from "../../load/report/series.ts";
import { defineScenario } from "../../load/scenario.ts";
import { readMetrics } from "../../server/commands/load/server-figures.ts";

describe("the figures of a load run", () => {
  it("a percentile is never too low, and at most 3.2 % too high, also of merged histograms", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 3_000_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.95, 0.99, 1),
        (times, share) => {
          const [one, other] = [new Histogram(), new Histogram()];
          for (const [at, ms] of times.entries()) (at % 2 ? one : other).add(ms);
          one.merge(JSON.parse(JSON.stringify(other.data())));
          const exact =
            times.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * times.length)) - 1] ?? 0;
          const found = one.percentile(share);
          assert.equal(one.count, times.length);
          assert.ok(found >= exact - 0.001 && found <= exact * 1.032 + 0.001, `${found} for ${exact}`);
        },
      ),
    );
  });

  it("a histogram stays as large as it is, whatever is counted", () => {
    const histogram = new Histogram();
    for (const ms of [Number.NaN, -5, 0, 1e15, Number.POSITIVE_INFINITY]) histogram.add(ms);
    for (let at = 0; at < 200_000; at++) histogram.add(1.1 ** (at % 200));
    assert.equal(histogram.count, 200_005);
    assert.ok(histogram.data().buckets.length <= 1_024);
  });

  it("names that a scenario makes up as it goes share one row, and failures of the end are none", () => {
    const recorder = new Recorder(() => "hold");
    for (let at = 0; at < 3 * MOST_NAMES; at++) recorder.took(`action ${at}`, 1);
    recorder.failed("a", new LoadFailure("stopped", "the run is over"));
    const error = new LoadFailure("forbidden", "no");
    recorder.failed("action 1", error);
    recorder.failed("(user)", error);
    recorder.over();
    recorder.failed("action 1", new LoadFailure("closed", "closed"));
    const { actions, errors } = recorder.take();
    assert.equal(actions.length, MOST_NAMES + 1);
    assert.equal(actions.find(({ name }) => name === OTHER)?.times.buckets[0]?.[1], 2 * MOST_NAMES);
    assert.deepEqual(errors, [
      { phase: "hold", name: "action 1", code: "forbidden", count: 1, example: "no" },
    ]);
    assert.deepEqual(recorder.take(), { actions: [], errors: [], counters: [] });
  });

  it("a day has as many points as half an hour, and what came late is not lost from the points before", () => {
    const series = new Series();
    const actions = [{ name: "say", failed: 1, times: { buckets: [[3, 2]] as const, sumMs: 1, maxMs: 1 } }];
    for (let second = 0; second < 86_400; second++)
      for (const process of [0, 1]) series.add(second, { process, users: 5, actions });
    const points = series.points();
    assert.ok(points.length <= 1_800 && points.length > 800, `${points.length}`);
    const [first, second] = points;
    assert.deepEqual([first?.t, first?.users, first?.actions.say?.rate], [0, 10, 4]);
    assert.equal(second?.t, 64);
    const failed = points.reduce((sum, point) => sum + (point.actions.say?.failed ?? 0), 0);
    assert.equal(failed, 2 * 86_400);
  });

  it("every user is in one process, groups are never split, and the last comes before the ramp ends", () => {
    const plan = { users: 103, groupSize: 10, processes: 3 };
    const groups = [0, 1, 2].flatMap((process) => groupsOf(plan, process));
    assert.deepEqual(
      groups.flatMap(({ indexes }) => indexes).sort((a, b) => a - b),
      Array.from({ length: 103 }, (_, at) => at),
    );
    for (const { number, indexes } of groups)
      for (const index of indexes) assert.equal(Math.floor(index / 10), number);
    assert.equal(comesAt({ users: 100, rampMs: 10_000 }, 0), 0);
    assert.equal(comesAt({ users: 100, rampMs: 10_000 }, 99), 9_900);
  });

  it("reads the server's metrics, of all its workers, and what it refused", () => {
    const text = `# HELP process_cpu_seconds_total x
process_cpu_seconds_total 12.5
process_resident_memory_bytes 1.5e+8
muster_event_loop_delay_p99_seconds 0.012
websocket_clients_total 40
muster_connections_refused_total{reason="rate_limited"} 7
muster_rate_limited_total{limit="event"} 3
`;
    const { cpuSeconds, point, refused } = readMetrics(text, 5);
    assert.equal(cpuSeconds, 12.5);
    assert.deepEqual(point, { rss_bytes: 1.5e8, event_loop_delay_ms: 12, connections: 40 });
    assert.deepEqual(
      [...refused],
      [
        ["connections: rate_limited", 7],
        ["events: event", 3],
      ],
    );
    assert.deepEqual(readMetrics("<html>", 5).point.connections, 0);
  });

  it("defineScenario refuses what can't be one", () => {
    const user = async () => {};
    const wrong: readonly [Record<string, unknown>, RegExp][] = [
      [{ name: "", user }, /name has 1 to 60/],
      [{ name: "a" }, /user is a function/],
      [{ name: "a", user, users: 0 }, /users is a whole number/],
      [{ name: "a", user, rampMs: -1 }, /rampMs is no time/],
      [{ name: "a", user, fail: "p99" }, /fail is a list/],
      [{ name: "a", user, params: { Big: 1 } }, /params: Big/],
      [{ name: "a", user, params: { list: [] } }, /params: list/],
    ];
    // Authors without types write such.
    for (const [definition, said] of wrong)
      assert.throws(() => defineScenario(definition as never), { name: "TypeError", message: said });
  });
});
