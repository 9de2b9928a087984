/** Removes what has expired as fast as it expires, a little at a time. */
import { setTimeout as delay } from "node:timers/promises";
import type { Kv } from "./kv.ts";

/** The event loop is kept for so long at a time; then others have their turn. */
const SLICE_MS = 2;
/** After a slice nothing is swept for so many times as long as it took: at most a quarter of the time is spent with it. */
const REST = 3;

/**
 * Removes some of what is due.
 * @param isOver asked between two removals, of which there is at least one: then it is time to stop
 * @returns whether there can be more: it was stopped, or what it has removed can make others due
 */
export type Portion = (isOver: () => boolean) => boolean;

/**
 * Goes on until nothing is due any more. Each slice waits for the disk, so that what is removed never fills up the queue of commands.
 * @param isStopped asked after each slice
 */
export async function sweepAll(
  kv: Pick<Kv, "durable">,
  portions: readonly Portion[],
  isStopped: () => boolean = () => false,
): Promise<void> {
  for (let first = 0; ; first++) {
    const since = performance.now();
    const isOver = () => performance.now() - since >= SLICE_MS;
    let more = false;
    // Each in its turn is the first, so that none waits for another that never comes to its end.
    for (let at = 0; at < portions.length; at++)
      more = portions[(first + at) % portions.length]?.(isOver) || more;
    const tookMs = performance.now() - since;
    await kv.durable();
    if (!more || isStopped()) return;
    const restedMs = performance.now() - since - tookMs;
    await delay(Math.max(0, REST * tookMs - restedMs));
  }
}
