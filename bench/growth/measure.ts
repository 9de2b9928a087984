/** What one act costs a cluster: the difference of all counters, less what the cluster does anyway in that time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Act } from "./act.ts";
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
  /** What all clients were sent. */
  readonly clientBytes: number;
  /** How often it was done. */
  readonly times: number;
}

export interface GrowthRow extends Cost {
  readonly act: string;
  readonly unit: string;
  readonly workers: number;
}

export interface GrowthBudget {
  /** How often an act is done. */
  readonly times: number;
  /** How long is looked at what the cluster does anyway. */
  readonly idleMs: number;
}

/** What goes on after an act though nobody is told any more, such as the end of a user's presence. */
const SETTLE_MS = 1_500;

const FIELDS = [
  "operations",
  "published",
  "inBytes",
  "outBytes",
  "redisMicros",
  "workerMicros",
  "apartMicros",
  "clientBytes",
] as const;

/** Sums of all counters; of the workers from `apartFrom` on also by themselves. */
function totals(use: ClusterUse, apartFrom: number) {
  const cpu = (workers: ClusterUse["workers"]) => workers.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
  const { operations, published, inBytes, outBytes, cpuMicros } = use.redis;
  const workerMicros = cpu(use.workers);
  const apartMicros = cpu(use.workers.slice(apartFrom));
  const { clientBytes } = use;
  return {
    ...{ operations, published, inBytes, outBytes, clientBytes },
    ...{ redisMicros: cpuMicros, workerMicros, apartMicros },
  };
}

type Totals = ReturnType<typeof totals>;

function less(after: Totals, before: Totals, idle?: { readonly perMs: Totals; readonly ms: number }): Totals {
  const left = FIELDS.map((name) => [
    name,
    after[name] - before[name] - (idle ? idle.perMs[name] * idle.ms : 0),
  ]);
  return Object.fromEntries(left) as Totals;
}

const divided = (sums: Totals, by: number): Totals =>
  Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / by])) as Totals;

/** Does an act in some rounds. @returns what one cost in each of them */
export async function costsOf(act: Act, cluster: Cluster, budget: GrowthBudget, rounds = 1): Promise<Cost[]> {
  const perform = await act.prepare(cluster);
  const size = cluster.urls.length;
  const apartFrom = act.apartFrom ?? size;
  const times = Math.ceil(budget.times * (act.times ?? 1));
  // Done a few times before: what is made once, and compiled, does not count.
  if (!act.isIdle) await perform(Math.ceil(times / 10));
  const settled = () => quiet(async () => (await cluster.use()).redis.published);
  const look = async () => ({ sums: totals(await cluster.use(), apartFrom), at: performance.now() });
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    await settled();
    await wait(SETTLE_MS);
    const idle = await look();
    await wait(budget.idleMs);
    const begun = await look();
    const perMs = act.isIdle ? undefined : divided(less(begun.sums, idle.sums), begun.at - idle.at);
    const done = await perform(times);
    if (!act.isIdle) await settled();
    const ended = await look();
    const spent = less(ended.sums, begun.sums, perMs && { perMs, ms: ended.at - begun.at });
    const each = divided(spent, done);
    const apartMicros = size > apartFrom ? each.apartMicros / (size - apartFrom) : Number.NaN;
    costs.push({ ...each, apartMicros, times: done });
  }
  return costs;
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
        for (const cost of await costsOf(act, cluster, budget))
          told({ act: act.name, unit: act.unit, workers, ...cost });
        await cluster.empty();
      }
    } finally {
      await cluster.close();
    }
  }
}
