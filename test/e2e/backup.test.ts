/** Backups of both stores, taken while the server runs, and put back after more has happened: nobody is told less than that. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMuster, type Muster } from "../../client/index.ts";
import { asId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { connectTalker, type Talker } from "../../faults/chatter.ts";
import { type Cluster, clusterAt } from "../../faults/stage.ts";
import { backUp, restore } from "../../server/store/backup/embedded.ts";
import { renewRedis } from "../../server/store/backup/redis.ts";
import { openEmbeddedStore } from "../../server/store/embedded/index.ts";
import { startRedis } from "../support/redis.ts";
import { ask } from "../support/redis-groups.ts";
import { chat, say } from "../support/redis-store.ts";
import { type ServerFolder, serverFolder } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { SECRET } from "./venues.ts";

/** A store of one server that can be backed up, and put back while the server is gone. */
interface Kept {
  readonly env: Readonly<Record<string, string>>;
  /** While the server runs. */
  backUp(): Promise<void>;
  /** What refuses to put it back while the server runs. */
  refused(): Promise<unknown>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const stores: Readonly<Record<string, (server: ServerFolder) => Promise<Kept>>> = {
  async embedded({ folder }) {
    const [dataDir, target] = [join(folder, "data"), join(folder, "backup")];
    return {
      env: {},
      async backUp() {
        const { bytes, format } = await backUp(dataDir, target);
        assert.ok(bytes > 0 && format === 1);
      },
      refused: () => restore(target, dataDir, { force: true }),
      async restore() {
        await assert.rejects(restore(target, dataDir, { force: false }), /there is .* already: --force/);
        const { streams, aside } = await restore(target, dataDir, { force: true });
        assert.ok(streams > 0 && aside !== undefined);
      },
      close: () => Promise.resolve(),
    };
  },
  async Redis({ folder }) {
    const redis = await startRedis({ args: ["--dir", folder] });
    const [dump, copy] = [join(folder, "dump.rdb"), join(folder, "backup.rdb")];
    const options = { url: redis.url, prefix: "muster" };
    return {
      env: { REDIS_URL: redis.url },
      async backUp() {
        assert.equal(await ask(redis, "SAVE"), "OK");
        await copyFile(dump, copy);
      },
      refused: () => renewRedis({ ...options, force: false }),
      async restore() {
        await redis.kill();
        await copyFile(copy, dump);
        await redis.restart();
        // The backup is fresh: its workers have just told of themselves.
        const { streams } = await renewRedis({ ...options, force: true });
        assert.ok(streams > 0);
      },
      close: () => redis.close(),
    };
  },
};

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const openStore = (dataDir: string) =>
  openEmbeddedStore({ dataDir, clock: { now: Date.now }, log: silent, worker: asId("w") });

/** A turn of dash-dice that leaves it to the same player, or ends it. */
const act = async (muster: Muster, room_id: string, action: "roll" | "bank"): Promise<number> =>
  (await muster.in("/game").call("game:action", { room_id, action })).version;

describe("a backup that is put back", () => {
  let server: ServerFolder;
  const closing: (() => unknown)[] = [];

  before(async function () {
    // The first one builds.
    this.timeout(120_000);
    await (await serverFolder()).close();
  });
  beforeEach(async () => {
    server = await serverFolder();
    closing.push(() => server.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function talker(cluster: Cluster, name: string): Promise<Talker> {
    const found = await connectTalker(cluster, name, "guild-1");
    closing.push(() => found.close());
    return found;
  }
  function player(cluster: Cluster, name: string): Muster {
    const url = cluster.balancer.url;
    const muster = connectMuster({ url, token: cluster.token(name), minDelayMs: 50, maxDelayMs: 200 });
    closing.push(() => muster.close());
    return muster;
  }

  for (const [name, make] of Object.entries(stores))
    it(`${name}: clients are told of the gap, and games go on from where they were`, async () => {
      const kept = await make(server);
      closing.push(() => kept.close());
      const env = { AUTH_MODE: "jwt", JWT_SECRET: SECRET, ...kept.env };
      const first = server.start(env);
      await first.listening;
      const cluster = clusterAt(first.url, SECRET);
      const ann = await talker(cluster, "ann");
      const bob = await talker(cluster, "bob");
      const [cat, dan] = [player(cluster, "cat"), player(cluster, "dan")];
      const { room } = await cat.in("/game").call("room:create", { game: "dash-dice" });
      await dan.in("/game").call("room:join", { room_id: room.room_id });
      await cat.in("/game").call("room:start", { room_id: room.room_id });
      const { state } = await cat.in("/game").call("room:state", { room_id: room.room_id });
      const turn = (state as { readonly turn: string }).turn === "cat" ? cat : dan;
      for (const id of ["1", "2"]) assert.equal((await ann.send(id)).kind, "ok");
      await until("bob has seen both", () => bob.seen.length === 2);

      await kept.backUp();
      // All of this is lost with the store: as many entries as are written anew after it.
      for (const id of ["lost 3", "lost 4"]) assert.equal((await ann.send(id)).kind, "ok");
      await until("bob has seen all four", () => bob.seen.length === 4);
      const versionBefore = await act(turn, room.room_id, "roll");
      await assert.rejects(kept.refused(), /in use by process|workers have told of themselves/);

      first.kill("SIGKILL");
      await first.ended;
      await kept.restore();
      const second = server.start(env);
      await second.listening;

      // Who comes back later is told of the gap alone: it covers what was written meanwhile.
      const isTold = (one: Talker) => one.seen.some(({ kind }) => kind === "gap");
      await until("both are told of the gap", () => isTold(ann) && isTold(bob));
      for (const id of ["3", "4"]) assert.equal((await ann.send(id)).kind, "ok");
      await until("bob has seen what was written anew", () => bob.seen.length >= 7);
      const seenBy = (one: Talker) => one.seen.map((item) => (item.kind === "gap" ? "gap" : item.id));
      assert.deepEqual(seenBy(bob), ["1", "2", "lost 3", "lost 4", "gap", "3", "4"]);
      assert.deepEqual(
        (await bob.read()).map(({ id, offset }) => `${id} at ${offset}`),
        ["1 at 1", "2 at 2", "3 at 3", "4 at 4"],
      );
      const { version } = await turn.in("/game").call("room:state", { room_id: room.room_id });
      assert.equal(version, versionBefore - 1, "the game is as it was");
      assert.equal(await act(turn, room.room_id, "roll"), versionBefore);
    });

  it("embedded: one that is damaged, not whole or of a newer server is refused, and nothing is touched", async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-backup-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const [target, dataDir] = [join(folder, "backup"), join(folder, "other")];
    await assert.rejects(backUp(dataDir, target), /there is no embedded store/);
    await assert.rejects(restore(target, dataDir, { force: false }), /there is no whole backup/);
    const source = join(folder, "data");
    const store = await openStore(source);
    await say(store, "kept");
    const before = await store.streams.read(chat, { limit: 9 });
    await backUp(source, target);
    await assert.rejects(backUp(source, target), /is not empty/);
    await store.close();
    await truncate(join(target, "muster.mdb"), 4_096);
    await assert.rejects(restore(target, source, { force: true }), /is damaged/);
    const again = await openStore(source);
    assert.deepEqual(await again.streams.read(chat, { limit: 9 }), before);
    await again.close();
  });
});
