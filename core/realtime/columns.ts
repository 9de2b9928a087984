/**
 * The compact form of frames: numbers in columns, each as its difference from the frame before.
 *
 * `set` and `state` are `{collection: [block, …]}`. A block `[mask, slots, …columns]` holds entities of which the same fields have
 * changed: bit n of `mask` is the n-th field that everybody is sent, and each of these has a column. A block of new entities is
 * `[0, slots, ids, …columns]` with all fields. Slots ascend, each as its difference from the one before; `-n` stands for the `n` slots
 * that follow one by one. A number is packed (whole steps), and in a block of changes the difference from the value before; texts are
 * whole. `gone` is `{collection: slots}`.
 */

import {
  type CollectionDelta,
  diffViews,
  type EntityChange,
  type PublicPlan,
  publicPlansOf,
  type RealtimeView,
} from "./delta.ts";
import { MAX_ENTITIES, type PackedValue, type RealtimeField } from "./fields.ts";
import type { RealtimeCollections, RealtimeState } from "./game.ts";
import { emptyState, unpackEntity } from "./state.ts";

export type ColumnsBlock = readonly [
  mask: number,
  slots: readonly number[],
  ...columns: (readonly PackedValue[])[],
];
export type ColumnsForm = Record<string, ColumnsBlock[]>;

export interface ColumnsDelta {
  set?: ColumnsForm;
  gone?: Record<string, number[]>;
}

export function columnsDelta(deltas: readonly CollectionDelta[]): ColumnsDelta {
  const written: ColumnsDelta = {};
  for (const { plan, set, gone } of deltas) {
    if (set.length > 0) {
      written.set ??= {};
      written.set[plan.name] = blocksOf(plan, set);
    }
    if (gone.length > 0) {
      written.gone ??= {};
      written.gone[plan.name] = writeSlots(gone.map(({ slot }) => slot).sort((a, b) => a - b));
    }
  }
  return written;
}

export const columnsOfView = (collections: RealtimeCollections, view: RealtimeView): ColumnsForm =>
  columnsDelta(diffViews(collections, new Map(), view)).set ?? {};

function blocksOf(plan: PublicPlan, changes: readonly EntityChange[]): ColumnsBlock[] {
  const byMask = new Map<number, EntityChange[]>();
  for (const change of changes) {
    const others = byMask.get(change.mask);
    if (others === undefined) byMask.set(change.mask, [change]);
    else others.push(change);
  }
  return [...byMask].map(([mask, some]) => {
    some.sort((a, b) => a.after.slot - b.after.slot);
    const slots = writeSlots(some.map(({ after }) => after.slot));
    const columns = columnsIn(plan, mask).map((at) =>
      some.map(({ before, after }) => changed(before?.packed[at], after.packed[at] as PackedValue)),
    );
    return mask === 0
      ? [mask, slots, some.map(({ after }) => after.id), ...columns]
      : [mask, slots, ...columns];
  });
}

/** Where the fields of a block stand in a packed entity. */
const columnsIn = ({ shown }: PublicPlan, mask: number): number[] =>
  mask === 0 ? [...shown] : shown.filter((_, bit) => (mask & (1 << bit)) !== 0);

const changed = (before: PackedValue | undefined, after: PackedValue): PackedValue =>
  typeof before === "number" && typeof after === "number" ? after - before : after;

/** Shorter than this a run of slots is no shorter as one number. */
const LEAST_RUN = 2;

/** @param ascending each only once */
function writeSlots(ascending: readonly number[]): number[] {
  const written: number[] = [];
  let run = 0;
  const endRun = () => {
    if (run >= LEAST_RUN) written.push(-run);
    else if (run > 0) written.push(1);
    run = 0;
  };
  let before = 0;
  for (const [at, slot] of ascending.entries()) {
    if (at > 0 && slot === before + 1) run++;
    else {
      endRun();
      written.push(slot - before);
    }
    before = slot;
  }
  endRun();
  return written;
}

/** Slots that a run has at most: no collection has more. A frame is not trusted to say how long a loop runs. */
const MAX_RUN = MAX_ENTITIES;

function readSlots(written: readonly number[]): number[] {
  const slots: number[] = [];
  let slot = 0;
  for (const number of written) {
    if (number < 0) for (let run = Math.min(-number, MAX_RUN); run > 0; run--) slots.push(++slot);
    else {
      slot += number;
      slots.push(slot);
    }
  }
  return slots;
}

interface KnownEntity {
  readonly id: string;
  readonly packed: PackedValue[];
}

/** A viewer's state from frames of the compact form. */
export class ColumnsReader {
  readonly #collections: RealtimeCollections;
  readonly #slots = new Map<string, Map<number, KnownEntity>>();
  /** Fields that the viewer is never sent have their initial value. Changed in place; a `reset` makes another. */
  state: RealtimeState;

  constructor(collections: RealtimeCollections) {
    this.#collections = collections;
    this.state = emptyState(collections);
  }

  /** Begins anew with `state` of a `game_sync`. */
  reset(whole: ColumnsForm): void {
    this.#slots.clear();
    this.state = emptyState(this.#collections);
    this.apply({ set: whole });
  }

  /**
   * Applies a frame in place.
   * @throws Error where it does not continue what the reader has: a `game_sync` is needed
   */
  apply({ set = {}, gone = {} }: ColumnsDelta): void {
    for (const plan of publicPlansOf(this.#collections)) {
      const slots = this.#slots.get(plan.name) ?? new Map<number, KnownEntity>();
      this.#slots.set(plan.name, slots);
      for (const slot of readSlots(gone[plan.name] ?? [])) {
        this.state[plan.name]?.delete(slots.get(slot)?.id ?? "");
        slots.delete(slot);
      }
      for (const block of set[plan.name] ?? []) this.#applyBlock(plan, slots, block);
    }
  }

  #applyBlock(
    plan: PublicPlan,
    slots: Map<number, KnownEntity>,
    [mask, written, ...rest]: ColumnsBlock,
  ): void {
    const [ids, columns] = mask === 0 ? [rest[0], rest.slice(1)] : [undefined, rest];
    const places = columnsIn(plan, mask);
    readSlots(written).forEach((slot, row) => {
      const known = ids === undefined ? slots.get(slot) : this.#added(plan, slots, slot, String(ids[row]));
      const entity = known && this.state[plan.name]?.get(known.id);
      if (known === undefined || entity === undefined)
        throw new Error(`frame: ${plan.name} has nothing in slot ${slot}`);
      places.forEach((at, column) => {
        const value = columns[column]?.[row] as PackedValue;
        const before = known.packed[at];
        const packed =
          mask !== 0 && typeof before === "number" && typeof value === "number" ? before + value : value;
        known.packed[at] = packed;
        entity[plan.names[at] as string] = (plan.fields[at] as RealtimeField).unpack(packed);
      });
    });
  }

  #added(plan: PublicPlan, slots: Map<number, KnownEntity>, slot: number, id: string): KnownEntity {
    const packed = plan.fields.map((field) => field.pack(field.initial));
    const known = { id, packed };
    slots.set(slot, known);
    this.state[plan.name]?.set(id, unpackEntity(plan, packed));
    return known;
  }
}
