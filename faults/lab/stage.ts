/** Three hosts of two workers each, Redis on hosts of its own, and a balancer. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, clusterAt, createWorker, NO_LIMITS, SECRET, snapshot, type Worker } from "../stage.ts";
import type { Data, StartData } from "./data.ts";
import type { Network } from "./network.ts";
import { type Behind, type Placing, type Program, startHaproxyOn } from "./programs.ts";

export const HOSTS = ["host1", "host2", "host3"] as const;
export const DATA_HOSTS = ["data1", "data2", "data3"] as const;
export const BALANCER = "balancer";
const WORKERS_A_HOST = 2;
const FIRST_PORT = 3_000;

interface Host {
  readonly name: string;
  readonly workers: readonly Worker[];
}

export interface Lab extends Cluster {
  readonly network: Network;
  readonly hosts: readonly Host[];
  readonly data: Data;
  readonly workers: readonly Worker[];
  close(): Promise<void>;
}

export interface LabOptions {
  readonly network: Network;
  readonly startData: StartData;
  readonly sticky: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Workers are plain processes: a fault is of one worker or of one host's, and PM2 would start killed ones again. PM2 itself is under
 * `npm run faults -- --rows 18`. Each host has a folder for its unix sockets, so that workers of two hosts are no neighbours.
 */
export async function openLab({ network, startData, sticky, env }: LabOptions): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), "muster-lab-"));
  const closing: (() => Promise<void>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  const keep = (program: Program) => void closing.push(() => program.end());
  try {
    const placing: Placing = { network, folder };
    const data = await startData(placing, keep);
    const program = [await snapshot(folder)];
    const hosts: Host[] = [];
    const behind: Behind[] = [];
    for (const name of HOSTS) {
      const own = join(folder, name);
      await mkdir(own);
      await writeFile(join(own, "config.yaml"), "{}\n");
      const workers: Worker[] = [];
      for (let at = 0; at < WORKERS_A_HOST; at++) {
        const address = network.address(name);
        const place = { folder: own, address, port: FIRST_PORT + at, through: network.on(name) };
        const worker = createWorker(program, `worker-${at}`, place, {
          REDIS_URL: data.url,
          TRUST_PROXY: "1",
          RETENTION_MAX_LENGTH: "1000000",
          ...NO_LIMITS,
          ...env,
        });
        workers.push(worker);
        behind.push({ name: `${name}-${at}`, address, port: worker.port });
        closing.push(() => worker.end("SIGKILL"));
      }
      hosts.push({ name, workers });
    }
    const workers = hosts.flatMap((host) => host.workers);
    await Promise.all(workers.map((worker) => worker.start()));
    const balancer = await startHaproxyOn(placing, BALANCER, behind, sticky);
    keep(balancer);
    const cluster = clusterAt(`http://${balancer.address}:${balancer.port}`, SECRET);
    return { ...cluster, network, hosts, data, workers, close };
  } catch (err) {
    await close();
    throw err;
  }
}
