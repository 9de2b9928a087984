/** Draws that are the same on every worker and in every replay: the generator begins anew at each tick, from the game's seed. */

export interface SeededRandom {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** From 0 (included) to 1. */
  float(): number;
}

const UINT32 = 2 ** 32;

/**
 * sfc32: small, fast, without known patterns. It is no secret generator; the seed is one, until the game is over.
 * @param seed four whole numbers from 0 to 2^32 - 1, drawn by the server
 */
export function seededRandom(seed: readonly number[], tick: number): SeededRandom {
  let [a = 0, b = 0, c = 0, d = 0] = seed;
  a ^= tick;
  d ^= Math.floor(tick / UINT32);

  function next(): number {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  }

  // The first values still resemble the seed.
  for (let i = 0; i < 12; i++) next();
  const float = () => next() / UINT32;
  return { float, int: (min, max) => min + Math.floor(float() * (max - min + 1)) };
}
