/**
 * What repeats, as one line a minute for each cause: the first at once, the others of its minute together at the end of it. However
 * many come, from however many sides, the log grows by a bounded number of lines.
 */
import type { Log } from "../../core/ports/log.ts";

/** Causes told apart; further ones are one. */
const MAX_CAUSES = 100;
const WINDOW_MS = 60_000;
const LOOK_MS = 5_000;
const OTHERS = "(others)";

export interface SummingLog {
  /** @param describe the fields of the line; called where one is written */
  note(cause: string, describe: () => object): void;
  /** Writes what is due; done by itself every few seconds. */
  look(): void;
  /** Writes what is left. */
  close(): void;
}

interface Summed {
  since: number;
  /** After the line that was written last. */
  times: number;
  describe: () => object;
}

export interface SummingLogOptions {
  readonly log: Log;
  readonly message: string;
  /** In milliseconds since the epoch. */
  now(): number;
  readonly maxCauses?: number;
}

export function createSummingLog(options: SummingLogOptions): SummingLog {
  const { log, message, now, maxCauses = MAX_CAUSES } = options;
  const causes = new Map<string, Summed>();

  function write({ describe }: Pick<Summed, "describe">, times: number): void {
    log.info({ ...describe(), times }, message);
  }

  function look(at: number, isLast = false): void {
    for (const [cause, summed] of causes) {
      if (!isLast && at - summed.since < WINDOW_MS) continue;
      if (summed.times > 0) write(summed, summed.times);
      if (isLast || summed.times === 0) causes.delete(cause);
      else Object.assign(summed, { since: at, times: 0 });
    }
  }

  const interval = setInterval(() => look(now()), LOOK_MS);
  interval.unref();
  return {
    note(given, describe) {
      if (log.isLevelEnabled?.("info") === false) return;
      const cause = causes.has(given) || causes.size < maxCauses ? given : OTHERS;
      const summed = causes.get(cause);
      if (summed) {
        summed.times++;
        summed.describe = describe;
        return;
      }
      causes.set(cause, { since: now(), times: 0, describe });
      write({ describe }, 1);
    },
    look: () => look(now()),
    close() {
      clearInterval(interval);
      look(now(), true);
    },
  };
}
