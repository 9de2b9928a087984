/**
 * What a namespace promises with the connection, put in place: presence, what the session follows, what waits in the inbox. A step
 * that fails is tried again, with back-off, until it is done or the session ends; a connection that was made while the store was away
 * is served soon after the store is back.
 */
import { ERRORS, GameError } from "../../core/contract/errors.ts";

/** Waits between tries: the first, doubled up to the last; each is cut by up to a half at random. */
const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 1_000;
/** The same for a failure that is not the store's, and may be there for good. */
const LAST_WAIT_ODD_MS = 30_000;

export interface SetUpOptions {
  /** In order. One that has ended is not run again; one that has failed is. */
  readonly steps: readonly (() => Promise<unknown> | unknown)[];
  /** False ends it. */
  isWanted(): boolean;
  /** Called with the first failure. */
  failed(thrown: unknown): void;
}

const isAway = (thrown: unknown) => thrown instanceof GameError && thrown.code === "unavailable";
/** A refusal stays one. */
const isFinal = (thrown: unknown) => thrown instanceof GameError && !ERRORS[thrown.code].retryable;

export class SetUp {
  /** Gone when all is done: sessions live long, and what their steps hold on to is of no more use. */
  #options: SetUpOptions | undefined;
  #next = 0;
  #waitMs = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #isTold = false;

  constructor(options: SetUpOptions) {
    this.#options = options;
  }

  /** The first try. Resolves when it has ended, well or not. Never rejects. */
  run(): Promise<void> {
    this.#underWay = this.#try();
    return this.#underWay;
  }

  async #try(): Promise<void> {
    if (!this.#options) return;
    const { steps, isWanted, failed } = this.#options;
    try {
      for (let step = steps[this.#next]; step && isWanted(); step = steps[++this.#next]) await step();
      if (this.#next === steps.length) this.#options = undefined;
    } catch (thrown) {
      if (!this.#isTold) failed(thrown);
      this.#isTold = true;
      if (isWanted() && !isFinal(thrown)) this.#tryAgain(thrown);
    }
  }

  #tryAgain(thrown: unknown): void {
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * 2, isAway(thrown) ? LAST_WAIT_MS : LAST_WAIT_ODD_MS);
    this.#timer = setTimeout(() => void this.run(), waitMs * (1 - Math.random() / 2));
  }

  /** Where it is not wanted any more. Resolves when the try that is under way, if one is, has ended. */
  stop(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#underWay;
  }
}
