/**
 * The client for browsers and Node. It comes back after every loss of its connection, sends commands again until they are
 * answered (they act once), acknowledges reliable events and drops their repeats, and resumes streams where they were left.
 *
 *     const muster = connectMuster({ url: "https://play.example.com", token: () => fetchToken() });
 *     await muster.channels.follow("guild", { entry: (entry) => show(entry) });
 *     await muster.in("/chat").call("chat_message", { channel: "guild", content: "hello" });
 */
import type { Socket } from "socket.io-client";
import type { RealtimeFields } from "../core/realtime/fields.ts";
import type { RealtimeCollections, RealtimeGame } from "../core/realtime/game.ts";
import { type Channels, createChannels } from "./chat.ts";
import { type Contracts, checkNamespace } from "./commands.ts";
import { Line, type TransportOptions } from "./connection/line.ts";
import { Refresher } from "./connection/refresher.ts";
import { Listeners, type State, type StateListener, stateOfAll } from "./connection/state.ts";
import { ClientTimers } from "./connection/timers.ts";
import { type Token, TokenSource } from "./connection/token.ts";
import { ClientError } from "./errors.ts";
import { createGames, type Games } from "./games/games.ts";
import { NamespaceClient } from "./namespace.ts";
import { checkNames, type OptionNames } from "./options.ts";
import { type OptionsOf, openRealtime, type PlayOf } from "./realtime/play.ts";
import { createRooms, type Rooms } from "./rooms.ts";

export type { ChannelListener, ChannelName, Channels } from "./chat.ts";
export type { Contracts } from "./commands.ts";
export type { TransportOptions } from "./connection/line.ts";
export type { State, StateListener } from "./connection/state.ts";
export type { Token } from "./connection/token.ts";
export { ClientError, CommandError, type FailureCode, type TroubleCode } from "./errors.ts";
export type { Position } from "./follower.ts";
export type { AnyGameEvent, FollowEnd, FollowedGame } from "./games/followed-game.ts";
export type { GameView, MissedEvents } from "./games/game-copy.ts";
export type { FollowGameOptions, Games } from "./games/games.ts";
export type { CallOptions, NamespaceClient, Payload } from "./namespace.ts";
export type { SimulatedLink } from "./realtime/bad-link.ts";
export type { Happening, HappeningPhase } from "./realtime/happenings.ts";
export { showStats } from "./realtime/overlay.ts";
export type { SceneOf } from "./realtime/picture.ts";
export type { RealtimeOptions, RealtimePlay } from "./realtime/play.ts";
export type { RealtimeStats } from "./realtime/statistics.ts";
export type { ListedRoom, RoomFilter, RoomList, WatchOptions } from "./room-list.ts";
export type { RoomListener, RoomMessage, Rooms } from "./rooms.ts";

export interface MusterOptions {
  /** Of the server, such as `https://play.example.com`; with the path that it is served below: `https://example.com/play`. */
  readonly url: string;
  /**
   * A token, or how to get one: asked before each connection, and for a fresh one before the last ends. Default: none is sent, and
   * where the server allows that the client is anonymous.
   */
  readonly token?: Token;
  /** How long `token()` may take. Default 10 s. */
  readonly tokenMs?: number;
  /** More fields of Socket.IO's `auth`, such as `user_id` under `AUTH_MODE=dev`. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** Whether to acknowledge reliable events. Default true; false: each comes once per connection at most. */
  readonly reliable?: boolean;
  /** How long a command is tried before it fails. Default 30 s. */
  readonly withinMs?: number;
  /** How long one try of a command waits for its answer. Default 5 s. */
  readonly answerMs?: number;
  /** The first wait before reconnecting, doubled up to the last. Default 500 ms and 5 s. */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Socket.IO's own options, such as `transports`. */
  readonly manager?: TransportOptions;
}

export interface Muster {
  /** A namespace; connects to it at the first use. */
  in<N extends keyof Contracts>(namespace: N): NamespaceClient<Contracts[N]>;
  /** Channels of `/chat`, resumed over reconnects. */
  readonly channels: Channels;
  /** Rooms of `/`, resumed over reconnects, and the list of rooms of `/game`. */
  readonly rooms: Rooms;
  /** Turn-based games of `/game`, followed over reconnects. */
  readonly games: Games;
  /**
   * Plays in a real-time room, or watches it: takes a seat where the user has none yet, predicts the player's own entities and shows
   * others smoothly. The room's game may start before or after. @param game the same object that the server has
   */
  realtime<
    I extends RealtimeFields,
    S extends RealtimeCollections,
    O extends RealtimeFields,
    C extends keyof S & string,
  >(room_id: string, game: RealtimeGame<I, S, O, C>, options?: OptionsOf<I, S, C>): PlayOf<I, S, C>;
  /** Of all namespaces together; one that has ended counts only where none is left. Each has its own, too. */
  readonly state: State;
  /** Why it has ended. */
  readonly reason: ClientError | undefined;
  /** Told of each change. @returns a function that ends it */
  onState(listener: StateListener): () => void;
  /** Calls the listener with trouble that concerns no command, also where the client tries again. @returns a function that ends it */
  onError(listener: (error: ClientError) => void): () => void;
  /**
   * Called once for each connection whose server says that it stops, so many milliseconds before it disconnects. Shortly before that the
   * client reconnects by itself; commands wait for it. @returns a function that ends it
   */
  onDraining(listener: (inMs: number) => void): () => void;
  /** For good: commands that wait fail with `closed`. */
  close(): void;
}

