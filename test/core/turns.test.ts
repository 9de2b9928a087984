import assert from "node:assert/strict";
import { KeyedMutex, SerialPerKey } from "../../core/async.ts";
import { GameError } from "../../core/contract/errors.ts";

const LONG_MS = 60_000;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("turns", () => {
  it("come in the order in which they were asked for, one at a time, and nothing is kept of them", async () => {
    const serial = new SerialPerKey();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      range(100).map(async (i) => {
        const turn = await serial.take("a", LONG_MS);
        inside++;
        assert.equal(inside, 1);
        order.push(i);
        await undefined;
        inside--;
        turn.pass();
        turn.pass();
      }),
    );
    assert.deepEqual(order, range(100));
    assert.equal(serial.size, 0);
  });

  it("at another name wait for nobody", async () => {
    const serial = new SerialPerKey();
    await serial.take("a", LONG_MS);
    (await serial.take("b", LONG_MS)).pass();
    assert.equal(serial.size, 1);
  });

  it("go on without one that is never passed on", async () => {
    const serial = new SerialPerKey();
    const stuck = await serial.take("a", LONG_MS);
    const [second, third] = await Promise.all([serial.take("a", LONG_MS), serial.take("a", LONG_MS)]);
    assert.ok(stuck.over && second.over && !third.over);
    stuck.pass();
    stuck.fail(new GameError("unavailable"));
    assert.ok(!third.over);
    third.pass();
    assert.equal(serial.size, 0);
  });

  it("are refused after the time that one would wait, and at once where a thousand wait", async () => {
    const serial = new SerialPerKey();
    const first = await serial.take("a", LONG_MS);
    await assert.rejects(serial.take("a", 1), { code: "unavailable" });
    const waiting = range(1_000).map(() => serial.take("a", LONG_MS));
    await assert.rejects(serial.take("a", LONG_MS), { code: "unavailable" });
    for (const turn of waiting) void turn.then((taken) => taken.pass());
    first.pass();
    await Promise.all(waiting);
    assert.equal(serial.size, 0);
  });

  it("that fail end the wait of all behind them", async () => {
    const serial = new SerialPerKey();
    const first = await serial.take("a", LONG_MS);
    const waiting = range(3).map(() => serial.take("a", LONG_MS));
    const reason = new GameError("unavailable", { message: "the store is away" });
    first.fail(reason);
    for (const one of await Promise.allSettled(waiting))
      assert.ok(one.status === "rejected" && one.reason === reason);
    assert.equal(serial.size, 0);
    (await serial.take("a", LONG_MS)).pass();
  });
});

describe("a mutex per key", () => {
  it("runs the tasks of a key one after the other, also behind one that fails, and keeps nothing of them", async () => {
    const mutex = new KeyedMutex<string>();
    const order: string[] = [];
    const task =
      (name: string, fails = false) =>
      async () => {
        order.push(`${name} begins`);
        await undefined;
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const all = [mutex.run("a", task("1", true)), mutex.run("a", task("2")), mutex.run("a", task("3"))];
    assert.ok(mutex.has("a") && !mutex.has("b"));
    const done = await Promise.allSettled(all);
    assert.deepEqual(order, ["1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]);
    assert.deepEqual(
      done.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
    assert.equal(mutex.size, 0);
  });

  it("starts a task at a free key at once, whatever runs at another", () => {
    const mutex = new KeyedMutex<string>();
    const started: string[] = [];
    const start = (key: string) =>
      void mutex.run(key, () => {
        started.push(key);
        return new Promise<never>(() => undefined);
      });
    start("a");
    start("b");
    start("a");
    assert.deepEqual(started, ["a", "b"]);
  });

  it("is idle when what a key had is done, also where that failed", async () => {
    const mutex = new KeyedMutex<string>();
    let isDone = false;
    const failing = mutex.run("a", async () => {
      await undefined;
      isDone = true;
      throw new Error("it fails");
    });
    await Promise.all([mutex.idle("a"), assert.rejects(failing)]);
    assert.ok(isDone);
    await mutex.idle("a");
  });
});
