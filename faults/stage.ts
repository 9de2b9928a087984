/** What a row breaks: a Redis, workers as processes of their own, and a balancer in front. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSecretKey } from "node:crypto";
import { cp, mkdtemp, open, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Role } from "../core/contract/contract.ts";
import { mintToken } from "../server/auth/mint.ts";
import { ensureBuilt, ROOT } from "../test/support/built.ts";
import { freePort } from "../test/support/free-port.ts";
import { type RedisServer, startRedis } from "../test/support/redis.ts";
import { type Balancer, startBalancer } from "./balancer.ts";

export const SECRET = "the secret of the fault runs, longer than 32 bytes";
/** Where what is measured is not what one client may ask for. */
export const NO_LIMITS = {
  RATE_LIMITS_CONNECTION: "off",
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION_BYTES: "0",
  RATE_LIMITS_USER_BYTES: "0",
  RATE_LIMITS_EVENTS:
    "chat_message=off,publish=off,queue_join=off,queue_leave=off,game:action=off,combat_action=off,combat_state=off,combat_create=off,combat_join=off",
};
const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 20_000;

export interface Worker {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  readonly alive: boolean;
  /** Exits that nobody asked for. */
  readonly unexpectedExits: number;
  /** Sends the signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Starts it again, on its port and DATA_DIR, and waits until it listens. @param program another one from now on */
  start(program?: readonly string[]): Promise<void>;
  /** The end of what it has logged. */
  tail(): Promise<string>;
  /** All that it has logged. */
  log(): Promise<string>;
}

/** What clients need of it. */
export interface Cluster {
  readonly balancer: Pick<Balancer, "url">;
  token(user: string, claims?: { guildId?: string; roles?: Role[] }): string;
}

export interface Stage extends Cluster {
  readonly redis: RedisServer | undefined;
  readonly workers: readonly Worker[];
  readonly balancer: Balancer;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Left out: Redis, with every write on disk before it is acknowledged. */
  readonly store?: "redis" | "embedded";
  /** Default 2 on Redis; the embedded store has 1. */
  readonly workers?: number;
  readonly redisArgs?: readonly string[];
  readonly appendFsync?: "always" | "everysec" | "no";
  /** What is undefined is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `default`: the rate limits of a server as it starts. Left out: none. */
  readonly limits?: "default";
  /** Environment of one worker, by its place. */
  readonly envOf?: (at: number) => Readonly<Record<string, string>>;
  /** Another program than the server: the control, or another version. */
  readonly program?: readonly string[];
  /** Each worker in a session of its own. */
  readonly ownSessions?: true;
}

/** Servers that were started in another way. */
export function clusterAt(url: string, secret: string): Cluster {
  const key = createSecretKey(Buffer.from(secret));
  return {
    balancer: { url },
    token: (userId, claims = {}) =>
      mintToken(
        key,
        { algorithms: ["HS256"] },
        // A worker whose clock is behind refuses tokens of its future.
        { userId, issuedAt: Math.floor(Date.now() / 1_000) - 7_200, ttlMs: 24 * 3_600_000, ...claims },
      ),
  };
}

/** A copy of the compiled server that a build in the meantime does not touch. */
export async function snapshot(folder: string): Promise<string> {
  await ensureBuilt();
  await cp(join(ROOT, "dist"), join(folder, "dist"), { recursive: true });
  await cp(join(ROOT, "package.json"), join(folder, "package.json"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return join(folder, "dist/server/main.js");
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "muster-faults-"));
  const closing: (() => Promise<void>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const embedded = options.store === "embedded";
    const redis = embedded ? undefined : await startRedis(redisOptions(options));
    if (redis) closing.push(() => redis.close());
    const program = options.program ?? [await snapshot(folder)];
    await writeFile(join(folder, "config.yaml"), "{}\n");
    const count = embedded ? 1 : (options.workers ?? 2);
    const workers: Worker[] = [];
    for (let at = 0; at < count; at++) {
      const port = await freePort();
      const place = { folder, address: "127.0.0.1", port, ownSession: options.ownSessions };
      const worker = createWorker(program, `worker-${at}`, place, {
        ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
        ...(options.limits === "default" ? {} : NO_LIMITS),
        ...options.env,
        ...options.envOf?.(at),
      });
      workers.push(worker);
      closing.push(() => worker.end("SIGKILL"));
    }
    await Promise.all(workers.map((worker) => worker.start()));
    const balancer = await startBalancer(workers);
    closing.push(() => balancer.close());
    return { redis, workers, ...clusterAt(balancer.url, SECRET), balancer, close };
  } catch (err) {
    await close();
    throw err;
  }
}

