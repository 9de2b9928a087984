/**
 * Compares what is kept here with the store, for what no hint told: a part at each step, a fixed number of reads however many they are,
 * so that all have been looked at in the end.
 */
import { every } from "../async.ts";

const STEP_MS = 500;

export interface AntiEntropyOptions<T> {
  /** What is looked at; also what comes while it goes on may be met. */
  readonly of: { all(): Iterator<T>; readonly size: number };
  /** Steps in which all are looked at, two a second. */
  readonly steps: number;
  look(some: readonly T[]): Promise<void>;
  /** The look failed; it is tried again in the next turn. */
  failed(err: unknown): void;
}

export interface AntiEntropy {
  /** Looks at all of them now: for tests, which do not wait for the turns. */
  whole(): Promise<void>;
  end(): void;
}

export function createAntiEntropy<T>({ of, steps, look, failed }: AntiEntropyOptions<T>): AntiEntropy {
  let at = of.all();

  function next(): T[] {
    const some: T[] = [];
    for (let left = Math.ceil(of.size / steps); left > 0; left--) {
      const { done, value } = at.next();
      if (done) {
        at = of.all();
        break;
      }
      some.push(value);
    }
    return some;
  }

  async function step(): Promise<void> {
    const some = next();
    if (some.length > 0) await look(some);
  }

  const end = every(STEP_MS, step, failed);

  return {
    async whole() {
      const all: T[] = [];
      const walk = of.all();
      for (let { done, value } = walk.next(); !done; { done, value } = walk.next()) all.push(value);
      if (all.length > 0) await look(all);
    },
    end,
  };
}
