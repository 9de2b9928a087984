/** The one table of errors: what goes over the wire, the HTTP status, and whether trying again can help. */

interface ErrorEntry {
  /** The text for people. Six of them are word for word those that clients of the Go relay know. */
  readonly message: string;
  /** The status of the HTTP API for the same failure. */
  readonly status: number;
  /** True where the same command may succeed later without the client changing anything. */
  readonly retryable: boolean;
}

const entry = (message: string, status: number, retryable = false): ErrorEntry => ({
  message,
  status,
  retryable,
});

export const ERRORS = {
  invalid_json: entry("invalid JSON format", 400),
  unknown_event: entry("unknown message type", 404),
  invalid_payload: entry("the payload does not have the form that this event takes", 400),
  payload_too_large: entry("the payload is larger or nested deeper than allowed", 413),
  unauthorized: entry("a token is required", 401),
  token_expired: entry("the token has expired", 401),
  token_invalid: entry("the token is not valid here", 401),
  token_revoked: entry("the token has been revoked", 401),
  forbidden: entry("not allowed", 403),
  not_found: entry("there is no such thing, or it is not yours to see", 404),
  conflict: entry("this contradicts the present state", 409),
  stale_version: entry("the state has moved on since that version", 409),
  not_subscribed: entry("not subscribed to this room", 403),
  room_full: entry("room is at maximum capacity", 409),
  server_full: entry("server is at maximum capacity", 503, true),
  rate_limited: entry("too many of these events", 429, true),
  already_queued: entry("already waiting in a queue", 409),
  not_queued: entry("not waiting in a queue", 409),
  not_your_turn: entry("it is not your turn", 409),
  muted: entry("muted in this channel", 403),
  banned: entry("banned", 403),
  unavailable: entry("a service behind this is not available, try again", 503, true),
  internal: entry("something went wrong here", 500, true),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** What a client is told of a failure; `details` such as `retry_after_ms` or `version` stand beside the code. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly [detail: string]: unknown;
}

export interface GameErrorOptions {
  /** Replaces the table's text. */
  readonly message?: string;
  /** Sent with the error, in snake_case. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Why, for the log; a client is told of it in development only. */
  readonly cause?: unknown;
}

const MARK = Symbol.for("muster.GameError");

/** A failure that a client may be told about, by its code. Anything else that is thrown becomes `internal`. */
export class GameError extends Error {
  /** Known by a mark instead of the class, which exists twice where a runner loads modules by `require` and by `import`. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && MARK in value;
  }

  get [MARK](): true {
    return true;
  }
  readonly code: ErrorCode;
  /** Socket.IO sends `data` of an error that refuses a connection. */
  readonly data: WireError;

  constructor(code: ErrorCode, options: GameErrorOptions = {}) {
    // Without a stack, which costs more than all else that a refusal takes: a client's failure is no place in the source.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(
      options.message ?? ERRORS[code].message,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "GameError";
    this.code = code;
    this.data = { ...options.details, code, message: this.message };
  }
}

/** The wire form of anything thrown; of an unknown error nothing is told. */
export function toWire(thrown: unknown): WireError {
  return thrown instanceof GameError ? thrown.data : { code: "internal", message: ERRORS.internal.message };
}

/** Close codes of plain WebSocket connections. */
export const CLOSE_CODES = {
  normal: 1000,
  goingAway: 1001,
  tooLarge: 1009,
  serverFull: 1013,
  unauthorized: 4401,
  forbidden: 4403,
  rateLimited: 4408,
  tooSlow: 4413,
} as const;

/** The close code that goes with a refusal. */
export function closeCodeOf(code: ErrorCode): number {
  switch (code) {
    case "unauthorized":
    case "token_expired":
    case "token_invalid":
    case "token_revoked":
      return CLOSE_CODES.unauthorized;
    case "rate_limited":
      return CLOSE_CODES.rateLimited;
    case "server_full":
    case "unavailable":
      return CLOSE_CODES.serverFull;
    case "payload_too_large":
      return CLOSE_CODES.tooLarge;
    default:
      return CLOSE_CODES.forbidden;
  }
}
