/** Items in order. Finding is O(log n); inserting and removing move what stands behind, a memmove of 8 bytes an item. */
export class Sorted<T> {
  private readonly items: T[] = [];
  private readonly compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare;
  }

  get size(): number {
    return this.items.length;
  }

  /** How many items stand before this one, whether it is there or not. */
  before(item: T): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.items[middle];
      if (found !== undefined && this.compare(found, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(item: T): void {
    this.items.splice(this.before(item), 0, item);
  }

  /** Removes the item that compares as equal, where there is one. */
  remove(item: T): void {
    const at = this.before(item);
    const found = this.items[at];
    if (found !== undefined && this.compare(found, item) === 0) this.items.splice(at, 1);
  }

  slice(from: number, to: number): T[] {
    return this.items.slice(Math.max(0, from), Math.max(0, to));
  }
}

/** By UTF-16 code units, as `<` compares. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
