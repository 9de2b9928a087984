/**
 * The server under a real PM2, as it is run in production: `ecosystem.config.js`, cluster mode, a port shared by the workers. PM2's
 * daemon is this test's own, with its folder; all of it ends with this process, however that ends.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { ensureBuilt, ROOT } from "./built.ts";
import { freePort } from "./free-port.ts";
import { type LogLine, parseLog } from "./log-lines.ts";

/** Long enough for `pm2 reload` with its drain times. */
const COMMAND_LIMIT_MS = 40_000;
const READY_WITHIN_MS = 15_000;
const END_WITHIN_MS = 5_000;
const NAME = "muster-test";

export interface Pm2Options {
  /** Left out: the embedded store and one worker. */
  readonly redisUrl?: string;
  /** Default 2; with the embedded store always 1. */
  readonly workers?: number;
  /** What is undefined is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Pm2 {
  readonly url: string;
  /** Of the workers that listen now: id (the beginning of their session ids) to process id. */
  pids(): Promise<ReadonlyMap<string, number>>;
  /** `pm2 reload`: resolves when PM2 says that it is done. */
  reload(): Promise<void>;
  /** SIGKILL; PM2 starts another in its place. Resolves when the process is gone. */
  kill(pid: number): Promise<void>;
  /** What the workers have logged. */
  logs(): Promise<LogLine[]>;
  /** What they have written to standard error. */
  errors(): Promise<string>;
  /** Ends PM2 and its workers and removes all their files. */
  stop(): Promise<void>;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (const until = Date.now() + END_WITHIN_MS; isAlive(pid); await delay(10))
    if (Date.now() > until) throw new Error(`process ${pid} does not end`);
}

/** A shell that waits for this process to be gone, however it went, and then ends PM2; its workers end with it. */
function endWithParent(home: string): () => void {
  const script = 'cat >/dev/null; kill -9 $(cat "$0/pm2.pid") 2>/dev/null; rm -rf "$0"';
  const guard = spawn("sh", ["-c", script, home], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.unref();
  const { stdin } = guard;
  stdin.on("error", () => undefined);
  if (stdin instanceof Socket) stdin.unref();
  return () => {
    guard.kill("SIGKILL");
    stdin.destroy();
  };
}

/** The environment of the servers: nothing of this process's own configuration reaches them. */
function environment(home: string, port: number, options: Pm2Options): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    // Their private sockets too are in the folder that is removed.
    TMPDIR: home,
    PM2_HOME: home,
    PM2_DISABLE_VERSION_CHECK: "true",
    CONFIG_FILE: join(home, "config.yaml"),
    MUSTER_NAME: NAME,
    MUSTER_WORKERS: String(options.workers ?? 2),
    WEBSOCKET_HOST: "127.0.0.1",
    WEBSOCKET_PORT: String(port),
    DATA_DIR: join(home, "data"),
    AUTH_MODE: "jwt",
    LOG_LEVEL: "info",
    LOG_FORMAT: "ecs",
    // A machine that is busy with other suites is no full worker.
    LOAD_DELAY: "0",
    LOAD_LATE: "0",
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
    ...options.env,
  };
}

export async function startPm2(options: Pm2Options = {}): Promise<Pm2> {
  await ensureBuilt();
  const home = await mkdtemp(join(tmpdir(), "muster-pm2-"));
  const release = endWithParent(home);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = environment(home, port, options);
  await writeFile(join(home, "config.yaml"), "{}\n");

  async function pm2(...args: string[]): Promise<void> {
    await promisify(execFile)(join(ROOT, "node_modules/.bin/pm2"), [...args, "--silent"], {
      cwd: ROOT,
      env,
      timeout: COMMAND_LIMIT_MS,
      killSignal: "SIGKILL",
    });
  }
  const written = (file: string) => readFile(join(home, file), "utf8").catch(() => "");
  const logs = async () => parseLog(await written(`logs/${NAME}-out.log`));

  async function pids(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const { message, worker, "process.pid": pid } of await logs())
      if (message === "listening" && worker && isAlive(pid)) found.set(worker, pid);
    return found;
  }

  async function stop(): Promise<void> {
    const ending = [...(await pids()).values(), Number(await written("pm2.pid"))].filter((pid) => pid > 0);
    // The daemon first: it would start others in their place.
    for (const pid of ending.reverse()) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await Promise.all(ending.map(gone));
    release();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await pm2("start", join(ROOT, "ecosystem.config.js"));
    const expected = options.redisUrl === undefined ? 1 : (options.workers ?? 2);
    for (const until = Date.now() + READY_WITHIN_MS; (await pids()).size < expected; await delay(25))
      if (Date.now() > until) throw new Error("the workers do not listen");
  } catch (err) {
    const said = `${await written(`logs/${NAME}-error.log`)}\n${await written(`logs/${NAME}-out.log`)}`;
    await stop();
    throw new Error(`PM2 could not start the server: ${said.slice(-2_000)}`, { cause: err });
  }
  return {
    url,
    pids,
    logs,
    stop,
    reload: () => pm2("reload", NAME),
    errors: () => written(`logs/${NAME}-error.log`),
    async kill(pid) {
      process.kill(pid, "SIGKILL");
      await gone(pid);
    },
  };
}
