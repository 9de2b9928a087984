/**
 * Who may be in another party now, told to every worker: an entry of a stream, written with the change itself. A notice that was
 * missed is found by looking at the stream, so that nobody stays in a party's chat for longer than a moment.
 */
import { followChanges } from "../../core/consistency/change-feed.ts";
import type { UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { append, type StreamAppend } from "../../core/ports/store/documents.ts";
import { streamKey } from "../../core/ports/store/keys.ts";
import { PARTITION } from "./store.ts";

interface PartyChange {
  readonly users: readonly UserId[];
}

const key = streamKey<PartyChange>(PARTITION, "party-changes");
/** Of far more than a worker misses while it can't reach the store. */
const KEEP = { maxLength: 5_000, ttlMs: 24 * 3_600_000 };

/** Goes into the change. */
export const partyChanged = (users: readonly UserId[]): StreamAppend => append(key, { users }, KEEP);

/** Calls the listener for each user of each change from now on. @returns a function that ends it */
export const onPartyChange = (
  { store, log }: Pick<Services, "store" | "log">,
  listener: (user: UserId) => void,
  lost?: () => void,
): Promise<() => void> =>
  followChanges(
    { store, log, key },
    {
      heard({ users }) {
        for (const user of users) listener(user);
      },
      ...(lost && { lost }),
    },
  );
