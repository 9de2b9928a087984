/** Errors that fade: what is shown leads over from where an entity was shown to where it is, instead of a jump. */
import type { EntityValues, RealtimeFields } from "../../core/realtime/fields.ts";

/** After this time 37 % of an error are left. */
const TIME_CONSTANT_MS = 80;
/** After so many of them nothing is. */
const MOST_CONSTANTS = 7;
const MAX_ERRORS = 4_096;

/** Kinds whose values lie between each other. */
export const isSmooth = (kind: string): boolean => kind === "fixed" || kind === "angle" || kind === "axis";

/** The difference of two angles, the short way round. */
function turn(from: number, to: number): number {
  const full = 2 * Math.PI;
  const by = (to - from) % full;
  if (by > Math.PI) return by - full;
  return by < -Math.PI ? by + full : by;
}

/** From one value to the other, as its kind goes. */
export const difference = (kind: string, from: number, to: number): number =>
  kind === "angle" ? turn(from, to) : to - from;

interface FadingError {
  readonly offsets: Map<string, number>;
  readonly since: number;
}

export class ErrorSmoothing {
  readonly #errors = new Map<string, FadingError>();

  /**
   * The entity was shown like `before`, and would now be shown like `after`. What is left of an older error is in `before` already.
   * @param mostOf how far a field may be off for it to be led over; what is further jumps
   */
  add(
    key: string,
    fields: RealtimeFields,
    before: EntityValues,
    after: EntityValues,
    now: number,
    mostOf: (field: string) => number = () => Number.POSITIVE_INFINITY,
  ): void {
    const offsets = new Map<string, number>();
    for (const name in fields) {
      const { kind } = fields[name] ?? { kind: "" };
      const [from, to] = [before[name], after[name]];
      if (!isSmooth(kind) || typeof from !== "number" || typeof to !== "number") continue;
      const offset = difference(kind, to, from);
      if (offset !== 0 && Math.abs(offset) <= mostOf(name)) offsets.set(name, offset);
    }
    this.#errors.delete(key);
    if (offsets.size > 0 && this.#errors.size < MAX_ERRORS) this.#errors.set(key, { offsets, since: now });
  }

  /** Changes a copy of the entity to where it is shown. */
  apply(key: string, entity: EntityValues, now: number): void {
    const error = this.#errors.get(key);
    if (error === undefined) return;
    const constants = (now - error.since) / TIME_CONSTANT_MS;
    if (constants > MOST_CONSTANTS) {
      this.#errors.delete(key);
      return;
    }
    for (const [name, offset] of error.offsets) {
      const value = entity[name];
      if (typeof value === "number") entity[name] = value + offset * Math.exp(-constants);
    }
  }
}
