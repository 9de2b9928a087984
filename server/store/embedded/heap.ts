/** A binary heap: the smallest item first. */
export class Heap<T> {
  private items: T[] = [];
  private readonly less: (a: T, b: T) => boolean;

  constructor(less: (a: T, b: T) => boolean) {
    this.less = less;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    let at = this.items.length;
    this.items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt];
      if (parent === undefined || !this.less(item, parent)) break;
      this.items[at] = parent;
      at = parentAt;
    }
    this.items[at] = item;
  }

  pop(): T | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (last !== undefined && this.items.length > 0) this.sink(last);
    return first;
  }

  /** Drops what `keep` refuses. */
  filter(keep: (item: T) => boolean): void {
    const kept = this.items.filter(keep);
    this.items = [];
    for (const item of kept) this.push(item);
  }

  private sink(item: T): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const a = this.items[left];
      if (a === undefined) break;
      const b = this.items[left + 1];
      const [childAt, child] = b !== undefined && this.less(b, a) ? [left + 1, b] : [left, a];
      if (!this.less(child, item)) break;
      this.items[at] = child;
      at = childAt;
    }
    this.items[at] = item;
  }
}
