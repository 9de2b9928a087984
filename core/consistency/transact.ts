/**
 * The one way to change what others change at the same time: read, decide, commit on the versions that were read; again where another
 * was faster.
 *
 * Within a worker those who change the same document take turns, so that as a rule only other workers are faster. A change that lost to one
 * of those waits a random time, which grows with each loss, and tries again until its time is over. So a hundred writers of one
 * document, on however many workers, are served one after the other.
 */

import { type KeyTurn, SerialPerKey, tooManyChanges } from "../async.ts";
import { GameError } from "../contract/errors.ts";
import type { Change, Committed, Documents, DocumentWrite, Versioned } from "../ports/store/documents.ts";
import { put, remove } from "../ports/store/documents.ts";
import type { DocumentKey, Partition } from "../ports/store/keys.ts";

/** A command waits and tries for so long, and is then answered `unavailable`. What one try may take is the store's own limit. */
const LIMIT_MS = 5_000;
/** The longest pause after the first loss; it doubles with each further one, up to the last. */
const FIRST_PAUSE_MS = 2;
const LAST_PAUSE_MS = 50;

/** What was read is not of one moment, or not final: try again. */
export const AGAIN = Symbol("again");

/** What a try decides. */
export interface ChangeDecision<R> {
  readonly result: R;
  /** Left out: nothing changes. */
  readonly change?: Omit<Change, "partition"> | undefined;
  /** What refuses it where an index has no place for one more. Default: `conflict`. */
  readonly full?: GameError | undefined;
}

const asManyAsMayBe = () => new GameError("conflict", { message: "there are as many as there may be" });

export interface Transacted<R> {
  /** Of a repeat: the first one's. */
  readonly result: R;
  /** Undefined where nothing changed, or the command was a repeat. */
  readonly committed: Extract<Committed, { outcome: "committed" }> | undefined;
  readonly duplicate: boolean;
}

/** What is changed: a partition, and the document in it that others are most likely to change at the same time. */
export interface Contended {
  readonly partition: Partition;
  /** Left out: nobody waits before the first try. */
  readonly name?: string;
}

/** The turns of each store that this process has open. */
const turnsOf = new WeakMap<Documents, SerialPerKey>();

function turnsAt(documents: Documents): SerialPerKey {
  const serial = turnsOf.get(documents) ?? new SerialPerKey();
  turnsOf.set(documents, serial);
  return serial;
}

/**
 * Tries until it is done, with pauses in between.
 * @throws GameError `unavailable` when its time is over
 */
