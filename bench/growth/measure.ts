/** What one act costs a cluster: the difference of all counters, less what the cluster does anyway in that time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Act } from "./acts.ts";
import { type Cluster, type ClusterUse, quiet, startCluster } from "./cluster.ts";

/** Of one act. Times are CPU, in microseconds. */
export interface Cost {
  readonly operations: number;
  readonly published: number;
  /** Bytes that Redis got and gave. */
  readonly inBytes: number;
  readonly outBytes: number;
  readonly redisMicros: number;
  /** Of all workers together. */
  readonly workerMicros: number;
  /** Of each worker that has no part in it. NaN: all have. */
  readonly apartMicros: number;
}

export interface GrowthRow extends Cost {
  readonly act: string;
  readonly unit: string;
  readonly workers: number;
  readonly times: number;
}

export interface GrowthBudget {
  /** How often an act is done. */
  readonly times: number;
  /** How long is looked at what the cluster does anyway. */
  readonly idleMs: number;
}

/** What goes on after an act though nobody is told any more, such as the end of a user's presence. */
const SETTLE_MS = 1_500;

const FIELDS = ["operations", "published", "inBytes", "outBytes"] as const;

/** Sums of all counters; of the workers from `apartFrom` on also by themselves. */
function totals(use: ClusterUse, apartFrom: number) {
  const cpu = (workers: ClusterUse["workers"]) => workers.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
  const { operations, published, inBytes, outBytes, cpuMicros } = use.redis;
  const workerMicros = cpu(use.workers);
  const apartMicros = cpu(use.workers.slice(apartFrom));
  return { operations, published, inBytes, outBytes, redisMicros: cpuMicros, workerMicros, apartMicros };
}

type Totals = ReturnType<typeof totals>;

function less(after: Totals, before: Totals, idle?: { readonly perMs: Totals; readonly ms: number }): Totals {
  const names = [...FIELDS, "redisMicros", "workerMicros", "apartMicros"] as const;
  const left = names.map((name) => [
    name,
    after[name] - before[name] - (idle ? idle.perMs[name] * idle.ms : 0),
  ]);
  return Object.fromEntries(left) as Totals;
}

const divided = (sums: Totals, by: number): Totals =>
  Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / by])) as Totals;

async function costOf(act: Act, cluster: Cluster, budget: GrowthBudget): Promise<Cost & { times: number }> {
  const perform = await act.prepare(cluster);
  const size = cluster.urls.length;
  const apartFrom = act.apartFrom ?? size;
  const times = Math.ceil(budget.times * (act.times ?? 1));
  // Done a few times before: what is made once, and compiled, does not count.
  if (!act.isIdle) await perform(Math.ceil(times / 10));
  const settled = () => quiet(async () => (await cluster.use()).redis.published);
  await settled();
  await wait(SETTLE_MS);
  const [first, idleFrom] = [totals(await cluster.use(), apartFrom), performance.now()];
  await wait(budget.idleMs);
  const [second, begun] = [totals(await cluster.use(), apartFrom), performance.now()];
  const perMs = act.isIdle ? undefined : divided(less(second, first), begun - idleFrom);
  const done = await perform(times);
  if (!act.isIdle) await settled();
  const [third, ended] = [totals(await cluster.use(), apartFrom), performance.now()];
  const spent = divided(less(third, second, perMs && { perMs, ms: ended - begun }), done);
  const apart = size > apartFrom ? spent.apartMicros / (size - apartFrom) : Number.NaN;
  return { ...spent, apartMicros: apart, times: done };
}

/** @param told gets each row as soon as it is there. @throws Error where a worker or a command fails */
export async function measureGrowth(
  sizes: readonly number[],
  acts: readonly Act[],
  budget: GrowthBudget,
  told: (row: GrowthRow) => void,
): Promise<void> {
  for (const workers of sizes) {
    const cluster = await startCluster(workers);
    try {
      for (const act of acts) {
        told({ act: act.name, unit: act.unit, workers, ...(await costOf(act, cluster, budget)) });
        await cluster.empty();
      }
    } finally {
      await cluster.close();
    }
  }
}
