/** Failures of the HTTP API: `{error: {code, message}}`, never a stack trace. */
import type { ErrorRequestHandler, RequestHandler } from "express";
import { because, causeOf } from "../../core/contract/cause.ts";
import { ERRORS, type ErrorCode, GameError } from "../../core/contract/errors.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Observer } from "../observability/observer.ts";

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

/** The form is right, but what it names can't be addressed: 422. */
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

/** Statuses of refused callers: logged like a refused connection. */
const NOT_ALLOWED: ReadonlySet<number> = new Set([401, 403]);

export function errorHandler(
  log: Log,
  observer: Pick<Observer, "refused" | "wireOf" | "failedRequest">,
): ErrorRequestHandler {
  return function sendError(thrown: unknown, req, res, next) {
    if (res.headersSent) return next(thrown);
    const error = toGameError(thrown);
    if (error.code === "internal") log.error({ err: thrown, path: req.path }, "an HTTP request failed");
    const wire = observer.wireOf(error);
    if (NOT_ALLOWED.has(ERRORS[error.code].status))
      observer.refused({
        entrance: "HTTP",
        reason: error.code,
        cause: causeOf(error) ?? because(error.code, error.message),
        request: req,
      });
    else observer.failedRequest(req, req.path, error);
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
  // A body that is not what its `content-encoding` says, and whatever else Express calls the client's mistake.
  if (isClientsMistake(thrown))
    return new GameError("invalid_payload", { message: "body: it cannot be read as its headers say" });
  return new GameError("internal", { cause: thrown });
}

function isClientsMistake(thrown: unknown): boolean {
  const status =
    typeof thrown === "object" && thrown !== null && "status" in thrown ? thrown.status : undefined;
  return typeof status === "number" && status >= 400 && status < 500;
}
