/** How a worker lets its clients go so that nothing is lost; a second signal skips the waiting. */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../core/ports/log.ts";
import type { InFlight } from "../../middleware/command-queue.ts";
import type { ForwardedDrain } from "../cluster/drain-forwarded.ts";
import type { RollingReload } from "../cluster/rolling-reload.ts";
import type { HttpListener } from "../http/http-listener.ts";

/** Clients come back spread over this time, so that they do not all knock at once. */
export const RECONNECT_SPREAD_MS = 2_000;
/** The spreading takes no more than this part of the drain time. */
const MOST_OF_DRAIN = 0.4;
/** Between the goodbye and the closing: long enough for the frame to leave. */
const GOODBYE_MS = 100;
const STEP_MS = 50;
/** What closing the port and telling other workers may take beside the drain time. */
export const LEAVE_LIMIT_MS = 2_000;
/** What is not handed over by then is taken by others as after a fault. */
const HAND_OVER_LIMIT_MS = 1_500;
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
  /** Other workers take the clients over: they are let go one by one, not all at once. */
  readonly amongOthers: boolean;
  /** Called when the last connections are closed: from then on no new client is let in. */
  onClosing(): void;
  /** Aborted by a second signal. */
  readonly skip?: AbortSignal;
}

export interface StopServingOptions extends DrainOptions {
  /** Gives what can be given to other workers while the clients are still here. Must not throw. */
  handOver(): Promise<void>;
  readonly httpListener: Pick<HttpListener, "acceptWaiting" | "stopListening">;
  readonly rollingReload: Pick<RollingReload, "leaving"> | undefined;
  readonly forwardedDrain: Pick<ForwardedDrain, "leave">;
}

/** Closes the port, names the worker that takes over, and lets the clients of this worker go. */
export async function stopServing(options: StopServingOptions): Promise<void> {
  const { httpListener, rollingReload, forwardedDrain, drainMs, skip } = options;
  const handedOver = Promise.race([
    options.handOver(),
    delay(Math.min(HAND_OVER_LIMIT_MS, drainMs), undefined, { ref: false, ...(skip && { signal: skip }) }),
  ]).catch(() => undefined);
  await httpListener.acceptWaiting();
  httpListener.stopListening();
  await rollingReload?.leaving();
  await handedOver;
  const spreadMs = spreadWithin(drainMs);
  await Promise.all([
    forwardedDrain.leave({ spreadMs, ...(skip === undefined ? {} : { skip }) }),
    drainSessions(options),
  ]);
}

/** Aborts `to` when `from` is aborted, or at once where it is already. */
export function forwardAbort(from: AbortSignal, to: AbortController): void {
  if (from.aborted) to.abort();
  else from.addEventListener("abort", () => to.abort(), { once: true });
}

/** Over how long clients are spread within a drain time. */
export const spreadWithin = (drainMs: number): number =>
  Math.max(1, Math.round(Math.min(RECONNECT_SPREAD_MS, drainMs * MOST_OF_DRAIN)));

/** Says goodbye to this worker's clients, lets their commands finish, and disconnects them. */
export async function drainSessions(options: DrainOptions): Promise<void> {
  const { registry, inFlight, log, drainMs, amongOthers, skip = new AbortController().signal } = options;
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const leftMs = () => Math.max(0, drainMs - elapsedMs());
  const pause = (ms: number) =>
    delay(Math.min(ms, leftMs()), undefined, { signal: skip }).catch(() => undefined);
  const skipped = new Promise<void>((resolve) => {
    if (skip.aborted) resolve();
    else skip.addEventListener("abort", () => resolve(), { once: true });
  });
  /** Waits until no command is under way: a client that is disconnected then has every answer. */
  const idle = (limitMs: number) => Promise.race([inFlight.idle(Math.min(limitMs, leftMs())), skipped]);

  const spreadMs = spreadWithin(drainMs);
  const goodbyeMs = Math.min(GOODBYE_MS, drainMs);
  /** When each connection is closed, from the start; it carries up to six sessions. */
  const closings = new Map<Connection, number>();
  const notified = new WeakSet<DrainableSession>();
  /** Also to sessions that enter another namespace meanwhile. */
  function sayGoodbye(): void {
    for (const session of registry.all()) {
      if (notified.has(session)) continue;
      notified.add(session);
      const { conn } = session.socket;
      const closeAt = closings.get(conn) ?? goodbyeMs + (amongOthers ? randomInt(spreadMs) : 0);
      closings.set(conn, closeAt);
      const reconnectAt = amongOthers ? closeAt : randomInt(spreadMs);
      session.emit("server_draining", {
        reconnect_in_ms: Math.max(0, Math.round(reconnectAt - elapsedMs())),
      });
    }
  }

  sayGoodbye();
  while (closings.size > 0 && !isEmpty(registry.all())) {
    await pause(STEP_MS);
    await idle(amongOthers ? STEP_MS : drainMs);
    const isLast = skip.aborted || leftMs() === 0 || elapsedMs() >= goodbyeMs + spreadMs;
    if (isLast) options.onClosing();
    sayGoodbye();
    closeDue(closings, isLast ? Number.POSITIVE_INFINITY : elapsedMs());
  }
  options.onClosing();
  // What the disconnects themselves must still store: presence, seats.
  await idle(drainMs);
  if (inFlight.size > 0) log.warn({ underWay: inFlight.size }, "stopped with commands under way");
}

/** A client may leave by itself after `server_draining`. */
const isEmpty = (items: Iterable<unknown>): boolean => items[Symbol.iterator]().next().done === true;

function closeDue(closings: Map<Connection, number>, now: number): void {
  let closed = 0;
  for (const [connection, closeAt] of closings) {
    if (closeAt > now) continue;
    closings.delete(connection);
    connection.close();
    if (++closed === CLOSE_BATCH) return;
  }
}
