import assert from "node:assert/strict";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, startTwoWorkers } from "../support/app.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

describe("when Redis comes back", () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await closeAll();
    await redis.close();
  });

  describe("rooms, without what it had told", () => {
    for (const count of [1, 5])
      it(`members are told of the loss and hear what comes next, ${count} new over 3 that are gone`, async () => {
        const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
        const ann = await app.connect(roomsContract, "ann");
        const bob = await app.connect(roomsContract, "bob", { worker: 1 });
        const before = await ann.call("subscribe", { room: "lounge" });
        await bob.call("subscribe", { room: "lounge" });
        const say = (data: string) => bob.call("publish", { room: "lounge", data });
        for (let n = 0; n < 5; n++) await say("kept");
        assert.equal(await redis.command("SAVE"), "+OK");
        for (let n = 0; n < 3; n++) await say("gone");
        for (let n = 0; n < 8; n++) await ann.next("message");
        await redis.restart();
        await until("Redis is used again", async () => (await say("next")).offset > 0);
        for (let n = 1; n < count; n++) await say("next");
        const lost = await ann.next("lost");
        assert.equal(lost.recovered, false);
        assert.notEqual(lost.epoch, before.epoch);
        // The cursor of the other past is no cursor of this one.
        const cursor = { epoch: before.epoch, offset: 8 };
        const eve = await app.connect(roomsContract, "eve", { worker: 1 });
        assert.equal((await eve.call("subscribe", { room: "lounge", since: cursor })).recovered, false);
        const { offset } = await say("last");
        const message = await ann.next("message", (heard) => heard.data === "last");
        assert.deepEqual([message.data, message.offset], ["last", offset]);
      });
  });

  describe("rooms, empty", () => {
    it("subscribers of / are told that the past is gone, and a cursor into it is not recovered", async () => {
      const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
      const ann = await app.connect(roomsContract, "ann");
      const before = await ann.call("subscribe", { room: "lounge" });
      await ann.call("publish", { room: "lounge", data: "before" });
      await redis.flush();
      const lost = await ann.next("lost");
      assert.deepEqual([lost.room, lost.recovered], ["lounge", false]);
      assert.notEqual(lost.epoch, before.epoch);
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      const { epoch, offset } = before;
      const back = await bob.call("subscribe", { room: "lounge", since: { epoch, offset } });
      assert.equal(back.recovered, false);
      await ann.next("message");
      const { offset: published } = await bob.call("publish", { room: "lounge", data: "after" });
      const message = await ann.next("message");
      assert.deepEqual([message.data, message.offset], ["after", published]);
    });

    it("members of a game room that is gone are told that they have left it", async () => {
      const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", {});
      await redis.flush();
      assert.equal((await ann.next("room:left")).room_id, room.room_id);
      assert.equal((await ann.refused("room:state", { room_id: room.room_id })).code, "not_found");
    });
  });
});
