/** Requests and upgrades that are turned away before they are read, and the reasons. */
import type { IncomingMessage } from "node:http";
import { because, quoted } from "../../core/contract/cause.ts";
import type { WireError } from "../../core/contract/errors.ts";
import type { Observer } from "../observability/observer.ts";

/** Each reports to the observer. @returns the error of the answer */
export interface Door {
  /** From a page that may not. */
  foreign(req: IncomingMessage): WireError;
  /** For a path that has no WebSocket. */
  nowhere(req: IncomingMessage): WireError;
}

export function createDoor(observer: Pick<Observer, "refusedAtDoor">): Door {
  return {
    foreign(req) {
      const { origin, host } = req.headers;
      const text = `origin ${quoted(origin)} is neither this server's, ${quoted(host)}, nor one of CORS_ORIGINS`;
      return observer.refusedAtDoor(req, "forbidden", because("origin", text), "this origin is not allowed");
    },
    nowhere(req) {
      const [path] = (req.url ?? "").split("?", 1);
      const cause = because("path", `no WebSocket is served at ${quoted(path)}`);
      return observer.refusedAtDoor(req, "not_found", cause);
    },
  };
}
