/** Processes of a benchmark: started from a file, pinned to a core where that is possible, asked over IPC, and ended for sure. */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(import.meta.dirname, "../..");

const STOP_TIMEOUT_MS = 5_000;

/** Servers have the first core for themselves, loads the second. */
export type Core = "server" | "load";

const canPin =
  availableParallelism() > 1 && spawnSync("taskset", ["-c", "0", "true"], { stdio: "ignore" }).status === 0;

let build: { readonly folder: string } | undefined;

/** From here on processes run from this build instead of the sources. */
export function runFrom(built: { readonly folder: string }): void {
  build = built;
}

/** @param source a TypeScript file of the project, or a script that runs as it is */
export function start(source: URL, core: Core, env: Readonly<Record<string, string>>): ChildProcess {
  const file = fileURLToPath(source);
  const node = ["--expose-gc", ...(build === undefined ? ["--import", "tsx"] : [])];
  const pinned = canPin
    ? { execPath: "taskset", execArgv: ["-c", core === "server" ? "0" : "1", process.execPath, ...node] }
    : { execArgv: node };
  const asItIs = build === undefined || file.endsWith(".mjs");
  return fork(asItIs ? file : builtFile(build?.folder ?? "", file), {
    ...pinned,
    env: { ...process.env, ...env, NODE_ENV: "test" },
  });
}

const builtFile = (folder: string, file: string) =>
  path.join(folder, path.relative(root, file)).replace(/\.ts$/, ".js");

/** Asks the process to stop, so that it removes its files; ends it where it does not. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (child.connected) child.send({ ask: "stop" });
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** The first message of a process that `pick` takes; a message `{failed}` rejects. */
export function heard<M extends object, P>(
  child: ChildProcess,
  limitMs: number,
  pick: (message: M) => P | undefined,
): Promise<P> {
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
      reject(new Error(`a process of the benchmark took more than ${limitMs} ms`));
    }, limitMs);
    child.on("message", listen);
    child.on("exit", gone);
  });
}
