/** How full a store is: as it is measured, as writes use it up between two looks, and as Redis and the embedded store tell it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId } from "../../../core/ids.ts";
import { partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { openEmbeddedStore } from "../../../server/store/embedded/index.ts";
import { createSpaceWatch, type Measured, partOf } from "../../../server/store/space-watch.ts";
import { workshop } from "../../support/redis-store.ts";
import { until } from "../../support/until.ts";
import { silent } from "../live-support.ts";

const messages = streamKey<string>(partitions.room("full"), "messages");
const keep = { maxLength: 1_000, ttlMs: 3_600_000 };
const say = (store: Store, length: number) => store.streams.append(messages, "x".repeat(length), keep);

describe("the watch over a store's space", () => {
  let measured: Measured;
  let now: number;
  let isAway: boolean;
  const lines: string[] = [];
  let watch: ReturnType<typeof createSpaceWatch>;
  beforeEach(() => {
    measured = { usedBytes: 0, capacityBytes: 1_000 };
    now = 0;
    isAway = false;
    lines.length = 0;
    watch = createSpaceWatch({
      async look() {
        if (isAway) throw new Error("away");
        return measured;
      },
      reserveOf: partOf(10),
      log: { ...silent, warn: () => lines.push("warn"), info: () => lines.push("info") },
      now: () => now,
    });
  });
  afterEach(() => watch.close());

  it("is low while little is left beside the reserve", async () => {
    const seen: boolean[] = [];
    for (const usedBytes of [0, 849, 850, 1_000, 850, 849]) {
      measured = { usedBytes, capacityBytes: 1_000 };
      await watch.look();
      seen.push(watch.space().isLow);
    }
    assert.deepEqual(seen, [false, false, true, true, true, false]);
    assert.deepEqual(watch.space(), { usedBytes: 849, capacityBytes: 1_000, isLow: false });
  });

  it("lets half of the room be claimed until a look has measured it, for other workers claim some too", async () => {
    await watch.look();
    assert.deepEqual([watch.claim(400), watch.claim(51), watch.claim(50)], [true, false, true]);
    // It was claimed just now, and may not be stored yet.
    await watch.look();
    assert.equal(watch.claim(1), false);
    assert.equal(watch.space().isLow, false);
    now += 101;
    measured = { usedBytes: 450, capacityBytes: 1_000 };
    await watch.look();
    assert.deepEqual([watch.claim(125), watch.claim(101), watch.claim(100)], [true, false, true]);
  });

  it("is low from a refusal on until the store says that there is room", async () => {
    await watch.look();
    watch.refused();
    assert.equal(watch.space().isLow, true);
    await watch.look();
    assert.equal(watch.space().isLow, false);
  });

  it("is never low where nobody says what the store may hold", async () => {
    measured = { usedBytes: 1e12, capacityBytes: undefined };
    await watch.look();
    assert.equal(watch.claim(1e12), true);
    assert.equal(watch.space().isLow, false);
  });

  it("stays as it was while the store does not answer", async () => {
    measured = { usedBytes: 950, capacityBytes: 1_000 };
    await watch.look();
    isAway = true;
    await watch.look();
    assert.deepEqual([watch.space().isLow, watch.claim(1)], [true, false]);
  });

  it("goes by the refusals of a store that does not say how full it is", async () => {
    isAway = true;
    watch.refused();
    assert.equal(watch.claim(1), false);
    await watch.look();
    assert.equal(watch.claim(1), true);
  });

  it("warns once a minute of a store that is now low and now not, and tells when that is over", async () => {
    for (const usedBytes of [900, 0, 900, 0, 900]) {
      measured = { usedBytes, capacityBytes: 1_000 };
      await watch.look();
    }
    assert.deepEqual(lines, ["warn", "info"]);
    now += 60_000;
    for (const usedBytes of [0, 900]) {
      measured = { usedBytes, capacityBytes: 1_000 };
      await watch.look();
    }
    assert.deepEqual(lines, ["warn", "info", "warn"]);
  });
});

describe("the space of a Redis store", () => {
  const { redis, open } = workshop();

  it("is low before maxmemory is reached, on every worker, and writes still come through then", async () => {
    const server = await redis({ args: ["--maxmemory", "16mb", "--maxmemory-policy", "noeviction"] });
    const [one, other] = [await open(server.url), await open(server.url, { worker: asId("w2") })];
    assert.equal(one.space().capacityBytes, 16 * 2 ** 20);
    await until("both see it", async () => {
      while (one.claimSpace(100_000)) await say(one, 100_000);
      return one.space().isLow && other.space().isLow;
    });
    assert.ok(one.space().usedBytes < 16 * 2 ** 20, "there is a reserve");
    for (let at = 0; at < 20; at++) await say(other, 1_000);
    await server.command("CONFIG", "SET", "maxmemory", "100mb");
    await until("both have room again", () => !one.space().isLow && !other.space().isLow);
  });

  it("is what the setting says where that is less", async () => {
    const server = await redis();
    const store = await open(server.url, { capacityBytes: 4 * 2 ** 20, reservePercent: 50 });
    assert.equal(store.space().capacityBytes, 4 * 2 ** 20);
    for (let at = 0; at < 15; at++) await say(store, 200_000);
    await until("it is low", () => store.space().isLow);
  });

  it("is the machine's memory where Redis has no limit", async () => {
    const server = await redis();
    const { capacityBytes = 0, usedBytes } = (await open(server.url)).space();
    assert.ok(capacityBytes > 64 * 2 ** 20 && usedBytes > 0);
  });
});

describe("the space of an embedded store", () => {
  let folder: string;
  let store: Store | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-space-"));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(folder, { recursive: true, force: true });
  });
  const opened = (options: { capacityBytes?: number; minFreeBytes?: number } = {}) =>
    openEmbeddedStore({
      dataDir: folder,
      worker: asId("w1"),
      clock: { now: () => Date.now() },
      log: silent,
      ...options,
    });

  it("is the pages in use beside those of the disk, and low before the capacity is reached", async () => {
    store = await opened({ capacityBytes: 4 * 2 ** 20 });
    assert.ok(store.space().usedBytes < 2 ** 20);
    for (let at = 0; at < 40; at++) await say(store, 100_000);
    const { space } = store;
    await until("it is low", () => space().isLow);
    await say(store, 1_000);
    // A shorter stream gives pages back.
    await store.streams.append(messages, "x", { ...keep, maxLength: 1 });
    await until("there is room again", () => !space().isLow);
  });

  it("has a reserve on the disk", async () => {
    store = await opened();
    const { capacityBytes = 0, isLow } = store.space();
    assert.ok(capacityBytes > 0 && !isLow);
    await store.close();
    store = await opened({ minFreeBytes: capacityBytes });
    assert.equal(store.space().isLow, true);
  });
});
