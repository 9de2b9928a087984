/**
 * Tells the server's part of a delay from the machine's. The event loops of workers have the first core; their other threads (garbage
 * collection, the store's writer) run where there is room, as they do in production. Redis, bystanders and attackers share the other
 * cores, where attackers (this process and its threads) run only while nobody else wants to (SCHED_IDLE). So a bystander that waits
 * longer waits for the server. Needs `taskset` and `chrt` of util-linux, and a privileged user where the machine has other
 * work to do.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, setPriority } from "node:os";

/** Of workers and bystanders, where the system allows it: before whoever else has something to do on their core. */
const BEFORE_OTHERS = -5;

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;
const pin = (cores: string, pid: number): boolean => runs("taskset", "-apc", cores, String(pid));
/** The event loop of a process; its helper threads stay where they are. */
const pinLoop = (cores: string, pid: number): boolean => runs("taskset", "-pc", cores, String(pid));

/** Whether a process that has become idle may become an ordinary one again: it may not without the right to raise priorities. */
const mayBeIdle = (): boolean => runs("sh", "-c", "chrt --idle --pid 0 $$ && chrt --other --pid 0 $$");

export interface Apart {
  readonly workers: readonly number[];
  readonly bystanders: number | undefined;
  /** Redis: on the load's side, for in production it is a machine of its own. */
  readonly others: readonly (number | undefined)[];
}

/** @returns what could not be had here, each as one line; nothing: all is apart */
export function setApart({ workers, bystanders, others }: Apart): string[] {
  const last = cpus().length - 1;
  const rest = `1-${last}`;
  if (last < 1) return ["one core: attackers, bystanders and workers share it"];
  if (!pin(rest, process.pid)) return ["no taskset: attackers, bystanders and workers share their cores"];
  const lacking: string[] = [];
  const beside = [bystanders, ...others].filter((pid) => pid !== undefined);
  if (!workers.every((pid) => pinLoop("0", pid)) || !beside.every((pid) => pin(rest, pid)))
    lacking.push("some processes could not be pinned to their core");
  if (!mayBeIdle() || !runs("chrt", "--all-tasks", "--idle", "--pid", "0", String(process.pid)))
    lacking.push("attackers are no idle processes (chrt): bystanders share their core with them");
  if (![...workers, bystanders].every((pid) => pid === undefined || isBefore(pid)))
    lacking.push("no right to raise priorities: other work on this machine counts as the server's");
  return lacking;
}

/** Puts all threads of a process before other work on its core. @returns false where only a privileged process may */
function isBefore(pid: number): boolean {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), BEFORE_OTHERS);
  } catch {
    return false;
  }
  // Linux weighs sessions before it weighs the processes of one: these have sessions of their own.
  const session = `/proc/${pid}/autogroup`;
  if (!existsSync(session)) return true;
  raised.set(session, Number(/nice (-?\d+)/.exec(readFileSync(session, "utf8"))?.[1] ?? 0));
  return isWritten(session, BEFORE_OTHERS);
}

/** Sessions that are before others, with what they had. */
const raised = new Map<string, number>();

function isWritten(session: string, nice: number): boolean {
  try {
    writeFileSync(session, String(nice));
    return true;
  } catch {
    return false;
  }
}

/** This process runs everywhere again, and as any other. */
export function setTogether(): void {
  pin(`0-${cpus().length - 1}`, process.pid);
  runs("chrt", "--all-tasks", "--other", "--pid", "0", String(process.pid));
  // A process that has ended since has no file any more.
  for (const [session, nice] of raised) isWritten(session, nice);
  raised.clear();
}
