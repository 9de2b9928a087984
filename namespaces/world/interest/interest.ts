/**
 * Interest management: what has changed since the last tick, and which of it a viewer in a cell is sent. Pure.
 *
 * Items are moved as reports come in. A tick (`advance`) compares the cell that was sent last with the present one, so that of several
 * moves the newest counts, and files the change under the cells it touches. A cell's frame is composed of the changes in the cells of its
 * block: one frame serves every viewer in that cell.
 *
 * At half rate, moves in a cell at the edge of a block are sent in every other tick, the newest of each item: what a tick has kept back
 * the next one sends, or whatever tells more of the item. Neighbouring cells take turns, so that frames are of one size. Comings, goings,
 * moves from cell to cell and items at rest are sent in their tick.
 *
 * Frames of moves alone may be lost on the way to a slow client. An item that has come to rest is therefore sent once more (`settled`), in
 * a frame that must arrive, as must frames with comings and goings: that is how slow clients converge.
 */
import { Grid, NOWHERE, type Point } from "./grid.ts";

export interface GridItem extends Point {
  readonly id: string;
  x: number;
  y: number;
  /** Where it is now; NOWHERE when it is gone. */
  cell: number;
  /** The cell that the last tick sent. */
  sent: number;
  /** The cell that the tick before that sent; of use between `advance` and the next change. */
  from: number;
  /** Which tick sent its last change. */
  changedAt: number;
  dirty: boolean;
}

/** An item that is nowhere yet. A class, so that all items have one shape: of objects that were spread together each had its own. */
export class Unplaced implements GridItem {
  readonly id: string;
  x = 0;
  y = 0;
  cell = NOWHERE;
  sent = NOWHERE;
  from = NOWHERE;
  changedAt = 0;
  dirty = false;

  constructor(id: string) {
    this.id = id;
  }
}

/** Moves within one cell: the same list for the frames of all views around. */
export interface CellMoves<T> {
  readonly moved: T[];
  /** Sent before, and at rest since: for viewers that may have missed it. */
  readonly settled: T[];
  /** All of them in a frame's form, made by the first frame that has them. */
  text: string | undefined;
}

export interface ZoneFrame<T> {
  readonly cells: CellMoves<T>[];
  /** From one cell to another, both in view. */
  readonly moved: T[];
  readonly entered: T[];
  readonly left: T[];
  /** Must not be lost. */
  firm: boolean;
}

interface CellChanges<T> extends CellMoves<T> {
  readonly arrived: T[];
  readonly departed: T[];
  /** For views at whose edge it lies, where these are not sent the same as all. */
  edge: CellMoves<T> | undefined;
  /** They are not sent the moves of this tick. */
  isKeptBack: boolean;
}

/** Ticks without a change after which an item has come to rest. */
export const SETTLE_TICKS = 5;

export class Interest<T extends GridItem> {
  readonly grid: Grid<T>;
  #tick = 0;
  #dirty: T[] = [];
  #changes = new Map<number, CellChanges<T>>();
  /** A ring: the items that changed in each of the last ticks. */
  readonly #recent: T[][] = Array.from({ length: SETTLE_TICKS }, () => []);

  readonly #settles: boolean;
  readonly #halves: boolean;

  /**
   * @param settles whether items are sent again when at rest; of no use where no frame about them is ever lost
   * @param halves whether moves at the edge of what is seen are sent at half rate
   */
  constructor(viewDistance: number, settles: boolean, halves = false) {
    this.#settles = settles;
    this.#halves = halves;
    this.grid = new Grid(viewDistance / CELLS_PER_VIEW, CELLS_PER_VIEW);
  }

  /** How many times it has advanced. */
  get tick(): number {
    return this.#tick;
  }

  /** What changed since the last tick, in the order of first changes. */
  get dirty(): readonly T[] {
    return this.#dirty;
  }

  /** @param cell the key of the cell that holds the point */
  place(item: T, x: number, y: number, cell = this.grid.keyAt(x, y)): void {
    item.x = x;
    item.y = y;
    if (cell !== item.cell) {
      if (item.cell !== NOWHERE) this.grid.remove(item.cell, item);
      this.grid.add(cell, item);
      item.cell = cell;
    }
    this.#touch(item);
  }

  remove(item: T): void {
    if (item.cell === NOWHERE) return;
    this.grid.remove(item.cell, item);
    item.cell = NOWHERE;
    this.#touch(item);
  }

