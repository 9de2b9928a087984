/** Fields of script replies, and arguments. A field of another form is a defect of a script, not of a caller. */
import { decodeValue, encodeValue } from "../../../core/bytes.ts";
import { randomName } from "../../../core/ids.ts";

export type Reply = readonly unknown[];

function wrong(what: string, value: unknown): Error {
  return new Error(`a script replied with ${typeof value} instead of ${what}`);
}

export function text(reply: Reply, at: number): string {
  const value = reply[at];
  if (typeof value !== "string") throw wrong("text", value);
  return value;
}

/** Whole numbers come as such, others as text. */
export function number(reply: Reply, at: number): number {
  const value = reply[at];
  const read = typeof value === "string" ? Number(value) : value;
  if (typeof read !== "number" || Number.isNaN(read)) throw wrong("a number", value);
  return read;
}

export function list(reply: Reply, at: number): Reply {
  const value = reply[at];
  if (!Array.isArray(value)) throw wrong("a list", value);
  return value;
}

/** JSON text of a value; nothing is kept of undefined. */
export const encode = (value: unknown): string => encodeValue(value) ?? "";

/** What was encoded. The caller says its type: it stands in the key that the value was found under. */
export function decode<T>(json: string): T {
  return (json === "" ? undefined : decodeValue(json)) as T;
}

/** A name for a stream's past: it becomes the epoch of a stream that has none yet. */
export const newEpoch = (): string => randomName(9);

/** What stands before a notice: see scripts/lib/streams.lua. */
export const traceText = (trace: string | undefined): string => (trace === undefined ? "" : `~${trace} `);

/** Redis takes whole milliseconds from 1 on. */
export const wholeMs = (ms: number): number => Math.max(1, Math.ceil(ms));
