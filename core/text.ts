/** A half of a pair that stands for one character. UTF-8 has no such thing: two texts with halves would be one in a store. */
const HALF = /\p{Surrogate}/u;

/**
 * Whether a value can be kept and sent as it is: no text in it, names of fields among them, has half a character, and no number is
 * without end. JSON has no such number: 1e400 is read as one, and would be written as null.
 */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return !HALF.test(value);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([name, held]) => !HALF.test(name) && isWellFormed(held));
}

/**
 * The same of what JSON was parsed to.
 * @param json its text: halves come in only as escapes, and numbers without end have many digits, so that the rest is looked at no further
 */
export const isWellFormedJson = (json: string, value: unknown): boolean =>
  !(json.includes("\\u") || LARGE_EXPONENT.test(json) || hasLongNumber(json)) || isWellFormed(value);

/** The largest number is below 1e309. */
const LARGE_EXPONENT = /\de\+?\d{3}/i;
/** Digits without which, and with an exponent of two digits at most, no number gets there. */
const LONG = 200;

function hasLongNumber(json: string): boolean {
  // So many digits in a row are at one of these places in any case.
  for (let at = LONG - 1; at < json.length; at += LONG) {
    if (!isDigit(json, at)) continue;
    let from = at;
    let to = at;
    while (isDigit(json, from - 1)) from--;
    while (to - from < LONG && isDigit(json, to + 1)) to++;
    if (to - from + 1 >= LONG) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** The beginning of a text, up to so many units of UTF-16, without half a character at its end. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
