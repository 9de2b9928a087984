/** A user with a default socket.io-client: one connection for all namespaces, polling first, reconnecting by itself. */
import { setTimeout as delay } from "node:timers/promises";
import { Manager, type Socket } from "socket.io-client";
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

/** For an answer, and for an event that must come. */
const WAIT_MS = 10_000;
/** For the answer to one attempt of a command that is sent again until it is answered. */
const ATTEMPT_MS = 2_000;
const ATTEMPTS = 20;
const RETRY_MS = 100;

export class Refused extends Error {
  readonly error: WireError;
  constructor(event: string, error: WireError) {
    super(`${event} was refused: ${error.code} (${error.message})`);
    this.error = error;
  }
}

type Heard<C extends Contract, K extends EventName<C>> = {
  [E in K]: { readonly event: E; readonly payload: PayloadOf<C, E> };
}[K];

interface Waiter {
  accepts(event: string, payload: unknown): boolean;
  resolve(heard: { event: string; payload: unknown }): void;
}

/** A user in one namespace. Events that nobody waits for yet are kept, so that waiting never begins too late. */
export class Channel<C extends Contract> {
  readonly socket: Socket;
  readonly #who: string;
  #kept: { event: string; payload: unknown }[] = [];
  readonly #waiting = new Set<Waiter>();

  constructor(who: string, socket: Socket) {
    this.#who = who;
    this.socket = socket;
    socket.onAny((event: string, payload: unknown, acknowledge?: unknown) => {
      // A reliable event is acknowledged, or it comes again.
      if (typeof acknowledge === "function") acknowledge();
      const waiter = [...this.#waiting].find((one) => one.accepts(event, payload));
      if (waiter) waiter.resolve({ event, payload });
      else this.#kept.push({ event, payload });
    });
  }

  /** The result of a command; waits where the server asks to be asked later. @throws Refused */
  async call<K extends CommandName<C>>(event: K, input: InputOf<C, K>): Promise<ResultOf<C, K>> {
    for (let attempt = 1; ; attempt++) {
      const ack = await this.#send(event, input, WAIT_MS);
      if (ack.ok) return ack as unknown as ResultOf<C, K>;
      const { error } = ack;
      if (error.code !== "rate_limited" || attempt === ATTEMPTS) throw new Refused(event, error);
      await delay(typeof error.retry_after_ms === "number" ? error.retry_after_ms : RETRY_MS);
    }
  }

  /**
   * The same for a command that carries an id of its own (`action_id` and the like), which acts once however often it is sent: sent
   * again while no answer comes, or the server says that trying again can help.
   */
  async callUntilAnswered<K extends CommandName<C>>(event: K, input: InputOf<C, K>): Promise<ResultOf<C, K>> {
    for (let attempt = 1; ; attempt++) {
      const ack = await this.#send(event, input, ATTEMPT_MS).catch(() => undefined);
      if (ack?.ok) return ack as unknown as ResultOf<C, K>;
      const error = ack?.error;
      if (error && !["rate_limited", "unavailable"].includes(error.code)) throw new Refused(event, error);
      if (attempt === ATTEMPTS)
        throw new Error(`${this.#who}: ${event} was never done: ${error?.message ?? "no answer"}`);
      await delay(typeof error?.retry_after_ms === "number" ? error.retry_after_ms : RETRY_MS);
    }
  }

  #send(event: string, input: unknown, waitMs: number): Promise<Ack<object>> {
    return this.socket.timeout(waitMs).emitWithAck(event, input);
  }

  /** The next of these events that `accepts` takes, also one that came before. Each is given once. */
  async next<K extends EventName<C>>(
    events: K | readonly K[],
    accepts: (payload: PayloadOf<C, K>) => boolean = () => true,
  ): Promise<Heard<C, K>> {
    const names: readonly string[] = typeof events === "string" ? [events] : events;
    const fits = (event: string, payload: unknown) =>
      names.includes(event) && accepts(payload as PayloadOf<C, K>);
    const at = this.#kept.findIndex(({ event, payload }) => fits(event, payload));
    const heard = at < 0 ? await this.#wait(names, fits) : this.#kept.splice(at, 1)[0];
    return heard as Heard<C, K>;
  }

  /** What came of one event and was not waited for, oldest first. */
  kept<K extends EventName<C>>(event: K): PayloadOf<C, K>[] {
    return this.#kept.filter((one) => one.event === event).map((one) => one.payload as PayloadOf<C, K>);
  }

  forget(): void {
    this.#kept = [];
  }

  #wait(names: readonly string[], accepts: Waiter["accepts"]): Promise<{ event: string; payload: unknown }> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        accepts,
        resolve: (heard) => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          resolve(heard);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        const last = this.#kept.slice(-5).map(({ event }) => event);
        reject(
          new Error(`${this.#who} waits for ${names.join(" or ")}; the last to come: ${last.join(", ")}`),
        );
      }, WAIT_MS);
      this.#waiting.add(waiter);
    });
  }
}

export interface PlayerOptions {
  readonly url: string;
  readonly userId: string;
  readonly token: string;
  /** Left out: socket.io-client's default, polling first. */
  readonly transports?: ("polling" | "websocket")[] | undefined;
}

export class Player {
  readonly userId: string;
  readonly manager: Manager;
  readonly #token: string;
  readonly #channels = new Map<string, Channel<Contract>>();

  constructor({ url, userId, token, transports }: PlayerOptions) {
    this.userId = userId;
    this.#token = token;
    this.manager = new Manager(url, {
      reconnectionDelay: 200,
      reconnectionDelayMax: 1_000,
      ...(transports === undefined ? {} : { transports }),
    });
  }

  /** The name that the story calls the user by. */
  get name(): string {
    return this.userId.replace(/-.*/, "");
  }

  /** The worker that has this connection; its id begins the session's. */
  get worker(): string {
    return (this.manager.engine.id ?? "").split(".", 1)[0] ?? "";
  }

  /** Connects to a namespace, or gives the channel that is there. @throws what refused the connection */
  async enter<C extends Contract>(namespace: C["namespace"]): Promise<Channel<C>> {
    const open = this.#channels.get(namespace);
    if (open) return open as unknown as Channel<C>;
    const socket = this.manager.socket(namespace, { auth: { token: this.#token, reliable: true } });
    const channel = new Channel<C>(this.userId, socket);
    this.#channels.set(namespace, channel as unknown as Channel<Contract>);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.userId} cannot connect to ${namespace}`)),
        WAIT_MS,
      );
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once("connect_error", (err) => {
        // Without a worker behind the port the client tries again by itself.
        if (socket.active) return;
        clearTimeout(timer);
        reject(err);
      });
    });
    return channel;
  }

  /** Leaves one namespace; the connection and the others stay. */
  leave(namespace: string): void {
    this.#channels.get(namespace)?.socket.disconnect();
    this.#channels.delete(namespace);
  }

  close(): void {
    for (const { socket } of this.#channels.values()) socket.disconnect();
  }
}
