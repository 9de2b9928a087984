/** Some workers on one Redis, with clients that cost next to nothing, and what all of them used between two moments. */
import type { ChildProcess } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import { startRedis } from "../../test/support/redis.ts";
import { Client } from "../support/client.ts";
import { heard, start, stop } from "../support/processes.ts";
import type { ServerReply, ServerRequest, Usage } from "../support/usage.ts";
import { openRedisCounter, type RedisCounts } from "./redis-counts.ts";

const START_MS = 60_000;
const ANSWER_MS = 30_000;

/** What was used so far: of each worker, and of Redis. */
export interface ClusterUse {
  readonly workers: readonly Usage[];
  readonly redis: RedisCounts;
  /** Bytes that the clients got; those that have been ended do not count any more. */
  readonly clientBytes: number;
}

export interface Cluster {
  readonly urls: readonly string[];
  /** @param worker its number, from 0 */
  connect(worker: number, userId: string, namespaces: readonly string[]): Promise<Client>;
  /** @param settled after a collection of what is garbage */
  use(settled?: boolean): Promise<ClusterUse>;
  /** Ends the clients, and waits until the workers have nothing left to do for them. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(size: number): Promise<Cluster> {
  const redis = await startRedis();
  const counter = await openRedisCounter(redis.url);
  const secret = randomBytes(32).toString("hex");
  const key = createSecretKey(Buffer.from(secret));
  const clients: Client[] = [];
  const workers: ChildProcess[] = [];

  async function close(): Promise<void> {
    for (const client of clients) client.close();
    await Promise.all(workers.map(stop));
    await counter.close();
    await redis.close();
  }

  async function startWorker(): Promise<string> {
    const worker = start(new URL("./server.ts", import.meta.url), "server", {
      BENCH_SECRET: secret,
      BENCH_REDIS: redis.url,
    });
    workers.push(worker);
    const { ready } = await heard(worker, START_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    return ready.url;
  }

  function usageOf(worker: ChildProcess, ask: ServerRequest["ask"]): Promise<Usage> {
    const answer = heard(worker, ANSWER_MS, (reply: ServerReply) =>
      "usage" in reply ? reply.usage : undefined,
    );
    worker.send({ ask } satisfies ServerRequest);
    return answer;
  }

  const urls: string[] = [];
  try {
    for (let at = 0; at < size; at++) urls.push(await startWorker());
  } catch (err) {
    await close();
    throw err;
  }

  return {
    urls,
    async connect(worker, userId, namespaces) {
      const { hostname, port } = new URL(urls[worker] ?? "");
      const claims = { userId, issuedAt: Math.floor(Date.now() / 1_000), ttlMs: 3_600_000 };
      const token = mintToken(key, { algorithms: ["HS256"] }, claims);
      const client = new Client({ host: hostname, port: Number(port), namespaces, token });
      clients.push(client);
      return client.ready;
    },
    async use(settled = false) {
      const asked = workers.map((worker) => usageOf(worker, settled ? "settled-usage" : "usage"));
      const usages = await Promise.all(asked);
      const clientBytes = clients.reduce((sum, { bytes }) => sum + bytes, 0);
      return { workers: usages, redis: await counter.read(), clientBytes };
    },
    async empty() {
      for (const client of clients.splice(0)) client.close();
      await quiet(async () => (await counter.read()).published);
    },
    close,
  };
}

const QUIET_MS = 400;
const MOST_LOOKS = 50;

/** Resolves when a count has stayed about as it is: beats go on all the time. */
export async function quiet(count: () => number | Promise<number>, few = 2): Promise<void> {
  let before = await count();
  for (let look = 0; look < MOST_LOOKS; look++) {
    await wait(QUIET_MS);
    const now = await count();
    if (now - before <= few) return;
    before = now;
  }
}
