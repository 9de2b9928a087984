/**
 * Listeners that only look on, as the dashboard's and the metrics' do. Sockets, engine and adapters call them in the middle of their own
 * work, on what clients have sent: what such a listener throws would end that work, or the process.
 */
import type { Log } from "../../core/ports/log.ts";

/** A listener that fails again and again is logged this often; failures between two lines are counted. */
const LOGGED_EVERY_MS = 10_000;

export type Guard = <A extends unknown[]>(listener: (...args: A) => void) => (...args: A) => void;

/** @param what the name of the listener, for the log */
export function createGuard(log: Log, what: string): Guard {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let untold = 0;

  function logFailure(err: unknown): void {
    const now = performance.now();
    untold++;
    if (now - loggedAt < LOGGED_EVERY_MS) return;
    loggedAt = now;
    log.error({ err, times: untold }, `${what}: a listener failed; what it looked on at goes on`);
    untold = 0;
  }

  return (listener) =>
    (...args) => {
      try {
        listener(...args);
      } catch (err) {
        logFailure(err);
      }
    };
}
