/** A namespace for the application: typed commands that are tried until they are answered, typed events that come once. */
import type { Socket } from "socket.io-client";
import type { CommandName, Contract, EventName, InputOf, PayloadOf, ResultOf } from "../core/contract.ts";
import { type Contracts, repeatableBy } from "./commands.ts";
import { CommandError, type FailureCode, retryAfterMs } from "./errors.ts";
import { Seen } from "./seen.ts";

export type Payload<C extends Contract, K extends EventName<C>> = PayloadOf<C, K> & {
  readonly timestamp: string | number;
  /** Of reliable events. */
  readonly delivery_id?: string;
};
type Listener = (payload: unknown) => void;
type Answer = { readonly ok: true } | { readonly ok: false; readonly error: WireFailure };
interface WireFailure {
  readonly code: FailureCode;
  readonly message: string;
}

export interface CallOptions {
  /** How long the command is tried, and waits for a connection. Default 30 seconds. */
  readonly withinMs?: number;
}

export interface NamespaceOptions {
  /** How long one try waits for its answer, in milliseconds. */
  readonly answerMs: number;
  readonly withinMs: number;
  /** A new id for a command. */
  newId(): string;
}

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 2_000;

export class NamespaceClient<C extends Contract> {
  readonly socket: Socket;
  readonly #name: keyof Contracts;
  readonly #options: NamespaceOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #seen = new Seen();

  constructor(socket: Socket, name: keyof Contracts, options: NamespaceOptions) {
    this.socket = socket;
    this.#name = name;
    this.#options = options;
    socket.onAny((event: string, payload: unknown, acknowledge: unknown) =>
      this.#arrive(event, payload, acknowledge),
    );
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  /**
   * Calls the listener for each event; a reliable one once, and it is acknowledged when all its listeners have returned. One
   * that throws leaves it unacknowledged: it comes again.
   * @returns a function that ends it
   */
  on<K extends EventName<C>>(event: K, listener: (payload: Payload<C, K>) => void): () => void {
    const own: Listener = (payload) => listener(payload as Payload<C, K>);
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(own));
    return () => all.delete(own);
  }

  /**
   * Sends a command and resolves with its result. Where that is safe it is sent again until it is answered: with the same id,
   * so that it acts once. @throws CommandError
   */
  async call<K extends CommandName<C>>(
    event: K,
    input: InputOf<C, K>,
    options: CallOptions = {},
  ): Promise<ResultOf<C, K>> {
    const by = repeatableBy(this.#name, event);
    const named: object =
      by === undefined || by === "same"
        ? (input as object)
        : { [by]: this.#options.newId(), ...(input as object) };
    const until = Date.now() + (options.withinMs ?? this.#options.withinMs);
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LAST_WAIT_MS)) {
      const failure = await this.#connectedBy(until).then(
        () => this.#try(event, named, until),
        () => ({ code: "unavailable" as const, message: "not connected" }),
      );
      if (!("code" in failure)) return failure.result as ResultOf<C, K>;
      const { code } = failure;
      const safe =
        code === "rate_limited" || (by !== undefined && (code === "no_answer" || code === "unavailable"));
      const nextMs = Math.max(waitMs * (0.5 + Math.random()), retryAfterMs({ ...failure }) ?? 0);
      if (!safe || Date.now() + nextMs >= until) throw new CommandError(event, failure);
      await new Promise((resolve) => setTimeout(resolve, nextMs));
    }
  }

  async #try(
    event: string,
    input: object,
    until: number,
  ): Promise<WireFailure | { readonly result: unknown }> {
    const limitMs = Math.max(1, Math.min(this.#options.answerMs, until - Date.now()));
    let answer: Answer;
    try {
      answer = await this.socket.timeout(limitMs).emitWithAck(event, input);
    } catch {
      return { code: "no_answer", message: "no answer; whether it was done is not known" };
    }
    if (!answer.ok) return answer.error;
    const { ok: _, ...result } = answer;
    return { result };
  }

  #connectedBy(until: number): Promise<void> {
    if (this.socket.connected) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.socket.off("connect", done);
        if (this.socket.connected) resolve();
        else reject(new Error("not connected"));
      };
      const timer = setTimeout(done, Math.max(0, until - Date.now()));
      this.socket.on("connect", done);
    });
  }

  #arrive(event: string, payload: unknown, acknowledge: unknown): void {
    const id = deliveryIdOf(payload);
    if (id === undefined || !this.#seen.has(id)) {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(payload);
      if (id !== undefined) this.#seen.add(id);
    }
    if (typeof acknowledge === "function") acknowledge();
  }
}

function deliveryIdOf(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null || !("delivery_id" in payload)) return undefined;
  return typeof payload.delivery_id === "string" ? payload.delivery_id : undefined;
}
