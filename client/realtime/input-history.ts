/** The player's inputs that the server may still need: those it has not consumed, and those that would be lost with the room's owner. */
import type { EntityValues } from "../../core/realtime/fields.ts";

export interface SentInput {
  readonly seq: number;
  readonly input: EntityValues;
  /** When its step was, in milliseconds. */
  readonly at: number;
}

/** Inputs that wait for the server, in seconds: as many as it takes after a gap. */
const UNACKED_SECONDS = 2;
/** Inputs kept in all, in seconds. */
const KEPT_SECONDS = 6;
/** What another page of the player may have sent before this one, in seconds. */
const BEFORE_SECONDS = 3;

export class InputHistory {
  readonly #hz: number;
  /** Ascending by seq. */
  #inputs: SentInput[] = [];
  #next = 1;
  #ack = 0;

  constructor(hz: number) {
    this.#hz = hz;
  }

  get ack(): number {
    return this.#ack;
  }

  /** Inputs that the server has not consumed, oldest first. */
  get unacked(): readonly SentInput[] {
    const from = this.#inputs.findIndex(({ seq }) => seq > this.#ack);
    return from < 0 ? [] : this.#inputs.slice(from);
  }

  /** Too many wait: the server is away, and the player stands still. */
  get isFull(): boolean {
    const oldest = this.#inputs.length - UNACKED_SECONDS * this.#hz;
    return oldest >= 0 && (this.#inputs[oldest]?.seq ?? 0) > this.#ack;
  }

  add(input: EntityValues, at: number): SentInput {
    const sent = { seq: this.#next++, input, at };
    this.#inputs.push(sent);
    if (this.#inputs.length > KEPT_SECONDS * this.#hz) this.#inputs.shift();
    return sent;
  }

  find(seq: number): SentInput | undefined {
    return this.#inputs.find((sent) => sent.seq === seq);
  }

  /** @param saved the last that is safe from the loss of the owner; default: all that were consumed are */
  acknowledge(ack: number, saved = ack): void {
    this.#ack = Math.max(this.#ack, ack);
    const kept = this.#inputs.findIndex(({ seq }) => seq > Math.min(saved, this.#ack));
    this.#inputs.splice(0, kept < 0 ? this.#inputs.length : kept);
  }

  /** The server dropped these: it will not consume them. */
  drop([from, to]: readonly [from: number, to: number]): void {
    this.#inputs = this.#inputs.filter(({ seq }) => seq < from || seq > to);
  }

  /** A state of another owner, or for another connection: it may be older than what was consumed before. */
  restart(ack: number): void {
    const isFirst = this.#next === 1;
    this.#ack = ack;
    this.#inputs = this.#inputs.filter(({ seq }) => seq > ack);
    if (isFirst && ack > 0) this.#next = ack + 1 + BEFORE_SECONDS * this.#hz;
    this.#next = Math.max(this.#next, ack + 1);
  }

  clear(): void {
    this.#inputs = [];
    this.#ack = 0;
  }
}
