/** How long tickets of a mode wait: an average of those matched lately, shared by all workers. */
import { put } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import type { Context } from "../context.ts";
import { type Estimate, keys, PARTITION } from "../store.ts";

/** What happened this long ago counts half. */
const HALF_LIFE_MS = 5 * 60_000;
/** By then next to nothing of it counts. */
const KEPT_MS = 24 * 3_600_000;
/** What is told before anything has happened; it counts as one ticket, so that it fades as others come. */
const FIRST_MS = 30_000;

/** The estimate after some more waits. Pure. */
export function averaged(before: Estimate | undefined, waitsMs: readonly number[], now: number): Estimate {
  const faded = before ? 0.5 ** (Math.max(0, now - before.at) / HALF_LIFE_MS) : 0;
  return {
    tickets: (before?.tickets ?? 0) * faded + waitsMs.length,
    waitedMs: (before?.waitedMs ?? 0) * faded + waitsMs.reduce((sum, wait) => sum + wait, 0),
    at: now,
  };
}

/** What a newcomer is told; without news it goes back to what is told at first. Pure. */
export function expectedMs(estimate: Estimate | undefined, now: number): number {
  const { tickets, waitedMs } = averaged(estimate, [], now);
  return (waitedMs + FIRST_MS) / (tickets + 1);
}

/** Takes in how long some tickets waited. Where another change comes between, these are left out: it is an estimate. */
export async function learn(
  context: Context,
  mode: string,
  waitsMs: readonly number[],
  lease: Lease,
): Promise<void> {
  const { store } = context.services;
  const { documents } = store;
  const before = await documents.load(keys.estimate(mode));
  await documents.commit({
    partition: PARTITION,
    documents: [
      put(keys.estimate(mode), before?.version ?? 0, averaged(before?.state, waitsMs, store.now()), KEPT_MS),
    ],
    fence: { name: lease.name, token: lease.token },
  });
}
