/**
 * A list of changes that every worker knows: entries of one stream, written with the changes themselves or by an outbox. Notices are
 * hints. A notice that does not continue where this worker stands makes it read the stream, and so does a poll every second, so stale
 * data lives about a second.
 *
 * Streams that connections follow are apart (`ports/live`): there are thousands of them, each with an audience and with cursors of its own.
 */
import { every } from "../async.ts";
import type { Log } from "../ports/log.ts";
import type { StreamKey } from "../ports/store/keys.ts";
import type { Store } from "../ports/store/store.ts";
import {
  renewedAt,
  type StreamNotice,
  type StreamPage,
  type StreamPosition,
} from "../ports/store/streams.ts";

const PAGE = 500;
/** How often the stream is read without a notice. */
const POLL_MS = 1_000;

export interface ChangeFeed<E> {
  readonly store: Pick<Store, "streams" | "onHealth">;
  readonly log: Log;
  readonly key: StreamKey<E>;
}

export interface ChangeListener<E> {
  /** Each change, in order. Must not throw. */
  heard(change: E): void;
  /**
   * Changes are gone that this worker has not heard. Must not throw.
   * @param oldest the first change after those that are gone, where the stream still holds it
   */
  lost?(oldest: E | undefined): void;
}

export interface Replaying {
  /** Reads the stream now, for a change that this worker has just written. */
  look(): void;
  close(): void;
}

/**
 * Follows the changes from now on. A listener that has `lost` some reads anew what it derived from them.
 * @returns a function that ends it
 * @throws GameError `unavailable` where it can't begin now
 */
export async function followChanges<E>(
  feed: ChangeFeed<E>,
  listener: ChangeListener<E>,
): Promise<() => void> {
  const reader = new FeedReader(feed, listener, false);
  await reader.begin();
  return () => reader.close();
}

/**
 * Follows all changes that the stream holds, then those that come; for a listener whose state is the sum of them. It begins as soon as
 * the store is there. Where the stream is another, or has lost some, the listener hears all that it holds once more.
 */
export function replayChanges<E>(feed: ChangeFeed<E>, listener: ChangeListener<E>): Replaying {
  const reader = new FeedReader(feed, listener, true);
  reader.look();
  return reader;
}

class FeedReader<E> implements Replaying {
  readonly #feed: ChangeFeed<E>;
  readonly #listener: ChangeListener<E>;
  readonly #replays: boolean;
  readonly #endPolling: () => void;
  readonly #endHealth: () => void;
  #unsubscribe: (() => void) | undefined;
  /** Undefined: what this worker has heard says nothing about the stream. */
  #at: StreamPosition | undefined;
  #isReading = false;
  /** A notice came during a read, which may not have seen its entry. */
  #isBehind = false;
  #isFailing = false;
  #isClosed = false;

  constructor(feed: ChangeFeed<E>, listener: ChangeListener<E>, replays: boolean) {
    this.#feed = feed;
    this.#listener = listener;
    this.#replays = replays;
    this.#endPolling = every(
      POLL_MS,
      () => this.look(),
      () => undefined,
    );
    // A store that was away may be without changes that were heard, and have others in their place.
    this.#endHealth = feed.store.onHealth(({ ok }) => {
      if (!ok || feed.store.streams.renew === undefined) return;
      this.#at = undefined;
      this.look();
    });
  }

  /** From the end of the stream on. */
  async begin(): Promise<void> {
    this.#isReading = true;
    try {
      await this.#subscribe();
      [this.#at] = await this.#feed.store.streams.positions([this.#feed.key]);
    } catch (err) {
      this.close();
      throw err;
    } finally {
      this.#readDone();
    }
  }

  look(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    this.#catchUp()
      .then(
        () => {
          this.#isFailing = false;
        },
        (err: unknown) => this.#failed(err),
      )
      .finally(() => this.#readDone());
  }

  #readDone(): void {
    this.#isReading = false;
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.look();
  }

  close(): void {
    this.#isClosed = true;
    this.#endPolling();
    this.#endHealth();
    this.#unsubscribe?.();
  }

  #failed(err: unknown): void {
    if (this.#isFailing || this.#isClosed) return;
    this.#isFailing = true;
    this.#feed.log.warn(
      { err, stream: this.#feed.key.name },
      "a stream of changes cannot be read; tried each second",
    );
  }

  async #subscribe(): Promise<void> {
    if (this.#unsubscribe) return;
    const { store, key } = this.#feed;
    const unsubscribe = await store.streams.subscribe(key, (notice) => this.#notice(notice));
    if (this.#isClosed) unsubscribe();
    else this.#unsubscribe = unsubscribe;
  }

  #notice({ epoch, offset, entry }: StreamNotice<E>): void {
    if (this.#isClosed) return;
    if (this.#isReading) {
      this.#isBehind = true;
      return;
    }
    const isNext = epoch === this.#at?.epoch && offset === this.#at.offset + 1;
    if (!isNext) {
      this.look();
      return;
    }
    this.#at = { epoch, offset };
    this.#listener.heard(entry);
  }

  async #catchUp(): Promise<void> {
    await this.#subscribe();
    for (;;) {
      const before = this.#at;
      const page = await this.#feed.store.streams.read(this.#feed.key, {
        after: before?.offset ?? 0,
        limit: PAGE,
      });
      if (this.#isClosed) return;
      // The store came back while this was read.
      if (this.#at !== before) continue;
      if (before === undefined || page.epoch !== before.epoch || page.offset < before.offset) {
        this.#restart(page, before);
        continue;
      }
      const last = page.entries.at(-1);
      if (last === undefined) return;
      if (page.first > before.offset + 1) this.#listener.lost?.(page.entries[0]?.entry);
      this.#at = { epoch: page.epoch, offset: last.offset };
      for (const { entry } of page.entries) this.#listener.heard(entry);
    }
  }

  /** What was heard is no part of the stream any more, or nothing was heard yet. */
  #restart({ epoch, offset }: StreamPage<E>, before: StreamPosition | undefined): void {
    if (this.#replays) {
      this.#at = { epoch, offset: 0 };
      return;
    }
    // The listener reads anew what it needs, so only later changes matter: those of a new epoch from its beginning on.
    const isNew = before !== undefined && epoch !== before.epoch;
    this.#at = { epoch, offset: isNew ? renewedAt(epoch) : offset };
    this.#listener.lost?.(undefined);
  }
}
