/** Load, decide, replace by compare-and-set; again where another was faster. */
import { GameError } from "./errors.ts";
import type { Change, Committed, Documents, DocumentWrite, Versioned } from "./ports/documents.ts";
import { put, remove } from "./ports/documents.ts";
import type { DocumentKey } from "./ports/keys.ts";

/** How often a command starts over when others change the same document at the same time. */
const TRIES = 12;

/** What a step decides: the next state and what changes with it. `state` undefined: unchanged; null: removed. */
export interface Step<T, R> {
  readonly state: T | null | undefined;
  readonly result: R;
  readonly with?: Omit<Change, "partition" | "documents"> & { readonly documents?: Change["documents"] };
  readonly ttlMs?: number;
}

export type Updated<R> = {
  readonly result: R;
  /** Undefined where nothing changed, or the command was a repeat. */
  readonly committed: Extract<Committed, { outcome: "committed" }> | undefined;
  readonly duplicate: boolean;
};

/**
 * Applies a pure step to a document until it is committed on the version it was decided on.
 * @param step may run more than once, so it is pure; it gets undefined for an absent document and throws GameError to refuse
 * @throws GameError `unavailable` after a dozen conflicts, or when the store is away
 */
export async function update<T, R>(
  documents: Documents,
  key: DocumentKey<T>,
  step: (current: Versioned<T> | undefined) => Step<T, R>,
): Promise<Updated<R>> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const current = await documents.load(key);
    const next = step(current);
    if (next.state === undefined && next.with === undefined)
      return { result: next.result, committed: undefined, duplicate: false };
    const own: DocumentWrite[] =
      next.state === undefined
        ? []
        : next.state === null
          ? [remove(key, current?.version ?? 0)]
          : [put(key, current?.version ?? 0, next.state, next.ttlMs)];
    const done = await documents.commit({
      ...next.with,
      partition: key.partition,
      documents: [...own, ...(next.with?.documents ?? [])],
    });
    if (done.outcome === "committed") return { result: next.result, committed: done, duplicate: false };
    if (done.outcome === "duplicate")
      return { result: done.result as R, committed: undefined, duplicate: true };
    if (done.outcome === "fenced") throw new GameError("conflict");
    if (done.outcome === "full")
      throw new GameError("conflict", { message: "there are as many as there may be" });
  }
  throw new GameError("unavailable", { message: "too many changes at the same time, try again" });
}
