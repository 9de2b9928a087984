/** Which party sizes can be laid out in whole teams. */

/** How many tickets of each size: `counts[size]`, absent for none. */
export type SizeCounts = readonly (number | undefined)[];
/** Sizes that fill all teams of a match. */
export type Layout = readonly number[];

/** Whether there are enough of every size. */
export function within(layout: Layout, there: SizeCounts): boolean {
  for (let size = 1; size < layout.length; size++)
    if ((layout[size] as number) > (there[size] ?? 0)) return false;
  return true;
}

export function countsOf(sizes: Iterable<number>): number[] {
  const counts: number[] = [];
  for (const size of sizes) counts[size] = (counts[size] ?? 0) + 1;
  return counts;
}

/**
 * How many layouts are considered; of more, those with the fewest tickets of the larger sizes. Reached only where parties of
 * many sizes meet in many large teams.
 */
const MAX_LAYOUTS = 1_000;

/**
 * Every multiset of ticket sizes that fills `teams` teams of `perTeam` players, ticket by ticket whole, out of the tickets that
 * wait; without those that need more of a size than there are.
 */
export function layoutsOf(teams: number, perTeam: number, waiting: SizeCounts): Layout[] {
  const sizes = Array.from({ length: perTeam }, (_, at) => at + 1).filter((size) => (waiting[size] ?? 0) > 0);
  const oneTeam = compositions(perTeam, sizes).filter((counts) => within(counts, waiting));
  let layouts: Layout[] = [[]];
  for (let team = 0; team < teams; team++) {
    const next = new Map<string, Layout>();
    for (const layout of layouts) {
      for (const composition of oneTeam) {
        const sum = add(layout, composition, perTeam);
        if (within(sum, waiting)) next.set(sum.join(), sum);
      }
    }
    layouts = [...next.values()].sort(fewestLarge).slice(0, MAX_LAYOUTS);
  }
  return layouts;
}

/** The ways to fill one team. */
function compositions(room: number, sizes: readonly number[]): Layout[] {
  const found: Layout[] = [];
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

const add = (a: Layout, b: Layout, max: number): Layout =>
  Array.from({ length: max + 1 }, (_, size) => (a[size] ?? 0) + (b[size] ?? 0));

function fewestLarge(a: Layout, b: Layout): number {
  for (let size = Math.max(a.length, b.length) - 1; size > 0; size--) {
    const difference = (a[size] ?? 0) - (b[size] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
