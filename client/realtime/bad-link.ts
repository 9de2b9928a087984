/** A bad link for tries: what goes through is late, in order, comes twice, or stands still for a while. Pure: time comes in. */
import { checkNames, type OptionNames } from "../options.ts";

export interface SimulatedLink {
  /** One way, in milliseconds. */
  readonly delay?: number;
  /** Up to so many milliseconds more, at random. */
  readonly jitter?: number;
  /** Now and then, about every five seconds, nothing comes for so many milliseconds. */
  readonly stall?: number;
  /** The share of messages that come twice, from 0 to 1. */
  readonly duplicate?: number;
}

const LINK: OptionNames<SimulatedLink> = { delay: true, jitter: true, stall: true, duplicate: true };

/** The chance of a message to begin a stall: at thirty a second about one in five seconds. */
const STALL_CHANCE = 1 / 150;
/** Beyond, the oldest go through at once. */
const MAX_WAITING = 2_000;

export class BadLink<T> {
  readonly #deliver: (message: T, now: number) => void;
  readonly #random: () => number;
  #waiting: { readonly at: number; readonly message: T }[] = [];
  #lastAt = 0;
  #link: SimulatedLink;

  constructor(
    link: SimulatedLink,
    deliver: (message: T, now: number) => void,
    random: () => number = Math.random,
  ) {
    checkNames(link, LINK);
    this.#link = link;
    this.#deliver = deliver;
    this.#random = random;
  }

  /** From now on; what is on its way keeps its time. */
  set link(link: SimulatedLink) {
    checkNames(link, LINK);
    this.#link = link;
  }

  /** When the next message is due; undefined for none. */
  get nextAt(): number | undefined {
    return this.#waiting[0]?.at;
  }

  send(message: T, now: number): void {
    const { delay = 0, jitter = 0, stall = 0, duplicate = 0 } = this.#link;
    const stalls = stall > 0 && this.#random() < STALL_CHANCE ? stall : 0;
    // As over TCP nothing overtakes.
    const at = Math.max(this.#lastAt, now + delay + stalls + jitter * this.#random());
    this.#lastAt = at;
    if (at <= now && this.#waiting.length === 0) {
      this.#deliver(message, now);
      return;
    }
    this.#waiting.push({ at, message });
    if (duplicate > 0 && this.#random() < duplicate) this.#waiting.push({ at, message });
    if (this.#waiting.length > MAX_WAITING) this.#pass(this.#waiting.splice(0, 1), now);
  }

  /** Delivers what is due. */
  advance(now: number): void {
    const ahead = this.#waiting.findIndex(({ at }) => at > now);
    this.#pass(this.#waiting.splice(0, ahead < 0 ? this.#waiting.length : ahead), now);
  }

  #pass(due: readonly { readonly message: T }[], now: number): void {
    for (const { message } of due) this.#deliver(message, now);
  }

  /** The connection was lost, and what was on its way with it. */
  drop(): void {
    this.#waiting = [];
    this.#lastAt = 0;
  }
}
