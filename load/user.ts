/** What a scenario has of one user: its identity, connections that are measured and closed for it, and how it measures. */
import type { ManagerOptions, Socket, SocketOptions } from "socket.io-client";
import type { Contracts, Muster, MusterOptions, NamespaceClient } from "../client/index.ts";
import type { PlainSocket } from "./engine/plain.ts";
import type { LoadParameters, LoadPlace } from "./scenario.ts";

export interface ActionOptions {
  /** An action that takes longer has failed with `timeout`. Default 30 s. */
  readonly withinMs?: number;
}

/** Users of one process that act together, such as the players of a game. */
export interface LoadGroup {
  /** From 0. */
  readonly number: number;
  /** How many users it has. */
  readonly size: number;
  /** This user's place in it, from 0. */
  readonly seat: number;
  /** The ids of all, by their seats. */
  readonly ids: readonly string[];
  /** A name for the group's room, guild or zone: no other group of any run has it. */
  readonly name: string;
  /**
   * Runs `make` for the first of the group that asks for this key; the others get the same result. Where it fails, the next one tries.
   * The newest 1,000 keys are kept.
   */
  share<T>(key: string, make: () => Promise<T>): Promise<T>;
  /** Resolves when all of the group have come to this point. @throws LoadFailure `group_timeout` after `withinMs` (30 s) */
  meet(key: string, withinMs?: number): Promise<void>;
}

export interface ScenarioUser<P extends LoadParameters = LoadParameters> extends LoadPlace<P> {
  /** The user's id in its token. */
  readonly id: string;
  /** Where the server is, for requests of your own. */
  readonly url: string;
  readonly together: LoadGroup;
  /** Aborted when the run ends. */
  readonly signal: AbortSignal;
  /** False when the run ends: finish then. */
  readonly running: boolean;
  /** 0 to below 1, by `--seed`, the user's place and how often it was called. */
  random(): number;
  /** Milliseconds since the epoch with fractions, the same in all processes of this machine: for stamps in payloads. */
  now(): number;

  /** The user's token; undefined: it has none. */
  token(): Promise<string | undefined>;
  /** The typed client, over WebSocket. */
  readonly muster: Muster;
  /** A further typed client of the same user. */
  client(options?: Omit<MusterOptions, "url" | "token">): Muster;
  /** The typed client's namespace, once it is connected: measured as `connect /chat`. */
  connect<N extends keyof Contracts>(namespace: N): Promise<NamespaceClient<Contracts[N]>>;
  /** Socket.IO's own client with a connection of its own, once it is connected: measured as `connect /chat`. */
  socket(namespace: string, options?: Partial<ManagerOptions & SocketOptions>): Promise<Socket>;
  /** A plain WebSocket with flat frames, once it is connected: measured as `connect /ws/chat`. */
  webSocket(path?: string): Promise<PlainSocket>;

  /** Measures how long it takes. @throws what it throws, once it is counted by its code */
  action<T>(name: string, act: () => T | Promise<T>, options?: ActionOptions): Promise<T>;
  /**
   * Measures the action once per period, from its time in the plan on: where the server is slow, waiting counts too. A failure is
   * counted, and the next time comes. Ends with the run.
   */
  every(periodMs: number, name: string, act: () => unknown, options?: ActionOptions): Promise<void>;
  /** Sends a command over Socket.IO. @throws LoadFailure with the code of the refusal */
  call(socket: Socket, event: string, input: object): Promise<Record<string, unknown>>;
  /** The next event; `accepts` may pass some over. @throws LoadFailure `no_event` after `withinMs` (30 s), `stopped` when the run ends */
  next<T = unknown>(
    from: EventSource,
    event: string,
    accepts?: (payload: T) => boolean,
    withinMs?: number,
  ): Promise<T>;
  /** Until then, or until the run ends. With `mostMs` by chance between the two. */
  pause(ms: number, mostMs?: number): Promise<void>;
  /** A time that you have measured, in milliseconds. */
  sample(name: string, ms: number): void;
  /** A number that is added up, such as messages that came. */
  count(name: string, by?: number): void;
  /** A failure that you have found. */
  fail(name: string, code: string, example?: string): void;
}

/** Where `next` can listen: a namespace of the typed client, Socket.IO's socket, a plain WebSocket. */
export type EventSource =
  | Pick<Socket, "on" | "off">
  | Pick<PlainSocket, "on" | "off">
  | { onOther(event: string, listener: (payload: unknown) => unknown): () => void };
