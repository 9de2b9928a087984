/**
 * What lets pages of other origins read this server's answers: on every answer of the port, refusals too, so that a page's client sees
 * why it was refused. Which origins may is decided in one place for connecting and for reading.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import cors from "cors";

/** For which a browser may keep the answer to its question, in seconds. */
const MAX_AGE_S = 600;

export type CrossOrigin = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/**
 * Calls `next` unless the request was a browser's question whether it may ask; that is answered.
 * @param allowed whether the request's origin may connect
 */
export function crossOrigin(allowed: (req: IncomingMessage) => boolean): CrossOrigin {
  const answerFor = cors<IncomingMessage>((req, done) => {
    const { origin } = req.headers;
    done(null, {
      // By name, never `*`: what is for one origin is not for all.
      origin: origin !== undefined && allowed(req) ? origin : false,
      // Cookies by which a balancer keeps a client at its worker. `null` is any page in a sandbox.
      credentials: origin !== "null",
      exposedHeaders: ["Retry-After"],
      maxAge: MAX_AGE_S,
    });
  });
  return (req, res, next) => {
    // Also where there is no origin: the same answer must not be kept for a page of another.
    res.setHeader("Vary", "Origin");
    answerFor(req, res, next);
  };
}
