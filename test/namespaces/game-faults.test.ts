import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../core/ports/store/store.ts";
import type { DashDiceState } from "../../games/dash-dice.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import type { TestApp } from "../support/app.ts";
import { closeAll, startEmbedded, startTwoWorkers } from "../support/app.ts";
import { startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const sixes = { int: () => 6 };

/** ann on worker 0 and bob on worker 1 in a game that ann has rolled once in. */
async function begun(app: TestApp) {
  const ann = await app.connect(gameContract, "ann");
  const bob = await app.connect(gameContract, "bob", { worker: 1 });
  const { room } = await ann.call("room:create", { game: "dash-dice" });
  const { room_id } = room;
  await bob.call("room:join", { room_id });
  await ann.call("room:start", { room_id });
  for (const client of [ann, bob]) await client.next("game_started");
  await ann.call("game:action", { room_id, action: "roll", action_id: "first" });
  return { ann, bob, room_id };
}

/** Resolves when the store answers (again). */
function healthy(store: Store): Promise<void> {
  if (store.health().ok) return Promise.resolve();
  return new Promise((resolve) => {
    const end = store.onHealth((health) => {
      if (!health.ok) return;
      end();
      resolve();
    });
  });
}

describe("/game faults", () => {
  afterEach(closeAll);

  it("a game goes on where it was after its only process was started again", async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-game-"));
    try {
      const options = { random: sixes, env: { DATA_DIR: folder } };
      const before = await startEmbedded(options);
      const { room_id } = await begun(before);
      await before.close();
      const app = await startEmbedded(options);
      const ann = await app.connect(gameContract, "ann");
      await ann.next("room:updated", (p) => p.room.room_id === room_id);
      const repeated = { room_id, action: "roll", action_id: "first" };
      assert.equal((await ann.call("game:action", repeated)).version, 2);
      assert.equal((await ann.call("game:action", { room_id, action: "roll", version: 2 })).version, 3);
      const { state } = await ann.call("room:state", { room_id });
      assert.equal((state as DashDiceState).turn_points, 12);
      await app.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("a game goes on where it was when the worker of one player is gone", async () => {
    const app = await startTwoWorkers({ random: sixes });
    const { bob, room_id } = await begun(app);
    await app.workers[0]?.close({ skip: AbortSignal.abort() });
    const ann = await app.connect(gameContract, "ann", { worker: 1 });
    assert.equal((await ann.call("game:action", { room_id, action: "bank" })).version, 3);
    const { state } = await bob.next("game_state", (p) => p.version === 3);
    assert.equal((state as DashDiceState).turn, "bob");
    assert.equal((await bob.call("game:action", { room_id, action: "roll" })).version, 4);
    await ann.next("game_state", (p) => p.version === 4);
  });

  it("while Redis does not answer a command is unavailable within a second, and nothing is lost after", async () => {
    const redis = await startRedis({ appendOnly: "always" });
    try {
      const app = await startTwoWorkers({ random: sixes, env: { REDIS_URL: redis.url } });
      const { ann, bob, room_id } = await begun(app);
      redis.freeze();
      const move = { room_id, action: "roll", action_id: "second" };
      const askedAt = performance.now();
      assert.equal((await ann.refused("game:action", move)).code, "unavailable");
      assert.ok(performance.now() - askedAt < 1_500, "answered in time");
      redis.thaw();
      // The same command until it is answered: with its id it acts once, whatever became of the first.
      let version = 0;
      for (let tries = 0; version === 0; tries++) {
        for (const worker of app.workers) await healthy(worker.services.store);
        const ack = await ann.raw("game:action", move);
        if (ack.ok) version = (ack as unknown as { version: number }).version;
        else assert.ok(ack.error.code === "unavailable" && tries < 10, ack.error.code);
      }
      assert.equal(version, 3);
      const { state } = await bob.next("game_state", (p) => p.version === 3);
      assert.equal((state as DashDiceState).turn_points, 12);
    } finally {
      await closeAll();
      await redis.close();
    }
  });

  it("a watched list of rooms is right again when Redis came back without its data", async () => {
    const redis = await startRedis();
    try {
      const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { watch } = await bob.call("room:watch", {});
      await ann.call("room:create", { name: "forgotten" });
      await bob.next("room:listed", ({ room }) => room.name === "forgotten");
      await redis.restart();
      for (const worker of app.workers) await healthy(worker.services.store);
      const anew = await bob.next("room:list");
      assert.deepEqual([anew.watch, anew.rooms], [watch, []]);
      await until("a room can be made again", async () => (await ann.raw("room:create", { name: "new" })).ok);
      await bob.next("room:listed", ({ room }) => room.name === "new");
    } finally {
      await closeAll();
      await redis.close();
    }
  });
});
