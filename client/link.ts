/** One namespace's connection that comes back by itself: waits as a stopping server asks, and tries refusals that can pass. */
import type { Socket } from "socket.io-client";
import { retryAfterMs } from "./errors.ts";

/** Refusals of a connection that another try may not meet. */
const PASSING = new Set(["unavailable", "server_full", "rate_limited", "internal"]);
/** A token that a function can replace. */
const STALE_TOKEN = new Set(["token_expired", "token_expiring"]);

/** The wait of a client that was let go when it was told. */
const SOON_MS = 50;

export interface LinkOptions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Whether each connection asks for its token anew. */
  readonly freshToken: boolean;
}

interface Refusal extends Error {
  readonly data?: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

/** Keeps `socket` connected until `close`. @returns what ends it */
export function keepConnected(socket: Socket, options: LinkOptions): { close(): void } {
  const { minDelayMs, maxDelayMs, freshToken } = options;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastError: string | undefined;
  /** When a stopping server has asked to come back; by `Date.now()`. */
  let comeBackAt: number | undefined;
  let closed = false;

  function again(askedMs?: number): void {
    if (closed) return;
    clearTimeout(timer);
    const backOffMs = Math.min(maxDelayMs, minDelayMs * 2 ** failures++) * (0.5 + Math.random());
    timer = setTimeout(() => socket.connect(), Math.max(askedMs ?? 0, backOffMs));
  }

  socket.on("connect", () => {
    failures = 0;
    lastError = undefined;
    socket.io.reconnectionDelay(minDelayMs);
  });
  socket.on("connect_error", (error: Refusal) => {
    const code = error.data?.code;
    // Without a code the transport failed, and the manager itself tries again.
    if (code === undefined || socket.active) {
      socket.io.reconnectionDelay(minDelayMs);
      return;
    }
    if (PASSING.has(code) || (freshToken && STALE_TOKEN.has(code))) again(retryAfterMs(error.data));
  });
  socket.on("error", (payload: { code?: string } | undefined) => {
    lastError = payload?.code;
  });
  socket.on("server_draining", ({ reconnect_in_ms }: { reconnect_in_ms: number }) => {
    if (reconnect_in_ms >= 0) comeBackAt = Date.now() + reconnect_in_ms;
  });
  socket.on("disconnect", (reason: string) => {
    if (comeBackAt !== undefined) {
      // The jitter is the server's: all its clients come back spread over it, each once it was let go.
      socket.io.reconnectionDelay(Math.max(SOON_MS, comeBackAt - Date.now()));
      comeBackAt = undefined;
    }
    // The manager comes back by itself, unless the server ended this namespace's connection alone.
    if (reason !== "io server disconnect" || lastError === undefined) return;
    if (PASSING.has(lastError) || (freshToken && STALE_TOKEN.has(lastError))) again();
  });
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      socket.disconnect();
    },
  };
}
