/** Fills a Redis with one kind, level by level, and measures at each what one of them takes and what acts beside them cost. */
import { setTimeout as wait } from "node:timers/promises";
import { GameError } from "../../core/contract/errors.ts";
import { startRedis } from "../../test/support/redis.ts";
import { openRedisCounter } from "../growth/redis-counts.ts";
import { median } from "../support/report.ts";
import type { Kind } from "./kinds.ts";
import { openSetting, type Setting } from "./setting.ts";

export interface StoredRow {
  readonly kind: string;
  readonly items: number;
  /** Of Redis' memory, for each of those that came since the level before. */
  readonly bytesPerItem: number;
  readonly acts: readonly ActCost[];
}

interface ActCost {
  readonly act: string;
  /** Redis operations, those inside scripts too. */
  readonly operations: number;
  readonly redisMicros: number;
  readonly p50Ms: number;
  readonly workerMicros: number;
}

const AT_ONCE = 16;
const TRIES = 20;
const AGAIN_MS = 500;
/** Made between two looks at what is due. */
const STEP = 10_000;
const SHARES = [0.01, 0.1, 1];

async function inTurn({ make: work, atOnce = 1 }: Kind, from: number, to: number): Promise<void> {
  let at = from;
  const lane = async () => {
    while (at < to) {
      const mine = at;
      at += atOnce;
      await patiently(() => work(mine));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Again where Redis did not answer in time, as it may on a machine that does much else. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      await work();
      return;
    } catch (err) {
      if (!(err instanceof GameError && err.code === "unavailable") || tries === TRIES) throw err;
      await wait(AGAIN_MS);
    }
}

/** Due at once, for others to do: nobody is there. */
async function dropDue({ store: { deadlines } }: Setting): Promise<void> {
  for (;;) {
    const due = await deadlines.claim(1_000, 60_000);
    if (due.length === 0) return;
    await Promise.all(due.map((one) => deadlines.complete(one)));
  }
}

/** @param options.share of the kind's own number; `repeats`: how often each act is done. @throws Error where the store refuses something */
export async function measureStored(
  kindOf: (setting: Setting) => Kind,
  options: { readonly share: number; readonly repeats: number },
  told: (row: StoredRow) => void,
): Promise<void> {
  const redis = await startRedis();
  const counter = await openRedisCounter(redis.url);
  const setting = await openSetting(redis.url);
  const kind = kindOf(setting);
  try {
    const most = Math.max(100, Math.round(kind.most * options.share));
    let made = 0;
    let actsDone = 0;
    for (const items of SHARES.map((share) => Math.round(most * share))) {
      const before = { bytes: (await counter.read()).usedBytes, made };
      for (; made < items; made = Math.min(items, made + STEP)) {
        await inTurn(kind, made, Math.min(items, made + STEP));
        await patiently(() => dropDue(setting));
      }
      const bytes = (await counter.read()).usedBytes - before.bytes;
      const acts: ActCost[] = [];
      for (const [act, work] of Object.entries(kind.acts)) {
        const first = actsDone;
        acts.push(await costOf(act, options.repeats, (at) => work(first + at)));
        actsDone += options.repeats;
      }
      for (const [act, work] of Object.entries(kind.whole ?? {})) acts.push(await costOf(act, 1, work));
      await patiently(() => dropDue(setting));
      told({ kind: kind.name, items, bytesPerItem: bytes / (made - before.made), acts });
    }
  } finally {
    kind.close?.();
    await setting.store.close();
    await counter.close();
    await redis.close();
  }

  async function costOf(
    act: string,
    times: number,
    work: (at: number) => Promise<unknown>,
  ): Promise<ActCost> {
    const took: number[] = [];
    const before = await counter.read();
    const cpu = process.cpuUsage();
    for (let at = 0; at < times; at++) {
      const begun = performance.now();
      await patiently(() => work(at));
      took.push(performance.now() - begun);
    }
    const { user, system } = process.cpuUsage(cpu);
    const after = await counter.read();
    return {
      act,
      operations: (after.operations - before.operations) / times,
      redisMicros: (after.cpuMicros - before.cpuMicros) / times,
      p50Ms: median(took),
      workerMicros: (user + system) / times,
    };
  }
}
