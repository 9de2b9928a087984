/**
 * A uniform grid over an unbounded plane: what lies in which square cell, and which cells a viewer in a cell hears of.
 * Pure. A block is the square of cells up to `reach` away, so it holds every point within `reach` cell sizes of any point
 * of its middle cell.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The key of no cell. */
export const NOWHERE = -1;

/** Columns and rows are between minus and plus this: a coordinate of 10^6 in cells of half a unit. */
const HALF = 2 ** 21;
const SPAN = 2 ** 22;

export class Grid<T extends Point> {
  readonly cellSize: number;
  readonly reach: number;
  readonly #cells = new Map<number, Set<T>>();

  /** @param cellSize at least 0.5 for coordinates up to 10^6 */
  constructor(cellSize: number, reach: number) {
    this.cellSize = cellSize;
    this.reach = reach;
  }

  /** The key of the cell that holds the point: a whole number, not negative. */
  keyAt(x: number, y: number): number {
    return (Math.floor(x / this.cellSize) + HALF) * SPAN + (Math.floor(y / this.cellSize) + HALF);
  }

  add(key: number, item: T): void {
    const cell = this.#cells.get(key);
    if (cell) cell.add(item);
    else this.#cells.set(key, new Set([item]));
  }

  remove(key: number, item: T): void {
    const cell = this.#cells.get(key);
    if (cell?.delete(item) && cell.size === 0) this.#cells.delete(key);
  }

  /** Whether a cell lies in the block around another, or in a smaller one. */
  covers(middle: number, key: number, reach = this.reach): boolean {
    if (key === NOWHERE) return false;
    const columns = Math.abs(Math.floor(middle / SPAN) - Math.floor(key / SPAN));
    return columns <= reach && Math.abs((middle % SPAN) - (key % SPAN)) <= reach;
  }

  /** Calls back with the key of every cell of the block, and whether it lies at its edge. */
  eachCell(middle: number, visit: (key: number, isEdge: boolean) => void): void {
    const { reach } = this;
    for (let column = -reach; column <= reach; column++) {
      const isEdge = column === -reach || column === reach;
      for (let row = -reach; row <= reach; row++)
        visit(middle + column * SPAN + row, isEdge || row === -reach || row === reach);
    }
  }

  /** Of the cells of a chess board one half has `true`. */
  isOdd(key: number): boolean {
    return (Math.floor(key / SPAN) + (key % SPAN)) % 2 === 1;
  }

  inCell(key: number): Iterable<T> {
    return this.#cells.get(key) ?? [];
  }

  /** All that lies in the block. */
  inBlock(middle: number): T[] {
    const found: T[] = [];
    this.eachCell(middle, (key) => {
      for (const item of this.#cells.get(key) ?? []) found.push(item);
    });
    return found;
  }

  /** All that lies within `radius` of the point, which is at most `reach` cell sizes. */
  within(x: number, y: number, radius: number): T[] {
    const square = radius * radius;
    return this.inBlock(this.keyAt(x, y)).filter((item) => (item.x - x) ** 2 + (item.y - y) ** 2 <= square);
  }

  get size(): number {
    let size = 0;
    for (const cell of this.#cells.values()) size += cell.size;
    return size;
  }
}
