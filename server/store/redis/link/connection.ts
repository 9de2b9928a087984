/** The one way this server talks to Redis, whatever stands behind the address: one server, the primary of Sentinels, or a cluster. */

import { ErrorReply } from "redis";
import { endsWithin } from "../../../../core/async.ts";
import type { Log } from "../../../../core/ports/log.ts";
import { isFinal, type StoreHealth } from "../../../../core/ports/store/store.ts";
import { StartError } from "../../../process/usage.ts";
import { type HostPort, parseRedisAddress, type RedisAddress } from "./address.ts";
import { type ChannelListeners, createChannelListeners } from "./channel-listeners.ts";
import { openCluster } from "./cluster.ts";
import type { Confirmation } from "./confirm.ts";
import { type NodeOptions, openNode, type SendCommand } from "./node.ts";
import { settled } from "./one-question.ts";
import { openSentinel } from "./sentinel.ts";
import { readSlots } from "./slots.ts";
import { createTimeLimit } from "./time-limit.ts";

/** How long opening waits for Redis before it goes on without; where the servers must be found first, longer. */
const OPEN_WITHIN_MS = { single: 1_000, sentinel: 3_000, cluster: 3_000 };

/** What Redis says that waiting does not mend. */
const REFUSED = /\b(WRONGPASS|NOAUTH|NOPERM|invalid password|DB index|SELECT is not allowed)/;

export interface RedisOptions {
  /** See address.ts. */
  readonly url: string;
  /** Instead of one in the URL. */
  readonly password?: string;
  /** Of the Sentinels, where they ask for one. */
  readonly sentinelPassword?: string;
  readonly log: Log;
  /** Shown by `CLIENT LIST`. */
  readonly name?: string;
  /** Left out: a command is answered without waiting for replicas. */
  readonly confirmation?: Confirmation;
}

export interface ConnectHooks {
  /** Runs on every new connection to a server before it is taken for healthy, such as to load scripts. */
  readonly ready?: (send: SendCommand) => Promise<void>;
}

/** What the kinds of address have each their own way for. */
export interface RedisLink {
  /** @throws GameError `unavailable`: at once while what has the key is known to be away, else after 0.8 s without a reply */
  send(words: readonly string[], key: string): Promise<unknown>;
  /** As `send`, without its replicas. */
  sendUnconfirmed(words: readonly string[], key: string): Promise<unknown>;
  /** Resolves when replicas have all that what has the key has done. @throws GameError `unavailable` */
  confirm(key: string): Promise<void>;
  /** Each server that takes writes, for commands without a key. */
  primaries(): readonly SendCommand[];
  /** @throws GameError `unavailable`, as `send` */
  publish(channel: string, message: string | Buffer): Promise<void>;
  readonly listeners: ChannelListeners;
  /** Of what has the key; without one, of all there is. */
  health(key?: string): StoreHealth;
  onHealth(listener: (health: StoreHealth) => void): () => void;
  close(): Promise<void>;
}

export interface RedisConnection {
  /** Whether it is a cluster: then names are spread by their slot, and what is published is heard at its slot only. */
  readonly sharded: boolean;
  /**
   * Sends one command, given as words. Where replicas are waited for, it is answered when they have all that was written until then: what
   * it has written, and what it has seen.
   * @param key one of the keys it touches: says which server of a cluster it goes to
   * @throws GameError `unavailable`: at once while what has the key is known to be away, else after 0.8 s without a reply, or 0.5 s
   *   without replicas
   */
  send(words: readonly string[], key: string): Promise<unknown>;
  /** The same for what nobody is told of, and may be lost: replicas are not waited for. */
  sendUnconfirmed(words: readonly string[], key: string): Promise<unknown>;
  /**
   * Left out where replicas are not waited for. Resolves when they have all that what has the key did before.
   * @throws GameError `unavailable`
   */
  readonly confirm?: (key: string) => Promise<void>;
  /** Sends a command without a key to each primary; one that does not answer is left out. @throws GameError `unavailable` where none does */
  sendToAll(words: readonly string[]): Promise<readonly unknown[]>;
  /** Each server that takes writes, for commands without a key whose answers are each server's own. */
  primaries(): readonly SendCommand[];
  /** The same for a command whose first word after its name is the key. */
  ask(command: string, key: string, ...more: readonly string[]): Promise<unknown>;
  /** Never rejects: false where the message did not reach Redis, or nobody knows. */
  publish(channel: string, message: string | Buffer): Promise<boolean>;
  /** Hears what is published; survives reconnects and moves within a cluster. */
  readonly hear: ChannelListeners["hear"];
  /** Awaits a promise about as long as a command may take. */
  within<T>(promise: Promise<T>): Promise<T>;
  /** Of what has the key; without one, of all there is. */
  health(key?: string): StoreHealth;
  /** Called when Redis, or a part of it, goes away or all is back. @returns a function that ends it */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Waits for commands under way, then ends all connections. */
  close(): Promise<void>;
}

