/**
 * How loaded this worker is, by the delay of its event loop: what a timer waits, every answer waits too. A worker that stays too slow for
 * its clients sheds work, one level after the other, and comes back level by level once it has been quick for as long.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Log } from "../../core/ports/log.ts";
import type { Shedding } from "../../core/ports/outbound.ts";

/** 0: nothing is shed. 1: no new connections. 2: no volatile events either. 3: nor more than a share of who talks most. */
export type LoadLevel = 0 | 1 | 2 | 3;

const LOOK_MS = 500;
/** The measuring timer is the event loop's own: at this rate an idle process spends less than a thousandth of a core on it. */
const RESOLUTION_MS = 20;
/** A level ends below this part of the bound, so that it does not come and go. */
const BACK_AT = 1 / 2;
/** When a client that was turned away may try again: by then a level may have ended. */
const RETRY_MS = 5_000;

export interface LoadOptions {
  /** The delay above which the worker is too slow, in milliseconds: p99 since the last look. 0: nothing is ever shed. */
  readonly boundMs: number;
  /** How long it must be so, or be over, for the next level. */
  readonly holdMs: number;
  readonly log: Log;
  /** In place of what is measured, in milliseconds: for tests. */
  readonly delayMs?: (() => number) | undefined;
}

interface Shed {
  connections: number;
  volatile: number;
}

interface LevelOptions extends Pick<LoadOptions, "boundMs" | "holdMs"> {
  /** Default: 3. */
  readonly highest?: LoadLevel;
}

/** What the level is made of. Pure but for its memory: a test feeds it. */
export class LoadLevels {
  readonly #boundMs: number;
  readonly #holdMs: number;
  readonly #highest: LoadLevel;
  #since: number | undefined;
  #wasOver = false;
  level: LoadLevel = 0;

  constructor({ boundMs, holdMs, highest = 3 }: LevelOptions) {
    this.#boundMs = boundMs;
    this.#holdMs = holdMs;
    this.#highest = highest;
  }

  /** @param delayMs p99 since the last look; `now` in milliseconds of a clock that only goes on. @returns whether the level is another */
  look(delayMs: number, now: number): boolean {
    const isOver = delayMs >= this.#boundMs;
    const isUnder = delayMs < this.#boundMs * BACK_AT;
    if (!isOver && !isUnder) {
      this.#since = undefined;
      return false;
    }
    if (this.#since === undefined || isOver !== this.#wasOver) {
      this.#since = now;
      this.#wasOver = isOver;
      return false;
    }
    if (now - this.#since < this.#holdMs) return false;
    this.#since = now;
    const next = this.level + (isOver ? 1 : -1);
    if (!isLevel(next) || next > this.#highest) return false;
    this.level = next;
    return true;
  }
}

const isLevel = (number: number): number is LoadLevel => number >= 0 && number <= 3;

export interface LoadWatch {
  readonly level: LoadLevel;
  /** p99 of the event loop's delay at the last look, in milliseconds. */
  readonly delayMs: number;
  /** Counted by those who shed. */
  readonly shed: Shed;
  /** Of volatile events. */
  readonly shedding: Shedding;
  readonly retryMs: number;
  /** Why the worker is degraded; undefined while it is not. */
  readonly reason: string | undefined;
  close(): void;
}

export function createLoadWatch({ boundMs, holdMs, log, delayMs: given }: LoadOptions): LoadWatch {
  const levels = new LoadLevels({ boundMs, holdMs });
  const shed: Shed = { connections: 0, volatile: 0 };
  const shedding: Shedding = {
    get volatile() {
      return levels.level >= 2;
    },
    left: () => void shed.volatile++,
  };
  const same = { shed, shedding, retryMs: RETRY_MS };
  let delayMs = 0;
  if (boundMs === 0) return { ...same, level: 0, delayMs, reason: undefined, close: () => undefined };

  const histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const looking = setInterval(() => {
    // A tick of the measuring timer that is on time counts its own interval.
    const measured = histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS);
    delayMs = given?.() ?? measured;
    histogram.reset();
    const before = levels.level;
    if (!levels.look(delayMs, performance.now())) return;
    const { level } = levels;
    const fields = { level, delayMs: Math.round(delayMs), shed: { ...shed } };
    if (before === 0)
      log.warn(fields, "this worker is too slow for its clients: it takes no new connections");
    else if (level === 0) log.info(fields, "this worker is quick again: it takes new connections");
    else log.debug(fields, "this worker sheds more work, or less");
  }, LOOK_MS);
  looking.unref();

  return {
    ...same,
    get level() {
      return levels.level;
    },
    get delayMs() {
      return delayMs;
    },
    get reason() {
      if (levels.level === 0) return undefined;
      return `this worker is overloaded: its event loop is ${Math.round(delayMs)} ms late (level ${levels.level} of 3)`;
    },
    close() {
      clearInterval(looking);
      histogram.disable();
    },
  };
}
