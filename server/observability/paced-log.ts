/**
 * A log that no cause can flood: the first line of a cause is written at once, and after each minute one with how many more there were,
 * in `times`, and the fields of the last. What clients can cause is so a bounded number of lines, wherever in the server it is logged.
 * `debug` is as it is: who asks for it wants all.
 */
import type { Log } from "../../core/ports/log.ts";
import { createSums } from "./summing-log.ts";

/** Told apart; further ones are one. The server's own messages are about a hundred. */
const MAX_CAUSES = 500;
/** Fields that tell causes of one message apart: they hold names of the server's, never a client's or a user's. */
const CAUSE_FIELDS = ["namespace", "command", "kind", "game", "mode", "part", "question"];
/** Of a name. */
const MAX_NAME = 64;

export interface PacedLog extends Log {
  /** Writes how many lines were left out. Lines that come later are written as they are. */
  close(): void;
}

/** @param now in milliseconds, of any clock */
export function createPacedLog(log: Log, now: () => number): PacedLog {
  const sums = createSums({ now, maxCauses: MAX_CAUSES });

  const at = (level: "info" | "warn" | "error") => (fields: object, message: string) => {
    // It counts for itself.
    if ("times" in fields) return log[level](fields, message);
    sums.note(`${level} ${message} ${causeIn(fields)}`, (times, isFirst, isOthers) =>
      log[level](
        isFirst ? fields : { ...fields, times },
        isOthers && !isFirst ? "(lines of several causes)" : message,
      ),
    );
  };

  return {
    debug: (fields, message) => log.debug(fields, message),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    ...(log.isLevelEnabled && { isLevelEnabled: (level) => log.isLevelEnabled?.(level) ?? true }),
    close: sums.close,
  };
}

function causeIn(fields: object): string {
  const names: unknown[] = [];
  for (const [name, value] of Object.entries(fields))
    if (CAUSE_FIELDS.includes(name)) names.push(value);
    else if (name === "err") names.push(kindOf(value));
  return names.map((name) => String(name).slice(0, MAX_NAME)).join(" ");
}

/** Of an error: its code, else its class. Its message can hold what a client sent. */
const kindOf = (thrown: unknown): unknown =>
  thrown instanceof Error ? ("code" in thrown ? thrown.code : thrown.name) : typeof thrown;
