/** A store that is nearly full: messages are refused with a code, games, queues and sessions go on, and health says why. */
import assert from "node:assert/strict";
import type { WireError } from "../../core/contract/errors.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const YAML =
  "rate_limits: { connection: off, user: off, connection_bytes: 0, user_bytes: 0, events: { publish: off } }\n";
const service = { claims: { roles: ["service"] } } as const;
const CAPACITY = 16 * 2 ** 20;

const setups = {
  "embedded, with a capacity": {
    start: (_redis: RedisServer) => startEmbedded({ yaml: YAML, env: { STORE_CAPACITY: "16mb" } }),
  },
  "Redis with maxmemory, two workers": {
    start: (redis: RedisServer) => startTwoWorkers({ yaml: YAML, env: { REDIS_URL: redis.url } }),
  },
};

/** Publishes as one whose quota is no limit, until that is refused on every worker. @returns the refusal */
async function fill(app: TestApp): Promise<WireError> {
  const svc = await app.connect(roomsContract, "svc", service);
  for (let at = 0; at < 15; at++) await svc.call("subscribe", { room: `r${at}` });
  let refusal: WireError | undefined;
  let published = 0;
  let lows = 0;
  await until("every worker has only its reserve left, also when buffers are empty", async () => {
    const length = lows > 0 ? 50_000 : 400_000;
    const ack = await svc.raw("publish", { room: `r${published++ % 15}`, data: "x".repeat(length) });
    if (!ack.ok && ack.error.code === "server_full") refusal = ack.error;
    lows = app.workers.every((worker) => worker.services.store.space().isLow) ? lows + 1 : 0;
    return lows > 60;
  });
  return refusal ?? (await svc.refused("publish", { room: "r0", data: "x" }));
}

for (const [name, setup] of Object.entries(setups))
  describe(`a store that is nearly full: ${name}`, () => {
    let redis: RedisServer;
    let app: TestApp;
    beforeEach(async () => {
      redis = await startRedis({ args: ["--maxmemory", `${CAPACITY}`, "--maxmemory-policy", "noeviction"] });
      app = await setup.start(redis);
    });
    afterEach(async () => {
      await closeAll();
      await redis.close();
    });

    it("refuses messages with server_full on every worker, and nothing that games, queues and sessions need", async () => {
      const refusal = await fill(app);
      assert.equal(refusal.code, "server_full");
      assert.equal(typeof refusal.retry_after_ms, "number");
      const other = { worker: app.workers.length > 1 ? 1 : 0 } as const;
      const chat = await app.connect(chatContract, "ann", other);
      assert.equal(
        (await chat.refused("chat_message", { channel: "global", content: "hi" })).code,
        "server_full",
      );
      const world = await app.connect(worldContract, "srv", { ...service, ...other });
      await world.call("enter", { zone: "town", x: 0, y: 0 });
      const tree = { entity_id: "tree", kind: "tree", x: 1, y: 1 };
      assert.equal((await world.refused("entity_spawn", { ...tree, persistent: true })).code, "server_full");
      await world.call("entity_spawn", tree);

      const [ann, bob] = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "bob", other),
      ];
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      await bob.call("room:join", { room_id: room.room_id });
      await ann.call("room:start", { room_id: room.room_id });
      await bob.next("game_started");
      const { state } = await ann.call("room:state", { room_id: room.room_id });
      const player = (state as { turn: string }).turn === "ann" ? ann : bob;
      await player.call("game:action", { room_id: room.room_id, action: "roll" });
      const [one, two] = [
        await app.connect(matchmakingContract, "cid"),
        await app.connect(matchmakingContract, "dan", other),
      ];
      await one.call("party_create", {});
      await Promise.all([one, two].map((client) => client.call("queue_join", { game_mode: "classic" })));
      const [found, again] = await Promise.all([one.next("match_found"), two.next("match_found")]);
      assert.equal(found.match_id, again.match_id);
      const fight = await app.connect(combatContract, "ann");
      await fight.call("combat_create", {
        participants: [
          { id: "ann", kind: "player", team: "a" },
          { id: "ogre", kind: "monster", team: "b" },
        ],
      });
    });

    it("is told by health and by metrics", async () => {
      const healthOf = async () => (await get(`${app.url}/health`)).body;
      const metric = async (of: string) => {
        const text = String((await get(`${app.url}/metrics`)).body.text);
        return Number(new RegExp(`^${of} (\\S+)$`, "m").exec(text)?.[1]);
      };
      assert.equal((await healthOf()).status, "healthy");
      assert.equal(await metric("muster_store_low"), 0);
      await fill(app);
      const { status, reasons } = await healthOf();
      assert.equal(status, "degraded");
      assert.match(String(reasons), /the store is nearly full: messages are refused \(\d+ MB of 16 MB\)/);
      assert.equal((await get(`${app.url}/ready`)).status, 200);
      assert.equal(await metric("muster_store_low"), 1);
      assert.equal(await metric("muster_store_capacity_bytes"), CAPACITY);
      const used = await metric("muster_store_used_bytes");
      assert.ok(used > 0.7 * CAPACITY && used < CAPACITY, String(used));
    });

    it("is not reached by one user, who may store a tenth of it", async () => {
      const flood = await app.connect(roomsContract, "eve");
      await flood.call("subscribe", { room: "hall" });
      let stored = 0;
      for (;;) {
        const ack = await flood.raw("publish", { room: "hall", data: "x".repeat(400_000) });
        if (!ack.ok) {
          assert.equal(ack.error.code, "rate_limited");
          break;
        }
        stored += 400_000;
        assert.ok(stored <= CAPACITY / 10, `${stored} bytes`);
      }
      assert.ok(stored > 0);
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "hall" });
      await ann.call("publish", { room: "hall", data: "still here" });
      assert.equal((await get(`${app.url}/health`)).body.status, "healthy");
    });

    it("is not reached by twenty users together: from one half on each of them has a smaller share", async () => {
      const refused = new Set<string>();
      for (let nr = 0; nr < 20; nr++) {
        const name = `eve${nr}`;
        const eve = await app.connect(roomsContract, name);
        const room = `hall${nr}`;
        await eve.call("subscribe", { room });
        for (let at = 0; at < 8; at++) {
          let code: string | undefined;
          await until("what came at once is measured", async () => {
            const ack = await eve.raw("publish", { room, data: "x".repeat(200_000) });
            code = ack.ok ? undefined : ack.error.code;
            return code !== "server_full";
          });
          if (code === undefined) continue;
          assert.equal(code, "rate_limited");
          refused.add(name);
          break;
        }
      }
      assert.ok(refused.size >= 10, [...refused].join());
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "hall0" });
      await until("what came at once is measured", async () => {
        const ack = await ann.raw("publish", { room: "hall0", data: "still here" });
        assert.ok(ack.ok || ack.error.code === "server_full");
        return ack.ok;
      });
      for (const { services } of app.workers) assert.equal(services.store.space().isLow, false);
    });
  });
