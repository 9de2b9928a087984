/**
 * The one way this server talks to Redis: two connections (commands and subscriptions) that never throw by themselves,
 * reconnect fast, and answer within a second also when Redis is gone or frozen.
 *
 * node-redis's own command time-out ends when a command was written, so it does not notice a frozen Redis: the time
 * limit here runs until the reply.
 */
import { createClient, ErrorReply } from "redis";
import { GameError } from "../../../core/errors.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { StoreHealth } from "../../../core/ports/store.ts";

/** A command without a reply for this long fails with `unavailable`. */
const COMMAND_TIMEOUT_MS = 800;
/** When a command fails that way and nothing else was answered for this long, Redis is away. */
const SILENCE_MS = COMMAND_TIMEOUT_MS / 2;
/** How often replies that are overdue are looked for. */
const CHECK_MS = 50;
const PING_MS = 700;
const SOCKET_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** Commands under way at the same time; more than that fail at once. */
const MAX_PENDING = 20_000;
/** How long opening waits for Redis before it goes on without. */
const OPEN_WITHIN_MS = 1_000;
const CLOSE_WITHIN_MS = 1_000;

export interface RedisOptions {
  readonly url: string;
  readonly password?: string;
  readonly log: Log;
  /** Shown by `CLIENT LIST`. */
  readonly name?: string;
}

export type RedisClient = ReturnType<typeof newClient>;

export interface RedisConnection {
  /** For commands; throws at once while Redis is away. Prefer `send`, which has a time limit. */
  readonly publisher: RedisClient;
  /** For subscriptions only; what is asked of it while Redis is away waits, and subscriptions survive reconnects. */
  readonly subscriber: RedisClient;
  /**
   * Sends one command, given as words.
   * @throws GameError `unavailable`: at once while Redis is known to be away, else after 0.8 s without a reply
   */
  send(words: readonly string[]): Promise<unknown>;
  /** Never rejects: false where the message did not reach Redis, or nobody knows. */
  publish(channel: string, message: string): Promise<boolean>;
  /** Awaits a promise about as long as a command may take. */
  within<T>(promise: Promise<T>): Promise<T>;
  health(): StoreHealth;
  /** Called when Redis goes away or is back. @returns a function that ends it */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Waits for commands under way, then ends both connections. */
  close(): Promise<void>;
}

export interface ConnectHooks {
  /** Runs on every new connection before it is taken for healthy, such as to load scripts. */
  readonly ready?: (send: (words: readonly string[]) => Promise<unknown>) => Promise<void>;
}

function newClient(options: RedisOptions, offlineQueue: boolean) {
  return createClient({
    url: options.url,
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.name === undefined ? {} : { name: options.name }),
    disableOfflineQueue: !offlineQueue,
    commandsQueueMaxLength: MAX_PENDING * 2,
    pingInterval: PING_MS,
    maintNotifications: "disabled",
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      // Never gives up; the steps are short, so that service is back within a second of Redis.
      reconnectStrategy: (retries) => Math.min(250, 20 * (retries + 1)),
    },
  });
}

const unavailable = (cause: unknown) => new GameError("unavailable", { cause });

/** Errors of Redis that say 'not now' instead of 'never'. */
const NOT_NOW =
  /^(LOADING|BUSY|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|NOAUTH|WRONGPASS|UNBLOCKED)\b/;

/** An error reply stays what it is, unless it may pass; anything else means that there was no reply. */
export function toUnavailable(error: unknown): unknown {
  if (error instanceof GameError) return error;
  return error instanceof ErrorReply && !NOT_NOW.test(error.message) ? error : unavailable(error);
}

interface Pending {
  readonly since: number;
  /** Tells of Redis's health; a subscription does not. */
  readonly command: boolean;
  readonly reject: (error: unknown) => void;
}

