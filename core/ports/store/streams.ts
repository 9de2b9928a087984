import type { StreamKey } from "./keys.ts";

/** A place in a stream. Offsets start at 1 and have no gaps within an epoch; offset 0 is 'before the first'. */
export interface StreamPosition {
  /**
   * Changes when the stream's past is gone: it was forgotten, the store came back empty, or without entries that it had told (`renew`).
   * A renewed one is `<first epoch>.<random>~<offset at which it was renewed>`.
   */
  readonly epoch: string;
  readonly offset: number;
}

/** @param fresh what makes the new epoch another */
export const renewedEpoch = ({ epoch, offset }: StreamPosition, fresh: string): string =>
  `${firstEpoch(epoch)}.${fresh}~${offset}`;

/** Where a renewed epoch began; 0 for one that began with its stream. */
export const renewedAt = (epoch: string): number => Number(/~(\d+)$/.exec(epoch)?.[1] ?? 0);

/**
 * Whether two epochs are of one stream, which may have been renewed in between. For what is kept beside a stream in its own
 * partition, and so was lost with its entries; cursors of others are good in the same epoch only.
 */
export const sameStream = (one: string, other: string): boolean => firstEpoch(one) === firstEpoch(other);

/** The name that a stream has begun with. */
export const firstEpoch = (epoch: string): string => /^[^.~]*/.exec(epoch)?.[0] ?? "";

export interface StreamEntry<E> {
  readonly offset: number;
  readonly entry: E;
}

export interface StreamPage<E> {
  readonly epoch: string;
  /** Of the newest entry, whether it is in this page or not; 0 for none yet. */
  readonly offset: number;
  /** Of the oldest entry still kept; `offset + 1` where none is kept. */
  readonly first: number;
  /** Ascending by offset. */
  readonly entries: readonly StreamEntry<E>[];
  /** What the entries count: their JSON in bytes, and `ITEM_BYTES` for each. Absent where there are none. */
  readonly bytes?: number;
}

export interface StreamRange {
  /** Exclusive, as `before`. */
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  /** The page ends before the entry that would make it larger. Default `PAGE_BYTES`, at most `MAX_PAGE_BYTES`. */
  readonly maxBytes?: number;
}

/** The tags of some entries, by offset. An entry that was appended without one, or by an older server, is not among them. */
export interface StreamTags {
  readonly epoch: string;
  readonly offset: number;
  readonly first: number;
  readonly tags: ReadonlyMap<number, string>;
}

/** What a stream keeps where nothing is said of bytes. */
export const STREAM_BYTES = 64 * 2 ** 20;

/** What a stream keeps; what is older is trimmed. */
export interface StreamRetention {
  /** Entries. */
  readonly maxLength: number;
  /** About so many bytes of them, and at least the newest entry. Default: `STREAM_BYTES`. */
  readonly maxBytes?: number;
  /** The stream is forgotten this long after its last entry, and then has a new epoch. */
  readonly ttlMs: number;
}

export interface AppendOptions extends StreamRetention {
  /** What the entry is a part of, for those who hear of it: a `traceparent` of W3C Trace Context. Not kept. */
  readonly trace?: string;
  /** Names the command (with the user in it); the same again within 5 minutes appends nothing. */
  readonly idempotencyKey?: string;
}

export interface Appended<E> extends StreamPosition {
  readonly duplicate: boolean;
  /** The entry at `offset`: of a duplicate, the first one's (undefined where it was trimmed since). */
  readonly entry: E | undefined;
}

/** An entry as a worker hears of it. A hint: it can be missing, late or twice; the stream is the truth. */
export interface StreamNotice<E> extends StreamPosition {
  readonly entry: E;
  /** As it was appended. */
  readonly trace?: string;
}

/**
 * Ordered streams, shared by all workers.
 * - An entry, its offset and the notice of it to the workers come about in one atomic step, durable once it has resolved.
 * - A stream that was never written has an epoch from its first read on.
 * - Reading past the end gives no entries; what was trimmed shows in `first`.
 */
export interface Streams {
  append<E>(key: StreamKey<E>, entry: E, options: AppendOptions): Promise<Appended<E>>;
  /**
   * A page, bounded by count and by bytes. It begins after `after`; with `before` alone it ends with the newest entry below that.
   * Where there is any entry in the range, the page has at least one, however large: so whoever reads on comes to the end.
   */
  read<E>(key: StreamKey<E>, range: StreamRange): Promise<StreamPage<E>>;
  /**
   * The entries at some offsets, undefined for those that are not kept (any more): as a change that is made now would find them, so
   * perhaps not durable yet.
   */
  at<E>(
    key: StreamKey<E>,
    offsets: readonly number[],
  ): Promise<{ readonly epoch: string; readonly entries: readonly (E | undefined)[] }>;
  /** What the key's `tagOf` said of the entries after an offset, `limit` of them at most; the entries themselves are not read. */
  tags(
    key: StreamKey<unknown>,
    range: { readonly after: number; readonly limit: number },
  ): Promise<StreamTags>;
  /**
   * Where each stream ends, for finding what a notice did not tell; undefined for one that can't be reached now.
   * @throws GameError `unavailable` where none can be
   */
  positions(keys: readonly StreamKey<unknown>[]): Promise<(StreamPosition | undefined)[]>;
  /**
   * Gives the stream a new epoch if it still has this one: for a stream that was seen to have lost entries, so that no cursor of
   * its other past is taken for one of this. Its entries stay. Absent where the store cannot lose what it has told.
   */
  renew?(key: StreamKey<unknown>, epoch: string): Promise<StreamPosition>;
  /**
   * Calls `listener` for each notice from now on, at the latest when the promise has resolved. The listener must not throw.
   * @returns a function that ends it
   */
  subscribe<E>(key: StreamKey<E>, listener: (notice: StreamNotice<E>) => void): Promise<() => void>;
}
