/**
 * Wrong guesses of join codes: of a user, and of an address, since guests are new users with each connection. Counted over all workers in
 * the background, as rate limits are: no command waits for the store.
 */
import { dropOldest } from "../../core/collections.ts";
import type { RateRule } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Guesses } from "../../core/ports/quotas.ts";
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Clock } from "../../core/time.ts";
import { createSharedWindows, SharedSubject, SlidingWindow } from "../../middleware/rate-limit/windows.ts";
import { networkOf } from "./client-address.ts";

/** Users who have one address, as players of a hall, may be wrong so many times as often together. */
const USERS_OF_ADDRESS = 10;
/** Users and addresses that are remembered. */
const MAX_REMEMBERED = 20_000;

export interface GuessLimitOptions {
  /** Of one user. Undefined: no limit. */
  readonly rule: RateRule | undefined;
  /** The store's time. */
  readonly clock: Clock;
  /** Undefined: this worker is alone. */
  readonly counters: SharedCounters | undefined;
  /** Undefined where it is not known. */
  addressOf(session: object): string | undefined;
}

export interface GuessLimit extends Guesses {
  /** Refusals since the start. */
  readonly refused: number;
  close(): void;
}

interface Guesser {
  readonly window: SlidingWindow;
  readonly shared: SharedSubject;
}

export function createGuessLimit({ rule, clock, counters, addressOf }: GuessLimitOptions): GuessLimit {
  const elsewhere = rule && counters && createSharedWindows(counters, clock);
  const guessers = new Map<string, Guesser>();
  let refused = 0;

  function guesser(name: string, of: RateRule): Guesser {
    const found = guessers.get(name) ?? {
      window: new SlidingWindow(of),
      shared: new SharedSubject(`guess:${name}`, of),
    };
    guessers.delete(name);
    guessers.set(name, found);
    dropOldest(guessers, MAX_REMEMBERED);
    return found;
  }

  function guessersOf(session: Parameters<Guesses["check"]>[0]): Guesser[] {
    if (rule === undefined) return [];
    const network = networkOf(addressOf(session) ?? "");
    return [
      guesser(`user:${session.userId}`, rule),
      ...(network === undefined
        ? []
        : [guesser(`address:${network}`, { ...rule, max: rule.max * USERS_OF_ADDRESS })]),
    ];
  }

  return {
    check(session) {
      const now = clock.now();
      const waits = guessersOf(session).map(({ window, shared }) =>
        window.wait(now, elsewhere?.elsewhere(shared, now)),
      );
      const waitMs = Math.max(0, ...waits);
      if (waitMs === 0) return;
      refused++;
      throw new GameError("rate_limited", {
        message: "too many wrong join codes",
        details: { retry_after_ms: Math.ceil(waitMs) },
      });
    },
    wrong(session) {
      const now = clock.now();
      for (const { window, shared } of guessersOf(session)) {
        // Several that were under way together may all be wrong.
        if (window.wait(now) === 0) window.record(now);
        elsewhere?.count(shared, now);
      }
    },
    get refused() {
      return refused;
    },
    close() {
      elsewhere?.close();
      guessers.clear();
    },
  };
}
