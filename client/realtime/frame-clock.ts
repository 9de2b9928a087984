/**
 * Which tick the player is shown. Frames come unevenly; others are shown so much later than the quickest frame says that nineteen in
 * twenty frames are there in time. The shown tick goes a little faster or slower to get there, and jumps only when it is far off.
 */

/** Frames that are looked at, in milliseconds. */
const WINDOW_MS = 4_000;
const MAX_SAMPLES = 256;
const QUANTILE = 0.95;
/** Frames closer together than this part of a tick come in a burst. */
const BURST = 0.25;
const MARGIN_MS = 4;
const MAX_DELAY_MS = 1_000;
/** How much faster or slower the shown tick may go. */
const SLEW = 0.1;
/** Off by more, it jumps; in milliseconds. */
const JUMP_MS = 500;

export class FrameClock {
  readonly #tickMs: number;
  readonly #samples: { readonly at: number; readonly offset: number; readonly inBurst: boolean }[] = [];
  #sendEvery = 1;
  #latest = 0;
  /** The time of tick 0 by the quickest frame. */
  #zero = 0;
  #jitterMs = 0;
  #shown: number | undefined;
  #shownAt = 0;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /** How much later than the quickest frame one in twenty is. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Of the newest frame. */
  get latest(): number {
    return this.#latest;
  }

  /** The whole tick that was shown last: what the player acts on. */
  get seen(): number {
    return Math.max(0, Math.floor(this.#shown ?? this.#latest));
  }

  /** How late others are shown. */
  delayMs(now: number): number {
    if (this.#shown === undefined || this.#samples.length === 0) return 0;
    return now - this.#zero - (this.#shown + (now - this.#shownAt) / this.#tickMs) * this.#tickMs;
  }

  /** Another owner, or another connection: its frames have other times. */
  restart(now: number, tick: number, sendEvery: number): void {
    this.#samples.length = 0;
    this.#sendEvery = sendEvery;
    this.#latest = tick;
    this.#shown = undefined;
    this.#jitterMs = 0;
    this.#sample(now, tick);
  }

  frame(now: number, tick: number): void {
    this.#latest = tick;
    this.#sample(now, tick);
  }

  #sample(now: number, tick: number): void {
    // What comes at once after a stall is late for one reason: it counts once.
    const last = this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    const inBurst = now - last < this.#tickMs * BURST;
    this.#samples.push({ at: now, offset: now - tick * this.#tickMs, inBurst });
    while (this.#samples.length > MAX_SAMPLES || (this.#samples[0]?.at ?? now) < now - WINDOW_MS)
      this.#samples.shift();
    let zero = Number.POSITIVE_INFINITY;
    for (const { offset } of this.#samples) zero = Math.min(zero, offset);
    this.#zero = zero;
    const late = this.#samples
      .filter(({ inBurst }) => !inBurst)
      .map(({ offset }) => offset - zero)
      .sort((a, b) => a - b);
    this.#jitterMs = late[Math.min(late.length - 1, Math.floor(late.length * QUANTILE))] ?? 0;
  }

  /** The tick that others are shown at, with a fraction; never past the newest frame. Call it with growing times. */
  shownAt(now: number): number {
    const delayMs = Math.min(MAX_DELAY_MS, this.#tickMs * this.#sendEvery + this.#jitterMs + MARGIN_MS);
    const wanted = Math.min(this.#latest, (now - this.#zero - delayMs) / this.#tickMs);
    const passed = Math.max(0, now - this.#shownAt) / this.#tickMs;
    this.#shownAt = now;
    if (this.#shown === undefined || Math.abs(wanted - this.#shown) > JUMP_MS / this.#tickMs + passed)
      this.#shown = wanted;
    else {
      const slew = passed * SLEW;
      const next = this.#shown + passed;
      const steered = next + Math.min(slew, Math.max(-slew, wanted - next));
      this.#shown = Math.max(this.#shown, Math.min(this.#latest, steered));
    }
    return this.#shown;
  }
}
