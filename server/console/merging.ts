/** Pages of what workers have in memory: each worker gives the first of its own, and one page is made of these. */
import { lowest } from "../../core/collections.ts";

/** A page of what workers have, in order of a name. */
export interface PageWish {
  readonly after?: string;
  readonly limit: number;
}

function* behind<T>(all: Iterable<T>, after: string, name: (item: T) => string): Iterable<T> {
  for (const item of all) if (name(item) > after) yield item;
}

const byName =
  <T>(name: (item: T) => string) =>
  (one: T, other: T): number => {
    const [a, b] = [name(one), name(other)];
    return a === b ? 0 : a < b ? -1 : 1;
  };

/** The first of what a worker has, behind a name. */
export function first<T>(all: Iterable<T>, { after, limit }: PageWish, name: (item: T) => string): T[] {
  return lowest(after === undefined ? all : behind(all, after, name), limit, byName(name));
}

/** One page of the workers' pages. */
export function merged<T>(pages: readonly (readonly T[])[], limit: number, name: (item: T) => string) {
  const all = pages.flat().sort(byName(name));
  const items = all.slice(0, limit);
  const last = items.at(-1);
  const isWhole = all.length <= limit && pages.every((page) => page.length < limit);
  return { items, ...(isWhole || last === undefined ? {} : { cursor: name(last) }) };
}
