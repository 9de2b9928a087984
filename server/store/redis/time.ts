/** The store's time as this worker knows it, however wrong its own clock is. */
import type { Clock } from "../../../core/time.ts";

export interface StoreTime {
  now(): number;
  /** The worker's own clock, before something is asked; given back with the answer. */
  asked(): number;
  /**
   * The store's time was `told` at some moment after `askedAt` and before now, by this worker's clock. The estimate moves
   * only where that contradicts it or makes it later, so fast answers make it precise and slow ones do no harm.
   */
  learn(reported: number, askedAt: number): void;
}

export function createStoreTime(clock: Clock): StoreTime {
  let correction = 0;
  let known = false;
  return {
    // Never ahead of the store: what is due at `now()` is due there too. Both clocks tick in whole milliseconds.
    now: () => Math.floor(clock.now() + correction),
    asked: () => clock.now(),
    learn(reported, askedAt) {
      const least = reported - clock.now() - 1;
      const most = reported + 1 - askedAt;
      if (!known || correction < least || correction > most) correction = least;
      known = true;
    },
  };
}
