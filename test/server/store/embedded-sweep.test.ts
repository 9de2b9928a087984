import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { partitions, streamKey } from "../../../core/ports/store/keys.ts";
import { createPorts } from "../../../server/store/embedded/index.ts";
import { KINDS } from "../../../server/store/embedded/keys.ts";
import { type Kv, openKv } from "../../../server/store/embedded/kv.ts";
import { range } from "../../conformance/open.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const partition = partitions.room("swept");
const log = streamKey<number>(partition, "log");

describe("embedded store: sweep", () => {
  let dataDir = "";
  let kv: Kv;
  let time = 1_700_000_000_000;
  let parts: ReturnType<typeof createPorts>;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "muster-sweep-"));
    kv = openKv(dataDir, 0, silent);
    const clock = { now: () => time };
    parts = createPorts(kv, { dataDir, worker: asId("w1"), clock, log: silent });
  });
  afterEach(async () => {
    await kv.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const keys = () => [...kv.range("a", "~")].map(({ key }) => key);
  const leftOvers = () => keys().filter((key) => !key.startsWith(KINDS.counter));
  const write = (name: string, expected: number, ttlMs?: number) =>
    parts.ports.documents.commit({
      partition,
      documents: [{ name, expected, state: 1, ...(ttlMs === undefined ? {} : { ttlMs }) }],
    });

  it("removes expired documents, results, streams and their idempotency keys from the disk", async () => {
    const { documents, streams } = parts.ports;
    await write("doc", 0, 10_000);
    await documents.commit({ partition, once: { id: "ann:1", result: 1, ttlMs: 10_000 } });
    const keep = { maxLength: 100, ttlMs: 10_000 };
    for (const i of range(20)) await streams.append(log, i, { ...keep, idempotencyKey: `k${i}` });
    await streams.read(streamKey(partition, "only read"), { limit: 1 });
    await parts.sweep();
    assert.ok(leftOvers().length > 40);
    time += 2 * 86_400_000;
    await parts.sweep();
    assert.deepEqual(leftOvers(), []);
  });

  it("keeps what lives longer by now, and removes it in its time", async () => {
    const first = await write("doc", 0, 10_000);
    assert.ok(first.outcome === "committed");
    await write("doc", first.versions[0] ?? 0, 60_000);
    await parts.ports.streams.append(log, 1, { maxLength: 5, ttlMs: 10_000 });
    time += 9_000;
    await parts.ports.streams.append(log, 2, { maxLength: 5, ttlMs: 10_000 });
    time += 9_000;
    await parts.sweep();
    assert.equal((await parts.ports.streams.read(log, { limit: 5 })).entries.length, 2);
    time += 90_000;
    await parts.sweep();
    assert.deepEqual(leftOvers(), []);
  });

  it("does not remove a document that was written again without a ttl, or under the same name anew", async () => {
    const first = await write("kept", 0, 10_000);
    assert.ok(first.outcome === "committed");
    await write("kept", first.versions[0] ?? 0);
    await write("anew", 0, 10_000);
    time += 10_001;
    await write("anew", 0, 60_000);
    await parts.sweep();
    await parts.sweep();
    const { documents } = parts.ports;
    assert.ok(await documents.load({ partition, name: "kept" }));
    assert.ok(await documents.load({ partition, name: "anew" }));
    time += 60_001;
    await parts.sweep();
    assert.equal(leftOvers().length, 1);
  });

  it("removes a long stream, and a crowd of documents, without keeping the event loop", async () => {
    const entries = range(20_000).map((i) => ({ name: "log", entry: i, maxLength: 30_000, ttlMs: 10_000 }));
    await parts.ports.documents.commit({ partition, append: entries });
    for (const part of range(20))
      await Promise.all(range(1_000).map((i) => write(`doc${part}:${i}`, 0, 10_000)));
    time += 10_001;
    let turns = 0;
    const others = setInterval(() => turns++, 1);
    await parts.sweep();
    clearInterval(others);
    assert.deepEqual(leftOvers(), []);
    assert.ok(turns > 30, `others had ${turns} turns meanwhile`);
  });

  it("keeps up with what expires while commands come as fast as they are served", async () => {
    const lifeMs = 1_000;
    const started = performance.now();
    const begun = time;
    const runMs = 4_000;
    let committed = 0;
    const sweeping = setInterval(() => {
      sweep ??= parts.sweep().finally(() => {
        sweep = undefined;
      });
    }, 100);
    let sweep: Promise<void> | undefined;
    let worst = 0;
    async function client(name: number): Promise<void> {
      for (let n = 0; performance.now() - started < runMs; n++) {
        time = begun + (performance.now() - started);
        await parts.ports.documents.commit({
          partition,
          once: { id: `${name}:${n}`, result: "x".repeat(100), ttlMs: lifeMs },
        });
        committed++;
      }
    }
    const looking = setInterval(() => {
      const alive = Math.max(1, (committed / (performance.now() - started)) * lifeMs);
      // A result and the record of its expiry.
      if (performance.now() - started > 2 * lifeMs) worst = Math.max(worst, leftOvers().length / 2 / alive);
    }, 200);
    await Promise.all(range(64).map(client));
    clearInterval(sweeping);
    clearInterval(looking);
    await sweep;
    assert.ok(
      worst < 2.5,
      `${worst.toFixed(1)} times as many records as live, at ${(committed / runMs) * 1000} a second`,
    );
  });

  it("stops in the middle when it is told to, and goes on the next time", async () => {
    const entries = range(20_000).map((i) => ({ name: "log", entry: i, maxLength: 30_000, ttlMs: 10_000 }));
    await parts.ports.documents.commit({ partition, append: entries });
    time += 10_001;
    await parts.sweep(() => true);
    assert.ok(leftOvers().length > 1_000);
    await parts.sweep();
    assert.deepEqual(leftOvers(), []);
  });

  it("counters that are over are forgotten, however many there are", async () => {
    const { counters } = parts.ports;
    const add = (name: string, part: number) =>
      counters.add(
        range(10_000).map((i) => ({ key: `${name}${part}:${i}`, add: 1 })),
        1_000,
      );
    for (const part of range(10)) await add("old", part);
    time += 1_001;
    await add("new", 0);
    await parts.sweep();
    assert.equal(counters.size, 10_000);
    time += 1_001;
    await parts.sweep();
    assert.equal(counters.size, 0);
  });

  it("trimmed entries are removed from the disk with the append", async () => {
    for (const i of range(50)) await parts.ports.streams.append(log, i, { maxLength: 3, ttlMs: 10_000 });
    assert.equal(keys().filter((key) => key.startsWith(KINDS.entry)).length, 3);
  });
});
