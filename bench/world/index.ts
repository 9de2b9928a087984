/**
 * Players who walk through one zone at 10 Hz: how late their positions arrive, and what the server spends on it, beside bare
 * Socket.IO that broadcasts every movement. Server and load are processes of their own; the figures are the server's.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { heard, start, stop } from "../support/processes.ts";
import type { ServerReply, ServerRequest } from "../support/usage.ts";
import type { Delivery, LoadOptions, LoadReply, ServerKind, Spread } from "./messages.ts";

/** Several workers on one Redis, which share the servers' core. */
export interface WorldWorkers {
  readonly count: number;
  readonly redisUrl: string;
  readonly zones: number;
  readonly spread: Spread;
}

export interface WorldBenchOptions {
  /** Numbers of players, one after the other. Default 100, 200, 400, 800, 1,600. */
  readonly players?: readonly number[];
  /** Default muster and naive. */
  readonly servers?: readonly ServerKind[];
  /** Of the server's frames, in milliseconds. Default 100, as the server's. */
  readonly tickMs?: number;
  /** Between two movements of a player, in milliseconds. Default 100. */
  readonly moveEveryMs?: number;
  /** How long each number of players is measured. Default 5,000. */
  readonly measureMs?: number;
  /** Default: one process with the embedded store, and one zone. */
  readonly workers?: WorldWorkers;
  /** Told of each row as it is there. */
  readonly onRow?: (row: WorldBenchRow) => void;
}

export interface WorldBenchRow extends Delivery {
  readonly server: ServerKind;
  readonly players: number;
  /** Seconds of CPU that the server used per second, all workers together. */
  readonly serverCpu: number;
}

/** Beyond this a server has collapsed: larger numbers of players are not tried on it. */
const COLLAPSED_MS = 1_000;
const WARM_UP_MS = 2_000;
/** One number of players: connecting, warming up, measuring, and a server that is far behind. */
const ROW_TIMEOUT_MS = 90_000;

/** @throws Error where a process fails or takes too long */
export async function benchWorld(options: WorldBenchOptions = {}): Promise<WorldBenchRow[]> {
  const { players = [100, 200, 400, 800, 1_600], servers = ["muster", "naive"] } = options;
  const rows: WorldBenchRow[] = [];
  for (const server of servers)
    for (const count of players) {
      const row = await measure(server, count, options);
      rows.push(row);
      options.onRow?.(row);
      if (row.p99Ms > COLLAPSED_MS) break;
    }
  return rows;
}

async function measure(
  kind: ServerKind,
  players: number,
  { tickMs = 100, moveEveryMs = 100, measureMs = 5_000, workers }: WorldBenchOptions,
): Promise<WorldBenchRow> {
  const secret = randomBytes(32).toString("hex");
  const servers: ChildProcess[] = [];
  const startServer = async (): Promise<string> => {
    const server = start(new URL("./server.ts", import.meta.url), "server", {
      BENCH_KIND: kind,
      BENCH_SECRET: secret,
      BENCH_TICK_MS: String(tickMs),
      ...(workers && { BENCH_REDIS: workers.redisUrl }),
    });
    servers.push(server);
    const { ready } = await heard(server, ROW_TIMEOUT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    return ready.url;
  };
  let load: ChildProcess | undefined;
  try {
    const urls: string[] = [];
    for (let count = 0; count < (workers?.count ?? 1); count++) urls.push(await startServer());
    const loadOptions: LoadOptions = {
      kind,
      urls,
      zones: workers?.zones ?? 1,
      spread: workers?.spread ?? "mixed",
      players,
      moveEveryMs,
      warmUpMs: WARM_UP_MS,
      measureMs,
    };
    load = start(new URL("./load.ts", import.meta.url), "load", {
      BENCH_SECRET: secret,
      BENCH_LOAD: JSON.stringify(loadOptions),
    });
    await heard(load, ROW_TIMEOUT_MS, (reply: LoadReply) => ("phase" in reply ? reply : undefined));
    const before = await Promise.all(servers.map(usageOf));
    const { delivery } = await heard(load, ROW_TIMEOUT_MS, (reply: LoadReply) =>
      "delivery" in reply ? reply : undefined,
    );
    const after = await Promise.all(servers.map(usageOf));
    const serverCpu = after.reduce((sum, { cpuMicros, atMs }, at) => {
      const from = before[at] ?? { cpuMicros, atMs: 0 };
      return sum + (cpuMicros - from.cpuMicros) / 1_000 / (atMs - from.atMs);
    }, 0);
    return { server: kind, players, ...delivery, serverCpu };
  } finally {
    load?.kill("SIGKILL");
    await Promise.all(servers.map(stop));
  }
}

function usageOf(server: ChildProcess) {
  const request: ServerRequest = { ask: "usage" };
  const answer = heard(server, ROW_TIMEOUT_MS, (reply: ServerReply) =>
    "usage" in reply ? reply.usage : undefined,
  );
  server.send(request);
  return answer;
}
