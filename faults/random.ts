/** Seeded draws, so that a history can be had again (as far as the machine's own timing allows). */
export interface Draws {
  /** An integer from 0 to `below - 1`. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** Another sequence that depends on the seed and the name alone. */
  fork(name: string): Draws;
}

/** Mulberry32: small, and good enough to choose what to break and when. */
export function seeded(seed: number): Draws {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick(from) {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new Error("nothing to pick from");
      return chosen;
    },
    fork(name) {
      let hash = seed >>> 0;
      for (const char of name) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
      return seeded(hash);
    },
  };
}
