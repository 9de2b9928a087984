/** What a gateway's answer means: its fields, a refusal with a code of ours, or a failure of the gateway. */
import { ERRORS, type ErrorCode, GameError } from "../../core/contract/errors.ts";

/** The gateway did not do what it was asked, and says nothing about the command. */
export class UpstreamFailure extends Error {
  /** Whether the command surely has not taken effect there. */
  readonly untouched: boolean;
  constructor(message: string, options: { untouched: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "UpstreamFailure";
    this.untouched = options.untouched;
  }
}

/** Codes that a gateway may name itself; the others would speak for this server. */
const ITS_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "invalid_payload",
  "forbidden",
  "not_found",
  "conflict",
  "stale_version",
  "room_full",
  "server_full",
  "rate_limited",
  "already_queued",
  "not_queued",
  "not_your_turn",
  "banned",
]);
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_payload",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "payload_too_large",
  422: "invalid_payload",
  429: "rate_limited",
};
const MAX_MESSAGE_LENGTH = 300;

export interface UpstreamAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/**
 * @throws GameError for what it refuses
 * @throws UpstreamFailure for a status that is none of an answer, and for a body that is not JSON
 */
export function readAnswer({ status, retryAfter, text }: UpstreamAnswer): Readonly<Record<string, unknown>> {
  if (status >= 200 && status < 300) {
    if (text.trim() === "") return {};
    const fields = parsed(text);
    if (fields === undefined)
      throw new UpstreamFailure("the gateway's answer is no JSON object", { untouched: false });
    return fields;
  }
  const byStatus = BY_STATUS[status];
  if (byStatus === undefined)
    throw new UpstreamFailure(`the gateway answered ${status}`, { untouched: status === 503 });
  throw refusal(byStatus, parsed(text), retryAfter);
}

/** In the form of this server's own HTTP API: `{error: {code, message, …}}`. */
function refusal(
  byStatus: ErrorCode,
  body: Readonly<Record<string, unknown>> | undefined,
  retryAfter: string | null,
): GameError {
  const error = isObject(body?.error) ? body.error : {};
  const code = isItsCode(error.code) ? error.code : byStatus;
  const message = typeof error.message === "string" ? error.message.slice(0, MAX_MESSAGE_LENGTH) : undefined;
  const waitMs = code === "rate_limited" ? waitOf(error.retry_after_ms, retryAfter) : undefined;
  return new GameError(code, {
    ...(message !== undefined && { message }),
    ...(waitMs !== undefined && { details: { retry_after_ms: waitMs } }),
  });
}

const isItsCode = (code: unknown): code is ErrorCode =>
  typeof code === "string" && Object.hasOwn(ERRORS, code) && ITS_CODES.has(code);

function waitOf(ms: unknown, header: string | null): number | undefined {
  if (typeof ms === "number" && Number.isFinite(ms) && ms >= 0) return Math.ceil(ms);
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1_000) : undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
