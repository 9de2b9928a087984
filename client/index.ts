/**
 * The client for browsers and Node. It comes back after every loss of its connection, sends commands again until they are
 * answered (they act once), acknowledges reliable events and drops their repeats, and resumes streams where they were left.
 *
 *     const muster = connectMuster({ url: "https://play.example.com", token: () => fetchToken() });
 *     await muster.channels.follow("guild", { entry: (entry) => show(entry) });
 *     await muster.in("/chat").call("chat_message", { channel: "guild", content: "hello" });
 */
import { Manager, type ManagerOptions } from "socket.io-client";
import { type Channels, createChannels } from "./chat.ts";
import type { Contracts } from "./commands.ts";
import { keepConnected } from "./link.ts";
import { NamespaceClient } from "./namespace.ts";
import { createRooms, type Rooms } from "./rooms.ts";

export type { ChannelListener, ChannelName, Channels } from "./chat.ts";
export type { Contracts } from "./commands.ts";
export { CommandError, type FailureCode } from "./errors.ts";
export type { Position } from "./follower.ts";
export type { CallOptions, NamespaceClient, Payload } from "./namespace.ts";
export type { RoomListener, RoomMessage, Rooms } from "./rooms.ts";

export interface MusterOptions {
  /** Of the server, such as `https://play.example.com`. */
  readonly url: string;
  /** A token, or how to get one: asked before each connection. */
  readonly token?: string | (() => string | Promise<string>);
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
  readonly manager?: Partial<ManagerOptions>;
}

export interface Muster {
  /** A namespace; connects to it at the first use. */
  in<N extends keyof Contracts>(namespace: N): NamespaceClient<Contracts[N]>;
  /** Channels of `/chat`, resumed over reconnects. */
  readonly channels: Channels;
  /** Rooms of `/`, resumed over reconnects. */
  readonly rooms: Rooms;
  close(): void;
}

interface Opened {
  readonly client: NamespaceClient<Contracts[keyof Contracts]>;
  readonly link: { close(): void };
}

export function connectMuster(options: MusterOptions): Muster {
  const { token, minDelayMs = 500, maxDelayMs = 5_000 } = options;
  const manager = new Manager(options.url, {
    ...options.manager,
    reconnectionDelay: minDelayMs,
    reconnectionDelayMax: maxDelayMs,
  });
  const opened = new Map<keyof Contracts, Opened>();
  let channels: Channels | undefined;
  let rooms: Rooms | undefined;

  function auth(give: (value: object) => void): void {
    const fixed = { reliable: options.reliable ?? true, ...options.auth };
    if (token === undefined) {
      give(fixed);
      return;
    }
    Promise.resolve(typeof token === "string" ? token : token()).then(
      (value) => give({ ...fixed, token: value }),
      // Without a token the server refuses, and says so.
      () => give(fixed),
    );
  }

  function open<N extends keyof Contracts>(namespace: N): NamespaceClient<Contracts[N]> {
    const existing = opened.get(namespace);
    // Kept under its own name only: the types meet again.
    if (existing) return existing.client as unknown as NamespaceClient<Contracts[N]>;
    const socket = manager.socket(namespace, { auth });
    const link = keepConnected(socket, { minDelayMs, maxDelayMs, freshToken: typeof token === "function" });
    const client = new NamespaceClient<Contracts[N]>(socket, namespace, {
      answerMs: options.answerMs ?? 5_000,
      withinMs: options.withinMs ?? 30_000,
      newId,
    });
    opened.set(namespace, { client: client as unknown as Opened["client"], link });
    return client;
  }

  return {
    in: open,
    get channels() {
      channels ??= createChannels(open("/chat"));
      return channels;
    },
    get rooms() {
      rooms ??= createRooms(open("/"), newId);
      return rooms;
    },
    close() {
      for (const { link } of opened.values()) link.close();
    },
  };
}

/** 128 random bits: pages without TLS have no `crypto.randomUUID`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
