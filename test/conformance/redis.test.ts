import { sharedRedis } from "../support/redis.ts";
import { openTwoOn } from "./open-redis.ts";
import { storeSuites } from "./suites.ts";
import { workersSuite } from "./workers.ts";

const openRedis = async () => openTwoOn((await sharedRedis()).url);

describe("store conformance: redis", () => {
  storeSuites(openRedis);
  describe("workers", () => workersSuite(openRedis));
});
