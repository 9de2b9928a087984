/** Ends connections whose token has ended, a minute after warning them: one timer for all, which looks only at what is due. */
import { type Clock, iso } from "../../core/time.ts";
import type { SocketSession } from "./socket-session.ts";

/** How long before its end a token is announced to end. */
const WARNING_MS = 60_000;
const LOOK_MS = 500;

/** What is needed of a session here. */
export type Expiring = Pick<SocketSession, "identity" | "emit" | "close">;

interface Watched {
  readonly expiresAtMs: number;
  isWarned: boolean;
  /** The look at which it is due next. */
  due: number;
}

export interface TokenExpiry {
  /** Watches the session's token; again after a refresh. Sessions without a token are left alone. */
  watch(session: Expiring): void;
  forget(session: Expiring): void;
  /** Sessions that are watched. */
  readonly size: number;
  /** Looks now. */
  check(): void;
  close(): void;
}

/** The first look that comes at `atMs` or after it: looks are counted from the beginning of time. */
const lookAt = (atMs: number): number => Math.ceil(atMs / LOOK_MS);

export function createTokenExpiry(clock: Clock): TokenExpiry {
  const watched = new Map<Expiring, Watched>();
  /** Sessions by the look at which they are due: what a look costs does not grow with those that are not. */
  const due = new Map<number, Set<Expiring>>();
  let looked = Math.floor(clock.now() / LOOK_MS);

  function plan(session: Expiring, watch: Watched, atMs: number): void {
    watch.due = Math.max(lookAt(atMs), looked + 1);
    const sessions = due.get(watch.due);
    if (sessions) sessions.add(session);
    else due.set(watch.due, new Set([session]));
  }

  function forget(session: Expiring): void {
    const watch = watched.get(session);
    if (!watch) return;
    watched.delete(session);
    const sessions = due.get(watch.due);
    if (sessions?.delete(session) && sessions.size === 0) due.delete(watch.due);
  }

  function act(session: Expiring, now: number): void {
    const watch = watched.get(session);
    if (!watch) return;
    if (now >= watch.expiresAtMs) {
      watched.delete(session);
      session.close("token_expired");
      return;
    }
    const warnAtMs = watch.expiresAtMs - WARNING_MS;
    if (!watch.isWarned && now >= warnAtMs) {
      watch.isWarned = true;
      session.emit("token_expiring", { expires_at: iso(watch.expiresAtMs) });
    }
    plan(session, watch, watch.isWarned ? watch.expiresAtMs : warnAtMs);
  }

  function* dueUntil(last: number): Iterable<Set<Expiring>> {
    const missed = last - looked;
    looked = last;
    // A clock that was set forward may have passed more looks than there are sessions.
    const looks =
      missed > due.size
        ? [...due.keys()].filter((look) => look <= last)
        : Array.from({ length: missed }, (_, at) => last - missed + 1 + at);
    for (const look of looks) {
      const sessions = due.get(look);
      if (!sessions) continue;
      due.delete(look);
      yield sessions;
    }
  }

  function check(): void {
    const now = clock.now();
    const last = Math.floor(now / LOOK_MS);
    // A clock that was set back: what is due is found again.
    if (last <= looked) looked = last;
    else for (const sessions of dueUntil(last)) for (const session of sessions) act(session, now);
  }

  const interval = setInterval(check, LOOK_MS);
  return {
    watch(session) {
      forget(session);
      const token = session.identity.token;
      if (!token) return;
      const watch: Watched = { expiresAtMs: token.expiresAt * 1_000, isWarned: false, due: 0 };
      watched.set(session, watch);
      plan(session, watch, watch.expiresAtMs - WARNING_MS);
    },
    forget,
    get size() {
      return watched.size;
    },
    check,
    close() {
      clearInterval(interval);
      watched.clear();
      due.clear();
    },
  };
}
