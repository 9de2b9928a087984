/** Ends connections whose token has ended, a minute after warning them: one timer for all. */
import { type Clock, iso } from "../../core/time.ts";
import type { SocketSession } from "./socket-session.ts";

/** How long before its end a token is announced to end. */
const WARNING_MS = 60_000;

interface Watched {
  readonly expiresAtMs: number;
  warned: boolean;
}

export interface TokenExpiry {
  /** Watches the session's token; again after a refresh. Sessions without a token are left alone. */
  watch(session: SocketSession): void;
  forget(session: SocketSession): void;
  /** Sessions that are watched. */
  readonly size: number;
  /** Looks now. */
  check(): void;
  close(): void;
}

export function createTokenExpiry(clock: Clock): TokenExpiry {
  const watched = new Map<SocketSession, Watched>();

  function check(): void {
    const now = clock.now();
    for (const [session, watch] of watched) {
      if (now >= watch.expiresAtMs) {
        watched.delete(session);
        session.close("token_expired");
      } else if (!watch.warned && now >= watch.expiresAtMs - WARNING_MS) {
        watch.warned = true;
        session.emit("token_expiring", { expires_at: iso(watch.expiresAtMs) });
      }
    }
  }

  const interval = setInterval(check, 500);
  return {
    watch(session) {
      const token = session.identity.token;
      if (token) watched.set(session, { expiresAtMs: token.expiresAt * 1_000, warned: false });
    },
    forget(session) {
      watched.delete(session);
    },
    get size() {
      return watched.size;
    },
    check,
    close() {
      clearInterval(interval);
      watched.clear();
    },
  };
}
