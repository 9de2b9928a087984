/** Memory and CPU of workers, and how bystanders are served, from one phase to the next. */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { percentile } from "../figures.ts";
import type { Stage, Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import type { BystanderPlan, Observed } from "./bystander.ts";

const SAMPLE_EVERY_MS = 100;
/** Linux counts CPU in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Within what one user may send. */
const EVERY_MS = 66;
const PER_WORKER = 6;

export interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
  /** Codes of refusals, `late`, or `closed`. */
  readonly failed: readonly string[];
  /** The most of each worker, in megabytes. */
  readonly rssMb: readonly number[];
  /** Of each worker: 1 is a whole core. */
  readonly cpu: readonly number[];
}

interface Usage {
  readonly rssMb: number;
  readonly cpuSeconds: number;
}

async function usageOf({ pid }: Worker): Promise<Usage> {
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")),
  );
  const fields = (stat ?? "").slice((stat ?? "").lastIndexOf(")") + 2).split(" ");
  return {
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(status ?? "")?.[1] ?? 0) / 1_024,
    cpuSeconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND,
  };
}

export interface Watch {
  /** Of the process of the bystanders. */
  readonly pid: number | undefined;
  /** What was seen since the last call. */
  phase(): Promise<Phase>;
  end(): Promise<void>;
}

/** Resolves when all bystanders are served. */
export async function watch(stage: Stage): Promise<Watch> {
  const { workers } = stage;
  const addresses = workers.flatMap(({ url }, worker) =>
    Array.from(
      { length: PER_WORKER },
      (_, at) => `${url.replace("http", "ws")}/ws?token=${stage.token(`bystander-${worker}-${at}`)}`,
    ),
  );
  const child = fork(
    fileURLToPath(new URL("bystander.ts", import.meta.url)),
    [JSON.stringify({ addresses, everyMs: EVERY_MS } satisfies BystanderPlan)],
    { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  let latencies: number[] = [];
  let failed: string[] = [];
  child.on("message", (told) => {
    const observed = told as Observed;
    latencies.push(...observed.latenciesMs);
    failed.push(...observed.failed);
  });
  let rssMb = workers.map(() => 0);
  const sample = async () => {
    const usages = await Promise.all(workers.map(usageOf));
    rssMb = usages.map((usage, at) => Math.max(usage.rssMb, rssMb[at] ?? 0));
    return usages;
  };
  const timer = setInterval(() => void sample(), SAMPLE_EVERY_MS);
  let [from, fromMs] = [await sample(), performance.now()];
  try {
    await until("the bystanders are served", () => latencies.length > 0, 30_000);
  } catch (err) {
    clearInterval(timer);
    child.kill();
    throw err;
  }
  return {
    pid: child.pid,
    async phase() {
      const usages = await sample();
      const seconds = (performance.now() - fromMs) / 1_000;
      const phase = {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        answers: latencies.length,
        failed,
        rssMb,
        cpu: usages.map(({ cpuSeconds }, at) => (cpuSeconds - (from[at]?.cpuSeconds ?? 0)) / seconds),
      };
      [from, fromMs, latencies, failed] = [usages, performance.now(), [], []];
      rssMb = usages.map((usage) => usage.rssMb);
      return phase;
    },
    async end() {
      clearInterval(timer);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await Promise.race([gone, delay(5_000, undefined, { ref: false })]);
    },
  };
}
