/** Memory and CPU of workers, and how bystanders are served, from one phase to the next. */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { percentile } from "../figures.ts";
import { endWithThis } from "../stage.ts";
import { until } from "../waiting.ts";
import type { BystanderPlan, Observed } from "./bystander.ts";
import type { Scene, Watched } from "./scene.ts";

const SAMPLE_EVERY_MS = 100;
/** Linux counts CPU in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Within what one user may send. */
const EVERY_MS = 66;
/** So many that the p99 of two seconds is not the slowest answer. */
const PER_WORKER = 24;

export interface Phase {
  /** Of commands that the server answers by itself. */
  readonly p99: number;
  /** Of commands that are stored before they are answered. */
  readonly storedP99: number;
  /** Of a write to the same disk, without the server. */
  readonly diskP99: number;
  readonly answers: number;
  /** Codes of refusals, `late`, or `closed`. */
  readonly failed: readonly string[];
  /** The most of each worker, in megabytes. */
  readonly rssMb: readonly number[];
  /** Of each worker: 1 is a whole core. */
  readonly cpu: readonly number[];
  /** The share of the time in which a worker, or the bystanders, had something to do and no core: the machine's part. The most of them. */
  readonly coreless: number;
  /** By how much the worker that grew fastest grew in the second half, in megabytes a minute; undefined: the phase was too short to say. */
  readonly slopeMb: number | undefined;
}

/** The least that a slope is drawn through. */
const SLOPE_OVER_MS = 30_000;

/** Least squares over the second half of the samples. */
function slopeOf(
  samples: readonly { readonly atMs: number; readonly ownMb: readonly number[] }[],
): number | undefined {
  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last || last.atMs - first.atMs < SLOPE_OVER_MS / 2) return undefined;
  const meanAt = half.reduce((sum, { atMs }) => sum + atMs, 0) / half.length;
  const spread = half.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  const slopes = first.ownMb.map((_, worker) => {
    const mean = half.reduce((sum, { ownMb }) => sum + (ownMb[worker] ?? 0), 0) / half.length;
    const shared = half.reduce(
      (sum, { atMs, ownMb }) => sum + (atMs - meanAt) * ((ownMb[worker] ?? 0) - mean),
      0,
    );
    return (shared / spread) * 60_000;
  });
  return Math.max(...slopes);
}

interface Usage {
  readonly rssMb: number;
  /** Without pages of files: those of the embedded store's are the kernel's to take back. */
  readonly ownMb: number;
  readonly cpuSeconds: number;
}

/** Milliseconds for which the main thread of a process waited for a core, since it was started. */
async function corelessMs(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0) / 1e6;
}

async function usageOf({ pid }: Watched): Promise<Usage> {
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")),
  );
  const fields = (stat ?? "").slice((stat ?? "").lastIndexOf(")") + 2).split(" ");
  const mbOf = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status ?? "")?.[1] ?? 0) / 1_024;
  return {
    rssMb: mbOf("VmRSS"),
    ownMb: mbOf("RssAnon"),
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
export async function watch(scene: Scene): Promise<Watch> {
  const { workers } = scene;
  const addresses = workers.flatMap(({ url }, worker) =>
    Array.from(
      { length: PER_WORKER },
      (_, at) => `${url.replace("http", "ws")}/ws?token=${scene.token(`bystander-${worker}-${at}`)}`,
    ),
  );
  const probe = join(tmpdir(), `muster-probe-${process.pid}`);
  const child = fork(
    fileURLToPath(new URL("bystander.ts", import.meta.url)),
    [JSON.stringify({ addresses, everyMs: EVERY_MS, probe } satisfies BystanderPlan)],
    { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "inherit", "ipc"], detached: true },
  );
  endWithThis(child);
  let latencies: number[] = [];
  let stored: number[] = [];
  let disk: number[] = [];
  let failed: string[] = [];
  child.on("message", (told) => {
    const observed = told as Observed;
    latencies.push(...observed.latenciesMs);
    stored.push(...observed.storedMs);
    disk.push(...observed.diskMs);
    failed.push(...observed.failed);
  });
  let rssMb = workers.map(() => 0);
  let samples: { atMs: number; ownMb: number[] }[] = [];
  const sample = async () => {
    const usages = await Promise.all(workers.map(usageOf));
    samples.push({ atMs: performance.now(), ownMb: usages.map((usage) => usage.ownMb) });
    rssMb = usages.map((usage, at) => Math.max(usage.rssMb, rssMb[at] ?? 0));
    return usages;
  };
  const timer = setInterval(() => void sample(), SAMPLE_EVERY_MS);
  const waits = () => Promise.all([...workers.map(({ pid }) => pid), child.pid].map(corelessMs));
  let [from, waitedFrom, fromMs] = [await sample(), await waits(), performance.now()];
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
      const waited = await waits();
      const seconds = (performance.now() - fromMs) / 1_000;
      const phase = {
        p99: percentile(latencies, 0.99),
        storedP99: percentile(stored, 0.99),
        diskP99: percentile(disk, 0.99),
        answers: latencies.length + stored.length,
        failed,
        rssMb,
        cpu: usages.map(({ cpuSeconds }, at) => (cpuSeconds - (from[at]?.cpuSeconds ?? 0)) / seconds),
        coreless:
          Math.max(...waited.map((waitedMs, at) => waitedMs - (waitedFrom[at] ?? 0))) / 1_000 / seconds,
        slopeMb: slopeOf(samples),
      };
      samples = [];
      [from, waitedFrom, fromMs] = [usages, waited, performance.now()];
      [latencies, stored, disk, failed] = [[], [], [], []];
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