  #touch(item: T): void {
    if (item.dirty) return;
    item.dirty = true;
    this.#dirty.push(item);
  }

  /** Marks the present cells as sent. @returns the items that are gone for good */
  advance(): T[] {
    const tick = ++this.#tick;
    const changes = new Map<number, CellChanges<T>>();
    const gone: T[] = [];
    for (const item of this.#dirty) {
      item.dirty = false;
      item.changedAt = tick;
      item.from = item.sent;
      item.sent = item.cell;
      if (item.cell === NOWHERE) gone.push(item);
      if (item.from !== item.cell) {
        if (item.from !== NOWHERE) at(changes, item.from).departed.push(item);
        if (item.cell !== NOWHERE) at(changes, item.cell).arrived.push(item);
      } else if (item.cell !== NOWHERE) at(changes, item.cell).moved.push(item);
    }
    if (this.#settles) {
      this.#settle(tick, changes);
      this.#recent[tick % SETTLE_TICKS] = this.#dirty;
    }
    if (this.#halves) this.#halve(tick, changes);
    this.#dirty = [];
    this.#changes = changes;
    return gone;
  }

  /** Keeps back the moves in one half of the cells, and adds to the other half what was kept back in the tick before. */
  #halve(tick: number, changes: Map<number, CellChanges<T>>): void {
    for (const [key, { isKeptBack, moved }] of this.#changes) {
      const late = isKeptBack ? moved.filter((item) => item.changedAt === tick - 1) : [];
      if (late.length === 0) continue;
      const cell = at(changes, key);
      cell.edge = { moved: [...cell.moved, ...late], settled: cell.settled, text: undefined };
    }
    for (const [key, cell] of changes) {
      if (cell.moved.length === 0 || this.grid.isOdd(key) !== (tick % 2 === 1)) continue;
      cell.isKeptBack = true;
      cell.edge = { moved: [], settled: cell.settled, text: undefined };
    }
  }

  #settle(tick: number, changes: Map<number, CellChanges<T>>): void {
    for (const item of this.#recent[tick % SETTLE_TICKS] ?? []) {
      if (item.changedAt !== tick - SETTLE_TICKS || item.cell === NOWHERE) continue;
      item.from = item.cell;
      at(changes, item.cell).settled.push(item);
    }
  }

  /** What viewers in this cell are sent of the last tick; undefined for nothing. */
  frame(view: number): ZoneFrame<T> | undefined {
    if (this.#changes.size === 0) return undefined;
    let frame: ZoneFrame<T> | undefined;
    this.grid.eachCell(view, (key, isEdge) => {
      const changes = this.#changes.get(key);
      if (!changes) return;
      frame ??= { cells: [], moved: [], entered: [], left: [], firm: false };
      const moves = (isEdge && changes.edge) || changes;
      if (moves.moved.length + moves.settled.length > 0) frame.cells.push(moves);
      for (const item of changes.arrived)
        (this.grid.covers(view, item.from) ? frame.moved : frame.entered).push(item);
      for (const item of changes.departed) if (!this.grid.covers(view, item.cell)) frame.left.push(item);
      if (changes.settled.length > 0) frame.firm = true;
    });
    if (!frame || isEmpty(frame)) return undefined;
    if (frame.entered.length + frame.left.length > 0) frame.firm = true;
    return frame;
  }

  /** What viewers in this cell had been sent before the last tick. */
  sentBefore(view: number): Map<string, T> {
    const known = byId(this.grid.inBlock(view));
    const frame = this.frame(view);
    for (const item of frame?.entered ?? []) known.delete(item.id);
    for (const item of frame?.left ?? []) known.set(item.id, item);
    return known;
  }

  /**
   * What a viewer that was sent `known` must be sent to know what is around this cell. Of the same form as a cell's frame.
   * @param since the tick up to which it was sent changes, but for those that this one kept back. Default: the one before the last
   */
  difference(
    view: number,
    known: ReadonlyMap<string, T>,
    sees: (item: T) => boolean,
    since = this.#tick - 1,
  ): ZoneFrame<T> {
    const frame: ZoneFrame<T> = { cells: [], moved: [], entered: [], left: [], firm: true };
    const there = new Set<string>();
    const sent = this.#halves ? since - 1 : since;
    for (const item of this.grid.inBlock(view)) {
      if (!sees(item)) continue;
      there.add(item.id);
      if (!known.has(item.id)) frame.entered.push(item);
      else if (item.changedAt > sent) frame.moved.push(item);
    }
    for (const [id, item] of known) if (!there.has(id)) frame.left.push(item);
    return frame;
  }

  /** The same for a viewer that has had all frames of one cell and goes to another whose block overlaps. */
  sideStep(from: number, to: number): ZoneFrame<T> {
    const frame: ZoneFrame<T> = { cells: [], moved: [], entered: [], left: [], firm: true };
    this.grid.eachCell(to, (key) => {
      if (!this.grid.covers(from, key)) frame.entered.push(...this.grid.inCell(key));
    });
    this.grid.eachCell(from, (key, isEdge) => {
      if (!this.grid.covers(to, key)) frame.left.push(...this.grid.inCell(key));
      else if (isEdge && this.grid.covers(to, key, this.grid.reach - 1)) {
        // At the edge no more, where nothing is sent late.
        const changes = this.#changes.get(key);
        if (changes?.isKeptBack) frame.moved.push(...changes.moved);
      }
    });
    return frame;
  }
}

/** Cells along the view distance: with more, frames are tighter around a viewer, and each serves fewer viewers. */
const CELLS_PER_VIEW = 2;

export const byId = <T extends GridItem>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));

export const isEmpty = ({ cells, moved, entered, left }: ZoneFrame<unknown>): boolean =>
  cells.length + moved.length + entered.length + left.length === 0;

export function* movedIn<T>({ cells, moved }: ZoneFrame<T>): Iterable<T> {
  for (const cell of cells) yield* cell.moved;
  yield* moved;
}

export function* settledIn<T>({ cells }: ZoneFrame<T>): Iterable<T> {
  for (const cell of cells) yield* cell.settled;
}

function at<T>(changes: Map<number, CellChanges<T>>, key: number): CellChanges<T> {
  let cell = changes.get(key);
  if (!cell) {
    cell = {
      moved: [],
      settled: [],
      text: undefined,
      arrived: [],
      departed: [],
      edge: undefined,
      isKeptBack: false,
    };
    changes.set(key, cell);
  }
  return cell;
}