/** Opens both connections. Succeeds while Redis is down: it is then unhealthy and recovers by itself. */
export async function connectRedis(
  options: RedisOptions,
  hooks: ConnectHooks = {},
): Promise<RedisConnection> {
  const publisher = newClient(options, false);
  const subscriber = newClient(options, true);
  const pending = new Set<Pending>();
  const listeners = new Set<(health: StoreHealth) => void>();
  let health: StoreHealth = { ok: false, reason: "not connected to Redis yet" };
  let lastCheck = performance.now();
  let lastReply = 0;
  let waitedForReplies = false;
  let closed = false;

  function turn(next: StoreHealth): void {
    const changed = next.ok !== health.ok;
    health = next;
    if (!changed || closed) return;
    if (next.ok) options.log.info({}, "Redis answers");
    else options.log.warn({ reason: next.reason }, "Redis is away");
    for (const listener of listeners) listener(next);
  }
  const away = (reason: string) => turn({ ok: false, reason });

  /** Gives the promise a time limit. */
  function within<T>(promise: Promise<T>, command = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: Pending = { since: performance.now(), command, reject };
      pending.add(entry);
      promise.then(
        (value) => {
          pending.delete(entry);
          if (command) lastReply = performance.now();
          resolve(value);
        },
        (error: unknown) => {
          pending.delete(entry);
          if (command && error instanceof ErrorReply) lastReply = performance.now();
          reject(toUnavailable(error));
        },
      );
    });
  }

  function check(): void {
    const now = performance.now();
    // When this worker itself was stopped or busy, replies may lie unread: they are looked at first.
    waitedForReplies = !waitedForReplies && now - lastCheck > CHECK_MS * 4;
    lastCheck = now;
    if (waitedForReplies) return;
    for (const entry of pending) {
      if (now - entry.since < COMMAND_TIMEOUT_MS) return;
      pending.delete(entry);
      // Slow is not away: then only this command fails.
      if (entry.command && now - lastReply > SILENCE_MS) away("Redis does not answer");
      entry.reject(unavailable(new Error(`no reply within ${COMMAND_TIMEOUT_MS} ms`)));
    }
  }

  const raw = (words: readonly string[]) => within(publisher.sendCommand([...words]), true);

  /** Healthy again only when what must be there before the first command is there. */
  async function ready(): Promise<void> {
    if (closed || !publisher.isReady) return;
    await hooks.ready?.(raw);
    if (publisher.isReady) turn({ ok: true });
  }
  const tryReady = () =>
    ready().catch((error: unknown) => {
      away(reasonOf(error));
    });
  /** While it is away although connected (frozen, loading), each answered ping is a new chance. */
  const answered = () => {
    if (!health.ok) void tryReady();
  };

  publisher.on("ready", () => void tryReady());
  publisher.on("ping-interval", answered);
  publisher.on("error", (error: unknown) => {
    if (!publisher.isReady) away(reasonOf(error));
  });
  subscriber.on("error", (error: unknown) =>
    options.log.debug({ reason: reasonOf(error) }, "Redis subscriptions are interrupted"),
  );
  // A client that was ended while it was connecting opens its socket nevertheless.
  for (const client of [publisher, subscriber]) client.on("connect", () => closed && client.destroy());

  const timer = setInterval(check, CHECK_MS);
  const opened = Promise.all([publisher.connect(), subscriber.connect()]).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([becameHealthy(), waitUnref(OPEN_WITHIN_MS)]);
  if (!health.ok) options.log.warn({ reason: health.reason }, "started without Redis");

  function becameHealthy(): Promise<void> {
    return new Promise((resolve) => {
      const end = onHealth((now) => {
        if (!now.ok) return;
        end();
        resolve();
      });
    });
  }

  function onHealth(listener: (health: StoreHealth) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  async function send(words: readonly string[]): Promise<unknown> {
    if (closed) throw unavailable(new Error("the connection is closed"));
    if (!health.ok) throw unavailable(new Error(health.reason));
    if (pending.size >= MAX_PENDING) throw unavailable(new Error("too many commands under way"));
    return raw(words);
  }

  return {
    publisher,
    subscriber,
    send,
    publish: (channel, message) =>
      send(["PUBLISH", channel, message]).then(
        () => true,
        () => false,
      ),
    within: (promise) => within(promise),
    health: () => health,
    onHealth,
    async close() {
      if (closed) return;
      closed = true;
      listeners.clear();
      await Promise.race([endOf(publisher), waitUnref(CLOSE_WITHIN_MS)]);
      clearInterval(timer);
      for (const client of [publisher, subscriber]) client.destroy();
      for (const entry of pending) entry.reject(unavailable(new Error("the connection is closed")));
      pending.clear();
      await opened;
    },
  };
}

const endOf = (client: RedisClient): Promise<void> =>
  client.isReady ? client.close().catch(() => undefined) : Promise.resolve();

const waitUnref = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

function reasonOf(error: unknown): string {
  const cause = error instanceof GameError ? error.cause : error;
  const message = cause instanceof Error ? cause.message || cause.constructor.name : String(cause);
  return `Redis is not available: ${message}`;
}