/**
 * Opens the connections. Succeeds while Redis is down: it is then unhealthy and recovers by itself.
 * @throws Error where the URL is not one; StartError where Redis does not take the log-in, or the database, that the URL names, and
 *   what `ready` throws of that kind
 */
export async function connectRedis(
  options: RedisOptions,
  hooks: ConnectHooks = {},
): Promise<RedisConnection> {
  const { log, password } = options;
  const parsed = parseRedisAddress(options.url);
  const address = password === undefined ? parsed : { ...parsed, password };
  const node: NodeOptions = {
    login: address,
    log,
    ...hooks,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.confirmation && { confirmation: options.confirmation }),
  };
  const link = openLink(address, node, options);
  const limit = createTimeLimit(() => undefined);
  let closed = false;

  link.onHealth((health) => {
    if (health.ok) log.info({}, "Redis answers");
    // Whoever ends the process for it says why.
    else if (!isFinal(health)) log.warn({ reason: health.reason }, "Redis is away");
  });
  await endsWithin(OPEN_WITHIN_MS[address.kind], becameClear(link));
  const first = link.health();
  if (!first.ok && (first.final || REFUSED.test(first.reason))) {
    link.listeners.close();
    await link.close();
    limit.close();
    throw new StartError(
      first.final ? first.reason : `${first.reason}: correct REDIS_URL, or REDIS_PASSWORD`,
    );
  }
  if (!first.ok) log.warn({ reason: first.reason }, "started without Redis");

  // Every command goes straight to the link, which refuses it once it is closed.
  const { send, sendUnconfirmed, confirm } = link;
  return {
    sharded: address.kind === "cluster",
    send,
    sendUnconfirmed,
    ...(options.confirmation && { confirm }),
    sendToAll: (words) => settled(link.primaries().map((ask) => ask(words))),
    primaries: () => link.primaries(),
    ask: (command, key, ...more) => send([command, key, ...more], key),
    publish: (channel, message) =>
      link.publish(channel, message).then(
        () => true,
        () => false,
      ),
    hear: (name, listener) => link.listeners.hear(name, listener),
    within: (promise) => limit.within(promise),
    health: (key) => link.health(key),
    onHealth: (listener) => link.onHealth(listener),
    async close() {
      if (closed) return;
      closed = true;
      link.listeners.close();
      await link.close();
      limit.close();
    },
  };
}

function openLink(address: RedisAddress, node: NodeOptions, options: RedisOptions): RedisLink {
  switch (address.kind) {
    case "single": {
      const server = openNode(address.server, {
        ...node,
        ready: (send) => refuseCluster(address.server, send, node.ready),
      });
      return {
        ...server,
        // As they are where replicas are not waited for: every command comes through here.
        send:
          node.confirmation === undefined
            ? server.send
            : (words, key) => server.confirmed(key, () => server.send(words)),
        sendUnconfirmed: server.send,
        confirm: (key) => server.confirmed(key, () => Promise.resolve()),
        primaries: () => [server.send],
        publish: (channel, message) => server.publish(channel, message, false),
        listeners: createChannelListeners(() => server),
      };
    }
    case "sentinel": {
      const { sentinelPassword } = options;
      return openSentinel(
        address,
        node,
        sentinelPassword === undefined ? {} : { password: sentinelPassword },
      );
    }
    case "cluster":
      return openCluster(address.seeds, node);
  }
}

/** @throws Error where the server is one of several of a cluster: most keys are elsewhere */
async function refuseCluster(at: HostPort, send: SendCommand, ready: NodeOptions["ready"]): Promise<void> {
  // A user who may not ask is taken at their word.
  const slots = await send(["CLUSTER", "SLOTS"]).catch((error: unknown) => {
    if (error instanceof ErrorReply) return [];
    throw error;
  });
  const primaries = new Set(readSlots(slots, at).map(({ primary }) => `${primary.host}:${primary.port}`));
  if (primaries.size > 1)
    throw new Error("it is a node of a Redis Cluster: write REDIS_URL with redis+cluster://");
  await ready?.(send);
}

/** Healthy, or such that it never will be. */
function becameClear(link: RedisLink): Promise<void> {
  const isClear = (health: StoreHealth) => health.ok || isFinal(health);
  if (isClear(link.health())) return Promise.resolve();
  return new Promise((resolve) => {
    const end = link.onHealth((health) => {
      if (!isClear(health)) return;
      end();
      resolve();
    });
  });
}
