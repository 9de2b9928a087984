/** One Redis subscription per channel, however many listeners; it ends with the last one. */

import type { Log } from "../../../../core/ports/log.ts";
import type { ChannelSubscription } from "./channel-listeners.ts";
import type { RedisConnection } from "./connection.ts";

interface Listening {
  /** Resolves when Redis has confirmed the subscription; where Redis is away, when it is back. Never rejects. */
  readonly confirmed: Promise<void>;
  /** May be called more than once. */
  end(): void;
}

export interface Subscriptions {
  listen(channel: string, listener: (message: string) => void): Listening;
  close(): void;
}

interface Channel {
  readonly listeners: Set<(message: string) => void>;
  readonly heard: ChannelSubscription;
}

/** Hands a message to each listener: one that throws keeps it from no other, and harms nobody who has published it. */
export function hearEach(listeners: Iterable<(message: string) => void>, message: string, log: Log): void {
  for (const listener of listeners) {
    try {
      listener(message);
    } catch (err) {
      log.error({ err }, "a listener of the store threw");
    }
  }
}

export function createSubscriptions(
  connection: Pick<RedisConnection, "hear" | "sharded">,
  log: Log,
): Subscriptions {
  const type = connection.sharded ? "sharded" : "channel";
  const channels = new Map<string, Channel>();

  function open(name: string): Channel {
    const listeners = new Set<(message: string) => void>();
    const hear = (message: string) => hearEach(listeners, message, log);
    return { listeners, heard: connection.hear(name, { type, binary: false, hear }) };
  }

  return {
    listen(name, listener) {
      const channel = channels.get(name) ?? open(name);
      channels.set(name, channel);
      // A function of its own, so that the same listener can listen twice.
      const own = (message: string) => listener(message);
      channel.listeners.add(own);
      return {
        get confirmed() {
          return channel.heard.confirmed;
        },
        end() {
          if (!channel.listeners.delete(own) || channel.listeners.size > 0) return;
          if (channels.get(name) === channel) channels.delete(name);
          void channel.heard.end();
        },
      };
    },
    close() {
      channels.clear();
    },
  };
}
