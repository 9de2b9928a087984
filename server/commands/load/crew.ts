/** The load processes: started, begun together, heard, and ended for sure. */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadPlan } from "../../../load/engine/plan.ts";
import { LoadRunError } from "./failures.ts";
import type { FromLoadProcess, LoadTick, ToLoadProcess } from "./messages.ts";
import type { TokenPlan } from "./tokens.ts";

const SCRIPT = fileURLToPath(new URL(`./process${path.extname(import.meta.url)}`, import.meta.url));
const READY_MS = 60_000;
/** For the first users, so that all processes begin at the same time. */
const HEAD_START_MS = 300;
/** After the end: five seconds for what is under way, and as long again to tell. */
const END_MS = 15_000;

export interface CrewOptions {
  readonly scenario: string;
  readonly plan: LoadPlan;
  readonly tokens: TokenPlan;
  onTick(process: number, tick: LoadTick): void;
}

export interface Crew {
  /** Lets all begin. @returns when, in milliseconds since the epoch */
  go(): number;
  /** Ends the run early. */
  stop(): void;
  /** When all have ended. @throws LoadRunError `process_died` */
  readonly ended: Promise<{ readonly unfinished: number }>;
  /** Ends what still runs. */
  close(): void;
}

interface Member {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly done: Promise<number>;
}

/** @throws LoadRunError `scenario_invalid` or `process_died` */
export async function startCrew({ scenario, plan, tokens, onTick }: CrewOptions): Promise<Crew> {
  const members = Array.from({ length: plan.processes }, (_, process) =>
    member(process, { begin: { scenario, plan, process, tokens } }, onTick),
  );
  const close = () => {
    for (const { child } of members) child.kill("SIGKILL");
  };
  const tell = (message: ToLoadProcess) => {
    for (const { child } of members) if (child.connected) child.send(message);
  };
  const ended = Promise.all(members.map(({ done }) => done)).then((counts) => ({
    unfinished: counts.reduce((sum, count) => sum + count, 0),
  }));
  // Told where it is waited for.
  ended.catch(() => undefined);
  let limit: NodeJS.Timeout | undefined;
  const killAfter = (ms: number) => {
    clearTimeout(limit);
    limit = setTimeout(close, ms);
    limit.unref();
  };
  killAfter(READY_MS);
  try {
    await Promise.all(members.map(({ ready }) => ready));
  } catch (thrown) {
    close();
    throw thrown;
  }
  return {
    ended,
    go() {
      const at = Date.now() + HEAD_START_MS;
      tell({ go: at });
      killAfter(HEAD_START_MS + plan.rampMs + plan.durationMs + END_MS);
      return at;
    },
    stop() {
      tell({ stop: true });
      killAfter(END_MS);
    },
    close() {
      clearTimeout(limit);
      for (const { child } of members) if (child.connected) child.disconnect();
      // A scenario may keep a process from ending.
      setTimeout(close, 2_000).unref();
    },
  };
}

function member(number: number, begin: ToLoadProcess, onTick: CrewOptions["onTick"]): Member {
  const child = fork(SCRIPT, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const died = (why: string) =>
    new LoadRunError("process_died", `load process ${number + 1} of this run ended before its time: ${why}`);
  let isReady = () => {};
  let fail: (error: Error) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    fail = reject;
  });
  const done = new Promise<number>((resolve, reject) => {
    child.on("message", (message: FromLoadProcess) => {
      if ("ready" in message) isReady();
      else if ("tick" in message) onTick(number, message.tick);
      else if ("done" in message) resolve(message.done.unfinished);
      else {
        const error = new LoadRunError("scenario_invalid", message.failed);
        fail(error);
        reject(error);
      }
    });
    child.once("error", (error) => {
      fail(died(error.message));
      reject(died(error.message));
    });
    child.once("exit", (code, signal) => {
      const error = died(signal === null ? `code ${code}` : `signal ${signal}`);
      fail(error);
      reject(error);
    });
  });
  done.catch(() => undefined);
  ready.catch(() => undefined);
  child.send(begin);
  return { child, ready, done };
}
