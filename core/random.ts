/** Draws for games: made outside the rules, handed in, and kept with the action that used them. */
import { randomInt } from "node:crypto";

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
