/**
 * Why something was refused, beyond its code: for who looks after the server, and in development for the client. A cause never holds
 * a token, and of what a client sent only short, quoted pieces.
 */
import { GameError } from "./errors.ts";

export interface Cause {
  /** One of a few fixed words: refusals are summed by it. */
  readonly kind: string;
  readonly text: string;
}

const MARK = Symbol.for("muster.Cause");

export const because = (kind: string, text: string): Cause =>
  Object.defineProperty({ kind, text }, MARK, { value: true });

const isCause = (value: unknown): value is Cause =>
  typeof value === "object" && value !== null && MARK in value;

/** The cause of a failure, where it says more than its message does. */
export function causeOf(thrown: unknown): Cause | undefined {
  if (!(thrown instanceof GameError)) return undefined;
  const { cause } = thrown;
  if (isCause(cause)) return cause;
  if (cause instanceof GameError) return causeOf(cause);
  return cause instanceof Error ? because(thrown.code, cause.message || cause.name) : undefined;
}

const MAX_QUOTED = 64;

/** What a client sent, as a short piece of JSON. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED)}…`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** `3 minutes`: a time in the largest unit that fits twice, so that it is not far from what it was. */
export function roughly(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const [unit, length] = UNITS.find(([, of]) => whole >= of * 2) ?? (["second", 1] as const);
  const count = Math.round(whole / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
