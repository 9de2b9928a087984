/** Redis stores of a test's own. */
import type { GameError } from "../../core/contract/errors.ts";
import { asId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";
import type { Store, StoreHealth } from "../../core/ports/store/store.ts";
import { openRedisStore, type RedisStoreOptions } from "../../server/store/redis/index.ts";
import { type RedisServer, startRedis } from "./redis.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export const partition = partitions.channel("general");
export const score = documentKey<{ points: number }>(partition, "score");
export const chat = streamKey<string>(partition, "messages");
export const list = indexKey<number>(partition, "list");
export const turn = deadlineKind<{ turn: number }>("test:turn");
const offline = deadlineKind<PresenceEdge>("test:offline");
export const here: PresenceScope = { name: "ns:/chat", online: [], offline: [{ kind: offline, afterMs: 0 }] };
export const keep = { maxLength: 10_000, ttlMs: 3_600_000 };
export const isUnavailable = (error: GameError) => error.code === "unavailable";

export const say = (store: Store, text: string) => store.streams.append(chat, text, keep);
export const heardTexts = (entries: readonly { readonly entry: string }[]) =>
  entries.map(({ entry }) => entry);

/** Stores and servers of one test, closed after it. */
export function workshop() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    async redis(...args: Parameters<typeof startRedis>): Promise<RedisServer> {
      const server = await startRedis(...args);
      closing.push(() => server.close());
      return server;
    },
    async open(url: string, options: Partial<RedisStoreOptions> = {}): Promise<Store> {
      const worker = asId<WorkerId>("w1");
      const clock = { now: Date.now };
      const store = await openRedisStore({ url, worker, clock, log: silent, ...options });
      closing.push(() => store.close());
      return store;
    },
  };
}

/** Resolves when the store's health is as asked, or fails after `withinMs`. */
export function turned(store: Store, ok: boolean, withinMs: number): Promise<StoreHealth> {
  return new Promise((resolve, reject) => {
    if (store.health().ok === ok) return resolve(store.health());
    const timer = setTimeout(() => reject(new Error(`health is not ${ok} after ${withinMs} ms`)), withinMs);
    const end = store.onHealth((health) => {
      if (health.ok !== ok) return;
      clearTimeout(timer);
      end();
      resolve(health);
    });
  });
}

export async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}