function redisOptions({ appendFsync = "always", redisArgs = [] }: StageOptions) {
  // `startRedis` knows `always` and nothing; what stands later on the command line wins.
  if (appendFsync === "no") return { args: redisArgs };
  return { appendOnly: "always" as const, args: ["--appendfsync", appendFsync, ...redisArgs] };
}

export interface WorkerPlace {
  /** Where it has its files; two workers of one folder are of one host. */
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  /** What starts a program there: `nsenter` and its arguments on another host. Default: nothing. */
  readonly through?: readonly string[];
  /** In a session of its own, which Linux weighs apart from this process's. Ended with this process, unless that is killed. */
  readonly ownSession?: boolean | undefined;
}

/** A process of another session gets no signal of the terminal's. */
export function endWithThis(child: ChildProcess): void {
  const end = () => void child.kill("SIGKILL");
  const interrupted = () => process.exit(130);
  process.once("exit", end);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  child.once("exit", () => {
    process.off("exit", end);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
  });
}

/** One process of the server, not started yet. @param name of its log and data within the folder */
export function createWorker(
  program: readonly string[],
  name: string,
  { folder, address, port, through = [], ownSession = false }: WorkerPlace,
  env: Readonly<Record<string, string | undefined>>,
): Worker {
  const logFile = join(folder, `${name}.log`);
  let child: ChildProcess | undefined;
  let asked = false;
  let unexpectedExits = 0;

  const isAlive = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const readLog = () => readFile(logFile, "utf8").catch(() => "");
  const tail = async () => (await readLog()).slice(-3_000);

  let current = program;

  async function start(next = current): Promise<void> {
    current = next;
    const log = await open(logFile, "a");
    const [command = "", ...words] = [...through, process.execPath, ...current];
    const started = spawn(command, words, {
      cwd: folder,
      detached: ownSession,
      stdio: ["ignore", log.fd, log.fd, "ipc"],
      env: {
        PATH: process.env.PATH,
        TMPDIR: folder,
        WEBSOCKET_HOST: address,
        WEBSOCKET_PORT: String(port),
        DATA_DIR: join(folder, `data-of-${name}`),
        JWT_SECRET: SECRET,
        LOG_FORMAT: "ecs",
        LOG_LEVEL: "warn",
        ...env,
      },
    });
    await log.close();
    child = started;
    if (ownSession) endWithThis(started);
    asked = false;
    started.once("exit", () => {
      if (!asked) unexpectedExits++;
    });
    await Promise.race([
      new Promise<void>((resolve) => started.on("message", (said) => said === "ready" && resolve())),
      new Promise<never>((_, reject) =>
        started.once(
          "exit",
          (code) => void tail().then((text) => reject(new Error(`ended with ${code}: ${text}`))),
        ),
      ),
      delay(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
        throw new Error("a worker does not become ready");
      }),
    ]);
  }

  return {
    port,
    url: `http://${address}:${port}`,
    get pid() {
      return child?.pid ?? 0;
    },
    get alive() {
      return isAlive();
    },
    get unexpectedExits() {
      return unexpectedExits;
    },
    async end(signal) {
      if (!child || !isAlive()) return;
      asked = true;
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child.kill(signal);
      const limit = delay(END_WITHIN_MS, "late", { ref: false });
      if ((await Promise.race([gone, limit])) === "late") child.kill("SIGKILL");
      await gone;
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    start,
    tail,
    log: readLog,
  };
}
