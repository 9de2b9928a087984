/**
 * When the player's steps are: at the game's rate, up to 5 % faster or slower, so that about one input waits at the server, and as many
 * more as the jitter needs. Too few: the server has to guess. Too many: the player's input is late.
 */

const MAX_STEERING = 0.05;
/** Of the rate, per input that is too few or too many. */
const GAIN = 0.03;
/** Weight of a frame in the mean of `lead`. */
const WEIGHT = 0.1;
/** Inputs for jitter, at most: beyond, waiting costs more than a guess. */
const MAX_FOR_JITTER = 5;
/** Inputs more each time that one was missing, at most so many; they are given up again over time. */
const SAFETY_STEP = 0.5;
const MAX_SAFETY = 3;
const SAFETY_DECAY_PER_MS = 0.05 / 1_000;
const FIRST_STEPS = 1.5;
/** A sleeping page catches up with so much, in milliseconds. The rest of its steps never were. */
const MAX_CATCH_UP_MS = 250;

export class InputClock {
  readonly #stepMs: number;
  #nextAt: number | undefined;
  #rate = 1;
  #mean: number | undefined;
  #safety = 0;
  #isMissing = false;
  #steeredAt = 0;
  #target = 1;

  /** @param stepMs the game's step in milliseconds */
  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** Inputs that shall wait at the server. */
  get target(): number {
    return this.#target;
  }

  /** Inputs that wait there, on average. */
  get lead(): number {
    return this.#mean ?? 0;
  }

  /** Steps per step of the game. */
  get rate(): number {
    return this.#rate;
  }

  /** Of the next step; undefined while it stands. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  /** How far the present step is, from 0 to 1. */
  progress(now: number): number {
    if (this.#nextAt === undefined) return 1;
    return Math.min(1, Math.max(0, 1 - (this.#nextAt - now) / (this.#stepMs / this.#rate)));
  }

  /** The first steps come at once: one input shall wait already when the second is due. */
  start(now: number): void {
    this.#nextAt ??= now - FIRST_STEPS * this.#stepMs;
  }

  stop(): void {
    this.#nextAt = undefined;
    this.forget();
  }

  /** What was learned of `lead` belongs to another owner or connection. */
  forget(): void {
    this.#mean = undefined;
    this.#rate = 1;
  }

  /** @returns whether a step is due; call it until none is */
  step(now: number): boolean {
    if (this.#nextAt === undefined || now < this.#nextAt) return false;
    if (now - this.#nextAt > MAX_CATCH_UP_MS) this.#nextAt = now - MAX_CATCH_UP_MS;
    this.#nextAt += this.#stepMs / this.#rate;
    return true;
  }

  /**
   * Steers by a frame.
   * @param jitterMs how much later than the quickest one message in twenty is
   * @param missed ticks since the frame before that had no input
   * @param batch inputs in a message
   */
  steer(
    now: number,
    {
      lead,
      jitterMs,
      missed,
      batch,
    }: {
      readonly lead: number;
      readonly jitterMs: number;
      readonly missed: number;
      readonly batch: number;
    },
  ): void {
    this.#safety = Math.max(0, this.#safety - (now - this.#steeredAt) * SAFETY_DECAY_PER_MS);
    // A stall is one event, however long.
    if (missed > 0 && !this.#isMissing) this.#safety = Math.min(MAX_SAFETY, this.#safety + SAFETY_STEP);
    this.#isMissing = missed > 0;
    this.#steeredAt = now;
    this.#target = 1 + Math.min(MAX_FOR_JITTER, jitterMs / this.#stepMs) + this.#safety + (batch - 1) / 2;
    this.#mean = this.#mean === undefined ? lead : this.#mean + (lead - this.#mean) * WEIGHT;
    const wanted = (this.#target - this.#mean) * GAIN;
    this.#rate = 1 + Math.min(MAX_STEERING, Math.max(-MAX_STEERING, wanted));
  }
}
