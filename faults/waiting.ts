/** Waiting for what must become true, with a limit. */
import { setTimeout as delay } from "node:timers/promises";

/** @returns how long it took in milliseconds. @throws Error that names what was waited for */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`after ${withinMs} ms still not: ${what}`);
    await delay(20);
  }
  return performance.now() - startedAt;
}
