/** The kinds of fields that a real-time game declares: of its inputs, of its entities, and of its options. */

/** What a field holds: in the state, in an input, and as JSON. */
export type FieldValue = number | boolean | string | null;

/** What the compact form and the state's hash take for a value. */
export type PackedValue = number | string;

export interface RealtimeField<T extends FieldValue = FieldValue> {
  readonly kind: "axis" | "angle" | "button" | "fixed" | "int" | "bool" | "choice" | "player";
  /** Who is sent it: everybody who sees the entity, its player alone, or nobody (it is the server's own). */
  readonly seenBy: "all" | "owner" | "server";
  /** The value of an input that is not there, and of an option that is left out. */
  readonly initial: T;
  /** What is wrong with a value, as the end of a sentence: `must be …`. Undefined: nothing. */
  problemOf(value: unknown): string | undefined;
  /** The nearest value that the field can hold; the same on both sides, and the same again when it is rounded twice. */
  round(value: T): T;
  /** @param value a rounded one */
  pack(value: T): PackedValue;
  unpack(packed: PackedValue): T;
}

export type RealtimeFields = Readonly<Record<string, RealtimeField>>;

/** The values of declared fields. They can be written: a step changes them in place. */
export type ValuesOf<F extends RealtimeFields> = { -readonly [K in keyof F]: F[K]["initial"] };

/** Values of fields that are known only as the game runs. */
export type EntityValues = Record<string, FieldValue>;

export const MAX_ENTITIES = 4_096;

/** A collection of entities, each under an id of the game's choice (1 to 64 characters). */
export interface EntityCollection<F extends RealtimeFields = RealtimeFields> {
  readonly fields: F;
  readonly max: number;
}

/** Whole multiples of a step are kept within this: packed values then are exact. */
const MAX_MULTIPLE = 2 ** 40;
const AXIS_STEPS = 127;
/** How far over the edge an axis may be: what normalising a direction leaves. */
const AXIS_SLACK = 1e-6;
const ANGLE_STEPS = 65_536;
const ANGLE_UNIT = (2 * Math.PI) / ANGLE_STEPS;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const clamp = (value: number, min: number, max: number) => Math.min(Math.max(value, min), max);
/** No negative nought: it would differ from the other after JSON. */
const whole = (value: number) => Math.round(value) + 0;

/** A field of numbers that are whole multiples of a unit. */
function multiples(
  kind: RealtimeField["kind"],
  initial: number,
  packedOf: (value: number) => number,
  unpackedOf: (packed: number) => number,
  problemOf: (value: number) => string | undefined,
): RealtimeField<number> {
  return {
    kind,
    seenBy: "all",
    initial,
    problemOf: (value) => (isNumber(value) ? problemOf(value) : "must be a finite number"),
    round: (value) => (Number.isFinite(value) ? unpackedOf(packedOf(value)) : initial),
    pack: packedOf,
    unpack: (packed) => unpackedOf(Number(packed)),
  };
}

/** A direction's part, from -1 to 1, in steps of 1/127. An input that stops coming lets it go: it is 0 then. */
export const axis = (): RealtimeField<number> =>
  multiples(
    "axis",
    0,
    (value) => whole(clamp(value, -1, 1) * AXIS_STEPS),
    (packed) => packed / AXIS_STEPS,
    (value) => (Math.abs(value) > 1 + AXIS_SLACK ? "must be from -1 to 1" : undefined),
  );

/** Radians, wrapped to -π (included) to π, in 65,536 steps a turn. */
export const angle = (): RealtimeField<number> =>
  multiples(
    "angle",
    0,
    (value) => {
      const steps = whole((value % (2 * Math.PI)) / ANGLE_UNIT) % ANGLE_STEPS;
      if (steps >= ANGLE_STEPS / 2) return steps - ANGLE_STEPS;
      return steps < -ANGLE_STEPS / 2 ? steps + ANGLE_STEPS : steps + 0;
    },
    (packed) => packed * ANGLE_UNIT,
    () => undefined,
  );

/**
 * A number with a fixed step, such as `fixed(1 / 64)`; a power of two is exact. It is rounded in place after each move and step.
 * @param range default: up to 2^40 steps on both sides
 */
