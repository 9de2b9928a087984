/**
 * `node --import=tsx test/server/store/recorded/record.ts`: records both stores of the present format anew. Only when a format is given up:
 * recordings are there to be read by later versions.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createClient, RESP_TYPES } from "redis";
import { DATABASE } from "../../../../server/store/embedded-file.ts";
import { startRedis } from "../../../support/redis.ts";
import { fill, PREFIX, serve } from "./scenario.ts";

const here = import.meta.dirname;
const newFolder = () => mkdtempSync(join(tmpdir(), "muster-recording-"));

const folder = newFolder();
const embedded = await serve(folder, undefined, Date.now);
await fill(embedded);
await embedded.close();
writeFileSync(
  join(here, "format-1.mdb.gz"),
  gzipSync(readFileSync(join(folder, "data", DATABASE)), { level: 9 }),
);

const redis = await startRedis();
const client = createClient({ url: redis.url });
await client.connect();
const onRedis = await serve(newFolder(), redis.url, Date.now);
await fill(onRedis);
await onRedis.close();
const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
const kept: Record<string, string> = {};
for (const key of (await client.keys(`*${PREFIX}*`)).sort()) {
  const dumped: unknown = await bytes.dump(key);
  if (Buffer.isBuffer(dumped)) kept[key] = dumped.toString("base64");
}
const recorded = { recordedAt: Date.now(), keys: kept };
writeFileSync(join(here, "format-1.redis.json.gz"), gzipSync(JSON.stringify(recorded), { level: 9 }));
client.destroy();
await redis.close();
console.log(`recorded at ${recorded.recordedAt}: ${Object.keys(kept).length} keys`);
process.exit(0);
