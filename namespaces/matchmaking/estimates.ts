/** How long tickets of a mode wait: a moving average of those that were matched, shared by all workers. */

import { put } from "../../core/ports/documents.ts";
import type { Lease } from "../../core/ports/leases.ts";
import type { Context } from "./context.ts";
import { type Estimate, keys, PARTITION } from "./stored.ts";

/** How much one more ticket moves the average. */
const WEIGHT = 0.1;

export const averaged = (before: Estimate | undefined, waitsMs: readonly number[]): Estimate | undefined => {
  let average = before?.averageMs;
  for (const wait of waitsMs) average = average === undefined ? wait : average + WEIGHT * (wait - average);
  return average === undefined ? undefined : { averageMs: average };
};

/** Takes in how long some tickets waited. Where another change comes between, these are left out: it is an estimate. */
export async function learn(
  context: Context,
  mode: string,
  waitsMs: readonly number[],
  lease: Lease,
): Promise<void> {
  const { documents } = context.services.store;
  const before = await documents.load(keys.estimate(mode));
  const next = averaged(before?.state, waitsMs);
  if (!next) return;
  await documents.commit({
    partition: PARTITION,
    documents: [put(keys.estimate(mode), before?.version ?? 0, next)],
    fence: { name: lease.name, token: lease.token },
  });
}
