/** A namespace for the application: typed commands that are tried until they are answered, typed events that come once. */
import type { Socket } from "socket.io-client";
import type {
  CommandName,
  Contract,
  EventName,
  InputOf,
  PayloadOf,
  ResultOf,
} from "../core/contract/contract.ts";
import { type Contracts, repeatableBy } from "./commands.ts";
import { Link, type LinkOptions } from "./connection/link.ts";
import type { State, StateListener } from "./connection/state.ts";
import type { ClientTimers } from "./connection/timers.ts";
import { Delivery } from "./delivery.ts";
import { ClientError, type CommandError, type FailureCode } from "./errors.ts";
import { checkNames, type OptionNames } from "./options.ts";
import { CommandOutbox } from "./outbox.ts";

export type Payload<C extends Contract, K extends EventName<C>> = PayloadOf<C, K> & {
  readonly timestamp: string | number;
  /** Of reliable events. */
  readonly delivery_id?: string;
};

export interface CallOptions {
  /** How long the command is tried, and waits for a connection. Default 30 seconds. */
  readonly withinMs?: number;
}

const CALL_OPTIONS: OptionNames<CallOptions> = { withinMs: true };

/** For this package's own commands. */
export interface OwnCallOptions extends CallOptions {
  /** Goes out at once on a new connection, before all that waits there, and is for that connection alone. */
  readonly first?: boolean;
  /** Where it is false, this and later commands wait; whoever changes that calls `goOn`. */
  readonly ready?: () => boolean;
}

export interface NamespaceOptions extends LinkOptions {
  /** How long one try waits for its answer, in milliseconds. */
  readonly answerMs: number;
  readonly withinMs: number;
  /** A new id for a command. */
  newId(): string;
}

export class NamespaceClient<C extends Contract> {
  /** Socket.IO's own socket, for all that this class does not do. */
  readonly socket: Socket;
  readonly #name: keyof Contracts;
  readonly #options: NamespaceOptions;
  readonly #link: Link;
  readonly #delivery: Delivery;
  readonly #pending = new PendingCalls();
  /** Resumes go before waiting commands, lest a command finds its room or channel not followed yet. */
  readonly #first: CommandOutbox;
  readonly #commands: CommandOutbox;
  readonly #resumers = new Set<() => void>();

  constructor(socket: Socket, name: keyof Contracts, options: NamespaceOptions) {
    this.socket = socket;
    this.#name = name;
    this.#options = options;
    this.#delivery = new Delivery(socket, { namespace: name, ...options });
    this.#first = new CommandOutbox(socket, options);
    this.#commands = new CommandOutbox(socket, options);
    this.#link = new Link(socket, name, options);
    socket.on("connect", () => {
      this.#first.open();
      for (const resume of this.#resumers) resume();
      this.#commands.open();
    });
    socket.on("disconnect", () => {
      // The next connection begins its own.
      this.#first.abandon();
      this.#commands.interrupt();
    });
    this.#link.onState((state, reason) => {
      if (state === "ended" && reason) this.#end(reason);
    });
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  get state(): State {
    return this.#link.state;
  }

  /** Why it has ended. */
  get reason(): ClientError | undefined {
    return this.#link.reason;
  }

  /** @returns a function that ends it */
  onState(listener: StateListener): () => void {
    return this.#link.onState(listener);
  }

  /**
   * Calls the listener for each event. A reliable one comes once, and is acknowledged when all its listeners have returned, or what
   * they returned has resolved; to one that throws or rejects it comes again. One that comes before there is a listener waits for it.
   * @returns a function that ends it
   */
  on<K extends EventName<C>>(event: K, listener: (payload: Payload<C, K>) => unknown): () => void {
    return this.#delivery.on(event, (payload) => listener(payload as Payload<C, K>));
  }

  /** The same for events outside the contract: an application's own, `token_expiring`, `server_draining`. */
  onOther(event: string, listener: (payload: unknown) => unknown): () => void {
    return this.#delivery.on(event, listener);
  }

