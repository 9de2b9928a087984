/** Waiting for a state that no event tells of. */
import { setTimeout as delay } from "node:timers/promises";
import { WAIT_MS } from "./patience.ts";

const LOOK_MS = 10;

/**
 * Asks until it holds; an error counts as 'not yet'.
 * @param what that is waited for, for the message
 * @throws Error after 20 s
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    if (
      await Promise.resolve()
        .then(holds)
        .catch(() => false)
    )
      return;
    if (performance.now() > end) throw new Error(`not within ${WAIT_MS} ms: ${what}`);
    await delay(LOOK_MS);
  }
}
