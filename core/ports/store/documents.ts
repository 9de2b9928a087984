import type { DeadlineChange } from "./deadlines.ts";
import type { DocumentKey, IndexKey, Partition, StreamKey } from "./keys.ts";
import type { StreamPosition, StreamRetention } from "./streams.ts";

export interface Versioned<T> {
  /** Grows with each change, and is never given again to the same name, not even after a removal. 0 is 'absent'. */
  readonly version: number;
  readonly state: T;
}

/** Replaces the document if it still has `expected` (0: if it is absent). `null` removes it. */
export interface DocumentWrite {
  readonly name: string;
  readonly expected: number;
  readonly state: unknown | null;
  /** Forgotten this long after the write; left out: kept. */
  readonly ttlMs?: number;
}

export interface StreamAppend extends StreamRetention {
  readonly name: string;
  readonly entry: unknown;
  /** What the key's `tagOf` says of the entry. */
  readonly tag?: string;
}

/** Puts another entry in the place of one that is kept, with the same offset and tag. Nobody is told: an entry of its own can tell. */
export interface StreamReplacement {
  readonly name: string;
  /** As they were read. Where the stream has another epoch, or another entry there, or keeps it no longer, the change is a conflict. */
  readonly epoch: string;
  readonly offset: number;
  /** Without binary values. */
  readonly expected: unknown;
  readonly entry: unknown;
}

/** Puts a member with its score and value, or removes it (`score: null`). */
export interface IndexWrite {
  readonly name: string;
  readonly member: string;
  readonly score: number | null;
  readonly value?: unknown;
  /** A new member is refused, and the change with it, where the index has so many. What the same change removes counts still. */
  readonly max?: number;
}

/** What one command changes: all of it or nothing, in one partition. */
export interface Change {
  readonly partition: Partition;
  readonly documents?: readonly DocumentWrite[];
  /** Documents that are only read, and must still have these versions. */
  readonly unchanged?: readonly { readonly name: string; readonly expected: number }[];
  readonly replace?: readonly StreamReplacement[];
  readonly append?: readonly StreamAppend[];
  readonly index?: readonly IndexWrite[];
  readonly deadlines?: readonly DeadlineChange[];
  /** The command's idempotency id (with the user in it) and the result to give again. Kept for `ttlMs`. */
  readonly once?: { readonly id: string; readonly result: unknown; readonly ttlMs: number };
  /** The lease, of this partition, that the writer holds. A later holder's token refuses this change. */
  readonly fence?: { readonly name: string; readonly token: number };
  /** As in `AppendOptions`. */
  readonly trace?: string;
}

export type Committed =
  | {
      readonly outcome: "committed";
      readonly positions: readonly StreamPosition[];
      readonly versions: readonly number[];
    }
  /** A version was another; nothing was changed. Load again and decide again. */
  | { readonly outcome: "conflict"; readonly name: string }
  /** The idempotency id is known; nothing was changed. `result` is the first one's. */
  | { readonly outcome: "duplicate"; readonly result: unknown }
  /** The lease has passed to another; stop writing. */
  | { readonly outcome: "fenced" }
  /** The index of this name has as many members as it may; nothing was changed. */
  | { readonly outcome: "full"; readonly name: string };

/**
 * Versioned documents, and the one way to change them.
 * - A change is atomic: observers see all of it or nothing; it survives kill -9 once `commit` has resolved.
 * - Its stream entries get consecutive offsets, and live subscribers get them as `Streams.subscribe` says.
 * - Of two changes that expect the same version exactly one is committed.
 * Both throw GameError `unavailable` where the store does not answer in time; the outcome of a commit is then unknown, so a
 * command that is tried again must carry `once` or an expected version.
 */
export interface Documents {
  load<T>(key: DocumentKey<T>): Promise<Versioned<T> | undefined>;
  /**
   * What this worker has committed in this moment, without asking for what others have done since; undefined where it has not. Only for
   * who commits on its version, and looks again with `load` before it refuses. Absent where `load` takes no time.
   */
  recent?<T>(key: DocumentKey<T>): Versioned<T> | undefined;
  /**
   * The documents in the order of the keys, not all of one moment. The store gives them in answers bounded as pages are; what they take
   * in all is for the caller to bound.
   */
  loadMany<T>(keys: readonly DocumentKey<T>[]): Promise<(Versioned<T> | undefined)[]>;
  /**
   * @param decided called once the outcome stands, where that is so before it is durable: who would change the same may read now
   */
  commit(change: Change, decided?: (outcome: Committed["outcome"]) => void): Promise<Committed>;
  /** The kept result of an idempotency id, so that a command can answer before it looks at anything else. */
  resultOf(partition: Partition, onceId: string): Promise<unknown | undefined>;
}

export const put = <T>(key: DocumentKey<T>, expected: number, state: T, ttlMs?: number): DocumentWrite =>
  ttlMs === undefined ? { name: key.name, expected, state } : { name: key.name, expected, state, ttlMs };

export const remove = <T>(key: DocumentKey<T>, expected: number): DocumentWrite => ({
  name: key.name,
  expected,
  state: null,
});

export const append = <E>(key: StreamKey<E>, entry: E, keep: StreamRetention): StreamAppend => ({
  name: key.name,
  entry,
  ...tagged(key, entry),
  ...keep,
});

function tagged<E>(key: StreamKey<E>, entry: E): { tag?: string } {
  const tag = key.tagOf?.(entry);
  return tag === undefined ? {} : { tag };
}

export const indexPut = <V>(key: IndexKey<V>, member: string, score: number, value: V): IndexWrite => ({
  name: key.name,
  member,
  score,
  value,
});

/** The same for a list that is bounded: the change is refused as `full` where there are `max` others. Infinity: it is not. */
export const indexPutWithin = <V>(
  key: IndexKey<V>,
  member: string,
  score: number,
  value: V,
  max: number,
): IndexWrite => {
  const write = indexPut(key, member, score, value);
  return Number.isFinite(max) ? { ...write, max } : write;
};

export const indexRemove = <V>(key: IndexKey<V>, member: string): IndexWrite => ({
  name: key.name,
  member,
  score: null,
});
