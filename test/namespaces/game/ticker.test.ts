import assert from "node:assert/strict";
import { type Ticked, Ticker } from "../../../namespaces/game/realtime/stepping/ticker.ts";

const STEP_MS = 1_000 / 30;

/** A ticker whose clock the test moves, and how many rooms stepped in each of its turns. */
function ticking(rooms: number) {
  let now = 0;
  let stepped = 0;
  const ticker = new Ticker(() => now);
  const steps = new Map<Ticked, number>();
  for (let n = 0; n < rooms; n++) {
    const room: Ticked = {
      stepMs: STEP_MS,
      step: () => {
        stepped++;
        steps.set(room, (steps.get(room) ?? 0) + 1);
      },
      skip: () => undefined,
      stepped: () => undefined,
    };
    ticker.add(room);
  }
  return {
    ticker,
    steps,
    /** @returns how many stepped */
    go(ms: number): number {
      now += ms;
      stepped = 0;
      ticker.run();
      return stepped;
    },
  };
}

describe("the ticker of real-time rooms", () => {
  it("spreads the steps of rooms that were taken at the same moment over the time of a step", () => {
    const { ticker, steps, go } = ticking(100);
    const turns = Array.from({ length: 330 }, () => go(1));
    ticker.close();
    assert.ok(Math.max(...turns) <= 8, `${Math.max(...turns)} rooms in one millisecond`);
    assert.equal(ticker.late, 0);
    for (const count of steps.values()) assert.ok(count === 9 || count === 10, `${count} steps`);
  });

  it("runs up to five late steps again, tells of those that it leaves out, and goes on in time", () => {
    const { ticker, steps, go } = ticking(1);
    go(STEP_MS);
    const [before = 0] = steps.values();
    go(20 * STEP_MS);
    const [after = 0] = steps.values();
    assert.equal(after - before, 5);
    assert.deepEqual([ticker.late, ticker.skipped], [1, 15]);
    assert.equal(go(STEP_MS), 1);
    ticker.close();
  });
});
