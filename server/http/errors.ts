/** Failures of the HTTP API: `{error: {code, message}}`, never a stack trace. */
import type { ErrorRequestHandler, RequestHandler } from "express";
import { ERRORS, type ErrorCode, GameError, toWire } from "../../core/errors.ts";
import type { Log } from "../../core/ports/log.ts";

/** What Express' body parser throws, by its `type`. */
const BODY_ERRORS: Readonly<Record<string, ErrorCode>> = {
  "entity.parse.failed": "invalid_json",
  "entity.too.large": "payload_too_large",
  "encoding.unsupported": "invalid_payload",
  "charset.unsupported": "invalid_payload",
  "request.size.invalid": "invalid_payload",
  "request.aborted": "invalid_payload",
};

const unprocessableErrors = new WeakSet<object>();

/** The form is right, but what it names can't be addressed: 422 (FAULTS, row 24). */
export function unprocessable(message: string): GameError {
  const error = new GameError("invalid_payload", { message });
  unprocessableErrors.add(error);
  return error;
}

export const notFound: RequestHandler = (req, res) => {
  res
    .status(404)
    .json({ error: { code: "not_found", message: `there is no ${req.method} ${req.path} here` } });
};

export function errorHandler(log: Log): ErrorRequestHandler {
  return function sendError(thrown: unknown, req, res, next) {
    if (res.headersSent) return next(thrown);
    const error = toGameError(thrown);
    if (error.code === "internal") log.error({ err: thrown, path: req.path }, "an HTTP request failed");
    const wire = toWire(error);
    if (typeof wire.retry_after_ms === "number")
      res.set("retry-after", String(Math.ceil(wire.retry_after_ms / 1_000)));
    res.status(unprocessableErrors.has(error) ? 422 : ERRORS[error.code].status).json({ error: wire });
  };
}

function toGameError(thrown: unknown): GameError {
  if (thrown instanceof GameError) return thrown;
  const type = typeof thrown === "object" && thrown !== null && "type" in thrown ? thrown.type : undefined;
  const code = typeof type === "string" && Object.hasOwn(BODY_ERRORS, type) ? BODY_ERRORS[type] : undefined;
  if (code) return new GameError(code);
  // A malformed percent-encoding in the path.
  if (thrown instanceof URIError) return new GameError("invalid_payload");
  return new GameError("internal", { cause: thrown });
}
