/** Stopping in an order that loses nothing (DESIGN, decision 7); a second signal skips the waiting. */
import { randomInt } from "node:crypto";
import type { Log } from "../core/ports/log.ts";
import type { InFlight } from "./socketio/in-flight.ts";

/** Clients come back spread over this time, so that they do not all knock at once. */
export const RECONNECT_SPREAD_MS = 2_000;
/** Between the goodbye and the closing: long enough for the frame to leave. */
const GOODBYE_MS = 100;
/** Connections closed in one turn of the event loop. */
const CLOSE_BATCH = 200;

interface Connection {
  close(): void;
}

/** What stopping needs of a session. */
export interface DrainableSession {
  emit(event: "server_draining", payload: { readonly reconnect_in_ms: number }): void;
  readonly socket: { readonly conn: Connection };
}

export interface DrainOptions {
  readonly registry: { all(): Iterable<DrainableSession> };
  readonly inFlight: Pick<InFlight, "size" | "idle">;
  readonly log: Log;
  /** How long all of it may take. */
  readonly drainMs: number;
  /** Aborted by a second signal. */
  readonly skip?: AbortSignal;
}

/** Says goodbye to this worker's clients, lets their commands finish, and disconnects them. */
export async function drainSessions(options: DrainOptions): Promise<void> {
  const { registry, inFlight, log, drainMs, skip } = options;
  const until = performance.now() + drainMs;
  const leftMs = () => Math.max(0, until - performance.now());
  const skipped = new Promise<void>((resolve) => {
    if (skip?.aborted) resolve();
    else skip?.addEventListener("abort", () => resolve(), { once: true });
  });
  const unlessSkipped = (work: Promise<unknown>) => Promise.race([work, skipped]);

  const sessions = [...registry.all()];
  for (const session of sessions)
    session.emit("server_draining", { reconnect_in_ms: randomInt(RECONNECT_SPREAD_MS) });
  if (sessions.length > 0)
    await unlessSkipped(new Promise((resolve) => setTimeout(resolve, Math.min(GOODBYE_MS, drainMs))));
  await unlessSkipped(inFlight.idle(leftMs()));

  // By connection: each carries up to six sessions. Those who came during the goodbye are among them.
  const connections = new Set([...registry.all()].map((session) => session.socket.conn));
  let closed = 0;
  for (const connection of connections) {
    connection.close();
    if (++closed % CLOSE_BATCH === 0) await unlessSkipped(new Promise((resolve) => setImmediate(resolve)));
  }
  // What the disconnects themselves must still store: presence, seats.
  await unlessSkipped(inFlight.idle(leftMs()));
  if (inFlight.size > 0) log.warn({ underWay: inFlight.size }, "stopped with commands under way");
}