type Opened = NamespaceClient<Contracts[keyof Contracts]>;

export function connectMuster(options: MusterOptions): Muster {
  const { url, token, minDelayMs = 500, maxDelayMs = 5_000, answerMs = 5_000, withinMs = 30_000 } = options;
  checkOptions(options);
  const timers = new ClientTimers();
  const tokens = new TokenSource(token, timers, options.tokenMs);
  const errors = new Listeners<[ClientError]>((thrown) => console.error(thrown));
  const failed = (what: string) => (cause: unknown) =>
    report(new ClientError({ code: "listener_failed", message: `a listener of ${what} failed`, cause }));
  const states = new Listeners<Parameters<StateListener>>(failed("the state"));
  const drainings = new Listeners<[number]>(failed("a stopping server"));
  const shared = { minDelayMs, maxDelayMs, tokens, timers, report };
  const line = new Line({
    url,
    transport: options.manager ?? {},
    draining: (inMs) => drainings.emit(inMs),
    pause: () => Promise.all([...opened.values()].map((client) => client.pause())),
    ...shared,
  });
  const refresher = new Refresher({ ...shared, answerMs, connected: () => line.connected() });
  const opened = new Map<keyof Contracts, Opened>();
  let channels: Channels | undefined;
  let rooms: Rooms | undefined;
  let games: Games | undefined;
  let closed: ClientError | undefined;
  let state: State = "connecting";

  function report(error: ClientError): void {
    // A fault of the application's own must not pass unseen.
    if (errors.size === 0 && error.code === "listener_failed") console.error(error);
    errors.emit(error);
  }

  /** The `auth` of a connection. It waits for its token: without one it would be anonymous, or another user. */
  function say(socket: Socket, give: (value: object) => void): void {
    const fixed = { reliable: options.reliable ?? true, ...options.auth };
    const { current } = tokens;
    if (token === undefined) give(fixed);
    else if (current !== undefined) give({ ...fixed, token: current });
    else
      tokens.ask().then(
        (first) => {
          if (socket.active && !socket.connected) give({ ...fixed, token: first });
        },
        // The link of the namespace tries again.
        () => socket.disconnect(),
      );
  }

  const reason = () =>
    closed ?? (state === "ended" ? [...opened.values()].find((client) => client.reason)?.reason : undefined);

  function look(): void {
    const now = closed ? "ended" : stateOfAll([...opened.values()].map((client) => client.state));
    if (now === state) return;
    state = now;
    states.emit(now, reason());
  }

  function open<N extends keyof Contracts>(namespace: N): NamespaceClient<Contracts[N]> {
    const existing = opened.get(namespace);
    // Kept under its own name only: the types meet again.
    if (existing) return existing as unknown as NamespaceClient<Contracts[N]>;
    checkNamespace(namespace);
    const socket: Socket = line.socket(namespace, (give) => say(socket, give));
    const client = new NamespaceClient<Contracts[N]>(socket, namespace, {
      ...shared,
      answerMs,
      withinMs,
      newId,
    });
    opened.set(namespace, client as unknown as Opened);
    refresher.watch(socket);
    client.onState(look);
    if (closed) client.close(closed);
    look();
    return client;
  }

  return {
    in: open,
    get channels() {
      channels ??= createChannels(open("/chat"));
      return channels;
    },
    get rooms() {
      rooms ??= createRooms(
        () => open("/"),
        () => open("/game"),
      );
      return rooms;
    },
    get games() {
      games ??= createGames({ client: open("/game"), timers, withinMs });
      return games;
    },
    realtime: (room_id, game, options) =>
      openRealtime({ client: open("/game"), timers }, room_id, game, options),
    get state() {
      return state;
    },
    get reason() {
      return reason();
    },
    onState: (listener) => states.add(listener),
    onError: (listener) => errors.add(listener),
    onDraining: (listener) => drainings.add(listener),
    close() {
      closed ??= new ClientError({ code: "closed", message: "the client was closed" });
      for (const client of opened.values()) client.close(closed);
      line.close();
      timers.close();
      look();
    },
  };
}

/** @throws for an address that could never connect */
const OPTIONS: OptionNames<MusterOptions> = {
  ...{ url: true, token: true, tokenMs: true, auth: true, reliable: true, manager: true },
  ...{ withinMs: true, answerMs: true, minDelayMs: true, maxDelayMs: true },
};

function checkOptions(options: MusterOptions): void {
  const { url, tokenMs, withinMs, answerMs, minDelayMs, maxDelayMs } = options;
  checkNames(options, OPTIONS);
  if (!isAddress(url))
    throw new ClientError({ code: "unreachable", message: `url: ${url} is no address of a server` });
  for (const [name, ms] of Object.entries({ tokenMs, withinMs, answerMs, minDelayMs, maxDelayMs }))
    if (ms !== undefined && !(ms > 0)) throw new RangeError(`${name}: ${ms} is no time in milliseconds`);
}

function isAddress(url: string): boolean {
  // A page may name its own server by a path.
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return /^(https?|wss?):$/.test(new URL(url, location?.href).protocol);
  } catch {
    return false;
  }
}

/** 128 random bits: pages without TLS have no `crypto.randomUUID`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
