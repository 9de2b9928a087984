/** How well a real-time room plays, for the overlay and for the application's own. */

export interface RealtimeStats {
  /** Of an input and the frame that has it, without its wait at the server, in milliseconds; the mean of the last. */
  readonly roundTripMs: number;
  /** How much later than the quickest frame one in twenty is. */
  readonly jitterMs: number;
  /** How late others are shown. */
  readonly delayMs: number;
  /** Inputs that wait at the server, on average, and how many shall. */
  readonly lead: number;
  readonly target: number;
  /** Of the player's steps: 1 is the game's. */
  readonly rate: number;
  /** Inputs that the server has not consumed. */
  readonly unacked: number;
  /** Frames in the last minute that moved the player otherwise than predicted. */
  readonly correctionsPerMinute: number;
  /** Since the beginning. */
  readonly framesLost: number;
  readonly inputsLost: number;
  readonly takeovers: number;
}

type Present = Pick<RealtimeStats, "jitterMs" | "delayMs" | "lead" | "target" | "rate" | "unacked">;

const WEIGHT = 0.1;
const MINUTE_MS = 60_000;
const MAX_CORRECTIONS = 4_096;

export class Statistics {
  #roundTripMs: number | undefined;
  readonly #corrections: number[] = [];
  #framesLost = 0;
  #inputsLost = 0;
  #takeovers = 0;

  roundTrip(ms: number): void {
    this.#roundTripMs =
      this.#roundTripMs === undefined ? ms : this.#roundTripMs + (ms - this.#roundTripMs) * WEIGHT;
  }

  corrected(now: number): void {
    this.#corrections.push(now);
    if (this.#corrections.length > MAX_CORRECTIONS) this.#corrections.shift();
  }

  missed(frames: number): void {
    this.#framesLost += frames;
  }

  lost([from, to]: readonly [from: number, to: number]): void {
    this.#inputsLost += Math.max(0, to - from + 1);
  }

  takeover(): void {
    this.#takeovers++;
  }

  at(now: number, present: Present): RealtimeStats {
    while (this.#corrections.length > 0 && (this.#corrections[0] ?? now) < now - MINUTE_MS)
      this.#corrections.shift();
    return {
      ...present,
      roundTripMs: this.#roundTripMs ?? 0,
      correctionsPerMinute: this.#corrections.length,
      framesLost: this.#framesLost,
      inputsLost: this.#inputsLost,
      takeovers: this.#takeovers,
    };
  }
}
