/**
 * Keeps what is written in one partition true to what is so in another. No commit spans two partitions, so the change of the first brings
 * an outbox entry (a deadline due at once), and its handler compares: it looks at the truth, mends what differs, and looks again. It
 * repeats no intention, so it may run late, twice, or beside another: whoever looks last has seen the last truth.
 */
import { AGAIN, untilDone } from "./transact.ts";

export interface Comparison<S> {
  /** The truth as it is now. */
  look(): Promise<S>;
  /** Names what was seen: the same text means that nothing has changed. */
  nameOf(seen: S): string;
  /** Writes what differs from what was seen. @returns whether there was anything to write */
  mend(seen: S): Promise<boolean>;
}

/** @throws GameError `unavailable` where the truth does not stand still for seconds, and what `look` and `mend` throw */
export async function reconcile<S>({ look, nameOf, mend }: Comparison<S>): Promise<S> {
  let seen = await look();
  return untilDone(async () => {
    if (!(await mend(seen))) return seen;
    const before = seen;
    seen = await look();
    return nameOf(seen) === nameOf(before) ? seen : AGAIN;
  });
}