  /**
   * Sends a command and resolves with its result. Commands of a namespace go out in the order of their calls. Where that is safe one
   * is sent again until it is answered: with the same id, so that it acts once. @throws CommandError
   */
  call<K extends CommandName<C>>(
    event: K,
    input: InputOf<C, K>,
    options: CallOptions = {},
  ): Promise<ResultOf<C, K>> {
    return this.#pending.run(async () => {
      checkNames(options, CALL_OPTIONS);
      return this.own(event, input, options);
    });
  }

  /** For this package: a command with its further options. */
  async own<K extends CommandName<C>>(
    event: K,
    input: InputOf<C, K>,
    { withinMs = this.#options.withinMs, first, ready }: OwnCallOptions = {},
  ): Promise<ResultOf<C, K>> {
    const by = repeatableBy(this.#name, event);
    const hasId = by !== "once" && by !== "same" && by !== "volatile";
    const outbox = first ? this.#first : this.#commands;
    const result = await outbox.add({
      event,
      input: { ...(hasId ? { [by]: this.#options.newId() } : {}), ...(input as object) },
      kind: by === "once" || by === "volatile" ? by : "again",
      withinMs,
      ...(ready === undefined ? {} : { ready }),
    });
    return result as ResultOf<C, K>;
  }

  /** For this package: commands that waited may be ready now. */
  goOn(): void {
    this.#commands.pump();
  }

  /** For this package: a promise that the application waits for. */
  running<T>(work: () => Promise<T>): Promise<T> {
    return this.#pending.run(work);
  }

  /** For this package: calls the listener for every event, takes none of them. */
  watch<K extends EventName<C>>(event: K, listener: (payload: Payload<C, K>) => void): void {
    this.#delivery.watch(event, (payload) => listener(payload as Payload<C, K>));
  }

  /** For this package: as `on`, for those events that `wants` is true for. */
  onSome<K extends EventName<C>>(
    event: K,
    wants: (payload: Payload<C, K>) => boolean,
    listener: (payload: Payload<C, K>) => unknown,
  ): () => void {
    return this.#delivery.on(
      event,
      (payload) => listener(payload as Payload<C, K>),
      (payload) => wants(payload as Payload<C, K>),
    );
  }

  /** For this package: sends no more commands on this connection. Resolves when none is under way. */
  pause(): Promise<void> {
    return this.#commands.pause();
  }

  /** For this package: called on each connection, before waiting commands are sent. */
  onConnected(resume: () => void): void {
    this.#resumers.add(resume);
  }

  /** For this package: calls a function of the application; an error that it throws is reported. */
  notify(what: string, call: () => unknown): void {
    void this.#delivery.run(what, call);
  }

  /** For this package: reports a command of its own that failed. */
  report({ code, message, details }: CommandError): void {
    this.#options.report(new ClientError({ code, message, details, namespace: this.#name }));
  }

  /** For this package: resolves later, or when the client is closed. */
  wait(ms: number): Promise<void> {
    return (this.#options.timers satisfies ClientTimers).wait(ms);
  }

  close(reason: ClientError): void {
    this.#pending.close();
    this.#link.end(reason);
  }

  #end({ code, message, details }: ClientError): void {
    // A connection ends with a code of the server's, or because it was closed.
    const failure = { ...details, code: code as FailureCode, message };
    this.#first.end(failure);
    this.#commands.end(failure);
  }
}

/**
 * Promises that the application waits for. One that it does not wait for must not end its process when it closes the client: a rejection that
 * nobody handles does that in Node.
 */
class PendingCalls {
  readonly #all = new Set<{ promise: Promise<unknown> | undefined }>();

  run<T>(work: () => Promise<T>): Promise<T> {
    const running: { promise: Promise<unknown> | undefined } = { promise: undefined };
    this.#all.add(running);
    const promise = (async () => {
      try {
        return await work();
      } finally {
        this.#all.delete(running);
      }
    })();
    running.promise = promise;
    return promise;
  }

  /** From now on a promise may fail unseen; a caller that waits for it gets the failure all the same. */
  close(): void {
    for (const { promise } of this.#all) promise?.catch(() => undefined);
  }
}
