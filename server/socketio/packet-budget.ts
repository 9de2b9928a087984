/** How much of one kind a connection may send in a window of time: in packets, and in characters of them. */
export interface PacketBudgetRule {
  readonly packets: number;
  readonly characters: number;
  readonly windowMs: number;
}

export class PacketBudget {
  readonly #rule: PacketBudgetRule;
  #since = Number.NEGATIVE_INFINITY;
  #packets = 0;
  #characters = 0;

  constructor(rule: PacketBudgetRule) {
    this.#rule = rule;
  }

  /** Counts a packet. @returns false where it is one too many */
  take(characters: number): boolean {
    const now = performance.now();
    const { packets, characters: most, windowMs } = this.#rule;
    if (now - this.#since > windowMs) {
      this.#since = now;
      this.#packets = 0;
      this.#characters = 0;
    }
    this.#packets++;
    this.#characters += characters;
    return this.#packets <= packets && this.#characters <= most;
  }
}
