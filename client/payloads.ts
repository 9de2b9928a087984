/** Reads payloads, whatever comes: their size, their delivery id, the result or failure in an acknowledgement. */
import type { Failure } from "./errors.ts";

/** Deeper than the server takes. */
const MAX_DEPTH = 100;

/** How much a payload is, roughly, without encoding it: for bounds, not for bills. */
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

/** Of a reliable event. */
export function deliveryIdOf(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null || !("delivery_id" in payload)) return undefined;
  return typeof payload.delivery_id === "string" ? payload.delivery_id : undefined;
}

export type Acknowledgement =
  | { readonly ok: true; readonly result: object }
  | { readonly ok: false; readonly failure: Failure };

/** An acknowledgement is the server's to make; a wrong one fails its command. */
export function readAcknowledgement(raw: unknown): Acknowledgement {
  const { ok, ...result } = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  if (ok === true) return { ok, result };
  const { error } = result;
  const { code, message } = (error ?? {}) as Partial<Failure>;
  if (typeof code !== "string")
    return { ok: false, failure: { code: "internal", message: "the answer has no known form" } };
  return { ok: false, failure: { ...(error as object), code, message: String(message) } };
}
