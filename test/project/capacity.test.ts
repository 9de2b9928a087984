import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { FIELDS, LoadError, loadOf } from "../../bench/capacity/load.ts";
import { planOf, spentOf } from "../../bench/capacity/model.ts";
import { capacityPage, missOf } from "../../bench/capacity/page.ts";
import {
  ACT_NAMES,
  type ActCosts,
  type Measured,
  measuredOf,
  readUnitCosts,
  STORED_NAMES,
  type UnitCosts,
} from "../../bench/capacity/unit-costs.ts";
import { measureStored, type StoredRow } from "../../bench/stored/fill.ts";
import { KINDS } from "../../bench/stored/kinds.ts";

const exactly = (value: number): Measured => ({ value, low: value, high: value });
const act = (workers: number, redis: number): ActCosts => ({
  workerMicros: exactly(workers),
  redisMicros: exactly(redis),
  operations: exactly(10),
  redisInBytes: exactly(100),
  redisOutBytes: exactly(100),
});
/** Round figures: a command 100 µs, a delivery 10, a worker 10,000 a second and 100 MB, a connection 1 a second in each namespace and 10 KB. */
const COSTS: UnitCosts = {
  ...{ commit: "c", machine: "m", measuredAt: "2026-11-27T00:00:00.000Z", rounds: 1 },
  acts: Object.fromEntries(ACT_NAMES.map((name) => [name, act(100, 50)])) as UnitCosts["acts"],
  worker: act(10_000, 1_000),
  workerBytes: exactly(100 * 2 ** 20),
  connectionBytes: exactly(10_240),
  namespaceBytes: exactly(1_024),
  quiet: act(1, 0),
  deliveryMicros: exactly(10),
  deliveryBytes: exactly(200),
  ...{ hearMicros: exactly(20), hearRedisMicros: exactly(5), hearBytes: exactly(300) },
  ...{ playerTickMicros: exactly(60), playerTickBytes: exactly(250) },
  storedBytes: Object.fromEntries(STORED_NAMES.map((name) => [name, 1_024])) as UnitCosts["storedBytes"],
};
/** Users who only send so many commands a minute. */
const commands = (users: number, perMinute: number, ...more: string[]) =>
  loadOf([
    ...["--users", String(users), "--commands", String(perMinute), "--publishes", "0", "--chats", "0"],
    ...["--directs", "0", "--statuses", "0", "--session-minutes", "100000", ...more],
  ]);

describe("the capacity model", () => {
  const codeOf = (...words: string[]) => {
    try {
      loadOf(words);
      return "none";
    } catch (err) {
      assert.ok(err instanceof LoadError);
      return err.code;
    }
  };

  it("reads a load from options, and has a standard value for each", () => {
    const load = loadOf(["--users", "100_000", "--use=0.4", "--rooms", "1e3"]);
    assert.deepEqual([load.users, load.use, load.rooms], [100_000, 0.4, 1_000]);
    assert.equal(load.commands, FIELDS.commands.standard);
  });

  it("refuses bad input with a code", () => {
    assert.equal(codeOf("--user", "1"), "unknown_option");
    assert.equal(codeOf("100000"), "unknown_option");
    assert.equal(codeOf("--users"), "no_value");
    assert.equal(codeOf("--users", "--rooms"), "no_value");
    for (const text of ["many", "NaN", "Infinity", "0x10", "-1"])
      assert.equal(codeOf("--users", text), "not_a_number");
    assert.equal(codeOf("--users", "1.5"), "not_whole");
    assert.equal(codeOf("--users", "20000000"), "out_of_range");
    assert.equal(codeOf("--use", "0"), "out_of_range");
  });

  it("adds up what one of everything costs", () => {
    // 600 commands a second, 600 connections, one worker.
    const one = spentOf(commands(600, 60), COSTS, 1);
    const coming = (600 / 6_000_000) * 100;
    assert.ok(Math.abs(one.workerMicros - (60_000 + 2 * 600 + 10_000 + coming)) < 1e-6);
    // A message a second to ten members: nine of them may be on other workers.
    const load = { ...commands(1, 0), publishes: 60, members: 10, sessionMinutes: 1e9 };
    const sent = spentOf(load, COSTS, 4);
    assert.equal(sent.deliveries, 10);
    assert.ok(Math.abs(sent.workerMicros - (100 + 2 + 10 * 10 + 3 * 20 + 4 * 10_000)) < 1e-3);
    // A private message a second: with four workers three of four go to another, and to no more.
    const direct = spentOf({ ...commands(1, 0), directs: 60, sessionMinutes: 1e9 }, COSTS, 4);
    assert.ok(Math.abs(direct.workerMicros - (100 + 2 + 0.75 * 20 + 4 * 10_000)) < 1e-3);
  });

  it("takes the least number of workers that is enough, by their cores or by their memory", () => {
    const busy = commands(10_000, 60);
    const { workers = 0, workersBy } = planOf(busy, COSTS);
    assert.equal(workersBy, "cpu");
    assert.ok(spentOf(busy, COSTS, workers).workerMicros <= workers * 0.5e6);
    assert.ok(spentOf(busy, COSTS, workers - 1).workerMicros > (workers - 1) * 0.5e6);
    const quiet = planOf(commands(100_000, 0, "--worker-mb", "256"), COSTS);
    assert.equal(quiet.workersBy, "memory");
    // 100,000 × (10 + 1) KB, in the 92 MB that a worker of 256 has left of three quarters.
    assert.equal(quiet.workers, Math.ceil((100_000 * 11_264) / (92 * 2 ** 20)));
  });

  it("says what no number of workers and primaries can carry, and at how much of the load", () => {
    const loud = planOf(loadOf(["--users", "1000000", "--matches", "2400000"]), COSTS);
    const [first] = loud.limits;
    // 40,000 matches a second of 50 µs, in half of a core.
    assert.match(first?.name ?? "", /matchmaking/);
    assert.ok(Math.abs((first?.factor ?? 0) - 0.5 / (40_000 * 50e-6)) < 1e-9);
    assert.deepEqual(
      loud.limits.map(({ factor }) => factor),
      loud.limits.map(({ factor }) => factor).toSorted((a, b) => a - b),
    );
    assert.equal(planOf(commands(10, 1), COSTS).primaries, 1);
  });

  it("knows the middle and the ends of some rounds, and how far a prediction is off", () => {
    assert.deepEqual(measuredOf([5, 1, 3]), { value: 3, low: 1, high: 5 });
    assert.equal(missOf({ what: "", unit: "", predicted: 12, measured: 10 }), 0.2);
  });

  it("has written docs/capacity.md from the costs that are kept", () => {
    const page = path.resolve(import.meta.dirname, "../../docs/capacity.md");
    assert.equal(readFileSync(page, "utf8"), capacityPage(readUnitCosts()), "run `npm run capacity`");
  });
});

describe("what is stored", () => {
  it("is measured level by level: acts beside it cost no more where there is more", async () => {
    const { messages } = KINDS;
    assert.ok(messages);
    const rows: StoredRow[] = [];
    await measureStored(messages, { share: 0.01, repeats: 20 }, (row) => rows.push(row));
    assert.deepEqual(
      rows.map(({ items }) => items),
      [20, 200, 2_000],
    );
    const [first, , last] = rows.map(({ acts }) => acts[0]?.operations ?? Number.NaN);
    assert.ok((last ?? Number.NaN) <= (first ?? Number.NaN) * 2, `${first} and ${last} operations`);
    assert.ok((rows[2]?.bytesPerItem ?? 0) > 50);
  });
});
