/** Programs on hosts of the lab: Redis, Sentinels, HAProxy. They end with the lab's own process namespace. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../test/support/built.ts";
import { ask } from "../../test/support/redis-groups.ts";
import { until } from "../waiting.ts";
import type { Network } from "./network.ts";

const READY_WITHIN_MS = 10_000;
export const REDIS_PORT = 6379;
export const SENTINEL_PORT = 26_379;
const BALANCER_PORT = 8_080;

export interface Program {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  end(): Promise<void>;
}

export interface Placing {
  readonly network: Network;
  /** Where all programs have their files. */
  readonly folder: string;
}

function start({ network }: Placing, host: string, port: number, words: readonly string[]): Program {
  const [command = "", ...rest] = [...network.on(host), ...words];
  const child: ChildProcess = spawn(command, rest, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  return {
    host,
    address: network.address(host),
    port,
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function answers(program: Program): Promise<Program> {
  const pings = () =>
    ask(program, "PING").then(
      (reply) => reply === "PONG",
      () => false,
    );
  await until(`Redis answers on ${program.host}`, pings, READY_WITHIN_MS);
  return program;
}

/** A server whose every write is on disk before it is answered. */
export async function startRedisOn(
  placing: Placing,
  host: string,
  more: readonly string[] = [],
): Promise<Program> {
  const folder = join(placing.folder, `redis-${host}`);
  await mkdir(folder, { recursive: true });
  const own = ["--port", String(REDIS_PORT), "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", folder];
  const keeps = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  return answers(
    start(placing, host, REDIS_PORT, [
      "redis-server",
      ...own,
      ...keeps,
      "--repl-diskless-sync-delay",
      "0",
      ...more,
    ]),
  );
}

export async function startSentinelOn(placing: Placing, host: string): Promise<Program> {
  const folder = join(placing.folder, `sentinel-${host}`);
  await mkdir(folder, { recursive: true });
  const file = join(folder, "sentinel.conf");
  await writeFile(file, "");
  const own = [
    "--port",
    String(SENTINEL_PORT),
    "--bind",
    "0.0.0.0",
    "--protected-mode",
    "no",
    "--dir",
    folder,
  ];
  return answers(start(placing, host, SENTINEL_PORT, ["redis-server", file, "--sentinel", ...own]));
}

export interface Behind {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/**
 * HAProxy with the file that `deploy/haproxy` ships; port and workers are the lab's.
 * @param sticky a client's address stays at its worker, as in that file; otherwise each connection goes to the next
 */
export async function startHaproxyOn(
  placing: Placing,
  host: string,
  workers: readonly Behind[],
  sticky: boolean,
): Promise<Program> {
  const shipped = await readFile(join(ROOT, "deploy/haproxy/haproxy.cfg"), "utf8");
  const servers = workers
    .map(({ name, address, port }) => `    server ${name} ${address}:${port}`)
    .join("\n");
  let text = shipped
    .replace("bind :80", `bind :${BALANCER_PORT}`)
    // Its own would need 200,000 open files.
    .replace(/maxconn \d+/, "maxconn 2000")
    .replace(/^ {4}server .*\n/gm, "")
    .trimEnd();
  if (!sticky) text = text.replace("balance source", "balance roundrobin").replace(/^ *hash-type.*\n/m, "");
  const file = join(placing.folder, "haproxy.cfg");
  await writeFile(file, `${text}\n${servers}\n`);
  const program = start(placing, host, BALANCER_PORT, ["haproxy", "-db", "-f", file]);
  const ready = () =>
    fetch(`http://${program.address}:${BALANCER_PORT}/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until("the balancer answers", ready, READY_WITHIN_MS);
  return program;
}
