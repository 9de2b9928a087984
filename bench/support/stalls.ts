/** How long a server's event loop stood still, and why: by its own work, or because other processes had its core. */
import { readFileSync } from "node:fs";

const LOOK_MS = 5;

export interface Stalls {
  /** Since the start: longer than the bound, though it had a core. */
  readonly own: number;
  readonly longestOwnMs: number;
  /** The same, where it would have been shorter with a core. */
  readonly starved: number;
  /** Time in which it could have run and had no core. */
  readonly waitedMs: number;
}

/** Linux tells how long the main thread has waited for a core, in nanoseconds. @returns undefined elsewhere */
function waitedNow(): number | undefined {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Watches from here on. @param boundMs what counts as a stall */
export function watchStalls(boundMs: number): () => Stalls {
  let [own, longestOwnMs, starved] = [0, 0, 0];
  const first = waitedNow() ?? 0;
  let [at, waited] = [performance.now(), first];
  const timer = setInterval(() => {
    const [now, waitedTillNow] = [performance.now(), waitedNow() ?? 0];
    const worked = now - at - (waitedTillNow - waited);
    if (worked > boundMs) own++;
    else if (now - at > boundMs) starved++;
    longestOwnMs = Math.max(longestOwnMs, worked);
    [at, waited] = [now, waitedTillNow];
  }, LOOK_MS);
  timer.unref();
  return () => {
    const longest = longestOwnMs;
    longestOwnMs = 0;
    return { own, longestOwnMs: longest, starved, waitedMs: (waitedNow() ?? 0) - first };
  };
}