export function fixed(
  step: number,
  range: { readonly min?: number; readonly max?: number; readonly initial?: number } = {},
): RealtimeField<number> {
  if (!(step > 0)) throw new Error(`fixed(${step}): the step must be above 0`);
  const least = Math.ceil(Math.max((range.min ?? Number.NEGATIVE_INFINITY) / step, -MAX_MULTIPLE));
  const most = Math.floor(Math.min((range.max ?? Number.POSITIVE_INFINITY) / step, MAX_MULTIPLE));
  if (least > most) throw new Error(`fixed(${step}): no multiple of the step is in the range`);
  const packedOf = (value: number) => clamp(whole(value / step), least, most);
  const unpackedOf = (packed: number) => packed * step + 0;
  return multiples("fixed", unpackedOf(packedOf(range.initial ?? 0)), packedOf, unpackedOf, (value) => {
    const steps = whole(value / step);
    return steps < least || steps > most ? `must be from ${least * step} to ${most * step}` : undefined;
  });
}

/** A whole number from `min` to `max`. */
export function int(min: number, max: number, initial = clamp(0, min, max)): RealtimeField<number> {
  if (![min, max, initial].every(Number.isSafeInteger) || initial < min || initial > max)
    throw new Error(`int(${min}, ${max}): whole numbers with min ≤ initial ≤ max`);
  return multiples(
    "int",
    initial,
    (value) => clamp(whole(value), min, max),
    (packed) => packed,
    (value) =>
      Number.isInteger(value) && value >= min && value <= max
        ? undefined
        : `must be a whole number from ${min} to ${max}`,
  );
}

function truth(kind: "button" | "bool", initial: boolean): RealtimeField<boolean> {
  return {
    kind,
    seenBy: "all",
    initial,
    problemOf: (value) =>
      typeof value === "boolean" || value === 0 || value === 1
        ? undefined
        : "must be true or false (or 1 or 0)",
    round: (value) => Boolean(value),
    pack: (value) => (value ? 1 : 0),
    unpack: (packed) => packed === 1,
  };
}

/** Of inputs: pressed in this step. It is consumed once, also where the input's step is held or joined with another. */
export const button = (): RealtimeField<boolean> => truth("button", false);

export const bool = (initial = false): RealtimeField<boolean> => truth("bool", initial);

/** One of some texts; the first is the initial one. */
export function choice<const T extends string>(first: T, ...others: T[]): RealtimeField<T> {
  const texts: readonly T[] = [first, ...others];
  const indexOf = (value: unknown) => texts.indexOf(value as T);
  return {
    kind: "choice",
    seenBy: "all",
    initial: first,
    problemOf: (value) => (indexOf(value) < 0 ? `must be one of ${texts.join(", ")}` : undefined),
    round: (value) => (indexOf(value) < 0 ? first : value),
    pack: (value) => Math.max(0, indexOf(value)),
    unpack: (packed) => texts[Number(packed)] ?? first,
  };
}

/** The user id of the player whose entity it is, or null for nobody's. Of state only. */
export const player = (): RealtimeField<string | null> => ({
  kind: "player",
  seenBy: "all",
  initial: null,
  problemOf: (value) =>
    value === null || (typeof value === "string" && value.length > 0 && value.length <= 200)
      ? undefined
      : "must be a user id or null",
  round: (value) => (typeof value === "string" && value !== "" ? value : null),
  pack: (value) => value ?? "",
  unpack: (packed) => (packed === "" ? null : String(packed)),
});

/** A field that only the entity's player is sent: the one that its `player()` field names. */
export const own = <T extends FieldValue>(field: RealtimeField<T>): RealtimeField<T> => ({
  ...field,
  seenBy: "owner",
});

/** A field that nobody is sent. Replays of a game that is over have it. */
export const hidden = <T extends FieldValue>(field: RealtimeField<T>): RealtimeField<T> => ({
  ...field,
  seenBy: "server",
});

/** A collection of entities with these fields; `max` at most 4,096. */
export const entities = <F extends RealtimeFields>(
  fields: F,
  { max = MAX_ENTITIES }: { readonly max?: number } = {},
): EntityCollection<F> => ({ fields, max });
