/** Real Redis servers for tests: each on a free loopback port with a folder of its own, ended with this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const READY_WITHIN_MS = 8_000;

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; changes with `restart`. */
  readonly pid: number;
  /** Ends it the orderly way. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts it again on the same port and folder, after ending it with SIGKILL if it still runs. */
  restart(): Promise<void>;
  /** Removes all data. */
  flush(): Promise<void>;
  /** One command with words that need no quoting; returns the first line of the reply. */
  command(...words: string[]): Promise<string>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

export interface RedisServerOptions {
  /** `always`: what was acknowledged is on disk. `no` (the default): nothing is kept. */
  readonly appendOnly?: "always" | "no";
  /** More of redis-server's own arguments, such as `["--maxmemory", "8mb"]`. */
  readonly args?: readonly string[];
  /** A Sentinel instead of a server. */
  readonly sentinel?: boolean;
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "muster-redis-"));
  const port = await freePort();
  let running = await launch(port, folder, options).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });

  async function end(signal: NodeJS.Signals): Promise<void> {
    const { child, exited } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    child.kill(signal);
    if (signal !== "SIGKILL") child.kill("SIGCONT");
    await exited;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    freeze: () => void running.child.kill("SIGSTOP"),
    thaw: () => void running.child.kill("SIGCONT"),
    async restart() {
      await end("SIGKILL");
      running = await launch(port, folder, options);
    },
    async flush() {
      await ask(port, "FLUSHALL");
    },
    command: (...words) => ask(port, words.join(" ")),
    async close() {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<unknown>;
}

async function launch(port: number, folder: string, options: RedisServerOptions): Promise<Running> {
  const durable = options.appendOnly === "always";
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no"];
  const log = ["--logfile", join(folder, "redis.log")];
  const keeps = ["--appendonly", durable ? "yes" : "no", "--appendfsync", durable ? "always" : "no"];
  // A Sentinel writes what it learns into the file of its configuration.
  const file = join(folder, "sentinel.conf");
  if (options.sentinel) await writeFile(file, "", { flag: "a" });
  const args = options.sentinel
    ? [file, "--sentinel", ...own, ...log]
    : [...own, "--save", "", ...keeps, ...log, ...(options.args ?? [])];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  let started = false;
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (cause) =>
      reject(new Error("redis-server cannot be started; `npm run setup` says what is missing", { cause })),
    );
    child.once("exit", (code) => reject(new Error(`redis-server ended at its start with code ${code}`)));
  });
  failed.catch(() => undefined);
  const exited = new Promise((resolve) => child.once("exit", resolve));
  try {
    await Promise.race([failed, answering(port)]);
    started = true;
  } finally {
    if (!started) child.kill("SIGKILL");
  }
  child.unref();
  const pid = child.pid ?? 0;
  endWithParent(child, pid, folder);
  return { child, pid, exited };
}

/** A shell that waits for this process to be gone, however it went, and then ends the server. */
function endWithParent(child: ChildProcess, pid: number, folder: string): void {
  const guard = spawn("sh", ["-c", `cat >/dev/null; kill -9 ${pid}; rm -rf "$0"`, folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.unref();
  const { stdin } = guard;
  stdin.on("error", () => undefined);
  if (stdin instanceof Socket) stdin.unref();
  child.once("exit", () => {
    guard.kill("SIGKILL");
    stdin.destroy();
  });
}

async function answering(port: number): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const reply = await ask(port, "PING").catch(() => "");
    if (reply === "+PONG") return;
    if (Date.now() > until) throw new Error(`redis-server does not answer on port ${port}`);
    await delay(15);
  }
}

/** Sends one inline command and resolves with the first line of the reply. */
async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8").setTimeout(2_000);
  socket.once("timeout", () => socket.destroy(new Error("redis-server does not answer")));
  try {
    await once(socket, "connect");
    socket.write(`${command}\r\n`);
    let text = "";
    while (!text.includes("\r\n")) text += (await once(socket, "data"))[0];
    return text.slice(0, text.indexOf("\r\n"));
  } finally {
    socket.destroy();
  }
}

let shared: Promise<RedisServer> | undefined;

/** One server for all tests of this process that only need a Redis, not one to break. Ended after the last test. */
export function sharedRedis(): Promise<RedisServer> {
  shared ??= startRedis();
  return shared;
}

/** A key prefix that no other test uses. */
export const uniquePrefix = (): string => `test-${randomBytes(6).toString("hex")}`;

async function closeShared(): Promise<void> {
  const server = shared;
  shared = undefined;
  await (await server?.catch(() => undefined))?.close();
}

// Loaded by mocha this is a hook of the root suite; elsewhere the guard process ends the server with this one.
if (typeof globalThis.after === "function") after(closeShared);
