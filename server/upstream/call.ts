/** One request to the gateway over fetch: bounded in time and in what is read. */
import { textWithin } from "../../core/bytes.ts";
import type { UpstreamRequest } from "../../core/ports/upstream.ts";
import { type UpstreamAnswer, UpstreamFailure } from "./answers.ts";
import { routeOf } from "./routes.ts";

/** An answer is a few fields; what is longer is cut off as a failure. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Failures before a connection was there: the command cannot have arrived. */
const UNREACHED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

export interface UpstreamGateway {
  /** With or without a path, on which the routes then follow. */
  readonly url: string;
  readonly secret?: string;
  /** The header that carries the secret; `authorization` carries it as a bearer token. */
  readonly secretHeader: string;
  /** What a request carries beside its own headers: the trace that it is a part of. */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined;
}

/** @throws UpstreamFailure where no answer came */
export async function call(
  gateway: UpstreamGateway,
  request: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const { method, path } = routeOf(request);
  try {
    const response = await fetch(gateway.url.replace(/\/+$/, "") + path, {
      method,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "x-user-id": encodeURIComponent(request.user),
        "x-request-id": encodeURIComponent(request.requestId),
        "idempotency-key": encodeURIComponent(request.requestId),
        ...gateway.headers?.(),
        ...secretOf(gateway),
      },
      body: JSON.stringify({ ...request.body, user_id: request.user, request_id: request.requestId }),
      // Another place than the one configured gets neither the secret nor the user.
      redirect: "error",
      signal,
    });
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      text: await read(response),
    };
  } catch (cause) {
    if (cause instanceof UpstreamFailure) throw cause;
    throw new UpstreamFailure("the gateway did not answer", { untouched: unreached(cause), cause });
  }
}

function secretOf({ secret, secretHeader }: UpstreamGateway): Record<string, string> {
  if (secret === undefined) return {};
  return { [secretHeader]: secretHeader === "authorization" ? `Bearer ${secret}` : secret };
}

async function read(response: Response): Promise<string> {
  try {
    return await textWithin(response.body, MAX_ANSWER_BYTES);
  } catch (err) {
    if (!(err instanceof RangeError)) throw err;
    throw new UpstreamFailure("the gateway's answer is too long", { untouched: false });
  }
}

function unreached(thrown: unknown): boolean {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && UNREACHED.has(code)) return true;
    if (cause instanceof AggregateError && cause.errors.some(unreached)) return true;
  }
  return false;
}
