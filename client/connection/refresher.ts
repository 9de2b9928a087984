/** Answers `token_expiring`: gets a fresh token and hands it to the server, once for all namespaces of the connection. */
import type { Socket } from "socket.io-client";
import { ClientError, type Report, type TroubleCode } from "../errors.ts";
import { type ClientTimers, ReconnectBackoff } from "./timers.ts";
import type { TokenSource } from "./token.ts";

/** A token that was announced to end so soon after the last refresh waits for half of its life. */
const SHORT_MS = 10_000;

export interface RefresherOptions {
  readonly tokens: TokenSource;
  readonly timers: ClientTimers;
  /** Between tries that failed. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How long an answer is waited for. */
  readonly answerMs: number;
  readonly report: Report;
  /** A connection, where there is one. */
  connected(): Socket | undefined;
}

interface Expiring {
  readonly expires_at?: unknown;
  readonly timestamp?: unknown;
}

type RefreshReply =
  | { readonly ok: true; readonly expires_at?: unknown }
  | { readonly ok: false; readonly error?: { readonly code: TroubleCode; readonly message: string } };

export class Refresher {
  readonly #options: RefresherOptions;
  /** The end of the token that is being replaced, or was: every namespace announces it. */
  #endsAt = 0;
  #doneAt = 0;

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  watch(socket: Socket): void {
    socket.on("token_expiring", (payload: Expiring | undefined) => this.#expiring(payload ?? {}));
  }

  #expiring({ expires_at, timestamp }: Expiring): void {
    const endsAt = timeOf(expires_at);
    if (Number.isNaN(endsAt) || endsAt <= this.#endsAt) return;
    this.#endsAt = endsAt;
    // By the server's clock: both times are from it.
    const leftMs = endsAt - (Number.isNaN(timeOf(timestamp)) ? Date.now() : timeOf(timestamp));
    if (this.#options.tokens.renewable) void this.#refresh(endsAt, Date.now() + leftMs);
    else this.#failed("token_expired", `the token ends at ${expires_at}, and no function gives another`);
  }

  /** Until it is done, the token has ended, or there is no connection: the next one asks for a token anyway. */
  async #refresh(endsAt: number, until: number): Promise<void> {
    const { tokens, timers, connected, minDelayMs, maxDelayMs } = this.#options;
    const backoff = new ReconnectBackoff(minDelayMs, maxDelayMs);
    // Tokens that last less than the server's warning are announced to end as soon as they are taken.
    if (Date.now() - this.#doneAt < SHORT_MS) await timers.wait((until - Date.now()) / 2);
    while (this.#endsAt === endsAt && Date.now() < until && !timers.closed) {
      try {
        const token = await tokens.ask();
        const socket = connected();
        if (socket === undefined) return;
        if (await this.#send(socket, token, endsAt)) return;
      } catch (thrown) {
        if (thrown instanceof ClientError) this.#options.report(thrown);
      }
      await timers.wait(backoff.next());
    }
  }

  /** @returns whether that is all that can be done */
  async #send(socket: Socket, token: string | undefined, endsAt: number): Promise<boolean> {
    const answer = await this.#ask(socket, token);
    if (answer === undefined) this.#failed("unavailable", "refresh_token was not answered");
    else if (!answer.ok) {
      const { code = "internal", message = "refused" } = answer.error ?? {};
      this.#failed(code, `refresh_token: ${message}`);
      // Another user's.
      return code === "forbidden";
    } else if (timeOf(answer.expires_at) > endsAt) {
      this.#doneAt = Date.now();
      return true;
    } else this.#failed("token_expired", "token() has given a token that ends no later");
    return false;
  }

  #ask(socket: Socket, token: string | undefined): Promise<RefreshReply | undefined> {
    const { timers, answerMs } = this.#options;
    return new Promise((resolve) => {
      const cancel = timers.after(answerMs, () => resolve(undefined));
      socket.emit("refresh_token", { token }, (answer: RefreshReply) => {
        cancel();
        resolve(answer);
      });
    });
  }

  #failed(code: TroubleCode, message: string): void {
    this.#options.report(new ClientError({ code, message }));
  }
}

const timeOf = (value: unknown): number =>
  typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value : Number.NaN;
