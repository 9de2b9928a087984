/** Adds up what the load processes tell. */
import type { UserCounts } from "../engine/crowd.ts";
import { Histogram } from "../engine/histogram.ts";
import { bounded, type LoadPhase, type RecordedDelta } from "../engine/recorder.ts";
import type { ActionFigures, ActionResult, CounterResult, ErrorResult, ProcessResult } from "./result.ts";
import { Series } from "./series.ts";

/** Above this share of a core a process is late itself. */
export const BUSY_CPU = 0.8;
/** Where others take the machine's CPU, it is late although it uses little. */
export const LATE_MS = 20;
const MOST_ERRORS = 200;

interface Cell {
  readonly times: Histogram;
  failed: number;
}
interface Means {
  sum: number;
  count: number;
  max: number;
}
interface Own {
  readonly users: UserCounts;
  readonly cpu: Means;
  readonly delay: Means;
  rssBytes: number;
}

export interface TallyTick {
  readonly second: number;
  readonly recorded: RecordedDelta;
  readonly users: UserCounts;
  readonly own: { readonly cpu: number; readonly delayMs: number; readonly rssBytes: number };
}

export class Tally {
  readonly series = new Series();
  readonly #rampS: number;
  readonly #names = new Set<string>();
  readonly #cells: Readonly<Record<LoadPhase, Map<string, Cell>>> = { ramp: new Map(), hold: new Map() };
  readonly #counters = new Map<string, { ramp: number; hold: number }>();
  readonly #errors = new Map<string, { action: string; code: string; count: number; example: string }>();
  readonly #own = new Map<number, Own>();
  #mostActive = 0;
  /** Of the newest second, for the line that shows how it goes. */
  #last = { done: 0, failed: 0 };

  constructor(rampMs: number) {
    this.#rampS = rampMs / 1_000;
  }

  add(process: number, { second, recorded, users, own }: TallyTick): void {
    for (const { phase, name, failed, times } of recorded.actions) {
      const cell = this.#cell(phase, name);
      cell.times.merge(times);
      cell.failed += failed;
      this.#last.done += times.buckets.reduce((sum, [, count]) => sum + count, 0);
      this.#last.failed += failed;
    }
    for (const { name, code, count, example } of recorded.errors) {
      const key = `${name}\n${code}`;
      const known = this.#errors.get(key);
      if (known) known.count += count;
      else if (this.#errors.size < MOST_ERRORS) this.#errors.set(key, { action: name, code, count, example });
    }
    for (const [phase, name, count] of recorded.counters) {
      const short = bounded(new Set(this.#counters.keys()), name);
      const known = this.#counters.get(short) ?? { ramp: 0, hold: 0 };
      known[phase] += count;
      this.#counters.set(short, known);
    }
    this.series.add(second, { process, users: users.active, actions: recorded.actions });
    this.#ownOf(process, users, own, second);
  }

  #ownOf(process: number, users: UserCounts, own: TallyTick["own"], second: number): void {
    const known = this.#own.get(process);
    const cpu = known?.cpu ?? { sum: 0, count: 0, max: 0 };
    const delay = known?.delay ?? { sum: 0, count: 0, max: 0 };
    delay.max = Math.max(delay.max, own.delayMs);
    // The first second of all, with its compiling, says nothing.
    if (second > Math.max(1.5, this.#rampS)) {
      cpu.sum += own.cpu;
      cpu.count++;
      delay.sum += own.delayMs;
      delay.count++;
      cpu.max = Math.max(cpu.max, own.cpu);
    }
    this.#own.set(process, {
      ...{ users, cpu, delay },
      rssBytes: Math.max(known?.rssBytes ?? 0, own.rssBytes),
    });
    this.#mostActive = Math.max(this.#mostActive, this.users().active);
  }

  /** Of all processes. */
  users(): UserCounts & { readonly mostActive: number } {
    const sum = (of: (users: UserCounts) => number) =>
      [...this.#own.values()].reduce((total, { users }) => total + of(users), 0);
    return {
      begun: sum(({ begun }) => begun),
      active: sum(({ active }) => active),
      left: sum(({ left }) => left),
      restarts: sum(({ restarts }) => restarts),
      mostActive: this.#mostActive,
    };
  }

  /** What was done since the last call. */
  sinceLast(): { readonly done: number; readonly failed: number } {
    const last = this.#last;
    this.#last = { done: 0, failed: 0 };
    return last;
  }

  /** The slowest action so far while all users are there, by its 99th percentile. */
  slowest(): { readonly name: string; readonly p99: number } | undefined {
    const [first] = [...this.#cells.hold]
      .map(([name, { times }]) => ({ name, p99: times.percentile(0.99) }))
      .sort((a, b) => b.p99 - a.p99);
    return first;
  }

  actions(seconds: { readonly ramp: number; readonly hold: number }): ActionResult[] {
    return [...this.#names].map((name) => {
      const [ramp, hold] = [this.#cells.ramp.get(name), this.#cells.hold.get(name)];
      const phase = hold === undefined ? "ramp" : "hold";
      const cell = hold ?? ramp ?? { times: new Histogram(), failed: 0 };
      return {
        ...{ name, phase, ...figuresOf(cell) },
        rate: perSecond(cell.times.count, seconds[phase]),
        ...(hold !== undefined && ramp !== undefined && { while_users_came: figuresOf(ramp) }),
      };
    });
  }

  counters(holdSeconds: number): CounterResult[] {
    return [...this.#counters].map(([name, { ramp, hold }]) => ({
      ...{ name, total: ramp + hold, rate: perSecond(hold, holdSeconds) },
    }));
  }

  errors(): ErrorResult[] {
    return [...this.#errors.values()].sort((a, b) => b.count - a.count);
  }

  processes(): ProcessResult[] {
    return [...this.#own.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, { users, cpu, delay, rssBytes }]) => {
        const [share, late] = [meanOf(cpu), meanOf(delay)];
        return {
          ...{ users: users.begun, cpu: { mean: short(share), max: short(cpu.max) }, rss_bytes: rssBytes },
          event_loop_delay_ms: { mean: short(late), max: short(delay.max) },
          too_busy: share > BUSY_CPU || late > LATE_MS,
        };
      });
  }

  #cell(phase: LoadPhase, name: string): Cell {
    const short = bounded(this.#names, name);
    this.#names.add(short);
    const known = this.#cells[phase].get(short);
    if (known) return known;
    const made = { times: new Histogram(), failed: 0 };
    this.#cells[phase].set(short, made);
    return made;
  }
}

const meanOf = ({ sum, count }: Means) => (count === 0 ? 0 : sum / count);
export const short = (value: number) => Math.round(value * 1_000) / 1_000;
const perSecond = (count: number, seconds: number) => (seconds > 0 ? short(count / seconds) : 0);

function figuresOf({ times, failed }: Cell): ActionFigures {
  const at = (share: number) => short(times.percentile(share));
  return {
    ...{ count: times.count, failed },
    latency_ms: {
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: short(times.maxMs),
      mean: short(times.meanMs),
    },
  };
}
