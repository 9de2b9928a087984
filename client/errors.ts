/** How a command failed, as the server told it, or because it did not answer. */
import type { ErrorCode } from "../core/errors.ts";

/** `no_answer`: sent, and the connection or the time ended before an answer; whether it was done is not known. */
export type FailureCode = ErrorCode | "no_answer";

export class CommandError extends Error {
  readonly event: string;
  readonly code: FailureCode;
  /** What the server said beside code and message, such as `retry_after_ms` or `version`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(event: string, error: { readonly code: FailureCode; readonly message: string }) {
    super(`${event}: ${error.message}`);
    this.name = "CommandError";
    this.event = event;
    const { code, message: _, ...details } = error;
    this.code = code;
    this.details = details;
  }
}

/** How long the server asks to wait, in milliseconds, where it does. */
export function retryAfterMs(details: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const value = details?.retry_after_ms;
  return typeof value === "number" && value >= 0 ? value : undefined;
}
