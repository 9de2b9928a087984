/** Inputs as they go over the wire: an array `[seq, …fields in the order of the game's input]`, or an object by hand. */
import type { EntityValues, FieldValue, RealtimeField, RealtimeFields } from "./fields.ts";

/** An input's values and the number that its client gave it. */
export interface NumberedInput {
  /** Counts the inputs of one player in one game, from 1. */
  readonly seq: number;
  readonly input: EntityValues;
}

/** Inputs in one message; the rest goes into the next. */
export const MAX_INPUTS = 8;
/** Of one input as JSON. */
export const MAX_INPUT_BYTES = 256;
const MAX_SEQ = 2 ** 31;

/**
 * Reads one input, rounded: the client predicts with the same values.
 * @param given an array or an object; fields that an object leaves out have their initial value, those that it adds are ignored
 * @returns the mistake as a text where there is one
 */
export function readInput(fields: RealtimeFields, given: unknown): NumberedInput | string {
  if (typeof given !== "object" || given === null) return "an input must be an array or an object";
  const isList = Array.isArray(given);
  const values = given as Readonly<Record<string, unknown>>;
  const seq: unknown = isList ? given[0] : Object.hasOwn(values, "seq") ? values.seq : undefined;
  if (typeof seq !== "number" || !Number.isInteger(seq) || seq < 1 || seq > MAX_SEQ)
    return `seq must be a whole number from 1 to ${MAX_SEQ}`;
  const input: EntityValues = {};
  let at = 0;
  for (const name in fields) {
    const field = fields[name] as RealtimeField;
    at++;
    const value: unknown = isList ? given[at] : Object.hasOwn(values, name) ? values[name] : field.initial;
    const problem = field.problemOf(value);
    if (problem !== undefined) return `${name} ${problem}`;
    input[name] = field.round(value as FieldValue);
  }
  if (isList && given.length !== at + 1) return `an input must have ${at + 1} values`;
  return { seq, input };
}

/** The array form; buttons and bools are 1 and 0 in it. @param input a rounded one */
export function writeInput(
  fields: RealtimeFields,
  seq: number,
  input: EntityValues,
): (number | string | null)[] {
  const values: (number | string | null)[] = [seq];
  for (const name in fields) {
    const value = input[name] ?? null;
    values.push(typeof value === "boolean" ? Number(value) : value);
  }
  return values;
}

/** Rounds an input in place, as the server does when it reads it. */
export function roundInput(fields: RealtimeFields, input: EntityValues): void {
  for (const name in fields) {
    const field = fields[name] as RealtimeField;
    input[name] = field.round(input[name] ?? field.initial);
  }
}

/** The input without its edges: what is held while the next one is missing. */
export const withoutEdges = (fields: RealtimeFields, input: EntityValues): EntityValues =>
  mapped(fields, input, ({ kind, initial }, value) => (kind === "button" ? initial : value));

/** The input of a player who does nothing: axes and buttons are let go, all else stays as it was. */
export const idled = (fields: RealtimeFields, input: EntityValues): EntityValues =>
  mapped(fields, input, ({ kind, initial }, value) =>
    kind === "button" || kind === "axis" ? initial : value,
  );

/** The newer input with the edges of both: no press is lost where two are taken in one tick. */
export const joined = (fields: RealtimeFields, older: EntityValues, newer: EntityValues): EntityValues =>
  mapped(fields, newer, ({ kind }, value, name) =>
    kind === "button" ? value === true || older[name] === true : value,
  );

function mapped(
  fields: RealtimeFields,
  input: EntityValues,
  give: (field: RealtimeField, value: FieldValue, name: string) => FieldValue,
): EntityValues {
  const values: EntityValues = {};
  for (const name in fields) {
    const field = fields[name] as RealtimeField;
    values[name] = give(field, input[name] ?? field.initial, name);
  }
  return values;
}
