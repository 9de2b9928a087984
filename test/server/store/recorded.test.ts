import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createClient } from "redis";
import { DATABASE } from "../../../server/store/embedded-file.ts";
import { startRedis } from "../../support/redis.ts";
import { check, type Recorded, serve } from "./recorded/scenario.ts";

const file = (name: string) => gunzipSync(readFileSync(join(import.meta.dirname, "recorded", name)));
const { recordedAt, keys } = JSON.parse(file("format-1.redis.json.gz").toString()) as {
  readonly recordedAt: number;
  readonly keys: Readonly<Record<string, string>>;
};

describe("a store that an earlier version has recorded", () => {
  const endings: (() => unknown)[] = [];
  /** Goes on a moment after the recording: much of what is stored ends within a day. */
  const startedAt = Date.now();
  const now = () => recordedAt + 1_000 + Date.now() - startedAt;
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), "muster-recorded-"));
    endings.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const served = async (folder: string, url?: string): Promise<Recorded> => {
    const recorded = await serve(folder, url, now);
    endings.push(() => recorded.close());
    return recorded;
  };
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  it("in the embedded form is read: chat, what waits in inboxes, rooms and queues", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", DATABASE), file("format-1.mdb.gz"));
    await check(await served(folder));
  });

  it("in Redis is read alike", async () => {
    const redis = await startRedis();
    endings.push(() => redis.close());
    const client = createClient({ url: redis.url });
    await client.connect();
    for (const [key, dumped] of Object.entries(keys))
      assert.equal(await client.restore(key, 0, Buffer.from(dumped, "base64")), "OK");
    await client.close();
    await check(await served(newFolder(), redis.url));
  });
});
