import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { coalesce, endsWithin, every, singleFlight, within } from "../../core/async.ts";

/** Work that ends when the test says so. */
function controlled<T>() {
  const runs: { resolve(value: T): void; reject(err: Error): void }[] = [];
  const work = () => new Promise<T>((resolve, reject) => runs.push({ resolve, reject }));
  return { runs, work };
}

const LONG_MS = 60_000;
const fault = new Error("fault");
const throwsAtOnce = (): Promise<never> => {
  throw fault;
};

describe("a single flight", () => {
  it("gives all callers of one run its result, and starts anew after it", async () => {
    const { runs, work } = controlled<string>();
    const flight = singleFlight(work);
    const calls = [flight(), flight()];
    assert.equal(runs.length, 1);
    assert.equal(flight.isRunning, true);
    runs[0]?.resolve("first");
    assert.deepEqual(await Promise.all(calls), ["first", "first"]);
    assert.equal(flight.isRunning, false);
    const later = flight();
    runs[1]?.resolve("second");
    assert.equal(await later, "second");
  });

  it("rejects for all callers of a run that fails, and is not stuck after it", async () => {
    const { runs, work } = controlled<string>();
    const flight = singleFlight(work);
    const calls = [flight(), flight()];
    runs[0]?.reject(fault);
    for (const call of calls) await assert.rejects(call, fault);
    const later = flight();
    runs[1]?.resolve("well");
    assert.equal(await later, "well");
  });

  it("is not stuck either after work that throws at once", async () => {
    const flight = singleFlight(throwsAtOnce);
    await assert.rejects(flight(), fault);
    assert.equal(flight.isRunning, false);
    await assert.rejects(flight(), fault);
  });

  it("is idle when the run under way has ended, also where it failed", async () => {
    const { runs, work } = controlled<string>();
    const flight = singleFlight(work);
    await flight.idle();
    const call = flight();
    let isIdle = false;
    const idle = flight.idle().then(() => {
      isIdle = true;
    });
    await nextTurn();
    assert.equal(isIdle, false);
    runs[0]?.reject(fault);
    await assert.rejects(call);
    await idle;
  });
});

describe("a coalesced read", () => {
  it("gives callers that come during a read the next one, also while that is under way", async () => {
    const { runs, work } = controlled<number>();
    const read = coalesce(work);
    const first = read();
    const second = [read(), read()];
    assert.equal(runs.length, 1);
    runs[0]?.resolve(1);
    assert.equal(await first, 1);
    await nextTurn();
    assert.equal(runs.length, 2);
    const third = read();
    runs[1]?.resolve(2);
    assert.deepEqual(await Promise.all(second), [2, 2]);
    await nextTurn();
    runs[2]?.resolve(3);
    assert.equal(await third, 3);
  });

  it("goes on with the next read where one fails", async () => {
    const { runs, work } = controlled<number>();
    const read = coalesce(work);
    const [first, second] = [read(), read()];
    runs[0]?.reject(fault);
    await assert.rejects(first, fault);
    await nextTurn();
    runs[1]?.resolve(2);
    assert.equal(await second, 2);
  });
});

/** Resolves when an interval of its own has run so many times: work at the same interval has had as many chances. */
function intervals(count: number): Promise<void> {
  return new Promise((resolve) => {
    let runs = 0;
    const end = every(
      1,
      () => {
        if (++runs < count) return;
        end();
        resolve();
      },
      () => assert.fail("nothing failed"),
    );
  });
}

/** Work that tells of its starts, and ends when the test says so. */
function observed() {
  const { runs, work } = controlled<void>();
  const started: (() => void)[] = [];
  return {
    runs,
    work: () => {
      const run = work();
      started.shift()?.();
      return run;
    },
    nextStart: () => new Promise<void>((resolve) => started.push(resolve)),
  };
}

describe("work at an interval", () => {
  it("is skipped while the run before is under way, and goes on after a failure", async () => {
    const { runs, work, nextStart } = observed();
    const failures: unknown[] = [];
    const first = nextStart();
    const end = every(1, work, (err) => failures.push(err));
    try {
      await first;
      await intervals(5);
      assert.equal(runs.length, 1);
      const second = nextStart();
      runs[0]?.reject(fault);
      await second;
      assert.deepEqual(failures, [fault]);
    } finally {
      end();
    }
  });

  it("goes on after work that throws at once", async () => {
    const failures: unknown[] = [];
    await new Promise<void>((resolve) => {
      const end = every(1, throwsAtOnce, (err) => {
        if (failures.push(err) < 2) return;
        end();
        resolve();
      });
    });
    assert.deepEqual(failures, [fault, fault]);
  });

  it("does not start again once it was ended during a run", async () => {
    const { runs, work, nextStart } = observed();
    const first = nextStart();
    const end = every(1, work, () => assert.fail("nothing failed"));
    await first;
    end();
    runs[0]?.resolve();
    await intervals(5);
    assert.equal(runs.length, 1);
  });
});

describe("a time limit", () => {
  it("gives the result of work that ends in time, and its failure", async () => {
    assert.equal(await within(LONG_MS, Promise.resolve("done")), "done");
    await assert.rejects(within(LONG_MS, Promise.reject(fault)), fault);
    assert.equal(await endsWithin(LONG_MS, Promise.resolve()), true);
    await assert.rejects(endsWithin(LONG_MS, Promise.reject(fault)), fault);
  });

  it("names itself where work is late, and a later failure of the work is nobody's", async () => {
    const { runs, work } = controlled<void>();
    await assert.rejects(within(1, work()), /no answer within 1 ms/);
    assert.equal(await endsWithin(1, work()), false);
    for (const run of runs) run.reject(fault);
    // An unhandled rejection would fail the test.
    await nextTurn();
  });
});
