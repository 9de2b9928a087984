import assert from "node:assert/strict";
import { asId, type UserId } from "../../core/ids.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { closeAll, onEachSetup, startTwoWorkers, type TestApp, type TestClient } from "../support/app.ts";
import { deafLink } from "../support/deaf-link.ts";
import { lossyBus } from "../support/lossy-bus.ts";
import { sharedRedis, startRedis } from "../support/redis.ts";

type WorldClient = TestClient<typeof worldContract>;

const tree = { entity_id: "tree", kind: "plant", x: 5, y: 5 };

/** Steps far enough to be told in a frame of its own: whatever was due before it has begun. */
async function tick(client: WorldClient, x: number): Promise<void> {
  await client.call("player_movement", { x, y: 0 });
  await client.next("world_tick", ({ moved }) => moved.some(([id, at]) => id === client.name && at === x));
}

describe("a message between workers that is lost", () => {
  onEachSetup((setup) => {
    it("that a user's last connection has ended: their entities go within seconds", async () => {
      const lossy = lossyBus();
      const app = await setup.start({ wrapStore: lossy.wrapStore, app: { world: { speedLimit: 0 } } });
      const ann = await app.connect(worldContract, "ann");
      const bob = await app.connect(worldContract, "bob", { worker: 1 });
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await ann.call("entity_spawn", tree);
      const eve = await app.connect(worldContract, "eve");
      await eve.call("enter", { zone: "town", x: 0, y: 0 });
      await eve.call("entity_spawn", { ...tree, entity_id: "bush" });
      const sees = (id: string) =>
        bob.until(`the ${id}`, (log) =>
          JSON.stringify(log).includes(`"entity_id":"${id}"`) ? true : undefined,
        );
      await Promise.all([sees("tree"), sees("bush")]);
      lossy.lose(/^world:owners$/);
      ann.disconnect();
      await lossy.lost(1);
      const gone = bob.next("world_tick", ({ entities }) => entities?.left.includes("tree") === true);
      // Two comparisons.
      for (const x of [2, 3, 4]) {
        await app.advance(4_100);
        await tick(bob, x);
      }
      await gone;
      const { entities } = await bob.call("nearby", {});
      assert.deepEqual(
        entities.map(({ entity_id }) => entity_id),
        ["bush"],
      );
    });

    it("that a user has joined a fight: the user's other connections follow it all the same", async () => {
      const lossy = lossyBus();
      const app = await setup.start({ wrapStore: lossy.wrapStore });
      const ann = await app.connect(combatContract, "ann");
      const annsPhone = await app.connect(combatContract, "ann", { worker: 1 });
      const participants = [
        { id: "ann", kind: "player" as const, team: 1 },
        { id: "ogre", kind: "monster" as const, team: 2 },
      ];
      const { combat_session_id } = await ann.call("combat_create", { participants });
      lossy.lose(/^combat:joined$/);
      await ann.call("combat_join", { combat_session_id });
      await lossy.lost(1);
      await app.runDue();
      await annsPhone.next("combat_resumed");
    });

    it("that players have a match: they hear of it all the same, without doing anything", async () => {
      const lossy = lossyBus();
      const app = await setup.start({ wrapStore: lossy.wrapStore });
      const games = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "bob", { worker: 1 }),
      ];
      lossy.lose(/^game:follow$/);
      for (const user of ["ann", "bob"])
        await (await app.connect(matchmakingContract, user)).call("queue_join", { game_mode: "classic" });
      const started = await Promise.all(games.map((game) => game.next("game_started")));
      await lossy.lost(1);
      const [{ room_id, state }] = started as [(typeof started)[0]];
      const turn = (state as { turn: string }).turn;
      const [acting, watching] = games[0]?.name === turn ? games : games.toReversed();
      assert.ok(acting && watching);
      await app.advance(4_000);
      await watching.next("room:updated", ({ room }) => room.room_id === room_id);
      const { version } = await acting.call("game:action", { room_id, action: "roll" });
      await watching.next("game_state", (told) => told.version === version);
    });

    it("that a user has taken a seat: their other device follows the room within seconds", async () => {
      const lossy = lossyBus();
      const app = await setup.start({ wrapStore: lossy.wrapStore });
      const ann = await app.connect(gameContract, "ann");
      const tablet = await app.connect(gameContract, "ann", { worker: 1 });
      const bob = await app.connect(gameContract, "bob");
      lossy.lose(/^game:follow$/);
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      await app.advance(4_000);
      await tablet.next("room:updated", (told) => told.room.room_id === room.room_id);
      await bob.call("room:join", { room_id: room.room_id });
      await tablet.next("room:updated", (told) => told.room.players.length === 2);
    });

    it("that a queue has changed: the match is made at the next look", async () => {
      const lossy = lossyBus();
      const app = await setup.start({ wrapStore: lossy.wrapStore });
      lossy.lose(/^matchmaking:wake$/);
      const players = [
        await app.connect(matchmakingContract, "ann"),
        await app.connect(matchmakingContract, "bob", { worker: 1 }),
      ];
      for (const player of players) await player.call("queue_join", { game_mode: "classic" });
      await lossy.lost(2);
      for (const player of players) await player.next("match_found");
    });
  });

  describe("Redis, two workers", () => {
    afterEach(closeAll);

    for (const what of ["ask", "tell"])
      it(`a question (${what}): it is asked again, and whom the other worker has is counted`, async () => {
        const lossy = lossyBus();
        const app = await startTwoWorkers({ wrapStore: lossy.wrapStore });
        await app.connect(roomsContract, "ann");
        await app.connect(roomsContract, "bob", { worker: 1 });
        lossy.lose(new RegExp(`^reach:${what}\\b`), 1);
        const answer = await app.workers[0]?.notify.all("/", { event: "hello" });
        await lossy.lost(1);
        assert.equal(answer?.deliveredTo, 2);
      });

    it("that a user is to be disconnected: the other worker finds it a second later", async () => {
      const link = await deafLink((await sharedRedis()).port);
      try {
        const app = await startTwoWorkers({ env: { REDIS_URL: link.url } });
        const there = await app.connect(roomsContract, "ann", { worker: 1 });
        const other = await app.connect(roomsContract, "bob", { worker: 1 });
        link.cut();
        app.workers[0]?.services.outbound.disconnectUser(asId<UserId>("ann"));
        await there.nextAny("(disconnect)");
        assert.equal(other.socket.connected, true);
      } finally {
        await closeAll();
        await link.close();
      }
    });

    it("of the world, for a while: who came, went, and what was put there is known to all within seconds", async () => {
      const link = await deafLink((await sharedRedis()).port);
      try {
        const app = await startTwoWorkers({ env: { REDIS_URL: link.url } });
        await worldConverges(app, { begin: () => link.cut(), end: () => link.mend() });
      } finally {
        await closeAll();
        await link.close();
      }
    });

    it("of the world, as the links are cut at that moment: likewise", async () => {
      const redis = await startRedis();
      try {
        const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
        const cut = () => redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        await worldConverges(app, { begin: cut, end: cut });
      } finally {
        await closeAll();
        await redis.close();
      }
    });
  });
});

