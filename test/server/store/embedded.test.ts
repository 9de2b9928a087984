import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import type { Store, StoreHealth } from "../../../core/ports/store/store.ts";
import { type EmbeddedStoreOptions, openEmbeddedStore } from "../../../server/store/embedded/index.ts";
import { lockDataDir } from "../../../server/store/embedded/lock.ts";
import { claimAll, range } from "../../conformance/open.ts";
import { documentOf, members, partition, room, scope, log as stream } from "./embedded-child.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const CHILD = fileURLToPath(new URL("./embedded-child.ts", import.meta.url));

describe("embedded store", () => {
  let dataDir = "";
  const children = new Set<ChildProcess>();
  const stores = new Set<Store>();

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "muster-embedded-"));
  });
  afterEach(async () => {
    await Promise.all([...children].map(kill));
    for (const store of stores) await store.close();
    stores.clear();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function open(options: Partial<EmbeddedStoreOptions> = {}): Promise<Store> {
    const clock = { now: Date.now };
    const defaults = { dataDir, worker: asId<never>("parent"), clock, log: silent, lockWaitMs: 0 };
    const store = await openEmbeddedStore({ ...defaults, ...options });
    stores.add(store);
    return store;
  }
  async function close(store: Store): Promise<void> {
    stores.delete(store);
    await store.close();
  }
  function start(task: "write" | "hold" | "connect", firstId = 0): ChildProcess {
    const child = fork(CHILD, [dataDir, task, String(firstId)], { execArgv: ["--import", "tsx"] });
    children.add(child);
    return child;
  }
  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  /** Lets a child write until it has had some commits acknowledged, then kills it; returns what was acknowledged. */
  async function writeAndKill(firstId: number): Promise<number[]> {
    const child = start("write", firstId);
    const acknowledged: number[] = [];
    const enough = randomInt(20, 2_000);
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error("the writer ended by itself")));
      child.on("message", (id) => {
        acknowledged.push(Number(id));
        if (acknowledged.length === enough) resolve();
      });
    });
    await kill(child);
    return acknowledged;
  }

  it("has every acknowledged commit after kill -9, each whole, and goes on where it was", async () => {
    let epoch: string | undefined;
    let lastVersion = 0;
    let entries = 0;
    for (const round of range(4)) {
      const acknowledged = await writeAndKill(round * 1_000_000);
      const store = await open();
      const page = await store.streams.read(stream, { after: entries, limit: 1_000_000 });
      const written = new Set(page.entries.map(({ entry }) => entry));
      assert.deepEqual(
        acknowledged.filter((id) => !written.has(id)),
        [],
      );
      for (const id of written) {
        const document = await store.documents.load(documentOf(id));
        assert.ok(document && document.version > lastVersion);
        assert.equal((await store.indexes.get(members, `m${id}`))?.value, id);
        assert.equal(await store.documents.resultOf(partition, `once${id}`), id);
      }
      entries = page.offset;
      assert.equal(await store.indexes.size(members), entries);
      assert.equal(await store.deadlines.size(), entries);
      assert.equal(page.epoch, epoch ?? page.epoch);
      epoch = page.epoch;
      const versions = await store.documents.loadMany([...written].map(documentOf));
      lastVersion = Math.max(...versions.map((document) => document?.version ?? 0));
      await close(store);
    }
  });

  it("disconnects what a killed process has left, with the edges", async () => {
    const child = start("connect");
    await once(child, "message");
    await kill(child);
    const store = await open();
    const [ann, bob] = await store.presence.get<{ name: string }>(scope, ["ann", "bob"]);
    assert.deepEqual([ann?.connections, bob?.connections], [0, 0]);
    assert.deepEqual(ann?.profile, { name: "ann" });
    assert.deepEqual(await store.presence.size(room), { subjects: 0, connections: 0 });
    const edges = await claimAll(store, { partition: partitions.presence(scope.name) });
    assert.deepEqual(edges.map(({ kind, id }) => [kind, id]).sort(), [
      ["test:offline", "ann"],
      ["test:offline", "bob"],
    ]);
    assert.equal(await store.deadlines.size(), 2);
    await close(store);
    const again = await open();
    assert.equal(await again.deadlines.size(), 2);
    assert.equal(await again.presence.leave(scope, "ann"), true);
  });

  it("refuses a second process with a line that says what to do, and is free at once after kill -9", async () => {
    const child = start("hold");
    await once(child, "message");
    await assert.rejects(open(), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^DATA_DIR ${dataDir} is in use by process ${child.pid},.*REDIS_URL`),
      );
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    await kill(child);
    await open();
  });

  it("waits for the other process to end", async () => {
    const child = start("hold");
    await once(child, "message");
    const opening = open({ lockWaitMs: 8_000 });
    child.send("end");
    const store = await opening;
    assert.deepEqual(store.health(), { ok: true });
  });

  it("of many that take over from a killed process exactly one gets the folder", async () => {
    const child = start("hold");
    await once(child, "message");
    await kill(child);
    const taken = await Promise.allSettled(range(10).map(() => lockDataDir(dataDir, 200)));
    const locks = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(locks.length, 1);
    for (const lock of locks) await lock.release();
    await (await lockDataDir(dataDir, 0)).release();
  });

  it("tells whom it waits for, once, and takes the folder when that one is gone", async () => {
    const first = await lockDataDir(dataDir, 0);
    const told: string[] = [];
    let second: ReturnType<typeof lockDataDir> | undefined;
    // It looks many times until it gives up, and tells once.
    await assert.rejects(lockDataDir(dataDir, 500, (owner) => told.push(owner)));
    assert.deepEqual(told, [`process ${process.pid}`]);
    const waits = new Promise<void>((resolve) => {
      second = lockDataDir(dataDir, 10_000, () => resolve());
    });
    await waits;
    await first.release();
    await (await second)?.release();
  });

  it("works in a folder whose path is longer than a socket's name can be", async () => {
    if (process.platform !== "linux") return;
    const long = { dataDir: join(dataDir, "long".repeat(40)) };
    const store = await open(long);
    await assert.rejects(open(long), /is in use by process/);
    await store.streams.append(stream, 1, { maxLength: 5, ttlMs: 60_000 });
    await close(store);
    const again = await open(long);
    assert.equal((await again.streams.read(stream, { limit: 5 })).offset, 1);
  });

  it("keeps epochs, versions, deadlines, leases, profiles and results over a restart", async () => {
    const before = await open();
    const unwritten = await before.streams.positions([stream]);
    const written = await before.documents.commit({
      partition,
      documents: [{ name: "doc1", expected: 0, state: 1 }],
      deadlines: [{ kind: "test:due", id: "d", dueAt: before.now(), payload: { list: [] } }],
      index: [
        { name: "members", member: "b", score: 2, value: 2 },
        { name: "members", member: "a", score: 2, value: 1 },
      ],
      once: { id: "ann:1", result: null, ttlMs: 60_000 },
    });
    assert.ok(written.outcome === "committed");
    const lease = await before.leases.acquire(partition, "tick", "w1", 60_000);
    assert.ok(lease);
    const [claimed] = await claimAll(before);
    assert.ok(claimed);
    await close(before);

    const after = await open();
    assert.deepEqual(await after.streams.positions([stream]), unwritten);
    assert.equal((await after.documents.load(documentOf(1)))?.version, written.versions[0]);
    assert.equal(await after.documents.resultOf(partition, "ann:1"), null);
    assert.deepEqual(
      (await after.indexes.page(members, { limit: 5 })).members.map(({ member }) => member),
      ["a", "b"],
    );
    assert.equal(await after.leases.acquire(partition, "tick", "w2", 60_000), undefined);
    assert.equal(await after.leases.renew(lease, 60_000), true);
    assert.deepEqual((await claimAll(after))[0]?.payload, { list: [] });
    const removed = await after.documents.commit({
      partition,
      documents: [{ name: "doc1", expected: written.versions[0] ?? 0, state: null }],
    });
    assert.equal(removed.outcome, "committed");
    await close(after);

    const last = await open();
    const anew = await last.documents.commit({
      partition,
      documents: [{ name: "doc1", expected: 0, state: 1 }],
    });
    assert.ok(anew.outcome === "committed");
    assert.ok((anew.versions[0] ?? 0) > (written.versions[0] ?? 0));
  });

  it("a presence without edges does not wait for the disk, since nothing of it is stored", async () => {
    const { streams, presence } = await open();
    let isWritten = false;
    const written = streams.append(stream, 1, { maxLength: 5, ttlMs: 60_000 }).then(() => {
      isWritten = true;
    });
    const connection = asId<"c" & never>("c1");
    await presence.connect(room, { subject: "ann", connection });
    await presence.disconnect(room, "ann", connection);
    assert.equal(isWritten, false, "the write is under way");
    await written;
  });

  it("is unavailable, and says so, where the disk has too little space; what it refused is not there later", async () => {
    const store = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    const heard: StoreHealth[] = [];
    store.onHealth((health) => heard.push(health));
    const keep = { maxLength: 5, ttlMs: 60_000 };
    await assert.rejects(store.streams.append(stream, 1, keep), { code: "unavailable" });
    assert.equal(store.health().ok, false);
    assert.deepEqual(heard, [store.health()]);
    await assert.rejects(store.documents.load(documentOf(1)), { code: "unavailable" });
    await assert.rejects(store.presence.size(scope), { code: "unavailable" });
    await close(store);
    const again = await open();
    assert.equal((await again.streams.read(stream, { limit: 5 })).offset, 0);
  });

  it("answers `unavailable` once it is closed, and closes with what is under way on disk", async () => {
    const store = await open();
    const keep = { maxLength: 500, ttlMs: 60_000 };
    const appends = range(100).map((i) => store.streams.append(stream, i, keep));
    await close(store);
    await Promise.all(appends);
    await assert.rejects(store.streams.append(stream, 1, keep), { code: "unavailable" });
    await assert.rejects(store.documents.commit({ partition }), { code: "unavailable" });
    assert.equal((await (await open()).streams.read(stream, { limit: 500 })).entries.length, 100);
  });
});
