/** What an acknowledgement says, whatever came. */
import type { Failure } from "./errors.ts";

export type Answer =
  | { readonly ok: true; readonly result: object }
  | { readonly ok: false; readonly failure: Failure };

/** An acknowledgement is the server's to make; a wrong one fails its command. */
export function readAnswer(raw: unknown): Answer {
  const { ok, ...result } = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  if (ok === true) return { ok, result };
  const { error } = result;
  const { code, message } = (error ?? {}) as Partial<Failure>;
  if (typeof code !== "string")
    return { ok: false, failure: { code: "internal", message: "the answer has no known form" } };
  return { ok: false, failure: { ...(error as object), code, message: String(message) } };
}
