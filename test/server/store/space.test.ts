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
  let watch: ReturnType<typeof createSpaceWatch>;
  beforeEach(() => {
    measured = { usedBytes: 0, capacityBytes: 1_000 };
    watch = createSpaceWatch({ look: async () => measured, reserveOf: partOf(10), log: silent });
  });
  afterEach(() => watch.close());

  it("is low once only the reserve is left, and no longer when a tenth of the reserve is free beside it", async () => {
    const seen: boolean[] = [];
    for (const usedBytes of [0, 899, 900, 1_000, 895, 889, 899]) {
      measured = { usedBytes, capacityBytes: 1_000 };
      await watch.look();
      seen.push(watch.space().isLow);
    }
    assert.deepEqual(seen, [false, false, true, true, true, false, false]);
    assert.deepEqual(watch.space(), { usedBytes: 899, capacityBytes: 1_000, isLow: false });
  });

  it("counts what was written since the last look", async () => {
    await watch.look();
    watch.wrote(880);
    assert.equal(watch.space().isLow, false);
    watch.wrote(20);
    assert.equal(watch.space().isLow, true);
    await watch.look();
    assert.equal(watch.space().isLow, false, "what was written took no more room");
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
    watch.wrote(1e12);
    assert.equal(watch.space().isLow, false);
  });

  it("stays as it was while the store does not answer", async () => {
    const failing = createSpaceWatch({
      look: () => Promise.reject(new Error("away")),
      reserveOf: partOf(10),
      log: silent,
    });
    await failing.look();
    assert.equal(failing.space().isLow, false);
    failing.close();
  });
});

describe("the space of a Redis store", () => {
  const { redis, open } = workshop();

  it("is low before maxmemory is reached, on every worker, and writes still come through then", async () => {
    const server = await redis({ args: ["--maxmemory", "24mb", "--maxmemory-policy", "noeviction"] });
    const [one, other] = [await open(server.url), await open(server.url, { worker: asId("w2") })];
    assert.equal(one.space().capacityBytes, 24 * 2 ** 20);
    let written = 0;
    while (!one.space().isLow) {
      await say(one, 200_000);
      if (++written > 200) assert.fail("never low");
    }
    const { usedBytes } = one.space();
    assert.ok(usedBytes < 24 * 2 ** 20, "there is a reserve");
    await until("the other worker sees it", () => other.space().isLow);
    for (let at = 0; at < 20; at++) await say(other, 1_000);
    await server.command("CONFIG", "SET", "maxmemory", "100mb");
    await until("both have room again", () => !one.space().isLow && !other.space().isLow);
  });

  it("is what the setting says where that is less", async () => {
    const server = await redis();
    const store = await open(server.url, { capacityBytes: 4 * 2 ** 20, reservePercent: 50 });
    assert.equal(store.space().capacityBytes, 4 * 2 ** 20);
    for (let at = 0; at < 15; at++) await say(store, 200_000);
    assert.equal(store.space().isLow, true);
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
    assert.equal(store.space().isLow, true);
    await say(store, 1_000);
    // A shorter stream gives pages back.
    await store.streams.append(messages, "x", { ...keep, maxLength: 1 });
    const { space } = store;
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
