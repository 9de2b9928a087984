/**
 * Who goes on although refused, by subject: what this worker has seen, and what others told of theirs, so that whoever is refused for
 * longer is so on every worker. A worker that missed a notice counts on by itself.
 */
import type { RateRule } from "../core/contract/contract.ts";
import { isPatient, type Offence, Patience } from "./rate-limit/backoff.ts";

/** Brings offences to the other workers, and theirs here. */
export interface OffenceChannel {
  /** At most once for each subject and window. Must not throw. */
  tell(offence: Offence): void;
  /** @returns a function that ends it */
  listen(listener: (offence: Offence) => void): () => void;
}

/** Subjects that are remembered; the one that came first is forgotten, and begins anew. */
const MAX_SUBJECTS = 20_000;

export interface OffendersOptions {
  /** The longest refusal; 0: none is longer than a window. */
  readonly longestMs: number;
  readonly now: () => number;
  /** Absent: this worker is alone. */
  readonly channel?: OffenceChannel;
}

export function createOffenders({ longestMs, now, channel }: OffendersOptions) {
  const known = new Map<string, Patience>();

  function patienceWith(subject: string): Patience {
    const found = known.get(subject);
    if (found) return found;
    const [oldest] = known.size >= MAX_SUBJECTS ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    const patience = new Patience();
    known.set(subject, patience);
    return patience;
  }

  const stop = channel?.listen((offence) => {
    if (longestMs > 0) patienceWith(offence.subject).adopt(offence, now(), longestMs);
  });

  return {
    /** Milliseconds for which the subject is still refused. */
    left: (subject: string, at: number): number =>
      known.size === 0 ? 0 : (known.get(subject)?.left(at) ?? 0),

    /** Takes note of a refusal. @returns how long to wait, at least what the window alone says */
    refuse(subject: string, at: number, waitMs: number, rule: RateRule): number {
      if (isPatient(rule, longestMs)) return waitMs;
      const patience = patienceWith(subject);
      if (patience.refuse(at, rule, longestMs)) channel?.tell(patience.offenceOf(subject));
      return Math.max(waitMs, patience.left(at));
    },

    get size(): number {
      return known.size;
    },

    sweep(at: number): void {
      for (const [subject, patience] of known) if (patience.isIdle(at)) known.delete(subject);
    },

    close(): void {
      stop?.();
      known.clear();
    },
  };
}