async function worldConverges(app: TestApp, fault: { begin(): unknown; end(): unknown }): Promise<void> {
  const connect = (user: string, worker: 0 | 1) => app.connect(worldContract, user, { worker });
  const [ann, bob, cid] = [await connect("ann", 0), await connect("bob", 1), await connect("cid", 1)];
  const eve = await connect("eve", 1);
  for (const client of [ann, bob, cid]) await client.call("enter", { zone: "town", x: 0, y: 0 });
  await bob.call("entity_spawn", tree);
  await bob.call("entity_spawn", { ...tree, entity_id: "bush" });
  await nearby(ann, ["bob", "cid"], ["bush", "tree"]);
  await fault.begin();
  // All of it on the other worker, while nothing that it tells arrives.
  await cid.call("leave", {});
  await eve.call("enter", { zone: "town", x: 3, y: 0 });
  await bob.call("entity_despawn", { entity_id: "bush" });
  await bob.call("entity_spawn", { ...tree, entity_id: "rock" });
  // With the tick that shows it here, the other worker has told all of it.
  await tick(bob, 1);
  await fault.end();
  await nearby(ann, ["bob", "eve"], ["rock", "tree"]);
  const { players } = await ann.call("nearby", {});
  assert.equal(players.find(({ user_id }) => user_id === "bob")?.x, 1);
}

/** Until those are near, and nobody and nothing else; at most three seconds. */
async function nearby(client: WorldClient, users: string[], things: string[]): Promise<void> {
  const until = performance.now() + 3_000;
  for (;;) {
    const { players, entities } = await client.call("nearby", {});
    const found = [players.map((one) => one.user_id).sort(), entities.map((one) => one.entity_id).sort()];
    if (JSON.stringify(found) === JSON.stringify([users, things])) return;
    assert.ok(performance.now() < until, `still ${JSON.stringify(found)}`);
    await client.call("player_movement", { x: 0, y: 0 });
    await client.next("world_tick");
  }
}
