/** A log that remembers its lines, at a level. */
import type { Log } from "../../core/ports/log.ts";

export interface BookLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogBook extends Log {
  readonly lines: BookLine[];
  /** Lines with this message, and these fields. */
  of(message: string, fields?: Readonly<Record<string, unknown>>): BookLine[];
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** What is below the level must not even be made: it is an error here. */
export function logBook(level: "debug" | "info" = "debug"): LogBook {
  const lines: BookLine[] = [];
  const from = LEVELS.indexOf(level);
  const at = (of: BookLine["level"]) => (fields: object, message: string) => {
    if (LEVELS.indexOf(of) >= from) lines.push({ level: of, message, fields: { ...fields } });
  };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    isLevelEnabled: (asked) => LEVELS.indexOf(asked) >= from,
    of: (message, fields = {}) =>
      lines.filter(
        (line) =>
          line.message === message &&
          Object.entries(fields).every(([name, value]) => line.fields[name] === value),
      ),
  };
}
