/** Row 15b: the one process that ticks a queue is killed, before, while and after it forms a match. */
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";
import { checkEffects, type Effect } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import { enter, join, outcome } from "./matches.ts";

/** A lease, and then the outbox of a worker that died: `told within 5 s` of the list. */
const TOLD_WITHIN_MS = 5_000;
const LEASE_WITHIN_MS = 10_000;

/** Who ticks the queue now, as Redis has it: `token until owner`. */
async function tickerOf(stage: Stage): Promise<string | undefined> {
  const redis = createClient({ url: stage.redis?.url ?? "" });
  await redis.connect();
  try {
    const [key] = await redis.keys("*:lease:*tick:classic");
    const value = key === undefined ? null : await redis.get(key);
    return value?.split(" ")[2];
  } finally {
    redis.destroy();
  }
}

/** Waits until another than this one ticks. */
async function nextTicker(stage: Stage, before: string | undefined): Promise<string | undefined> {
  let now: string | undefined;
  const changed = async () => {
    now = await tickerOf(stage);
    return now !== undefined && now !== before;
  };
  await until("another worker ticks the queue", changed, LEASE_WITHIN_MS);
  return now;
}

export const killedTicker: Row = {
  id: "15b",
  title: "the process that ticks a queue is killed while players queue",
  async run({ quick, draws, progress }: RowContext) {
    const stage = await openStage();
    try {
      const [first, second] = stage.workers;
      if (!first || !second) throw new Error("two workers are needed");
      const effects: Effect[] = [];
      const problems = new Set<string>();
      const waits: number[] = [];
      // Alone it is the one that ticks.
      await second.end("SIGKILL");
      let owner = await aloneTicker(stage);
      await second.start();
      let [ticker, other]: [Worker, Worker] = [first, second];
      const rounds = quick ? 3 : 15;
      for (let at = 0; at < rounds; at++) {
        const before = at % 3 === 0;
        const pair = ["ann", "bob"].map((name) => enter(stage, `${name}-${at}`, other.url));
        const [ann, bob] = pair;
        if (!ann || !bob) throw new Error("no pair");
        await join(ann);
        if (before) await ticker.end("SIGKILL");
        const killedAt = performance.now();
        const joined = join(bob);
        if (!before) {
          // From 'it may not have heard of it' to 'all has been told'.
          await delay(draws.below(30));
          await ticker.end("SIGKILL");
        }
        await joined;
        effects.push(...(await outcome(pair, problems)));
        waits.push(...pair.map(({ foundAt }) => Math.max(0, foundAt - killedAt)));
        for (const { muster } of pair) muster.close();
        owner = await nextTicker(stage, owner);
        await ticker.start();
        [ticker, other] = [other, ticker];
        progress(`kill ${at + 1} of ${rounds}`);
      }
      const worst = percentile(waits, 1);
      if (worst > TOLD_WITHIN_MS) problems.add(`told only ${ms(worst)} after the kill`);
      return {
        verdict: checkEffects(effects),
        figures: `${rounds} kills of the process that ticks, told within ${ms(worst)}`,
        problems: [...problems],
      };
    } finally {
      await stage.close();
    }
  },
};

/** Longer than a lease: a dead worker's has run out. */
const LEASE_OVER_MS = 3_500;

async function aloneTicker(stage: Stage): Promise<string | undefined> {
  await delay(LEASE_OVER_MS);
  return nextTicker(stage, undefined);
}
