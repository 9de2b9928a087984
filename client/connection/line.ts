/** The transport that all namespaces share: opened with a token at hand, and again after each loss. */
import { Manager, type ManagerOptions, type Socket } from "socket.io-client";
import { ClientError, messageOf, type Report } from "../errors.ts";
import { type ClientTimers, ReconnectBackoff } from "./timers.ts";
import type { TokenSource } from "./token.ts";

type Engine = Manager["engine"];

/** Options of the transport, without those for things that the client does itself. */
export type TransportOptions = Omit<
  Partial<ManagerOptions>,
  | "autoConnect"
  | "reconnection"
  | "reconnectionAttempts"
  | "reconnectionDelay"
  | "reconnectionDelayMax"
  | "randomizationFactor"
>;

export interface LineOptions {
  readonly url: string;
  readonly transport: TransportOptions;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly tokens: TokenSource;
  readonly timers: ClientTimers;
  readonly report: Report;
  /** A stopping server disconnects in so many milliseconds. */
  draining(inMs: number): void;
  /** Stops sending. Resolves when everything that was sent is answered. */
  pause(): Promise<unknown>;
}

/** The wait before reconnecting of a client that a stopping server disconnected with notice. */
const SOON_MS = 50;
/** How long before a stopping server disconnects the client goes by itself; at most half of the time that is left. */
const GOES_BEFORE_MS = 500;
/** How long a connection has held before the next loss is a first one again. */
const STEADY_MS = 2_000;
/** Time limit for sending the rest at the end. */
const GOODBYE_MS = 1_000;

/** Socket.IO takes a path in the address for a namespace; it is where a proxy serves Muster, such as `/play`. */
function pathOf(url: string): string {
  const [, path = ""] = /^(?:\w+:)?\/\/[^/?#]*([^?#]*)/.exec(url) ?? [];
  return `${path.replace(/\/+$/, "")}/socket.io/`;
}

export class Line {
  readonly #manager: Manager;
  readonly #options: LineOptions;
  readonly #backoff: ReconnectBackoff;
  readonly #sockets: Socket[] = [];
  #next: (() => void) | undefined;
  #openedAt = 0;
  #lostAt = Number.POSITIVE_INFINITY;
  /** When a stopping server has asked to come back; by `Date.now()`. */
  #comeBackAt: number | undefined;
  /** Ends the wait for the time to go by itself. */
  #cancelMove: (() => void) | undefined;
  /** It goes by itself, and is back at once. */
  #moves = false;
  #closed = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#backoff = new ReconnectBackoff(options.minDelayMs, options.maxDelayMs);
    this.#manager = new Manager(options.url, {
      path: pathOf(options.url),
      ...options.transport,
      autoConnect: false,
      reconnection: false,
    });
    this.#manager.on("open", () => {
      this.#openedAt = Date.now();
      this.#cancel();
    });
    this.#manager.on("close", () => this.#lost());
    this.#manager.on("error", (error) => {
      options.report(
        new ClientError({
          code: "unreachable",
          message: `no connection to ${options.url}: ${messageOf(error)}`,
          cause: error,
        }),
      );
      this.#again();
    });
  }

  /** The socket of a namespace; not connected yet. */
  socket(namespace: string, auth: (give: (value: object) => void) => void): Socket {
    const socket = this.#manager.socket(namespace, { auth });
    this.#sockets.push(socket);
    socket.on("server_draining", (payload: { reconnect_in_ms?: unknown } | undefined) => {
      const inMs = payload?.reconnect_in_ms;
      if (typeof inMs === "number" && inMs >= 0) this.#draining(inMs);
    });
    return socket;
  }

  /** Every namespace of the connection is told. */
  #draining(inMs: number): void {
    this.#comeBackAt = Date.now() + inMs;
    if (this.#cancelMove !== undefined) return;
    const beforeMs = Math.min(GOES_BEFORE_MS, inMs / 2);
    this.#cancelMove = this.#options.timers.after(inMs - beforeMs, () => void this.#move(beforeMs));
    this.#options.draining(inMs);
  }

  /** What was sent is answered first: a command whose connection goes may have been done, or not. */
  async #move(withinMs: number): Promise<void> {
    const { engine } = this.#manager;
    await Promise.race([this.#options.pause(), this.#options.timers.wait(withinMs)]);
    // It was lost meanwhile.
    if (this.#closed || this.#cancelMove === undefined || engine !== this.#manager.engine) return;
    this.#moves = true;
    engine.close();
  }

  /** All that have something to send, also over a half-dead transport. */
  connected(): Socket | undefined {
    return this.#sockets.find((socket) => socket.connected);
  }

  #lost(): void {
    if (this.#openedAt > 0 && Date.now() - this.#openedAt >= STEADY_MS) this.#backoff.reset();
    this.#openedAt = 0;
    this.#lostAt = performance.now();
    const at = this.#moves ? 0 : this.#comeBackAt;
    this.#cancelMove?.();
    this.#cancelMove = undefined;
    this.#moves = false;
    this.#comeBackAt = undefined;
    // The jitter is the server's: all its clients come back spread over it, each once it was let go.
    this.#again(at === undefined ? undefined : Math.max(SOON_MS, at - Date.now()));
  }

  #again(exactMs?: number): void {
    if (this.#closed || this.#next !== undefined) return;
    this.#next = this.#options.timers.after(exactMs ?? this.#backoff.next(), () => {
      this.#next = undefined;
      void this.#open();
    });
  }

  #cancel(): void {
    this.#next?.();
    this.#next = undefined;
  }

  async #open(): Promise<void> {
    // A socket that is not active was refused, or disconnected on purpose: it comes back by itself or not at all.
    const wanted = () => !this.#closed && this.#sockets.some((socket) => socket.active);
    if (!wanted()) return;
    try {
      await this.#options.tokens.ask(this.#lostAt);
    } catch (thrown) {
      if (thrown instanceof ClientError) this.#options.report(thrown);
      this.#again();
      return;
    }
    if (wanted()) this.#manager.open();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    // There is none before the first connection, whatever its type says.
    const { engine }: { readonly engine?: Engine } = this.#manager;
    const isOpen = engine?.readyState === "open";
    for (const socket of this.#sockets) socket.disconnect();
    if (engine === undefined) return;
    // It says goodbye first. Where nobody takes that, it is cut.
    const cut = () => {
      clearTimeout(timer);
      engine.transport.close();
    };
    const timer = setTimeout(cut, GOODBYE_MS);
    if (isOpen && engine.readyState !== "closed") engine.once("close", () => clearTimeout(timer));
    else cut();
  }
}
