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

/** @param times how many this line stands for; `isOthers`: of several causes that are not told apart */
type Write = (times: number, isFirst: boolean, isOthers: boolean) => void;

interface Sums {
  /** @param write writes a line; called for the first of a cause at once, and later the one of the last for all since. */
  note(cause: string, write: Write): void;
  /** Writes what is due; done by itself every few seconds. */
  look(): void;
  /** Writes what is left. What comes afterwards is written at once. */
  close(): void;
}

export interface SumsOptions {
  /** In milliseconds, of any clock. */
  now(): number;
  readonly maxCauses?: number;
}

interface Summed {
  since: number;
  /** After the line that was written last. */
  times: number;
  write: Write;
}

export function createSums({ now, maxCauses = MAX_CAUSES }: SumsOptions): Sums {
  const causes = new Map<string, Summed>();
  let isClosed = false;

  function look(isLast = false): void {
    const at = now();
    for (const [cause, summed] of causes) {
      if (!isLast && at - summed.since < WINDOW_MS) continue;
      if (summed.times > 0) summed.write(summed.times, false, cause === OTHERS);
      if (isLast || summed.times === 0) causes.delete(cause);
      else Object.assign(summed, { since: at, times: 0 });
    }
  }

  const interval = setInterval(() => look(), LOOK_MS);
  interval.unref();
  return {
    note(given, write) {
      if (isClosed) return write(1, true, false);
      const cause = causes.has(given) || causes.size < maxCauses ? given : OTHERS;
      if (now() - (causes.get(cause)?.since ?? now()) >= WINDOW_MS) look();
      const summed = causes.get(cause);
      if (summed) {
        summed.times++;
        summed.write = write;
        return;
      }
      causes.set(cause, { since: now(), times: 0, write });
      write(1, true, cause === OTHERS);
    },
    look: () => look(),
    close() {
      isClosed = true;
      clearInterval(interval);
      look(true);
    },
  };
}

export interface SummingLog extends Pick<Sums, "look" | "close"> {
  /** @param describe the fields of the line; called where one is written */
  note(cause: string, describe: () => object): void;
}

export interface SummingLogOptions extends SumsOptions {
  readonly log: Log;
  readonly message: string;
}

/** Lines of one message at `info`, each with how many it stands for in `times`. */
export function createSummingLog({ log, message, ...options }: SummingLogOptions): SummingLog {
  const sums = createSums(options);
  return {
    note(cause, describe) {
      if (log.isLevelEnabled?.("info") === false) return;
      sums.note(cause, (times) => log.info({ ...describe(), times }, message));
    },
    look: sums.look,
    close: sums.close,
  };
}
