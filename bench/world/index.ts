/**
 * Players who walk through one zone at 10 Hz: how late their positions arrive, and what the server spends on it, beside bare
 * Socket.IO that broadcasts every movement. Server and load are processes of their own; the figures are the server's.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Delivery, LoadOptions, LoadReply, ServerKind, ServerReply, ServerRequest } from "./messages.ts";

export interface WorldBenchOptions {
  /** Numbers of players, one after the other. Default 100, 200, 400, 800, 1,600. */
  readonly players?: readonly number[];
  /** Default muster and naive. */
  readonly servers?: readonly ServerKind[];
  /** Of the server's frames, in milliseconds. Default 50. */
  readonly tickMs?: number;
  /** How long each number of players is measured. Default 5,000. */
  readonly measureMs?: number;
  /** Told of each row as it is there. */
  readonly onRow?: (row: WorldBenchRow) => void;
}

export interface WorldBenchRow extends Delivery {
  readonly server: ServerKind;
  readonly players: number;
  /** Seconds of CPU that the server used per second. */
  readonly serverCpu: number;
}

/** Beyond this a server has collapsed: larger numbers of players are not tried on it. */
const COLLAPSED_MS = 1_000;
const WARM_UP_MS = 2_000;
/** One number of players: connecting, warming up, measuring, and a server that is far behind. */
const ROW_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 5_000;

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
  { tickMs = 50, measureMs = 5_000 }: WorldBenchOptions,
): Promise<WorldBenchRow> {
  const secret = randomBytes(32).toString("hex");
  const server = start("./server.ts", {
    BENCH_KIND: kind,
    BENCH_SECRET: secret,
    BENCH_TICK_MS: String(tickMs),
  });
  let load: ChildProcess | undefined;
  try {
    const { ready } = await heard(server, (reply: ServerReply) => ("ready" in reply ? reply : undefined));
    const loadOptions: LoadOptions = { kind, url: ready.url, players, warmUpMs: WARM_UP_MS, measureMs };
    load = start("./load.ts", { BENCH_SECRET: secret, BENCH_LOAD: JSON.stringify(loadOptions) });
    await heard(load, (reply: LoadReply) => ("phase" in reply ? reply : undefined));
    const before = await cpuOf(server);
    const { delivery } = await heard(load, (reply: LoadReply) => ("delivery" in reply ? reply : undefined));
    const after = await cpuOf(server);
    const serverCpu = (after.cpuMicros - before.cpuMicros) / 1_000 / (after.atMs - before.atMs);
    return { server: kind, players, ...delivery, serverCpu };
  } finally {
    load?.kill("SIGKILL");
    await stop(server);
  }
}

function start(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, ...env, NODE_ENV: "test" },
  });
}

/** Lets it remove its files. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, "exit");
  const request: ServerRequest = { ask: "stop" };
  server.send(request);
  const timer = setTimeout(() => server.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

function cpuOf(server: ChildProcess) {
  const request: ServerRequest = { ask: "cpu" };
  const answer = heard(server, (reply: ServerReply) => ("cpuMicros" in reply ? reply : undefined));
  server.send(request);
  return answer;
}

/** The first message of a process that `pick` takes. */
function heard<M extends object, P>(child: ChildProcess, pick: (message: M) => P | undefined): Promise<P> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      child.off("message", listen);
      child.off("exit", gone);
    };
    const gone = (code: number | null) => {
      end();
      reject(new Error(`a process of the benchmark ended with code ${code}`));
    };
    const listen = (message: M) => {
      const picked = pick(message);
      const failed = "failed" in message ? String(message.failed) : undefined;
      if (picked === undefined && failed === undefined) return;
      end();
      if (picked === undefined) reject(new Error(failed));
      else resolve(picked);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`the benchmark took more than ${ROW_TIMEOUT_MS} ms for one row`));
    }, ROW_TIMEOUT_MS);
    child.on("message", listen);
    child.on("exit", gone);
  });
}
