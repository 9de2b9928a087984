/**
 * A log that no message can flood: of each message the first lines of a minute are written, and of the others only how many there were.
 * What clients can cause is so a bounded number of lines, wherever in the server it is logged. `debug` is as it is: who asks for it wants all.
 */
import type { Log } from "../../core/ports/log.ts";

/** Of one message in a minute. */
const MOST_LINES = 10;
const WINDOW_MS = 60_000;
/** Messages told apart; further ones are one. The server's own are about a hundred. */
const MAX_MESSAGES = 500;
const OTHERS = "(others)";
const LOOK_MS = 5_000;

type Level = "info" | "warn" | "error";

interface Paced {
  readonly level: Level;
  readonly since: number;
  lines: number;
  /** Not written. */
  left: number;
}

export interface PacedLog extends Log {
  /** Writes how many lines were left out, and ends. */
  close(): void;
}

/** @param now in milliseconds, of any clock */
export function createPacedLog(log: Log, now: () => number): PacedLog {
  const messages = new Map<string, Paced>();

  function sum(message: string, { level, left }: Paced): void {
    if (left > 0) log[level]({ times: left }, `${message} (further lines of this minute)`);
  }

  const at = (level: Level) => (fields: object, given: string) => {
    // It counts for itself.
    if ("times" in fields) return log[level](fields, given);
    const message = messages.has(given) || messages.size < MAX_MESSAGES ? given : OTHERS;
    let paced = messages.get(message);
    if (paced !== undefined && now() - paced.since >= WINDOW_MS) {
      sum(message, paced);
      paced = undefined;
    }
    if (paced === undefined) {
      paced = { level, since: now(), lines: 0, left: 0 };
      messages.set(message, paced);
    }
    if (paced.lines++ < MOST_LINES) log[level](fields, given);
    else paced.left++;
  };

  function look(isLast = false): void {
    for (const [message, paced] of messages) {
      if (!isLast && now() - paced.since < WINDOW_MS) continue;
      messages.delete(message);
      sum(message, paced);
    }
  }
  const looking = setInterval(look, LOOK_MS);
  looking.unref();

  return {
    debug: (fields, message) => log.debug(fields, message),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    ...(log.isLevelEnabled && { isLevelEnabled: (level) => log.isLevelEnabled?.(level) ?? true }),
    close() {
      clearInterval(looking);
      look(true);
    },
  };
}
