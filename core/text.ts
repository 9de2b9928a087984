/** A half of a pair that stands for one character. UTF-8 has no such thing: two texts with halves would be one in a store. */
const HALF = /\p{Surrogate}/u;

/** Whether no text in a value, names of fields among them, has half a character. */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return !HALF.test(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([name, held]) => !HALF.test(name) && isWellFormed(held));
}

/**
 * The same of what JSON was parsed to.
 * @param json its text: halves come in only as escapes, so that the rest is looked at no further
 */
export const isWellFormedJson = (json: string, value: unknown): boolean =>
  !json.includes("\\u") || isWellFormed(value);

/** The beginning of a text, up to so many units of UTF-16, without half a character at its end. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
