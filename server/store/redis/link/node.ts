/**
 * One Redis server: two connections (commands and subscriptions) that never throw by themselves, reconnect fast, and answer
 * within a second also when the server is gone or frozen.
 */

import { createClient } from "redis";
import { endsWithin } from "../../../../core/async.ts";
import type { GameError } from "../../../../core/contract/errors.ts";
import type { Log } from "../../../../core/ports/log.ts";
import type { StoreHealth } from "../../../../core/ports/store/store.ts";
import { StartError } from "../../../process/usage.ts";
import type { HostPort, Login } from "./address.ts";
import { type Confirmation, createConfirmer, type Marker, publishedMarker } from "./confirm.ts";
import { createHealth, reasonOf } from "./health.ts";
import { createTimeLimit, unavailable } from "./time-limit.ts";

const PING_MS = 700;
const SOCKET_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** Commands under way at the same time; more than that fail at once. */
const MAX_PENDING = 20_000;
const CLOSE_WITHIN_MS = 1_000;

export interface NodeOptions {
  readonly login: Login;
  readonly log: Log;
  /** Shown by `CLIENT LIST`. */
  readonly name?: string;
  /** Runs on every new connection before it is taken for healthy, such as to load scripts. A StartError is final. */
  readonly ready?: (send: SendCommand) => Promise<void>;
  /** Redis has moved subscriptions elsewhere, as a cluster does. */
  readonly moved?: () => void;
  /** Left out: no replica is waited for. */
  readonly confirmation?: Confirmation;
  /** Of a cluster. */
  readonly marker?: Marker;
}

export type SendCommand = (words: readonly string[]) => Promise<unknown>;

/** How something is subscribed to: on one server by name or pattern, on a cluster at the node that has the name's slot. */
export type RedisListener =
  | {
      readonly type: "channel" | "sharded";
      readonly binary: false;
      readonly hear: (text: string, name: string) => void;
    }
  | { readonly type: Kind; readonly binary: true; readonly hear: (bytes: Buffer, name: Buffer) => void };
type Kind = "channel" | "pattern" | "sharded";

export interface RedisNode {
  /** `host:port` */
  readonly address: string;
  /**
   * Sends one command, given as words.
   * @throws GameError `unavailable`: at once while the server is known to be away, else after 0.8 s without a reply
   */
  readonly send: SendCommand;
  /** Both at once and in this order, with nothing between them. @returns what the second was answered */
  sendAfter(first: readonly string[], words: readonly string[]): Promise<unknown>;
  /**
   * What the server was asked, once its replicas have all that it has written until then.
   * @param key one that is touched
   * @throws GameError `unavailable` where too few confirm: what was asked for may have been done
   */
  confirmed<T>(key: string, ask: () => Promise<T>): Promise<T>;
  /** @throws GameError `unavailable`, as `send` */
  publish(channel: string, message: string | Buffer, sharded: boolean): Promise<void>;
  /** Resolves when it is confirmed; while the server is away, when it is back. Rejects where that will not come. */
  subscribe(name: string, listener: RedisListener): Promise<void>;
  /** Never rejects. @returns false where the connection went before it was confirmed: then the subscription may still be there */
  unsubscribe(name: string, listener: RedisListener): Promise<boolean>;
  health(): StoreHealth;
  /** Called when the server goes away or is back. @returns a function that ends it */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Waits for commands under way, then ends both connections. */
  close(): Promise<void>;
}

export function clientOptions(at: HostPort, login: Login) {
  const socket = {
    host: at.host,
    port: at.port,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
  };
  return {
    ...(login.username === undefined ? {} : { username: login.username }),
    ...(login.password === undefined ? {} : { password: login.password }),
    ...(login.database === undefined ? {} : { database: login.database }),
    maintNotifications: "disabled" as const,
    // The time limit here is `createTimeLimit`. The client's own makes a timer and a signal for each command: 10 µs, kept for 5 s.
    commandOptions: { timeout: 0 },
    socket: login.tls ? { ...socket, tls: true as const } : socket,
  };
}

let template: ReturnType<typeof createClient> | undefined;
/** A client without the modules that `redis` brings. */
type PlainClient = ReturnType<NonNullable<typeof template>["duplicate"]>;

/** node-redis makes a class of 400 commands for each new set of options (40 ms): a duplicate shares that of the first client. */
export function createLike(options: Parameters<typeof createClient>[0]): PlainClient {
  template ??= createClient();
  return template.duplicate(options);
}

function newClient(at: HostPort, options: NodeOptions, offlineQueue: boolean) {
  const base = clientOptions(at, options.login);
  return createLike({
    ...base,
    ...(options.name === undefined ? {} : { name: options.name }),
    disableOfflineQueue: !offlineQueue,
    commandsQueueMaxLength: MAX_PENDING * 2,
    pingInterval: PING_MS,
    socket: {
      ...base.socket,
      // Never gives up; the steps are short, so that service is back within a second of Redis.
      reconnectStrategy: (retries: number) => Math.min(250, 20 * (retries + 1)),
    },
  });
}
type Client = ReturnType<typeof newClient>;

