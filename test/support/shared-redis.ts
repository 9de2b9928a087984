/**
 * The Redis that the workers of most tests share. `MUSTER_TEST_REDIS=cluster` or `=sentinel` runs the same tests on a Redis Cluster
 * of three primaries or under Sentinels.
 */
import { sharedRedis } from "./redis.ts";
import { startRedisCluster, startSentinels } from "./redis-groups.ts";

interface Shared {
  readonly url: string;
  close(): Promise<void>;
}

let shared: Promise<Shared> | undefined;

function start(): Promise<Shared> {
  const kind = process.env.MUSTER_TEST_REDIS ?? "single";
  switch (kind) {
    case "single":
      return sharedRedis().then(({ url }) => ({ url, close: async () => undefined }));
    case "cluster":
      return startRedisCluster();
    case "sentinel":
      return startSentinels();
    default:
      throw new Error("MUSTER_TEST_REDIS is single, cluster or sentinel");
  }
}

export async function workersRedisUrl(): Promise<string> {
  shared ??= start();
  return (await shared).url;
}

async function closeShared(): Promise<void> {
  const started = shared;
  shared = undefined;
  await (await started?.catch(() => undefined))?.close();
}

// Loaded by mocha this is a hook of the root suite; a script that ends takes its Redis servers with it.
if (typeof globalThis.after === "function") after(closeShared);
