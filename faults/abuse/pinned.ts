/**
 * Who measures must not compete with who attacks: workers, their Redis and bystanders run on the first core, the attackers (this process
 * and its threads) on the others.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

const pin = (cores: string, pid: number): boolean =>
  spawnSync("taskset", ["-apc", cores, String(pid)], { stdio: "ignore" }).status === 0;

/** @returns false where the machine has one core, or no `taskset`: then all share what there is */
export function pinApart(served: readonly (number | undefined)[]): boolean {
  const last = cpus().length - 1;
  if (last < 1 || !pin(`1-${last}`, process.pid)) return false;
  return served.every((pid) => pid === undefined || pin("0", pid));
}

/** This process runs everywhere again. */
export function unpin(): void {
  pin(`0-${cpus().length - 1}`, process.pid);
}
