/** The compiled server as a plain process, as `npm start` runs it: for exit codes, signals and kill -9. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt, MAIN } from "./built.ts";
import { freePort } from "./free-port.ts";
import { type LogLine, parseLog } from "./log-lines.ts";

const END_WITHIN_MS = 60_000;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** When it listens; rejects when it ends instead. */
  readonly listening: Promise<void>;
  /** When it has ended. */
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  logs(): LogLine[];
}

export interface ServerFolder {
  readonly folder: string;
  /** Starts a server on this folder's DATA_DIR; the same port each time unless `env` names one. */
  start(env?: Readonly<Record<string, string>>): ServerProcess;
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>;
}

export async function serverFolder(): Promise<ServerFolder> {
  await ensureBuilt();
  const folder = await mkdtemp(join(tmpdir(), "muster-server-"));
  await writeFile(join(folder, "config.yaml"), "{}\n");
  const port = await freePort();
  const started: { child: ChildProcess; ended: Promise<Ended> }[] = [];
  return {
    folder,
    start(env = {}) {
      const usedPort = Number(env.WEBSOCKET_PORT ?? port);
      const child = spawn(process.execPath, [MAIN], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env.PATH,
          // A machine that is busy with other suites is no full worker.
          LOAD_DELAY: "0",
          LOAD_LATE: "0",
          TMPDIR: folder,
          WEBSOCKET_HOST: "127.0.0.1",
          WEBSOCKET_PORT: String(port),
          DATA_DIR: join(folder, "data"),
          LOG_FORMAT: "ecs",
          ...env,
        },
      });
      let stdout = "";
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const ended = new Promise<Ended>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("the server does not end")), END_WITHIN_MS);
        timer.unref();
        child.once("close", (code, signal) => {
          clearTimeout(timer);
          resolve({ code, signal, stdout, stderr });
        });
      });
      const listening = new Promise<void>((resolve, reject) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          stdout += text;
          if (parseLog(stdout).some(({ message }) => message === "listening")) resolve();
        });
        void ended.then(({ code }) => reject(new Error(`the server ended with code ${code}: ${stderr}`)));
      });
      listening.catch(() => undefined);
      started.push({ child, ended });
      return {
        url: `http://127.0.0.1:${usedPort}`,
        port: usedPort,
        pid: child.pid ?? 0,
        listening,
        ended,
        kill: (signal) => void child.kill(signal),
        logs: () => parseLog(stdout),
      };
    },
    async close() {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
