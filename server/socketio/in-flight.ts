import { endsWithin } from "../../core/async.ts";

/** What is under way, so that a stopping worker can wait for it. */
export interface InFlight {
  track<T>(work: Promise<T>): Promise<T>;
  readonly size: number;
  /** Resolves when nothing is under way, or after `limitMs`; true for the former. */
  idle(limitMs: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  let size = 0;
  let waiters: (() => void)[] = [];
  const done = () => {
    if (--size > 0) return;
    const waiting = waiters;
    waiters = [];
    for (const resolve of waiting) resolve();
  };
  return {
    track(work) {
      size++;
      work.then(done, done);
      return work;
    },
    get size() {
      return size;
    },
    idle(limitMs) {
      if (size === 0) return Promise.resolve(true);
      return endsWithin(limitMs, new Promise<void>((resolve) => waiters.push(resolve)));
    },
  };
}
