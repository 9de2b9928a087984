/**
 * What has changed since the last tick, and what of it a viewer in a cell hears. Pure.
 *
 * Things are moved as reports come in; a tick (`advance`) compares where each was told to be with where it is now, so that of
 * several moves the newest counts, and files the change under the cells it touches. A cell's frame is put together from the
 * cells of its block: one frame serves every viewer in that cell.
 *
 * Frames of moves alone may be lost on the way to a slow client. A thing that has come to rest is therefore told once more
 * (`settled`), in a frame that must arrive, as must those with comings and goings: that is how slow clients converge.
 */
import { Grid, NOWHERE, type Point } from "./grid.ts";

export interface Thing extends Point {
  readonly id: string;
  x: number;
  y: number;
  /** Where it is now; NOWHERE when it is gone. */
  cell: number;
  /** Where the last tick told it to be. */
  told: number;
  /** Where the tick before that did; of use between `advance` and the next change. */
  from: number;
  /** Which tick told of its last change. */
  changedAt: number;
  dirty: boolean;
}

/** A thing that is nowhere yet. */
export const unplaced = () => ({
  x: 0,
  y: 0,
  cell: NOWHERE,
  told: NOWHERE,
  from: NOWHERE,
  changedAt: 0,
  dirty: false,
});

export interface Frame<T> {
  readonly moved: T[];
  /** Told before, and at rest since: for those who may have missed it. */
  readonly settled: T[];
  readonly entered: T[];
  readonly left: T[];
  /** Must not be lost. */
  firm: boolean;
}

interface CellChanges<T> {
  readonly moved: T[];
  readonly settled: T[];
  readonly arrived: T[];
  readonly departed: T[];
}

/** Ticks without a change after which a thing has come to rest. */
export const SETTLE_TICKS = 5;

export class Interest<T extends Thing> {
  readonly grid: Grid<T>;
  #tick = 0;
  #dirty: T[] = [];
  #changes = new Map<number, CellChanges<T>>();
  /** Of the last ticks, what changed; a ring. */
  readonly #recent: T[][] = Array.from({ length: SETTLE_TICKS }, () => []);

  readonly #settles: boolean;

  /** @param settles whether things are told again when at rest; of no use where no frame about them is ever lost */
  constructor(viewDistance: number, settles: boolean) {
    this.#settles = settles;
    this.grid = new Grid(viewDistance / CELLS_PER_VIEW, CELLS_PER_VIEW);
  }

  /** Counts the times that it has advanced. */
  get tick(): number {
    return this.#tick;
  }

  /** What changed since the last tick, in the order of first changes. */
  get dirty(): readonly T[] {
    return this.#dirty;
  }

  place(thing: T, x: number, y: number): void {
    thing.x = x;
    thing.y = y;
    const cell = this.grid.keyAt(x, y);
    if (cell !== thing.cell) {
      if (thing.cell !== NOWHERE) this.grid.remove(thing.cell, thing);
      this.grid.add(cell, thing);
      thing.cell = cell;
    }
    this.#touch(thing);
  }

  remove(thing: T): void {
    if (thing.cell === NOWHERE) return;
    this.grid.remove(thing.cell, thing);
    thing.cell = NOWHERE;
    this.#touch(thing);
  }