export async function untilDone<R>(attempt: (leftMs: number) => Promise<R | typeof AGAIN>): Promise<R> {
  const end = performance.now() + LIMIT_MS;
  for (let longestMs = FIRST_PAUSE_MS; ; longestMs = Math.min(2 * longestMs, LAST_PAUSE_MS)) {
    const done = await attempt(end - performance.now());
    if (done !== AGAIN) return done;
    // Any length up to the longest: those who lost together must not meet again.
    const pauseMs = Math.random() * longestMs;
    if (performance.now() + pauseMs >= end) throw tooManyChanges();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * Several documents of one partition, or a change that depends on what stands elsewhere.
 * @param read may run more than once, then with the name of the document by which the last try was lost; it calls nothing that would
 * wait for the same turn
 * @param decide pure, may run more than once; throws GameError to refuse
 * @throws GameError `unavailable` where its time is over or the store is away, `conflict` where a fence refused the change; and `full`
 */
export async function transact<S, R>(
  documents: Documents,
  about: Contended,
  read: (lost: string | undefined) => Promise<S>,
  decide: (seen: S) => ChangeDecision<R> | typeof AGAIN,
): Promise<Transacted<R>> {
  const { partition } = about;
  let lost: string | undefined;
  const queue = new Queue(turnsAt(documents), partition, about.name);
  try {
    return await untilDone(async (leftMs) => {
      await queue.stand(leftMs);
      const decision = decide(await answered(queue, read(lost)));
      if (decision === AGAIN) return AGAIN;
      const { result, change, full } = decision;
      if (change === undefined) return { result, committed: undefined, duplicate: false };
      const committing = documents.commit({ ...change, partition }, (outcome) => {
        if (outcome !== "conflict") queue.leave();
      });
      const done = await answered(queue, committing);
      switch (done.outcome) {
        case "committed":
          return { result, committed: done, duplicate: false };
        case "duplicate":
          return { result: done.result as R, committed: undefined, duplicate: true };
        case "fenced":
          throw new GameError("conflict");
        case "full":
          throw full ?? asManyAsMayBe();
        case "conflict":
          lost = done.name;
          queue.lost(lost);
          return AGAIN;
      }
    });
  } finally {
    queue.leave();
  }
}

/** The turns that one change has, and needs for its next try. */
class Queue {
  readonly #turns: SerialPerKey;
  readonly #partition: Partition;
  /** In one order for all, so that no two wait for one another. */
  #names: string[];
  #held: KeyTurn[] = [];

  constructor(serial: SerialPerKey, partition: Partition, name: string | undefined) {
    this.#turns = serial;
    this.#partition = partition;
    this.#names = name === undefined ? [] : [name];
  }

  async stand(waitMs: number): Promise<void> {
    if (this.#held.length > 0 && this.#held.every(({ over }) => !over)) return;
    this.leave();
    const end = performance.now() + waitMs;
    for (const name of this.#names)
      this.#held.push(
        await this.#turns.take(JSON.stringify([this.#partition, name]), end - performance.now()),
      );
  }

  /** Another changed this document: from now on the change waits for its turn there too. */
  lost(name: string): void {
    if (name === "" || this.#names.includes(name)) return;
    this.leave();
    this.#names = [...this.#names, name].sort();
  }

  leave(): void {
    for (const turn of this.#held.splice(0)) turn.pass();
  }

  fail(reason: GameError): void {
    for (const turn of this.#held.splice(0)) turn.fail(reason);
  }
}

/** Where the store does not answer one, it would let the others wait as long, one after the other: they are told at once. */
async function answered<T>(queue: Queue, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (err) {
    if (err instanceof GameError && err.code === "unavailable") queue.fail(err);
    throw err;
  }
}

/** The next state of a document and what changes with it. `state` undefined: unchanged; null: removed. */
export interface Step<T, R> {
  readonly state: T | null | undefined;
  readonly result: R;
  readonly with?: Omit<Change, "partition" | "documents"> & { readonly documents?: Change["documents"] };
  readonly ttlMs?: number;
  readonly full?: GameError;
}

/**
 * One document.
 * @param step pure, may run more than once; gets undefined for an absent document and throws GameError to refuse
 * @param goesOn whether the first try may begin with what this worker has just committed, which another may have changed since: for a
 * step that makes nothing of being tried again
 * @throws GameError as `transact`
 */
export function update<T, R>(
  documents: Documents,
  key: DocumentKey<T>,
  step: (current: Versioned<T> | undefined) => Step<T, R>,
  goesOn = false,
): Promise<Transacted<R>> {
  return transact<Stepped<T, R>, R>(
    documents,
    key,
    async (lost) =>
      (goesOn && lost === undefined && steppedFromRecent(documents, key, step)) || {
        current: await documents.load(key),
      },
    ({ current, next = step(current) }) => {
      if (next.state === undefined && next.with === undefined) return { result: next.result };
      const own = ownWrite(key, current?.version ?? 0, next);
      return {
        result: next.result,
        full: next.full,
        change: { ...next.with, documents: [...own, ...(next.with?.documents ?? [])] },
      };
    },
  );
}

interface Stepped<T, R> {
  readonly current: Versioned<T> | undefined;
  /** Absent: still to be made. */
  readonly next?: Step<T, R>;
}

/**
 * The step from what this worker has just committed: who waited for its turn behind another asks the store for nothing. It stands only
 * where it changes the document, for then the commit finds out whether another worker was faster. What refuses may be out of date.
 */
function steppedFromRecent<T, R>(
  documents: Documents,
  key: DocumentKey<T>,
  step: (current: Versioned<T> | undefined) => Step<T, R>,
): Stepped<T, R> | undefined {
  const current = documents.recent?.(key);
  if (current === undefined) return undefined;
  try {
    const next = step(current);
    return next.state === undefined ? undefined : { current, next };
  } catch (err) {
    if (err instanceof GameError) return undefined;
    throw err;
  }
}

function ownWrite<T>(
  key: DocumentKey<T>,
  version: number,
  { state, ttlMs }: Pick<Step<T, unknown>, "state" | "ttlMs">,
): DocumentWrite[] {
  if (state === undefined) return [];
  return [state === null ? remove(key, version) : put(key, version, state, ttlMs)];
}
