/** One namespace's connection: comes back by itself after passing trouble, and ends with a reason after lasting trouble. */
import type { Socket } from "socket.io-client";
import type { ErrorCode } from "../../core/contract/errors.ts";
import { ClientError, type Report, retryAfterMs } from "../errors.ts";
import { Listeners, type State, type StateListener } from "./state.ts";
import { type ClientTimers, ReconnectBackoff } from "./timers.ts";
import type { TokenSource } from "./token.ts";

/** Refusals that another try may not meet. */
const PASSING = new Set<string>(["unavailable", "server_full", "rate_limited", "conflict", "internal"]);
/** Refusals that another token may not meet. */
const STALE_TOKEN = new Set<string>(["token_expired", "token_invalid", "token_revoked"]);
/** A revocation covers tokens of the second in which it was made. */
const AFTER_REVOCATION_MS = 1_100;
/** How long a connection has held before the next refusal is a first one again. */
const STEADY_MS = 2_000;

export interface LinkOptions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly tokens: TokenSource;
  readonly timers: ClientTimers;
  readonly report: Report;
}

/** The fields of a refusal: in `data` of a `connect_error`, or in an `error` before it disconnects. */
interface ErrorPayload {
  readonly code?: string;
  readonly message?: string;
  readonly error?: string;
  /** Of a command that failed: nothing about the connection. */
  readonly event?: string;
}

export class Link {
  readonly socket: Socket;
  readonly #namespace: string;
  readonly #options: LinkOptions;
  readonly #backoff: ReconnectBackoff;
  readonly #listeners: Listeners<[State, ClientError | undefined]>;
  #state: State = "connecting";
  #reason: ClientError | undefined;
  /** A fresh token was asked for because one was refused; not again until it has served. */
  #tokenTried = false;
  #connectedAt = 0;
  #lastError: ErrorPayload | undefined;
  #cancel: (() => void) | undefined;
  #cancelAnswer: (() => void) | undefined;

  constructor(socket: Socket, namespace: string, options: LinkOptions) {
    this.socket = socket;
    this.#namespace = namespace;
    this.#options = options;
    this.#backoff = new ReconnectBackoff(options.minDelayMs, options.maxDelayMs);
    this.#listeners = new Listeners((thrown) =>
      options.report(
        new ClientError({
          code: "listener_failed",
          message: "a listener of the state failed",
          namespace,
          cause: thrown,
        }),
      ),
    );
    socket.io.on("open", () => this.#asked());
    socket.on("connect", () => this.#connected());
    socket.on("connect_error", (error: Error & { data?: ErrorPayload }) => {
      // Still active where it is the transport that failed: the line opens it again.
      this.#cancelAnswer?.();
      if (!socket.active) this.#refused(error.data ?? {}, error.message);
    });
    socket.on("error", (payload: ErrorPayload | undefined) => {
      if (payload?.event === undefined) this.#lastError = payload;
    });
    socket.on("disconnect", (reason: string) => this.#disconnected(reason));
    this.#attempt();
  }

  get state(): State {
    return this.#state;
  }

  get reason(): ClientError | undefined {
    return this.#reason;
  }

  onState(listener: StateListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Ends it for good. */
  end(reason: ClientError): void {
    if (this.#state === "ended") return;
    this.#cancel?.();
    this.#cancelAnswer?.();
    this.#reason = reason;
    this.socket.disconnect();
    this.#become("ended");
  }

  #become(state: State): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listeners.emit(state, this.#reason);
  }

  #attempt(since?: number): void {
    this.#cancel = undefined;
    this.#options.tokens.ask(since).then(
      () => {
        if (this.#state === "ended" || this.socket.active) return;
        this.socket.connect();
        this.#asked();
      },
      (thrown: unknown) => {
        if (!(thrown instanceof ClientError) || this.#state === "ended") return;
        const { code, message, cause } = thrown;
        const error = new ClientError({ code, message, cause, namespace: this.#namespace });
        this.#options.report(error);
        if (code === "token_failed") this.#again();
        else this.end(error);
      },
    );
  }

  /** The namespace is asked for: a server that does not answer is asked again, on another transport where this one has no other use. */
  #asked(): void {
    const { socket } = this;
    const withinMs = socket.io.timeout();
    this.#cancelAnswer?.();
    if (typeof withinMs !== "number" || !socket.active || socket.connected) return;
    this.#cancelAnswer = this.#options.timers.after(withinMs, () => {
      if (!socket.active || socket.connected) return;
      socket.disconnect();
      this.#refused({ code: "unavailable" }, `no answer within ${withinMs} ms`);
    });
  }

  #again(askedMs?: number): void {
    if (this.#state === "ended") return;
    this.#cancel?.();
    // The token that another namespace gets from then on will do.
    const since = performance.now() + (askedMs ?? 0);
    this.#cancel = this.#options.timers.after(this.#backoff.next(askedMs), () => this.#attempt(since));
  }

  #connected(): void {
    this.#cancelAnswer?.();
    this.#tokenTried = false;
    this.#connectedAt = Date.now();
    this.#lastError = undefined;
    this.#become("connected");
  }

  #disconnected(reason: string): void {
    if (this.#state === "ended") return;
    if (this.#connectedAt > 0 && Date.now() - this.#connectedAt >= STEADY_MS) this.#backoff.reset();
    this.#connectedAt = 0;
    if (this.#state === "connected") this.#become("reconnecting");
    // The line comes back for all, unless the server ended this namespace alone. It may not have said why.
    if (reason === "io server disconnect") this.#refused(this.#lastError ?? { code: "unavailable" });
  }

  #refused(payload: ErrorPayload, otherwise = "disconnected by the server"): void {
    if (this.#state === "ended") return;
    const { code = "internal", message, error: text, event: _, ...details } = payload;
    const error = new ClientError({
      // The server's codes are those of the table that it shares with this client.
      code: code as ErrorCode,
      message: message ?? text ?? otherwise,
      namespace: this.#namespace,
      details,
    });
    this.#options.report(error);
    if (PASSING.has(code)) this.#again(retryAfterMs(details));
    else if (STALE_TOKEN.has(code) && this.#options.tokens.renewable && !this.#tokenTried) {
      this.#tokenTried = true;
      this.#again(code === "token_revoked" ? AFTER_REVOCATION_MS : undefined);
    } else this.end(error);
  }
}
