/**
 * A time limit that runs until the reply. node-redis's own ends when a command was written, so it does not notice a frozen Redis.
 */
import { ErrorReply } from "redis";
import { GameError } from "../../../../core/contract/errors.ts";

/** A command without a reply for this long fails with `unavailable`. */
export const COMMAND_TIMEOUT_MS = 800;
/** When a command fails that way and nothing else was answered for this long, Redis is away. */
const SILENCE_MS = COMMAND_TIMEOUT_MS / 2;
/** How often replies that are overdue are looked for. */
const CHECK_MS = 50;

/** Errors of Redis that say 'not now' instead of 'never'. */
const NOT_NOW =
  /^(LOADING|BUSY|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|NOREPLICAS|NOAUTH|WRONGPASS|UNBLOCKED)\b/;

export const unavailable = (cause: unknown) => new GameError("unavailable", { cause });

/** An error reply stays what it is, unless it may pass; anything else means that there was no reply. */
function toUnavailable(error: unknown): unknown {
  if (error instanceof GameError) return error;
  return error instanceof ErrorReply && !NOT_NOW.test(error.message) ? error : unavailable(error);
}

interface Pending {
  readonly since: number;
  /** Tells of Redis's health; a subscription does not. */
  readonly command: boolean;
  readonly reject: (error: unknown) => void;
}

export interface TimeLimit {
  /** Commands and subscriptions under way. */
  readonly pending: number;
  within<T>(promise: Promise<T>, command?: boolean): Promise<T>;
  /** Fails what is under way. */
  close(): void;
}

/** @param silent called when a command was not answered and nothing else was for a while */
export function createTimeLimit(silent: () => void): TimeLimit {
  const pending = new Set<Pending>();
  let lastCheck = performance.now();
  let lastReply = 0;
  let waitedForReplies = false;

  function check(): void {
    const now = performance.now();
    // When this worker itself was stopped or busy, replies may lie unread: they are looked at first.
    waitedForReplies = !waitedForReplies && now - lastCheck > CHECK_MS * 4;
    lastCheck = now;
    if (waitedForReplies) return;
    for (const entry of pending) {
      if (now - entry.since < COMMAND_TIMEOUT_MS) return;
      pending.delete(entry);
      // Slow is not away: then only this command fails.
      if (entry.command && now - lastReply > SILENCE_MS) silent();
      entry.reject(unavailable(new Error(`no reply within ${COMMAND_TIMEOUT_MS} ms`)));
    }
  }
  const timer = setInterval(check, CHECK_MS);

  return {
    get pending() {
      return pending.size;
    },
    within<T>(promise: Promise<T>, command = false) {
      return new Promise<T>((resolve, reject) => {
        const entry: Pending = { since: performance.now(), command, reject };
        pending.add(entry);
        promise.then(
          (value) => {
            pending.delete(entry);
            if (command) lastReply = performance.now();
            resolve(value);
          },
          (error: unknown) => {
            pending.delete(entry);
            if (command && error instanceof ErrorReply) lastReply = performance.now();
            reject(toUnavailable(error));
          },
        );
      });
    },
    close() {
      clearInterval(timer);
      for (const entry of pending) entry.reject(unavailable(new Error("the connection is closed")));
      pending.clear();
    },
  };
}
