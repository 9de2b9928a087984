/**
 * What other workers counted of the same subject, learned in the background. Each worker adds what it counted in a window of
 * fixed length to a counter in the store and reads the total; the others' part is the difference, weighted as a sliding window.
 * A store that is away changes nothing of what is counted here.
 */

import { every, singleFlight } from "../../core/async.ts";
import type { RateRule } from "../../core/contract/contract.ts";
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Clock } from "../../core/time.ts";

// One limit of one subject: the times of its last hits, in a ring that grows as it is needed. Exact: in no span of the window's
// length are there more hits than allowed.

const FIRST_SLOTS = 8;

export class SlidingWindow {
  readonly rule: RateRule;
  #times: Float64Array;
  /** Of the oldest hit in the ring. */
  #head = 0;
  #size = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(rule: RateRule) {
    this.rule = rule;
    this.#times = new Float64Array(Math.min(rule.max, FIRST_SLOTS));
  }

  /** 0 where a hit is allowed with `elsewhere` hits counted by others; else milliseconds until one may be. */
  wait(now: number, elsewhere = 0): number {
    this.#expire(now);
    const room = Math.floor(this.rule.max - elsewhere);
    if (this.#size < room) return 0;
    if (room < 1) return this.rule.windowMs;
    // The hit whose leaving makes room.
    const at = this.#times[(this.#head + this.#size - room) % this.#times.length] ?? now;
    return Math.max(1, at + this.rule.windowMs - now);
  }

  /** Only after `wait` gave 0. */
  record(now: number): void {
    if (this.#size === this.#times.length) this.#grow();
    this.#newest = Math.max(now, this.#newest);
    this.#times[(this.#head + this.#size) % this.#times.length] = this.#newest;
    this.#size++;
  }

  isIdle(now: number): boolean {
    this.#expire(now);
    return this.#size === 0;
  }

  #expire(now: number): void {
    const { windowMs } = this.rule;
    // A clock that was set back by more than a window would lock its users out until it is there again.
    if (now < this.#newest - windowMs) {
      this.#size = 0;
      this.#newest = Number.NEGATIVE_INFINITY;
    }
    while (this.#size > 0 && (this.#times[this.#head] ?? 0) <= now - windowMs) {
      this.#head = (this.#head + 1) % this.#times.length;
      this.#size--;
    }
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.rule.max, Math.max(1, this.#times.length * 2)));
    for (let at = 0; at < this.#size; at++)
      larger[at] = this.#times[(this.#head + at) % this.#times.length] ?? 0;
    this.#times = larger;
    this.#head = 0;
  }
}

/**
 * Counts of this window and the one before, of which the part counts that a sliding window would still have: two numbers, however many
 * there are.
 */
export class RoughWindow {
  readonly #windowMs: number;
  #index = -1;
  #count = 0;
  #before = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  used(now: number): number {
    const index = Math.floor(now / this.#windowMs);
    if (index !== this.#index) {
      this.#before = index === this.#index + 1 ? this.#count : 0;
      this.#count = 0;
      this.#index = index;
    }
    return this.#count + this.#before * (1 - (now % this.#windowMs) / this.#windowMs);
  }

  /** After `used`. */
  add(count: number): void {
    this.#count += count;
  }
}

/** Below this part of its limit a subject is not worth telling the others. */
const SHARE_FROM = 0.25;
const MAX_BATCH = 1_000;
const SYNC_MS = 200;
const MAX_SUBJECTS = 20_000;

export interface SharedWindows {
  /** @param amount hits, or whatever else the limit counts */
  count(subject: SharedSubject, now: number, amount?: number): void;
  /** Hits of the last window that other workers counted, as far as is known. */
  elsewhere(subject: SharedSubject, now: number): number;
  /** One exchange with the store; done by itself every 200 ms. Never rejects. */
  sync(): Promise<void>;
  /** Subjects that are told of. */
  readonly size: number;
  close(): void;
}

/** Counts of one subject in the fixed window `index`. */
export class SharedSubject {
  readonly key: string;
  readonly rule: RateRule;
  index = -1;
  own = 0;
  reported = 0;
  others = 0;
  othersBefore = 0;

  constructor(key: string, rule: RateRule) {
    this.key = key;
    this.rule = rule;
  }

  turn(now: number): void {
    const index = Math.floor(now / this.rule.windowMs);
    if (index === this.index) return;
    this.othersBefore = index === this.index + 1 ? this.others : 0;
    this.index = index;
    this.own = 0;
    this.reported = 0;
    this.others = 0;
  }
}

export function createSharedWindows(counters: SharedCounters, clock: Clock): SharedWindows {
  /** Told and asked about until their window has passed, hits or not: the others may go on. */
  const active = new Set<SharedSubject>();

  const exchange = async (): Promise<void> => {
    const batch = takeBatch(active, clock.now());
    if (batch.length === 0) return;
    const deltas = batch.map(({ subject, index, own }) => ({
      key: `rate:${subject.key}:${index}`,
      add: own - subject.reported,
    }));
    const totals = await counters.add(
      deltas,
      2 * Math.max(...batch.map(({ subject }) => subject.rule.windowMs)),
    );
    for (const [at, { subject, index, own }] of batch.entries()) {
      const total = totals[at];
      if (total === undefined) continue;
      const others = Math.max(0, total - own);
      if (subject.index === index) {
        subject.reported = own;
        subject.others = others;
      } else if (subject.index === index + 1) subject.othersBefore = others;
    }
  };

  const flight = singleFlight(exchange);
  // What a failed exchange did not tell goes with the next.
  const sync = () => flight().catch(() => undefined);
  const endSync = every(SYNC_MS, flight, () => undefined);

  return {
    count(subject, now, amount = 1) {
      subject.turn(now);
      subject.own += amount;
      if (subject.own >= subject.rule.max * SHARE_FROM && active.size < MAX_SUBJECTS) active.add(subject);
    },
    elsewhere(subject, now) {
      subject.turn(now);
      const { windowMs } = subject.rule;
      return subject.others + subject.othersBefore * (1 - (now % windowMs) / windowMs);
    },
    sync,
    get size() {
      return active.size;
    },
    close() {
      endSync();
      active.clear();
    },
  };
}

interface ReportedCount {
  readonly subject: SharedSubject;
  readonly index: number;
  readonly own: number;
}

/** The next ones in turn; those whose window is over are dropped. */
function takeBatch(active: Set<SharedSubject>, now: number): ReportedCount[] {
  const batch: ReportedCount[] = [];
  for (const subject of active) {
    if (batch.length === MAX_BATCH) break;
    active.delete(subject);
    if (Math.floor(now / subject.rule.windowMs) <= subject.index + 1)
      batch.push({ subject, index: subject.index, own: subject.own });
  }
  for (const { subject } of batch) active.add(subject);
  return batch;
}
