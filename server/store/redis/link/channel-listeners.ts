/** What this worker is subscribed to, wherever in Redis that is at the moment: it follows when the place changes. */
import { setTimeout as delay } from "node:timers/promises";
import type { RedisListener, RedisNode } from "./node.ts";

const RETRY_MS = 100;

export interface ChannelSubscription {
  /** Resolves when Redis has confirmed the subscription; where Redis is away, when it is back. Never rejects. */
  readonly confirmed: Promise<void>;
  /** May be called more than once. */
  end(): Promise<void>;
}

export interface ChannelListeners {
  hear(name: string, listener: RedisListener): ChannelSubscription;
  /** To be called when the place of names may have changed: what is elsewhere now is subscribed to there. */
  moved(): void;
  /** This node has dropped subscriptions by itself: they are made again by the next `moved`. */
  dropped(node: RedisNode): void;
  close(): void;
}

const CONFIRMED = Promise.resolve();

/** There may be one for each user who is connected: without closures of its own it is small. */
class ListenerEntry implements ChannelSubscription {
  readonly name: string;
  readonly listener: RedisListener;
  node: RedisNode | undefined;
  /** Counts its placings, so that an older one gives way. */
  placing = 0;
  confirmed: Promise<void> = CONFIRMED;
  readonly #ended: (entry: ListenerEntry) => Promise<void>;

  constructor(name: string, listener: RedisListener, ended: (entry: ListenerEntry) => Promise<void>) {
    this.name = name;
    this.listener = listener;
    this.#ended = ended;
  }

  end(): Promise<void> {
    return this.#ended(this);
  }
}

/** @param nodeOf the server that has what is published under the name; undefined while that is not known */
export function createChannelListeners(nodeOf: (name: string) => RedisNode | undefined): ChannelListeners {
  const entries = new Set<ListenerEntry>();
  /** The last subscription of each name that Redis has not confirmed yet. It confirms them in order. */
  const asking = new Map<string, Promise<unknown>>();
  let closed = false;

  async function ask(node: RedisNode, { name, listener }: ListenerEntry): Promise<void> {
    const asked = node.subscribe(name, listener);
    const settled = asked.catch(() => undefined);
    asking.set(name, settled);
    try {
      await asked;
    } finally {
      if (asking.get(name) === settled) asking.delete(name);
    }
  }

  async function place(entry: ListenerEntry): Promise<void> {
    entry.placing += 1;
    const { placing } = entry;
    const current = () => !closed && entries.has(entry) && entry.placing === placing;
    while (current()) {
      const node = nodeOf(entry.name);
      entry.node = node;
      if (node !== undefined) {
        try {
          await ask(node, entry);
          if (entry.placing === placing) return;
          break;
        } catch {
          // The connection went while Redis was asked: it is asked again on the next one.
        }
      }
      await delay(RETRY_MS, undefined, { ref: false });
    }
    // It has moved meanwhile: confirmed is what the new place confirms.
    if (entry.placing !== placing && entries.has(entry) && !closed) await entry.confirmed;
  }

  async function end(entry: ListenerEntry): Promise<void> {
    if (!entries.delete(entry)) return;
    // Not before it was confirmed: node-redis would send nothing, and the subscription stay.
    await entry.confirmed;
    while (!closed) {
      // Nor while the name's next subscription is on its way: node-redis does not count it yet, and would end it with this one.
      for (let next = asking.get(entry.name); next; next = asking.get(entry.name)) await next;
      // Where the connection went meanwhile, the subscription is made again with the next one.
      if (closed || entry.node === undefined || (await entry.node.unsubscribe(entry.name, entry.listener)))
        return;
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  return {
    hear(name, listener) {
      const entry = new ListenerEntry(name, listener, end);
      entries.add(entry);
      entry.confirmed = place(entry);
      return entry;
    },
    moved() {
      for (const entry of entries) {
        const node = nodeOf(entry.name);
        if (node === undefined || node === entry.node) continue;
        void entry.node?.unsubscribe(entry.name, entry.listener);
        entry.confirmed = place(entry);
      }
    },
    dropped(node) {
      for (const entry of entries) if (entry.node === node) entry.node = undefined;
    },
    close() {
      closed = true;
      entries.clear();
    },
  };
}
