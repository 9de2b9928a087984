/**
 * `@socket.io/redis-adapter` with a guard: while Redis is away it must neither end the process (it ignores the promises of what it
 * sends) nor hold up what this worker can deliver itself.
 */
import { RedisAdapter } from "@socket.io/redis-adapter";
import type { Namespace } from "socket.io";
import type { RedisConnection } from "../store/redis/client.ts";

const ignore = () => undefined;

/** What the adapter uses of a client for publishing. Never rejects. */
function guardedPublisher(connection: RedisConnection) {
  const { publisher } = connection;
  return {
    publish(channel: string, message: string | Buffer): Promise<unknown> {
      if (!connection.health().ok) return Promise.resolve(0);
      return connection.within(publisher.publish(channel, message)).catch(ignore);
    },
    sendCommand: (words: string[]) => connection.send(words),
    // Present: the adapter takes it for a node-redis client.
    pSubscribe: ignore,
    on: ignore,
    off: ignore,
  };
}

type Listener = (message: Buffer, channel: Buffer) => void;

/** What the adapter uses of a client for subscribing. Never rejects; node-redis keeps subscriptions through reconnects. */
function guardedSubscriber(connection: RedisConnection) {
  const { subscriber } = connection;
  return {
    pSubscribe: (pattern: string, listener: Listener) =>
      subscriber.pSubscribe(pattern, listener, true).catch(ignore),
    subscribe: (channels: string[], listener: Listener) =>
      subscriber.subscribe(channels, listener, true).catch(ignore),
    pUnsubscribe: (pattern: string, listener: Listener) =>
      subscriber.pUnsubscribe(pattern, listener, true).catch(ignore),
    unsubscribe: (channel: string, listener: Listener) =>
      subscriber.unsubscribe(channel, listener, true).catch(ignore),
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

/** An adapter constructor for `new Server({ adapter })`. `prefix` separates clusters that share a Redis. */
export function guardedRedisAdapter(connection: RedisConnection, prefix: string) {
  const publisher = guardedPublisher(connection);
  const subscriber = guardedSubscriber(connection);
  // Socket.IO calls it with `new`, which an arrow function does not take.
  return function adapter(namespace: Namespace) {
    return new GuardedAdapter(namespace, publisher, subscriber, {
      key: `${prefix}:io`,
      requestsTimeout: 1_000,
      publishOnSpecificResponseChannel: true,
    });
  };
}
