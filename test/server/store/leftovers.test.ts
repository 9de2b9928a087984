import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { asId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { createPorts } from "../../../server/store/embedded/index.ts";
import { openKv } from "../../../server/store/embedded/kv.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { mix, YAML } from "../../support/mix.ts";
import { startRedis } from "../../support/redis.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** All leave, and so much time passes that everything has come to its end. */
async function allOver(app: TestApp): Promise<void> {
  await app.leaveAll();
  for (const ms of [40_000, 15 * MINUTE]) {
    await app.advance(ms);
    await app.runDue();
  }
  // The last is longer than any token is good for, and whatever is kept as long as tokens.
  for (const days of [2, 20, 80, 4_000]) {
    await app.jump(days * DAY);
    await app.runDue();
  }
}

/** What the operations guide says is the cluster's own, or kept until somebody takes it back. */
const OWNED = {
  embedded: [/^cversions$/, /^f$/, /^q\["ns:/, /^d\["matchmaking","rating:classic:ann"\]$/],
  redis: [/:(versions|tokens|format)$/, /:doc:11:matchmaking:rating:classic:ann$/],
};
const notOf = (owned: readonly RegExp[], keys: readonly string[]) =>
  keys.filter((key) => !owned.some((each) => each.test(key))).sort();

describe("what is left in the store when all have gone", function () {
  this.timeout(120_000);
  afterEach(closeAll);

  it("embedded: nothing but what is the store's own", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "muster-left-"));
    try {
      const app = await startEmbedded({ yaml: YAML, env: { DATA_DIR: dataDir } });
      await mix(app);
      await allOver(app);
      // What workers follow has an end again with each look at it, up to the last before they close.
      const now = app.now() + 2 * DAY;
      await app.close();
      const kv = openKv(dataDir, 0, silent);
      const parts = createPorts(kv, { dataDir, worker: asId("w"), clock: { now: () => now }, log: silent });
      await parts.sweep();
      const left = [...kv.range("a", "~")].map(({ key }) => key);
      await kv.close();
      assert.deepEqual(notOf(OWNED.embedded, left), []);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it("Redis: nothing without an end but what is the cluster's own", async () => {
    const redis = await startRedis();
    const client = createClient({ url: redis.url });
    try {
      const app = await startTwoWorkers({ yaml: YAML, env: { REDIS_URL: redis.url } });
      await mix(app);
      await client.connect();
      const keys = () => client.keys("*");
      assert.ok((await keys()).length > 100, "the mix is a mix");
      await allOver(app);
      await app.close();
      const left: string[] = [];
      // What has expired by the moved clock is there still, and ends by Redis's own.
      for (const key of await keys()) if ((await client.pTTL(key)) < 0) left.push(key);
      assert.deepEqual(notOf(OWNED.redis, left), []);
    } finally {
      client.destroy();
      await closeAll();
      await redis.close();
    }
  });
});
