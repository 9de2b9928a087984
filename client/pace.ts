/** How fast commands of one name may follow each other, learned from refusals: who goes on at the limit is refused for longer. */

/** A little more than what the server takes by default, 20 a second. */
const FIRST_GAP_MS = 60;
const LAST_GAP_MS = 5_000;
/** Unused for so long it is forgotten. */
const IDLE_MS = 10_000;

interface Learned {
  readonly gapMs: number;
  readonly since: number;
  nextAt: number;
}

export class Pace {
  readonly #learned = new Map<string, Learned>();

  /** When the next of this name may go; 0: at once. */
  nextAt(name: string, now: number): number {
    const learned = this.#learned.get(name);
    if (learned && now - learned.nextAt > IDLE_MS) this.#learned.delete(name);
    return learned?.nextAt ?? 0;
  }

  sent(name: string, now: number): void {
    const learned = this.#learned.get(name);
    if (learned) learned.nextAt = now + learned.gapMs;
  }

  /** One that was sent at `sentAt` was one too many; the next may go at `until`. */
  refused(name: string, sentAt: number, now: number, until: number): void {
    const learned = this.#learned.get(name);
    // Of many that were under way together the first has taught it.
    const known = learned !== undefined && sentAt < learned.since;
    const gapMs = known ? learned.gapMs : Math.min(LAST_GAP_MS, 2 * (learned?.gapMs ?? FIRST_GAP_MS / 2));
    const since = known ? learned.since : now;
    this.#learned.set(name, { gapMs, since, nextAt: Math.max(until, learned?.nextAt ?? 0) });
  }
}
