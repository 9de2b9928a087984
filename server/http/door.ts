/** Requests and upgrades that are turned away before they are read, and the reasons. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { because, type Cause, quoted } from "../../core/contract/cause.ts";
import { GameError, type WireError } from "../../core/contract/errors.ts";
import type { Observer } from "../observability/observer.ts";

/** Each reports to the observer. @returns the error of the answer */
export interface Door {
  /** From a page that may not. */
  foreign(req: IncomingMessage): WireError;
  /** For a path that has no WebSocket. */
  nowhere(req: IncomingMessage): WireError;
  /** From an address with too many new connections. */
  crowded(req: IncomingMessage, waitMs: number, cause: Cause): WireError;
  /** While this worker has no room beside the clients that it has. */
  overloaded(req: IncomingMessage, waitMs: number): WireError;
  /** While the store is away here and not at other workers. */
  cutOff(req: IncomingMessage, waitMs: number): WireError;
  /** While too many are on their way already. */
  full(req: IncomingMessage, most: number): WireError;
  /** With a longer address or more headers than are read; undefined: with no more. */
  tooLong(req: IncomingMessage): TooLong | undefined;
}

interface TooLong {
  readonly status: "414 URI Too Long" | "431 Request Header Fields Too Large";
  readonly error: WireError;
}

/** A token of 4,096 characters, and as much again. Node itself takes no more than 16 KB of address and headers. */
const MAX_ADDRESS = 8_192;
/** Node reads up to 2,000 and leaves the rest out without a word, among which a proxy's own might be. */
const MAX_HEADERS = 128;
const RETRY_FULL_MS = 1_000;
/** For a client to read why its upgrade was refused, and to close its side. */
const LAST_WORDS_MS = 2_000;

export function createDoor(observer: Pick<Observer, "refusedAtDoor">): Door {
  return {
    foreign(req) {
      const { origin, host } = req.headers;
      const text = `origin ${quoted(origin)} is neither this server's, ${quoted(host)}, nor one of CORS_ORIGINS`;
      const cause = because("origin", text);
      return observer.refusedAtDoor(
        req,
        new GameError("forbidden", { cause, message: "this origin is not allowed" }),
      );
    },
    nowhere(req) {
      const [path] = (req.url ?? "").split("?", 1);
      const cause = because("path", `no WebSocket is served at ${quoted(path)}`);
      return observer.refusedAtDoor(req, new GameError("not_found", { cause }));
    },
    crowded(req, waitMs, cause) {
      const message = "too many new connections from this address";
      const details = { retry_after_ms: Math.ceil(waitMs) };
      return observer.refusedAtDoor(req, new GameError("rate_limited", { cause, message, details }));
    },
    tooLong(req) {
      const refused = (status: TooLong["status"], cause: Cause): TooLong => ({
        status,
        error: observer.refusedAtDoor(req, new GameError("payload_too_large", { cause })),
      });
      const { length = 0 } = req.url ?? "";
      if (length > MAX_ADDRESS)
        return refused(
          "414 URI Too Long",
          because("long_address", `the address has ${length} characters, ${MAX_ADDRESS} are read`),
        );
      // Names and values.
      const headers = req.rawHeaders.length / 2;
      if (headers > MAX_HEADERS)
        return refused(
          "431 Request Header Fields Too Large",
          because("many_headers", `the request has ${headers} headers, ${MAX_HEADERS} are read`),
        );
      return undefined;
    },
    overloaded(req, waitMs) {
      const cause = because(
        "overload",
        "this worker is too slow for the clients that it has, or soon would be",
      );
      const details = { retry_after_ms: waitMs };
      return observer.refusedAtDoor(req, new GameError("server_full", { cause, details }));
    },
    cutOff(req, waitMs) {
      const cause = because("cut_off", "this worker is cut from the store, which other workers have");
      const details = { retry_after_ms: waitMs };
      return observer.refusedAtDoor(req, new GameError("unavailable", { cause, details }));
    },
    full(req, most) {
      const cause = because("connecting", `${most} connections have not joined a namespace yet`);
      const details = { retry_after_ms: RETRY_FULL_MS };
      return observer.refusedAtDoor(req, new GameError("server_full", { cause, details }));
    },
  };
}

/** A body up to this is read and thrown away, so that the connection can go on. */
const MAX_UNREAD = 65_536;
/** For a client to read its answer while the rest of its body is not read any more. */
const UNREAD_MS = 500;

/** Bytes that a request says its body has; 0 where it does not say. */
export const announcedBytes = (req: IncomingMessage): number =>
  Number(req.headers["content-length"] ?? 0) || 0;

/**
 * For a request that may be answered before its body has come. Node would read all the rest and throw it away: 64 KB of memory a read,
 * which keeps the garbage collector busy. Here the rest is not read, and the connection ends once the client can have read its answer.
 */
export function leaveBodyUnread(req: IncomingMessage, res: ServerResponse): void {
  if (announcedBytes(req) <= MAX_UNREAD && req.headers["transfer-encoding"] === undefined) return;
  res.once("prefinish", () => {
    if (req.complete) return;
    // What was asked for once is not thrown away by Node; and what nobody takes is not read on.
    req.read(0);
    req.pause();
    const end = setTimeout(() => req.socket.destroy(), UNREAD_MS);
    req.once("end", () => clearTimeout(end));
    req.once("close", () => clearTimeout(end));
  });
}

/** For the header Retry-After, in seconds; undefined where the error names no time. */
export const retryAfter = ({ retry_after_ms }: WireError): string | undefined =>
  typeof retry_after_ms === "number" ? String(Math.ceil(retry_after_ms / 1_000)) : undefined;

/** Answers an upgrade that is refused. The connection ends, also where the client never closes its side. */
export function refuseUpgrade(
  socket: Duplex,
  status: string,
  body: object | { readonly error: WireError },
): void {
  const text = JSON.stringify(body);
  const seconds = "error" in body ? retryAfter(body.error) : undefined;
  const retry = seconds === undefined ? "" : `\r\nRetry-After: ${seconds}`;
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json${retry}`;
  socket.on("error", () => socket.destroy());
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  const last = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.once("close", () => clearTimeout(last));
}
