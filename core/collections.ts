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
