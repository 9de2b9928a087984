/** Requests and upgrades that are turned away before they are read, and the reasons. */
import type { IncomingMessage } from "node:http";
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
}

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
  };
}
