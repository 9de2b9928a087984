/** Failures of commands, and other trouble of the client: as the server said it, or as the client found it. */
import type { ErrorCode } from "../core/contract/errors.ts";

/**
 * `no_answer`: sent, and the connection or the time ended before an answer; whether it was done is not known.
 * `queue_full`: too much waits to be sent. `closed`: the client was closed.
 */
export type FailureCode = ErrorCode | "no_answer" | "queue_full" | "closed";

/** A failure as it comes in an acknowledgement. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly [detail: string]: unknown;
}

export class CommandError extends Error {
  readonly event: string;
  readonly code: FailureCode;
  /** Further fields of the refusal, such as `retry_after_ms` or `version`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(event: string, error: Failure) {
    super(`${event}: ${error.message}`);
    this.name = "CommandError";
    this.event = event;
    const { code, message: _, ...details } = error;
    this.code = code;
    this.details = details;
  }
}

/**
 * `unreachable`: there is no connection to the server. `token_failed`: `token()` threw, took too long or gave no token.
 * `listener_failed`: a listener of the application threw or rejected.
 */
export type TroubleCode = FailureCode | "unreachable" | "token_failed" | "listener_failed";

interface ClientTrouble {
  readonly code: TroubleCode;
  readonly message: string;
  readonly namespace?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Trouble that no command is to blame for: a connection that is refused, a token that can't be had, a listener that throws. */
export class ClientError extends Error {
  readonly code: TroubleCode;
  /** Undefined: it concerns all namespaces. */
  readonly namespace: string | undefined;
  /** Further fields of the refusal. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ code, message, namespace, details = {}, cause }: ClientTrouble) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "ClientError";
    this.code = code;
    this.namespace = namespace;
    this.details = details;
  }
}

/** Called with each trouble. */
export type Report = (error: ClientError) => void;

/** How long the server asks to wait, in milliseconds, where it does. */
export function retryAfterMs(details: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const value = details?.retry_after_ms;
  return typeof value === "number" && value >= 0 ? value : undefined;
}

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** Refusals that another try may not meet: others may have filled the room meanwhile. */
const PASSING = new Set<string>([
  "unavailable",
  "rate_limited",
  "no_answer",
  "internal",
  "room_full",
  "server_full",
  "queue_full",
  "closed",
]);

export const isPassing = ({ code }: CommandError): boolean => PASSING.has(code);
