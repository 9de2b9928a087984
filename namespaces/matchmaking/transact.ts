/** Read several documents, decide, commit all that follows at once; again where another was faster. */
import { GameError } from "../../core/errors.ts";
import type { Change, Documents } from "../../core/ports/documents.ts";
import { PARTITION } from "./stored.ts";

/** How often a command starts over when others change the same documents at the same time. */
const TRIES = 20;

export interface Decision<R> {
  readonly result: R;
  /** Left out: nothing changes. */
  readonly change?: Omit<Change, "partition">;
}

/** What was read is not of one moment: read again. */
export const AGAIN = Symbol("again");

/**
 * @param decide pure; throws GameError to refuse
 * @returns the result, and whether this call changed anything: a repeat of a command with an idempotency id gets the first
 * one's result
 * @throws GameError `unavailable` after too many conflicts, `conflict` where a fence refused the change
 */
export async function transact<S, R>(
  documents: Documents,
  read: () => Promise<S>,
  decide: (seen: S) => Decision<R> | typeof AGAIN,
): Promise<{ readonly result: R; readonly committed: boolean }> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const decision = decide(await read());
    if (decision === AGAIN) continue;
    if (!decision.change) return { result: decision.result, committed: false };
    const done = await documents.commit({ ...decision.change, partition: PARTITION });
    if (done.outcome === "committed") return { result: decision.result, committed: true };
    if (done.outcome === "duplicate") return { result: done.result as R, committed: false };
    if (done.outcome === "fenced") throw new GameError("conflict");
    if (done.outcome === "full")
      throw new GameError("server_full", { message: "there are as many as there may be, try again later" });
  }
  throw new GameError("unavailable", { message: "too many changes at the same time, try again" });
}
