/** What a row of the list is given and gives back. */
import type { Verdict } from "./checker.ts";
import type { Draws } from "./random.ts";

export interface RowContext {
  readonly draws: Draws;
  /** Of the short form in `npm test`: everything smaller, nothing left out. */
  readonly quick: boolean;
  /** How long a row may last that lasts as long as it is let, in seconds. */
  readonly seconds: number | undefined;
  /** Frames of the fuzzer; undefined: its own figure. */
  readonly frames?: number | undefined;
  progress(text: string): void;
}

export interface RowReport {
  readonly verdict: Verdict;
  /** What was measured, such as `resume p99 12 ms`. */
  readonly figures: string;
  /** Goals of the list that were missed, beside what the verdict counts. */
  readonly problems: readonly string[];
}

export interface Row {
  readonly id: string;
  readonly title: string;
  /** Only when it is named: the long runs. */
  readonly onRequest?: true;
  /** Rows that are run together under this name, and only under it or their own. */
  readonly group?: "abuse" | "realtime" | "lab";
  /** For the table of a group. */
  readonly tried?: string;
  readonly mustHold?: string;
  /** The control: it must find faults, or the checker is blind. */
  readonly mustFail?: true;
  /** What the row needs and this machine lacks, with how to get it; undefined: nothing. Such a row is not run. */
  lacks?(): string | undefined;
  run(context: RowContext): Promise<RowReport>;
}