  #touch(thing: T): void {
    if (thing.dirty) return;
    thing.dirty = true;
    this.#dirty.push(thing);
  }

  /** Makes what is now what was told. @returns the things that are gone for good */
  advance(): T[] {
    const tick = ++this.#tick;
    const changes = new Map<number, CellChanges<T>>();
    const gone: T[] = [];
    for (const thing of this.#dirty) {
      thing.dirty = false;
      thing.changedAt = tick;
      thing.from = thing.told;
      thing.told = thing.cell;
      if (thing.cell === NOWHERE) gone.push(thing);
      if (thing.from !== thing.cell) {
        if (thing.from !== NOWHERE) at(changes, thing.from).departed.push(thing);
        if (thing.cell !== NOWHERE) at(changes, thing.cell).arrived.push(thing);
      } else if (thing.cell !== NOWHERE) at(changes, thing.cell).moved.push(thing);
    }
    if (this.#settles) {
      this.#settle(tick, changes);
      this.#recent[tick % SETTLE_TICKS] = this.#dirty;
    }
    this.#dirty = [];
    this.#changes = changes;
    return gone;
  }

  #settle(tick: number, changes: Map<number, CellChanges<T>>): void {
    for (const thing of this.#recent[tick % SETTLE_TICKS] ?? []) {
      if (thing.changedAt !== tick - SETTLE_TICKS || thing.cell === NOWHERE) continue;
      thing.from = thing.cell;
      at(changes, thing.cell).settled.push(thing);
    }
  }

  /** What viewers in this cell hear of the last tick; undefined for nothing. */
  frame(view: number): Frame<T> | undefined {
    let frame: Frame<T> | undefined;
    this.grid.eachCell(view, (key) => {
      const changes = this.#changes.get(key);
      if (!changes) return;
      frame ??= { moved: [], settled: [], entered: [], left: [], firm: false };
      for (const thing of changes.moved) frame.moved.push(thing);
      for (const thing of changes.settled) frame.settled.push(thing);
      for (const thing of changes.arrived)
        (this.grid.covers(view, thing.from) ? frame.moved : frame.entered).push(thing);
      for (const thing of changes.departed) if (!this.grid.covers(view, thing.cell)) frame.left.push(thing);
      if (changes.settled.length > 0) frame.firm = true;
    });
    if (!frame || isEmpty(frame)) return undefined;
    if (frame.entered.length + frame.left.length > 0) frame.firm = true;
    return frame;
  }

  /** What viewers in this cell had been told of before the last tick. */
  toldBefore(view: number): Map<string, T> {
    const known = byId(this.grid.inBlock(view));
    const frame = this.frame(view);
    for (const thing of frame?.entered ?? []) known.delete(thing.id);
    for (const thing of frame?.left ?? []) known.set(thing.id, thing);
    return known;
  }

  /**
   * What a viewer who was told of `known` must hear to know what is around this cell. Of the same form as a cell's frame.
   * @param since the tick up to which it has heard of changes; left out: the one before the last
   */
  difference(
    view: number,
    known: ReadonlyMap<string, T>,
    sees: (thing: T) => boolean,
    since = this.#tick - 1,
  ): Frame<T> {
    const frame: Frame<T> = { moved: [], settled: [], entered: [], left: [], firm: true };
    const there = new Set<string>();
    for (const thing of this.grid.inBlock(view)) {
      if (!sees(thing)) continue;
      there.add(thing.id);
      if (!known.has(thing.id)) frame.entered.push(thing);
      else if (thing.changedAt > since) frame.moved.push(thing);
    }
    for (const [id, thing] of known) if (!there.has(id)) frame.left.push(thing);
    return frame;
  }

  /** The same for a viewer who has had all frames of one cell and goes to another whose block overlaps. */
  sideStep(from: number, to: number): Frame<T> {
    const frame: Frame<T> = { moved: [], settled: [], entered: [], left: [], firm: true };
    this.grid.eachCell(to, (key) => {
      if (!this.grid.covers(from, key)) frame.entered.push(...this.grid.inCell(key));
    });
    this.grid.eachCell(from, (key) => {
      if (!this.grid.covers(to, key)) frame.left.push(...this.grid.inCell(key));
    });
    return frame;
  }
}

/** Cells along the view distance: more make frames tighter around a viewer, and serve fewer viewers each. */
const CELLS_PER_VIEW = 2;

export const byId = <T extends Thing>(things: readonly T[]): Map<string, T> =>
  new Map(things.map((thing) => [thing.id, thing]));

export const isEmpty = (frame: Frame<unknown>): boolean =>
  frame.moved.length + frame.settled.length + frame.entered.length + frame.left.length === 0;

function at<T>(changes: Map<number, CellChanges<T>>, key: number): CellChanges<T> {
  let cell = changes.get(key);
  if (!cell) {
    cell = { moved: [], settled: [], arrived: [], departed: [] };
    changes.set(key, cell);
  }
  return cell;
}
