/** Counts what the users of one process do, and hands over what came since the last time. */
import { codeOf, exampleOf } from "../failure.ts";
import { Histogram, type HistogramData } from "./histogram.ts";

/** While users come, and while all of them are there. */
export type LoadPhase = "ramp" | "hold";

interface ActionDelta {
  readonly phase: LoadPhase;
  readonly name: string;
  readonly failed: number;
  /** Of those that succeeded. */
  readonly times: HistogramData;
}

interface ErrorDelta {
  readonly phase: LoadPhase;
  readonly name: string;
  readonly code: string;
  readonly count: number;
  readonly example: string;
}

export interface RecordedDelta {
  readonly actions: readonly ActionDelta[];
  readonly errors: readonly ErrorDelta[];
  readonly counters: readonly (readonly [LoadPhase, string, number])[];
}

/** Names that a scenario makes up as it goes would fill the memory. */
export const MOST_NAMES = 200;
export const OTHER = "(other)";
const MOST_NAME = 80;
/** What went wrong outside of any action. */
export const USER_ITSELF = "(user)";

interface Cell {
  readonly phase: LoadPhase;
  readonly name: string;
  readonly times: Histogram;
  failed: number;
}
interface ErrorCell extends Omit<ErrorDelta, "count"> {
  count: number;
}

/** At most so many keys; further ones share `(other)`. */
export function bounded(known: ReadonlySet<string>, name: string): string {
  const short = name.slice(0, MOST_NAME);
  return known.has(short) || known.size < MOST_NAMES ? short : OTHER;
}

export class Recorder {
  readonly #phase: () => LoadPhase;
  readonly #names = new Set<string>();
  readonly #codes = new Set<string>();
  readonly #cells = new Map<string, Cell>();
  readonly #errors = new Map<string, ErrorCell>();
  readonly #counters = new Map<string, { phase: LoadPhase; name: string; count: number }>();
  readonly #counted = new WeakSet<Error>();
  #inFlight = 0;
  #isOver = false;

  constructor(phase: () => LoadPhase) {
    this.#phase = phase;
  }

  /** Actions that have begun and not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): void {
    this.#inFlight++;
  }

  end(): void {
    this.#inFlight--;
  }

  took(name: string, ms: number): void {
    this.#cell(name).times.add(ms);
  }

  /** Failures that come from the end of the run are none. */
  failed(name: string, thrown: Error): void {
    if (this.#isOver || codeOf(thrown) === "stopped" || this.#counted.has(thrown)) return;
    this.#counted.add(thrown);
    this.fail(name, codeOf(thrown), exampleOf(thrown));
  }

  fail(name: string, code: string, example: string): void {
    if (this.#isOver) return;
    const cell = this.#cell(name);
    cell.failed++;
    const short = bounded(this.#codes, code);
    this.#codes.add(short);
    const key = `${cell.phase}\n${cell.name}\n${short}`;
    const known = this.#errors.get(key);
    if (known) known.count++;
    else this.#errors.set(key, { phase: cell.phase, name: cell.name, code: short, count: 1, example });
  }

  /** Whether it was counted already, by the action that it came from. */
  knows(thrown: Error): boolean {
    return this.#counted.has(thrown);
  }

  count(name: string, by: number): void {
    const phase = this.#phase();
    const short = this.#name(name);
    const key = `${phase}\n${short}`;
    const known = this.#counters.get(key);
    if (known) known.count += by;
    else this.#counters.set(key, { phase, name: short, count: by });
  }

  /** The run is over: what fails from now on fails because of that. */
  over(): void {
    this.#isOver = true;
  }

  /** What came since the last call. */
  take(): RecordedDelta {
    const actions = [...this.#cells.values()]
      .filter(({ times, failed }) => times.count + failed > 0)
      .map(({ phase, name, failed, times }) => ({ phase, name, failed, times: times.data() }));
    const errors = [...this.#errors.values()];
    const counters = [...this.#counters.values()].map(
      ({ phase, name, count }) => [phase, name, count] as const,
    );
    for (const cell of this.#cells.values()) {
      cell.times.clear();
      cell.failed = 0;
    }
    this.#errors.clear();
    this.#counters.clear();
    return { actions, errors, counters };
  }

  #name(name: string): string {
    const short = bounded(this.#names, name);
    this.#names.add(short);
    return short;
  }

  #cell(name: string): Cell {
    const phase = this.#phase();
    const short = this.#name(name);
    const key = `${phase}\n${short}`;
    const known = this.#cells.get(key);
    if (known) return known;
    const made: Cell = { phase, name: short, times: new Histogram(), failed: 0 };
    this.#cells.set(key, made);
    return made;
  }
}
