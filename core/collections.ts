/**
 * Drops the entries that came first until a map or a set has no more than `max`. Called after each addition, it bounds memory; it
 * allocates only where something is dropped.
 */
export function dropOldest<K>(
  collection: { readonly size: number; keys(): Iterable<K>; delete(key: K): boolean },
  max: number,
): void {
  if (collection.size <= max) return;
  for (const key of collection.keys()) {
    collection.delete(key);
    if (collection.size <= max) return;
  }
}

/** The first `limit` items in order, without sorting the others: for a page of a long list that is in no order. */
export function lowest<T>(items: Iterable<T>, limit: number, compare: (one: T, other: T) => number): T[] {
  const found: T[] = [];
  for (const item of items) {
    const last = found[limit - 1];
    if (last !== undefined && compare(item, last) >= 0) continue;
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(found[middle] as T, item) <= 0) low = middle + 1;
      else high = middle;
    }
    found.splice(low, 0, item);
    if (found.length > limit) found.pop();
  }
  return found;
}
