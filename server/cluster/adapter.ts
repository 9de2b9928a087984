/**
 * `@socket.io/redis-adapter` with a guard: while Redis is away it must neither end the process (it ignores the promises of what it
 * sends) nor hold up what this worker can deliver itself. On a Redis Cluster it is the sharded one, whose channels are spread over
 * the cluster.
 */
import { createShardedAdapter, RedisAdapter } from "@socket.io/redis-adapter";
import type { Namespace } from "socket.io";
import { Adapter, type BroadcastOptions, type ClusterAdapter, MessageType } from "socket.io-adapter";
import type { ChannelSubscription } from "../store/redis/link/channel-listeners.ts";
import type { RedisConnection } from "../store/redis/link/connection.ts";

const ignore = () => undefined;

type Listener = (message: Buffer, channel: Buffer) => void;

/** Subscriptions by name, so that they can be ended by name, as the adapters do. */
function createHearers(connection: RedisConnection) {
  const heard = new Map<string, ChannelSubscription>();
  return {
    hear(type: "channel" | "pattern" | "sharded", name: string, hear: Listener): void {
      if (!heard.has(name)) heard.set(name, connection.hear(name, { type, binary: true, hear }));
    },
    end(name: string): void {
      void heard.get(name)?.end();
      heard.delete(name);
    },
  };
}

/** What the adapter uses of a client for publishing. Never rejects. */
function guardedPublisher(connection: RedisConnection) {
  return {
    publish: (channel: string, message: string | Buffer) => connection.publish(channel, message),
    sendCommand: (words: string[]) => connection.send(words, ""),
    // Present: the adapter takes it for a node-redis client, which it looks for by either name.
    pSubscribe: ignore,
    sSubscribe: ignore,
    on: ignore,
    off: ignore,
  };
}

/** What the adapter uses of a client for subscribing. Never rejects; subscriptions last through reconnects. */
function guardedSubscriber(connection: RedisConnection) {
  const hearers = createHearers(connection);
  return {
    pSubscribe: (pattern: string, listener: Listener) => hearers.hear("pattern", pattern, listener),
    subscribe(channels: string[], listener: Listener) {
      for (const channel of channels) hearers.hear("channel", channel, listener);
    },
    pUnsubscribe: (pattern: string) => hearers.end(pattern),
    unsubscribe: (channel: string) => hearers.end(channel),
    on: ignore,
    off: ignore,
  };
}

class GuardedAdapter extends RedisAdapter {
  /** Alone where nobody can tell: then answers come from this worker at once. */
  override serverCount(): Promise<number> {
    return super.serverCount().catch(() => 1);
  }
}

/** The same for the sharded adapter: what it publishes and subscribes to goes to the node that has the channel's slot. */
function guardedSharded(connection: RedisConnection) {
  const hearers = createHearers(connection);
  return {
    sPublish: (channel: string, message: string | Buffer) => connection.publish(channel, message),
    sSubscribe: (channel: string, listener: Listener) => hearers.hear("sharded", channel, listener),
    sUnsubscribe: (channel: string) => hearers.end(channel),
    // PUBSUB SHARDNUMSUB <channel>, and nothing else.
    sendCommand: (words: string[]) => connection.send(words, words[2] ?? ""),
  };
}

function shardedAdapter(connection: RedisConnection, prefix: string) {
  const client = guardedSharded(connection);
  const create = createShardedAdapter(client, client, {
    channelPrefix: `${prefix}:io`,
    // A channel for each room is subscribed to after the first has joined: what is sent meanwhile would be lost.
    subscriptionMode: "static",
  });
  return function adapter(namespace: Namespace): Adapter {
    const sharded = create(namespace);
    const { serverCount } = sharded;
    sharded.serverCount = () => serverCount.call(sharded).catch(() => 1);
    // Its own waits for Redis before it delivers here, so that members, order and speed would not be those of the moment of sending.
    sharded.broadcast = async function broadcast(this: ClusterAdapter, packet, targets) {
      if (!targets.flags?.local) publishToWorkers(this, packet, targets);
      Adapter.prototype.broadcast.call(this, packet, targets);
    };
    return sharded;
  };
}

function publishToWorkers(
  adapter: ClusterAdapter,
  packet: object,
  { rooms, except, flags }: BroadcastOptions,
): void {
  // `uid` and `nsp` are the adapter's to add; `publish` is protected in its types and says nothing of failures.
  const message = {
    type: MessageType.BROADCAST,
    data: { packet, opts: { rooms: [...rooms], except: [...(except ?? [])], flags: flags ?? {} } },
  };
  (adapter as unknown as { publish(message: object): void }).publish(message);
}

function classicAdapter(connection: RedisConnection, prefix: string) {
  const publisher = guardedPublisher(connection);
  const subscriber = guardedSubscriber(connection);
  return function adapter(namespace: Namespace): Adapter {
    return new GuardedAdapter(namespace, publisher, subscriber, {
      key: `${prefix}:io`,
      requestsTimeout: 1_000,
      publishOnSpecificResponseChannel: true,
    });
  };
}

/** An adapter constructor for `new Server({ adapter })`. `prefix` separates clusters that share a Redis. */
export function guardedRedisAdapter(
  connection: RedisConnection,
  prefix: string,
): (namespace: Namespace) => Adapter {
  const create = connection.sharded ? shardedAdapter(connection, prefix) : classicAdapter(connection, prefix);
  // Socket.IO calls it with `new`, which an arrow function does not take.
  return function adapter(namespace) {
    return create(namespace);
  };
}
