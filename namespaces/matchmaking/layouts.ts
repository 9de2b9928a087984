/** Which party sizes can be laid out in whole teams. */

/** How many tickets of each size; every size is at least 1. */
export type SizeCounts = ReadonlyMap<number, number>;

/**
 * How many layouts are considered; of more, those with the fewest tickets of the larger sizes. Reached only where parties of
 * many sizes meet in many large teams.
 */
const MAX_LAYOUTS = 1_000;

/** A layout while it is worked out: `counts[size]`. */
type Counts = readonly number[];

/**
 * Every multiset of ticket sizes that fills `teams` teams of `perTeam` players, ticket by ticket whole, out of the tickets that
 * wait; without those that need more of a size than there are.
 */
export function layoutsOf(teams: number, perTeam: number, waiting: SizeCounts): SizeCounts[] {
  const sizes = [...waiting.keys()].filter((size) => size <= perTeam).sort((a, b) => a - b);
  const within = (counts: Counts) => sizes.every((size) => (counts[size] ?? 0) <= (waiting.get(size) ?? 0));
  const oneTeam = compositions(perTeam, sizes).filter(within);
  let layouts: Counts[] = [[]];
  for (let team = 0; team < teams; team++) {
    const next = new Map<string, Counts>();
    for (const layout of layouts) {
      for (const composition of oneTeam) {
        const sum = add(layout, composition, perTeam);
        if (within(sum)) next.set(sum.join(), sum);
      }
    }
    layouts = [...next.values()].sort(fewestLarge).slice(0, MAX_LAYOUTS);
  }
  return layouts.map((counts) => new Map(sizes.map((size) => [size, counts[size] ?? 0])));
}

/** The ways to fill one team. */
function compositions(room: number, sizes: readonly number[]): Counts[] {
  const found: Counts[] = [];
  const extend = (left: number, from: number, counts: number[]): void => {
    if (found.length >= MAX_LAYOUTS) return;
    if (left === 0) {
      found.push(counts.slice());
      return;
    }
    for (let at = from; at < sizes.length; at++) {
      const size = sizes[at] as number;
      if (size > left) return;
      counts[size] = (counts[size] ?? 0) + 1;
      extend(left - size, at, counts);
      counts[size] = (counts[size] ?? 0) - 1;
    }
  };
  extend(room, 0, new Array<number>(room + 1).fill(0));
  return found;
}

const add = (a: Counts, b: Counts, max: number): Counts =>
  Array.from({ length: max + 1 }, (_, size) => (a[size] ?? 0) + (b[size] ?? 0));

function fewestLarge(a: Counts, b: Counts): number {
  for (let size = Math.max(a.length, b.length) - 1; size > 0; size--) {
    const difference = (a[size] ?? 0) - (b[size] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
