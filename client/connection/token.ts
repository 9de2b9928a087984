/** The token of a client: given once, or asked for before each connection. */
import { ClientError, messageOf } from "../errors.ts";
import type { ClientTimers } from "./timers.ts";

/** A token, or how to get one. */
export type Token = string | (() => string | Promise<string>);

/** How long `token()` may take. */
const TAKES_AT_MOST_MS = 10_000;

export class TokenSource {
  readonly #token: Token | undefined;
  readonly #timers: ClientTimers;
  readonly #withinMs: number;
  #asking: Promise<string | undefined> | undefined;
  #givenAt = 0;
  /** The last that was given; undefined for a client without tokens. */
  current: string | undefined;

  /** @param token undefined: none is sent. Anything else that is not a token is an error, never a connection without one */
  constructor(token: Token | undefined, timers: ClientTimers, withinMs = TAKES_AT_MOST_MS) {
    this.#token = token;
    this.#timers = timers;
    this.#withinMs = withinMs;
  }

  /** Whether asking again can give another. */
  get renewable(): boolean {
    return typeof this.#token === "function";
  }

  /**
   * A caller that asks while an answer is awaited gets that answer.
   * @param since one that was given after this (by `performance.now()`) is fresh enough: namespaces that lost their connection together
   * ask once
   * @throws ClientError `token_failed`, or `unauthorized` where it is for good
   */
  async ask(since = Number.POSITIVE_INFINITY): Promise<string | undefined> {
    if (this.#givenAt > since) return this.current;
    this.#asking ??= this.#get().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  async #get(): Promise<string | undefined> {
    const token = this.#token;
    if (token === undefined) return undefined;
    if (typeof token === "function") this.current = await this.#call(token);
    else if (isToken(token)) this.current = token;
    else throw new ClientError({ code: "unauthorized", message: "the token is empty" });
    this.#givenAt = performance.now();
    return this.current;
  }

  /** The function is the application's: it can throw, reject, give anything, or never end. */
  #call(token: () => unknown): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (message: string, cause?: unknown) =>
        reject(new ClientError({ code: "token_failed", message, cause }));
      const cancel = this.#timers.after(this.#withinMs, () =>
        fail(`token() has given nothing within ${this.#withinMs} ms`),
      );
      new Promise((given) => given(token()))
        .then(
          (value) => {
            if (isToken(value)) resolve(value);
            else fail("token() has given no token");
          },
          (thrown: unknown) => fail(`token() failed: ${messageOf(thrown)}`, thrown),
        )
        .finally(cancel);
    });
  }
}

const isToken = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
