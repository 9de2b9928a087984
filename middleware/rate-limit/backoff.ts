/**
 * Longer refusals for who goes on although refused: of one user and event. A burst costs nothing more than its window; who is over
 * the limit in one window after the other waits, from the fourth on, twice as long with each.
 */
import { dropOldest } from "../../core/collections.ts";
import type { RateRule } from "../../core/contract/contract.ts";

// Who goes on although refused, by subject: what this worker has seen, and what others told of theirs, so that whoever is refused for
// longer is so on every worker. A worker that missed a notice counts on by itself.

/** Brings offences to the other workers, and theirs here. */
export interface OffenceChannel {
  /** At most once for each subject and window. Must not throw. */
  publish(offence: Offence): void;
  /** @returns a function that ends it */
  listen(listener: (offence: Offence) => void): () => void;
}

/** Subjects that are remembered; the one that came first is forgotten, and begins anew. */
const MAX_SUBJECTS = 20_000;

export interface SharedBackoffOptions {
  /** The longest refusal; 0: none is longer than a window. */
  readonly longestMs: number;
  readonly now: () => number;
  /** Absent: this worker is alone. */
  readonly channel?: OffenceChannel;
}

export function createSharedBackoff({ longestMs, now, channel }: SharedBackoffOptions) {
  const known = new Map<string, Backoff>();

  function backoffOf(subject: string): Backoff {
    const found = known.get(subject);
    if (found) return found;
    const backoff = new Backoff();
    known.set(subject, backoff);
    dropOldest(known, MAX_SUBJECTS);
    return backoff;
  }

  const stop = channel?.listen((offence) => {
    if (longestMs > 0) backoffOf(offence.subject).adopt(offence, now(), longestMs);
  });

  return {
    /** Milliseconds for which the subject is still refused. */
    left: (subject: string, at: number): number =>
      known.size === 0 ? 0 : (known.get(subject)?.left(at) ?? 0),

    /** Takes note of a refusal. @returns how long to wait, at least what the window alone says */
    refuse(subject: string, at: number, waitMs: number, rule: RateRule): number {
      if (isPatient(rule, longestMs)) return waitMs;
      const backoff = backoffOf(subject);
      if (backoff.refuse(at, rule, longestMs)) channel?.publish(backoff.offenceOf(subject));
      return Math.max(waitMs, backoff.left(at));
    },

    get size(): number {
      return known.size;
    },

    sweep(at: number): void {
      for (const [subject, backoff] of known) if (backoff.isIdle(at)) known.delete(subject);
    },

    close(): void {
      stop?.();
      known.clear();
    },
  };
}

/** Windows in a row with refusals that cost nothing more. */
const FREE = 3;
/** Without a refusal for so long all is forgotten. */
const FORGET_MS = 60_000;
/** Events that may come so often are streams of positions or relayed data: what is refused of them is skipped, and no offence. */
const STREAM_PER_MS = 0.05;

/** What a worker knows of a subject that goes on although refused. Times are the store's. */
export interface Offence {
  readonly subject: string;
  /** Windows in a row with refusals. */
  readonly count: number;
  readonly at: number;
  /** Refused until then; 0: no longer than the window says. */
  readonly until: number;
}

/** Whether offences are counted at all. @param longestMs 0: they are not */
const isPatient = ({ max, windowMs }: RateRule, longestMs: number): boolean =>
  longestMs === 0 || max / windowMs >= STREAM_PER_MS;

export class Backoff {
  #offences = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #until = 0;

  /** Milliseconds for which the user is still refused; 0: not refused. */
  left(now: number): number {
    // A clock that was set back must not lock anybody out.
    if (now < this.#lastAt - FORGET_MS) this.#until = 0;
    return this.#until === 0 ? 0 : Math.max(0, this.#until - now);
  }

  /**
   * Takes note of a refusal.
   * @param longestMs no refusal is longer
   * @returns whether it is one more offence: the first of its window
   */
  refuse(now: number, { windowMs }: RateRule, longestMs: number): boolean {
    const since = now - this.#lastAt;
    if (since < 0 || since > FORGET_MS + windowMs) this.#offences = 0;
    if (this.#offences > 0 && since < windowMs) return false;
    this.#offences++;
    this.#lastAt = now;
    if (this.#offences > FREE) {
      const refusalMs = Math.min(longestMs, windowMs * 2 ** (this.#offences - FREE));
      this.#until = Math.max(this.#until, now + refusalMs);
    }
    return true;
  }

  /** Takes over what another worker knows, as far as it is more. */
  adopt({ count, at, until }: Offence, now: number, longestMs: number): void {
    if (at < now - FORGET_MS || at > now + FORGET_MS || at < this.#lastAt) return;
    this.#offences = Math.max(this.#offences, count);
    this.#lastAt = at;
    this.#until = Math.max(this.#until, Math.min(until, now + longestMs));
  }

  offenceOf(subject: string): Offence {
    return { subject, count: this.#offences, at: this.#lastAt, until: this.#until };
  }

  isIdle(now: number): boolean {
    return this.left(now) === 0 && (now - this.#lastAt > FORGET_MS || now < this.#lastAt);
  }
}
