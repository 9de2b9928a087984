/**
 * A list of changes that every worker hears of: entries of one stream, written with the changes themselves or by an outbox. A notice
 * that was missed is found by looking at the stream every second, so that nobody holds for longer what is no longer so.
 */

import { every, singleFlight } from "../async.ts";
import type { Log } from "../ports/log.ts";
import type { StreamKey } from "../ports/store/keys.ts";
import type { Store } from "../ports/store/store.ts";
import { renewedAt, type StreamNotice, type StreamPosition } from "../ports/store/streams.ts";

const PAGE = 500;
/** How often the stream is looked at without a notice. */
const LOOK_MS = 1_000;

export interface ChangeListener<E> {
  /** Each change from now on, in order. Must not throw. */
  heard(change: E): void;
  /** Changes are gone that this worker has not heard of: anything may have changed. Must not throw. */
  lost?(): void;
}

/** @returns a function that ends it; throws `unavailable` where it can't begin now */
export async function followChanges<E>(
  {
    store,
    log,
    key,
  }: { readonly store: Pick<Store, "streams" | "onHealth">; readonly log: Log; readonly key: StreamKey<E> },
  listener: ChangeListener<E>,
): Promise<() => void> {
  const { streams } = store;
  let at: StreamPosition | undefined;
  let ended = false;

  /** Hears what the stream has beyond the last change heard. */
  const catchUp = singleFlight(readOn);
  const unsubscribe = await streams.subscribe(key, hear);
  try {
    [at] = await streams.positions([key]);
  } catch (err) {
    unsubscribe();
    throw err;
  }
  const endLooking = every(LOOK_MS, look, () => undefined);
  // A store that was away may be without changes that were heard, and have others in their place.
  const endHealth = store.onHealth(({ ok }) => {
    if (!ok || ended || streams.renew === undefined) return;
    at = undefined;
    look();
  });
  return () => {
    ended = true;
    endHealth();
    endLooking();
    unsubscribe();
  };

  function hear({ epoch, offset, entry }: StreamNotice<E>): void {
    if (ended) return;
    const next = !catchUp.isRunning && at !== undefined && epoch === at.epoch && offset === at.offset + 1;
    if (!next) {
      look();
      return;
    }
    at = { epoch, offset };
    listener.heard(entry);
  }

  function look(): void {
    if (catchUp.isRunning || ended) return;
    catchUp().catch((err: unknown) =>
      log.debug({ err, stream: key.name }, "changes could not be read; tried again"),
    );
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const page = await streams.read(key, { after: at?.offset ?? 0, limit: PAGE });
      if (ended) return;
      if (page.epoch !== at?.epoch || page.offset < at.offset) {
        // All is to be read anew by who listens, so that only what comes from here on is of interest.
        at = { epoch: page.epoch, offset: at === undefined ? page.offset : begins(page, at) };
        listener.lost?.();
        continue;
      }
      const last = page.entries.at(-1);
      if (!last) return;
      if (page.first > at.offset + 1) listener.lost?.();
      at = { epoch: page.epoch, offset: last.offset };
      for (const { entry } of page.entries) listener.heard(entry);
    }
  }
}

/** Where a stream goes on of which something is gone: behind what it had before, and with a new one at its beginning. */
const begins = ({ epoch, offset }: StreamPosition, before: StreamPosition): number =>
  epoch === before.epoch ? offset : renewedAt(epoch);