/** Starts to connect; does not wait for it. */
export function openNode(at: HostPort, options: NodeOptions): RedisNode {
  const publisher = newClient(at, options, false);
  const subscriber = newClient(at, options, true);
  const health = createHealth("not connected to Redis yet");
  /** Without its replicas. */
  let alone: StoreHealth = health.now;
  const limit = createTimeLimit(() => away("Redis does not answer"));
  let closed = false;

  const { confirmation } = options;
  const waiter = confirmation && newClient(at, options, false);
  const confirmer =
    waiter &&
    createConfirmer({
      client: waiter,
      replicas: confirmation.replicas,
      marker: options.marker ?? publishedMarker(confirmation),
      within: (promise) => limit.within(promise),
      changed: judge,
    });
  const clients = [publisher, subscriber, ...(waiter ? [waiter] : [])];

  function judge(): void {
    health.turn(alone.ok && confirmer !== undefined ? confirmer.health : alone);
  }

  function turn(next: StoreHealth): void {
    alone = next;
    judge();
  }

  const away = (reason: string) => turn({ ok: false, reason });

  const raw = (words: readonly string[]) => limit.within(publisher.sendCommand([...words]), true);

  /** Healthy again only when what must be there before the first command is there. */
  async function ready(): Promise<void> {
    if (closed || !publisher.isReady) return;
    await options.ready?.(raw);
    if (publisher.isReady) turn({ ok: true });
  }
  const tryReady = () =>
    ready().catch((error: unknown) => {
      if (error instanceof StartError) turn({ ok: false, reason: error.message, final: true });
      else away(reasonOf(error));
    });
  /** While it is away although connected (frozen, loading), each answered ping is a new chance. */
  const answered = () => {
    if (!alone.ok) void tryReady();
  };

  publisher.on("ready", () => void tryReady());
  publisher.on("ping-interval", answered);
  publisher.on("error", (error: unknown) => {
    if (!publisher.isReady) away(reasonOf(error));
  });
  subscriber.on("error", (error: unknown) =>
    options.log.debug({ reason: reasonOf(error) }, "Redis subscriptions are interrupted"),
  );
  waiter?.on("ready", () => confirmer?.connected());
  waiter?.on("error", (error: unknown) =>
    options.log.debug({ reason: reasonOf(error) }, "the connection that asks for replicas is interrupted"),
  );
  // The second is said where a subscription is refused on a new connection.
  for (const event of ["sharded-channel-moved", "__MOVED"])
    subscriber.on(event, () => {
      if (!closed) options.moved?.();
    });
  // A client that was ended while it was connecting opens its socket nevertheless.
  for (const client of clients) client.on("connect", () => closed && client.destroy());

  const opened = Promise.all(clients.map((client) => client.connect())).then(
    () => undefined,
    () => undefined,
  );

  /** Why nothing can be sent now. */
  function refusal(): GameError | undefined {
    const { now } = health;
    if (closed) return unavailable(new Error("the connection is closed"));
    if (!now.ok) return unavailable(new Error(now.reason));
    if (limit.pending >= MAX_PENDING) return unavailable(new Error("too many commands under way"));
    return undefined;
  }

  return {
    address: `${at.host}:${at.port}`,
    // Every command comes through here: an async function would cost it three more turns of the microtask queue.
    send(words) {
      const refused = refusal();
      return refused === undefined ? raw(words) : Promise.reject(refused);
    },
    async sendAfter(first, words) {
      const refused = refusal();
      if (refused !== undefined) throw refused;
      const [, reply] = await Promise.all([raw(first), raw(words)]);
      return reply;
    },
    async confirmed(key, ask) {
      if (confirmer === undefined) return ask();
      const { era } = confirmer;
      const reply = await ask();
      await confirmer.confirm(era, key);
      return reply;
    },
    async publish(channel, message, sharded) {
      const refused = refusal();
      if (refused !== undefined) throw refused;
      const sent = sharded ? publisher.sPublish(channel, message) : publisher.publish(channel, message);
      await limit.within(sent, true);
    },
    subscribe: (name, listener) => subscribe(subscriber, name, listener),
    unsubscribe: (name, listener) =>
      unsubscribe(subscriber, name, listener).then(
        () => true,
        () => closed,
      ),
    health: () => health.now,
    onHealth: health.onHealth,
    async close() {
      if (closed) return;
      closed = true;
      health.end();
      await endsWithin(
        CLOSE_WITHIN_MS,
        endOf(publisher).then(() => confirmer?.idle()),
      );
      confirmer?.close();
      for (const client of clients) client.destroy();
      limit.close();
      await opened;
    },
  };
}

function subscribe(client: Client, name: string, listener: RedisListener): Promise<void> {
  if (!listener.binary)
    return listener.type === "channel"
      ? client.subscribe(name, listener.hear)
      : client.sSubscribe(name, listener.hear);
  switch (listener.type) {
    case "channel":
      return client.subscribe(name, listener.hear, true);
    case "pattern":
      return client.pSubscribe(name, listener.hear, true);
    case "sharded":
      return client.sSubscribe(name, listener.hear, true);
  }
}

function unsubscribe(client: Client, name: string, listener: RedisListener): Promise<void> {
  if (!listener.binary)
    return listener.type === "channel"
      ? client.unsubscribe(name, listener.hear)
      : client.sUnsubscribe(name, listener.hear);
  switch (listener.type) {
    case "channel":
      return client.unsubscribe(name, listener.hear, true);
    case "pattern":
      return client.pUnsubscribe(name, listener.hear, true);
    case "sharded":
      return client.sUnsubscribe(name, listener.hear, true);
  }
}

const endOf = (client: Client): Promise<void> =>
  client.isReady ? client.close().catch(() => undefined) : Promise.resolve();
