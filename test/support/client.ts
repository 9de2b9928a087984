/** A real socket.io-client for tests: remembers every event since it connected, so that waiting for one never comes too late. */
import { io, type Socket } from "socket.io-client";
import type {
  Ack,
  CommandName,
  Contract,
  EventName,
  InputOf,
  PayloadOf,
  ResultOf,
} from "../../core/contract/contract.ts";
import type { WireError } from "../../core/contract/errors.ts";
import type { Complete } from "../../middleware/common.ts";
import { WAIT_MS } from "./patience.ts";

export type Timestamped<P> = P & { readonly timestamp: string | number };

/** A refused command, as `call` throws it. */
export class Refused extends Error {
  readonly code: string;
  readonly error: WireError;
  constructor(event: string, error: WireError) {
    super(`${event}: ${error.code} (${error.message})`);
    this.code = error.code;
    this.error = error;
  }
}

export interface Received {
  readonly event: string;
  readonly payload: unknown;
}

interface Waiter {
  readonly event: string;
  readonly accepts: (payload: unknown) => boolean;
  readonly resolve: (payload: unknown) => void;
}

export class TestClient<C extends Contract> {
  readonly socket: Socket;
  readonly name: string;
  readonly #received: Received[] = [];
  readonly #waiters: Waiter[] = [];
  /** Look again after each event. */
  readonly #looks = new Set<() => void>();
  /** Every event in the order of arrival, also those that `next` has taken. */
  readonly log: Received[] = [];

  constructor(socket: Socket, name: string) {
    this.socket = socket;
    this.name = name;
    socket.onAny((event: string, ...args: unknown[]) => {
      // A reliable event comes with an acknowledgement: given at once, unless the test takes it over.
      const last = args.at(-1);
      if (typeof last === "function" && this.acknowledges) (last as () => void)();
      this.#arrive(event, args[0]);
    });
    socket.on("disconnect", (reason: string) => this.#arrive("(disconnect)", reason));
  }

  /** Whether reliable events are acknowledged as they come. */
  acknowledges = true;

  #arrive(event: string, payload: unknown): void {
    const received = { event, payload };
    this.log.push(received);
    for (const look of [...this.#looks]) look();
    const at = this.#waiters.findIndex((waiter) => waiter.event === event && waiter.accepts(payload));
    if (at < 0) this.#received.push(received);
    else this.#waiters.splice(at, 1)[0]?.resolve(payload);
  }

  /** The next event of this name (that the predicate accepts), also one that came before. Each is given once. */
  next<K extends EventName<Complete<C>>>(
    event: K,
    accepts: (payload: Timestamped<PayloadOf<Complete<C>, K>>) => boolean = () => true,
  ): Promise<Timestamped<PayloadOf<Complete<C>, K>>> {
    return this.nextAny(event, accepts as (payload: unknown) => boolean) as Promise<
      Timestamped<PayloadOf<Complete<C>, K>>
    >;
  }

  /** The same for events outside the contract: `error`, `token_expiring`, `(disconnect)`. */
  nextAny(event: string, accepts: (payload: unknown) => boolean = () => true): Promise<unknown> {
    const at = this.#received.findIndex((r) => r.event === event && accepts(r.payload));
    if (at >= 0) return Promise.resolve(this.#received.splice(at, 1)[0]?.payload);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(new Error(`${this.name} got no ${event} within ${WAIT_MS} ms; ${this.#lately()}`));
      }, WAIT_MS);
      const waiter: Waiter = {
        event,
        accepts,
        resolve: (payload) => {
          clearTimeout(timer);
          resolve(payload);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** Waits until what came so far shows it, whichever event that was in. @param check undefined: not yet */
  until<T>(what: string, check: (log: readonly Received[]) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`${this.name} does not know ${what} within ${WAIT_MS} ms; ${this.#lately()}`));
      }, WAIT_MS);
      const look = () => {
        const found = check(this.log);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }

  #lately(): string {
    const seen = this.log.slice(-20).map((r) => `${r.event} ${JSON.stringify(r.payload)}`.slice(0, 200));
    return `the last events:\n  ${seen.join("\n  ")}`;
  }

  /** Payloads of this event that came and that `next` has not taken, up to now. */
  pending<K extends EventName<Complete<C>>>(event: K): Timestamped<PayloadOf<Complete<C>, K>>[] {
    return this.#received
      .filter((r) => r.event === event)
      .map((r) => r.payload as Timestamped<PayloadOf<Complete<C>, K>>);
  }

  /** Sends a command and returns its acknowledgement (`ok: true` and the result); throws `Refused` where it fails. */
  async call<K extends CommandName<Complete<C>>>(
    event: K,
    input: InputOf<Complete<C>, K>,
  ): Promise<ResultOf<Complete<C>, K> & { ok: true }> {
    const ack = await this.raw(event, input);
    if (!ack.ok) throw new Refused(event, ack.error);
    return ack as unknown as ResultOf<Complete<C>, K> & { ok: true };
  }

  /** Sends a command that must fail, with any payload, and returns the error. */
  async refused(event: CommandName<Complete<C>> | (string & {}), input: unknown): Promise<WireError> {
    const ack = await this.raw(event, input);
    if (ack.ok) throw new Error(`${event} was accepted: ${JSON.stringify(ack)}`);
    return ack.error;
  }

  /** The acknowledgement as it comes. */
  raw(event: string, ...args: unknown[]): Promise<Ack<object>> {
    return this.socket.timeout(WAIT_MS).emitWithAck(event, ...args) as Promise<Ack<object>>;
  }

  disconnect(): void {
    this.socket.disconnect();
  }
}

export interface ConnectOptions {
  readonly url: string;
  readonly namespace: string;
  readonly name: string;
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly transports?: ("websocket" | "polling")[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** Connects, or throws the `connect_error` (with its `data`). */
export function connectClient<C extends Contract>(options: ConnectOptions): Promise<TestClient<C>> {
  const socket = io(options.url + options.namespace, {
    transports: options.transports ?? ["websocket"],
    forceNew: true,
    reconnection: false,
    timeout: WAIT_MS,
    auth: { ...options.auth },
    ...(options.headers ? { extraHeaders: { ...options.headers } } : {}),
    ...(options.query ? { query: { ...options.query } } : {}),
  });
  const client = new TestClient<C>(socket, options.name);
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(client));
    socket.once("connect_error", (error) => {
      socket.disconnect();
      reject(error);
    });
  });
}
