/**
 * Who may be in another party now, told to every worker: an entry of a stream, written with the change itself. A notice that was
 * missed is found by looking at the stream, so that nobody stays in a party's chat for longer than a moment.
 */
import type { UserId } from "../../core/ids.ts";
import { append, type StreamAppend } from "../../core/ports/documents.ts";
import { streamKey } from "../../core/ports/keys.ts";
import type { Log } from "../../core/ports/log.ts";
import type { StreamNotice, StreamPosition, Streams } from "../../core/ports/streams.ts";
import { PARTITION } from "./stored.ts";

interface PartyChange {
  readonly users: readonly UserId[];
}

const key = streamKey<PartyChange>(PARTITION, "party-changes");
/** Of far more than a worker misses while it can't reach the store. */
const KEEP = { maxLength: 5_000, ttlMs: 24 * 3_600_000 };
const PAGE = 500;
/** How often the stream is looked at without a notice. */
const LOOK_MS = 1_000;

/** Goes into the change. */
export const partyChanged = (users: readonly UserId[]): StreamAppend => append(key, { users }, KEEP);

/** Calls the listener for each user of each change from now on. @returns a function that ends it */
export async function onPartyChange(
  streams: Streams,
  log: Log,
  listener: (user: UserId) => void,
): Promise<() => void> {
  let at: StreamPosition | undefined;
  let looking = false;
  let ended = false;

  const unsubscribe = await streams.subscribe(key, hear);
  try {
    [at] = await streams.positions([key]);
  } catch (err) {
    unsubscribe();
    throw err;
  }
  const interval = setInterval(look, LOOK_MS);
  interval.unref();
  return () => {
    ended = true;
    clearInterval(interval);
    unsubscribe();
  };

  function hear({ epoch, offset, entry }: StreamNotice<PartyChange>): void {
    if (!at || ended) return;
    const next = !looking && epoch === at.epoch && offset === at.offset + 1;
    if (!next) {
      look();
      return;
    }
    at = { epoch, offset };
    for (const user of entry.users) listener(user);
  }

  function look(): void {
    if (looking || ended) return;
    looking = true;
    catchUp()
      .catch((err: unknown) => log.debug({ err }, "changes of parties could not be read; tried again"))
      .finally(() => {
        looking = false;
      });
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const page = await streams.read(key, { after: at?.offset ?? 0, limit: PAGE });
      if (ended) return;
      if (page.epoch !== at?.epoch) {
        const again = at !== undefined;
        at = { epoch: page.epoch, offset: 0 };
        if (again) continue;
      }
      const last = page.entries.at(-1);
      if (!last) return;
      at = { epoch: page.epoch, offset: last.offset };
      for (const { entry } of page.entries) for (const user of entry.users) listener(user);
    }
  }
}
