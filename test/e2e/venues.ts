/** Where the end-to-end tests play: a Redis and a PM2 of their own. */
import { setTimeout as delay } from "node:timers/promises";
import { DUOS_ENV, tokensOf } from "../../examples/demo/servers.ts";
import type { Stage } from "../../examples/demo/stage.ts";
import { type Pm2, startPm2 } from "../support/pm2.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";

export const SECRET = "a secret of the end-to-end tests, longer than 32 bytes";

export const quietly = { say: () => undefined, token: tokensOf(SECRET) };

export interface Cluster {
  readonly redis: RedisServer;
  readonly pm2: Pm2;
  readonly stage: Stage;
  /** The process of a worker. */
  pidOf(worker: string): Promise<number>;
  /** Both workers listen, as after PM2 has replaced one. */
  whole(): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  // Every acknowledged write is on disk, so that a Redis which was stopped comes back with all of it.
  const redis = await startRedis({ appendOnly: "always" });
  const pm2 = await startPm2({ redisUrl: redis.url, env: { JWT_SECRET: SECRET, ...DUOS_ENV } }).catch(
    async (err) => {
      await redis.close();
      throw err;
    },
  );
  return {
    redis,
    pm2,
    stage: { ...quietly, url: pm2.url, apart: true },
    async pidOf(worker) {
      const pid = (await pm2.pids()).get(worker);
      if (pid === undefined) throw new Error(`no process for worker ${worker}`);
      return pid;
    },
    whole: () => until(async () => (await pm2.pids()).size === 2, 10_000),
    async close() {
      await pm2.stop();
      await redis.close();
    },
  };
}

/** Asks again and again until it is so. @returns how long it took, in milliseconds */
export async function timeUntil(isSo: () => Promise<boolean> | boolean, limitMs: number): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`not so within ${limitMs} ms: ${isSo}`);
    await delay(20);
  }
  return performance.now() - startedAt;
}

export async function until(isSo: () => Promise<boolean> | boolean, limitMs: number): Promise<void> {
  await timeUntil(isSo, limitMs);
}

/** With TEST_FIGURES set, what a test has measured. */
export function figure(name: string, value: number | string): void {
  if (process.env.TEST_FIGURES)
    console.log(`      ${name}: ${typeof value === "number" ? Math.round(value) : value}`);
}
