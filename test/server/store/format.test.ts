/** The mark of the format: set once, raised never back, and what a newer server has written is left alone. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { openEmbeddedStore } from "../../../server/store/embedded/index.ts";
import { openDatabase } from "../../../server/store/embedded-file.ts";
import { openEmbeddedReader } from "../../../server/store/embedded-reader.ts";
import { nextMark, ownMark } from "../../../server/store/format.ts";
import { createKeyspace } from "../../../server/store/redis/keys.ts";
import { sharedRedis, uniquePrefix } from "../../support/redis.ts";
import { ask } from "../../support/redis-groups.ts";
import { chat, heardTexts, isUnavailable, say, workshop } from "../../support/redis-store.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { now: Date.now };
const NEWER = JSON.stringify({ format: 2, version: "7.0.0" });
const isNewer = (error: Error) => /has format 2, of muster 7\.0\.0/.test(error.message);

describe("the format of the store", () => {
  const { open, redis } = workshop();

  it("is raised where it is older or missing, and never goes back", () => {
    assert.equal(nextMark(undefined), ownMark());
    assert.equal(nextMark(JSON.stringify({ format: 0, version: "0.0.1" })), ownMark());
    assert.equal(nextMark(ownMark()), undefined);
    assert.equal(nextMark(NEWER), undefined);
  });

  describe("embedded", () => {
    let dataDir = "";
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "muster-format-"));
    });
    afterEach(() => rm(dataDir, { recursive: true, force: true }));

    const openStore = () => openEmbeddedStore({ dataDir, clock, log, worker: asId("w") });
    async function marked(mark?: string): Promise<string | undefined> {
      const db = openDatabase(dataDir);
      if (mark !== undefined) await db.put("f", mark);
      else await db.remove("f");
      const found = db.get("f");
      await db.close();
      return found;
    }

    it("a store without a mark is read, and gets one", async () => {
      const first = await openStore();
      await say(first, "before");
      await first.close();
      await marked();
      const again = await openStore();
      assert.deepEqual(heardTexts((await again.streams.read(chat, { limit: 9 })).entries), ["before"]);
      await say(again, "after");
      await again.close();
      const db = openDatabase(dataDir, { readOnly: true });
      assert.equal(db.get("f"), ownMark());
      await db.close();
    });

    it("one of a newer server, or with a mark of another kind, is refused and left as it is", async () => {
      await (await openStore()).close();
      assert.equal(await marked(NEWER), NEWER);
      await assert.rejects(openStore(), isNewer);
      assert.throws(() => openEmbeddedReader({ dataDir, clock, log }), isNewer);
      await marked("v3");
      await assert.rejects(openStore(), /has a format of another kind, of muster unknown/);
    });
  });

  it("Redis: each shard has a mark; a newer one in any of them refuses the store", async () => {
    const { url, port } = await sharedRedis();
    const prefix = uniquePrefix();
    const { shards } = createKeyspace(prefix);
    const looking = await open(url, { prefix, readsOnly: true });
    const marks = () => ask({ port }, "MGET", ...shards.map(({ format }) => format));
    assert.deepEqual(
      await marks(),
      shards.map(() => null),
      "who only looks sets none",
    );
    await looking.close();
    await open(url, { prefix });
    assert.deepEqual(
      await marks(),
      shards.map(() => ownMark()),
    );
    await ask({ port }, "SET", shards[3]?.format ?? "", JSON.stringify({ format: 0, version: "0.0.1" }));
    await open(url, { prefix });
    assert.deepEqual(
      await marks(),
      shards.map(() => ownMark()),
      "an older one is raised",
    );
    await ask({ port }, "SET", shards[15]?.format ?? "", NEWER);
    await assert.rejects(open(url, { prefix }), isNewer);
    await assert.rejects(open(url, { prefix, readsOnly: true }), isNewer);
  });

  it("Redis: where a connection comes back to a newer format, it is not served, for good", async () => {
    const server = await redis();
    const store = await open(server.url);
    await say(store, "before");
    const final = new Promise<string>((done) => {
      store.onHealth((health) => {
        if (!health.ok && health.final) done(health.reason);
      });
    });
    await ask(server, "SET", createKeyspace("muster").shards[0]?.format ?? "", NEWER);
    await ask(server, "CLIENT", "KILL", "TYPE", "normal");
    assert.match(await final, /has format 2, of muster 7\.0\.0/);
    await assert.rejects(say(store, "after"), isUnavailable);
  });
});
