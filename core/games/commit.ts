/** One commit for a game's step: the new state, the entries that its followers get, its deadlines and its outbox. */
import { type Transacted, update } from "../consistency/transact.ts";
import type { Log } from "../ports/log.ts";
import type { Services } from "../ports/services.ts";
import type { DeadlineChange } from "../ports/store/deadlines.ts";
import { append, type Change, type StreamAppend, type Versioned } from "../ports/store/documents.ts";
import type { DocumentKey, StreamKey } from "../ports/store/keys.ts";
import type { StreamRetention } from "../ports/store/streams.ts";
import { RuleFailed } from "./watched.ts";

/** Where a game is kept: its state, and the stream that its followers read. */
export interface GameKeys<T, E> {
  /** Of the room or the fight, for the log. */
  readonly id: string;
  readonly document: DocumentKey<T>;
  readonly entries: StreamKey<E>;
  readonly retention: StreamRetention;
  /** As in `update`. */
  readonly goesOn?: boolean;
}

/** The next state of a game and everything that goes with it. */
export interface GameStep<T, E, R> {
  /** Undefined: unchanged. Null: removed. */
  readonly state: T | null | undefined;
  readonly result: R;
  /** What the followers get, in order. */
  readonly entries: readonly E[];
  readonly deadlines: readonly DeadlineChange[];
  /** Entries of other streams, such as an action log. */
  readonly append?: readonly StreamAppend[];
  readonly documents?: Change["documents"];
  /** Idempotency: the same id again gives this result. */
  readonly once?: Change["once"] | undefined;
  /** How long the state is kept. */
  readonly ttlMs?: number | undefined;
}

/**
 * Decides on the newest state until the decision is committed. Deadlines that are due at once (the outbox) run at once.
 * @param decide pure, may run more than once; gets undefined for a game that is not there. A result alone changes nothing.
 * @throws GameError as `update`
 */
export async function commitStep<T, E, R>(
  { store, timers, log }: Pick<Services, "store" | "timers" | "log">,
  keys: GameKeys<T, E>,
  decide: (current: Versioned<T> | undefined, now: number) => GameStep<T, E, R> | { readonly result: R },
): Promise<Transacted<R>> {
  let hasOutbox = false;
  const done = await update<T, R>(
    store.documents,
    keys.document,
    (current) => {
      const now = store.now();
      const step = decided(keys.id, log, () => decide(current, now));
      if (!("entries" in step)) return { state: undefined, result: step.result };
      hasOutbox = step.deadlines.some(({ dueAt }) => dueAt !== null && dueAt <= now);
      const entries = step.entries.map((entry) => append(keys.entries, entry, keys.retention));
      return {
        state: step.state,
        result: step.result,
        with: {
          append: [...entries, ...(step.append ?? [])],
          deadlines: step.deadlines,
          ...(step.documents && { documents: step.documents }),
          ...(step.once && { once: step.once }),
        },
        ...(step.ttlMs !== undefined && { ttlMs: step.ttlMs }),
      };
    },
    keys.goesOn,
  );
  if (hasOutbox && done.committed !== undefined) timers.wake(keys.document.partition);
  return done;
}

/** Whoever gave the command is told `internal`; the author of the game finds here which rule failed, and where. */
function decided<D>(id: string, log: Log, decide: () => D): D {
  try {
    return decide();
  } catch (err) {
    if (err instanceof RuleFailed)
      log.error({ err: err.cause, game: err.game, rule: err.rule, room: id }, "a rule of a game failed");
    throw err;
  }
}
