import { type RedisCluster, startRedisCluster } from "../support/redis-groups.ts";
import { openTwoOn } from "./open-redis.ts";
import { storeSuites } from "./suites.ts";
import { workersSuite } from "./workers.ts";

describe("store conformance: redis cluster of three primaries", () => {
  let cluster: RedisCluster | undefined;
  before(async () => {
    cluster = await startRedisCluster();
  });
  after(() => cluster?.close());
  const openCluster = () => openTwoOn(cluster?.url ?? "");

  storeSuites(openCluster);
  describe("workers", () => workersSuite(openCluster));
});
