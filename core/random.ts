/** Draws for games: made outside the rules, handed in, and kept with the action that used them. */
import { randomFillSync, randomInt } from "node:crypto";

// Names that nobody can guess, many at a time: a call into the system for each costs several microseconds.

const pool = Buffer.allocUnsafeSlow(4_096);
let used = pool.length;

/** As much randomness as so many bytes have (at most 64), in base64url. For names, not for secrets that last. */
export function randomName(bytes: number): string {
  if (bytes > 64) throw new RangeError("a name has at most 64 random bytes");
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString("base64url", used, used + bytes);
  used += bytes;
  return name;
}

export interface Random {
  /** A whole number from `min` to `max`, both included, all equally likely. */
  int(min: number, max: number): number;
}

export interface RecordingRandom extends Random {
  /** What was drawn so far, in order. */
  readonly draws: readonly number[];
}

/** The cryptographic generator of the server. */
export const cryptoRandom: Random = { int: (min, max) => randomInt(min, max + 1) };

/** Passes draws on and keeps them, so that an action can be replayed from its log. */
export function recording(source: Random): RecordingRandom {
  const draws: number[] = [];
  return {
    draws,
    int(min, max) {
      const value = source.int(min, max);
      draws.push(value);
      return value;
    },
  };
}

/** Gives recorded draws again; throws where an action asks for more than were recorded. */
export function replaying(draws: readonly number[]): Random {
  let next = 0;
  return {
    int(min, max) {
      const value = draws[next++];
      if (value === undefined || value < min || value > max)
        throw new Error(`replay: draw ${next} of ${draws.length} is not in ${min}..${max}`);
      return value;
    },
  };
}
