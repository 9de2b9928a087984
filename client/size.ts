/** How much a payload is, roughly, without encoding it: for bounds, not for bills. */

/** Deeper than the server takes. */
const MAX_DEPTH = 100;

export function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return 8;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if ("size" in value && typeof value.size === "number") return value.size; // a browser's Blob
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item, depth + 1);
  else for (const [key, item] of Object.entries(value)) size += key.length + 3 + sizeOf(item, depth + 1);
  return size;
}
