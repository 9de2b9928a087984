import assert from "node:assert/strict";
import { indexKey, partitions } from "../../../core/ports/store/keys.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";

type Client = TestClient<typeof gameContract>;

const places = indexKey<null>(partitions.quota("rooms"), "places");
const size = async (app: TestApp) => app.workers[0]?.services.store.indexes.size(places);

async function create(client: Client, count: number, input: object = {}): Promise<string[]> {
  const acks = await Promise.all(Array.from({ length: count }, () => client.raw("room:create", input)));
  return acks.map((ack) => (ack.ok ? "ok" : ack.error.code));
}
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

onEachSetup((setup) => {
  describe("limits of rooms in /game", () => {
    it("a user has a bounded number of rooms, whichever devices make them", async () => {
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS_PER_USER: "6" } });
      const devices = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "ann", { worker: 1 }),
      ];
      const outcomes = (await Promise.all(devices.map((each) => create(each, 8)))).flat();
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "conflict")], [6, 10]);
    });

    it("there is a bounded number of rooms in all; public and private ones make room when they end", async () => {
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS: "5" } });
      const clients = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "bob", { worker: 1 }),
      ];
      const [ann, bob] = clients;
      assert.ok(ann && bob);
      const outcomes = (await Promise.all([create(ann, 5), create(bob, 5, { private: true })])).flat();
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "server_full")], [5, 5]);
      // A refusal costs nobody a seat.
      for (const each of clients) {
        const { rooms } = await each.call("room:mine", {});
        for (const { room_id } of rooms) await each.call("room:leave", { room_id });
      }
      while ((await size(app)) !== 0) await app.runDue();
      assert.deepEqual(await create(bob, 5), ["ok", "ok", "ok", "ok", "ok"]);
    });

    it("a room whose owner stays alone ends; one that others have joined does not", async () => {
      const app = await setup.start({ env: { LIMITS_LONELY_ROOM: "1m" } });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room: lonely } = await ann.call("room:create", {});
      const { room: shared } = await ann.call("room:create", {});
      await bob.call("room:join", { room_id: shared.room_id });
      await app.advance(61_000);
      await app.runDue();
      const { room } = await ann.next(
        "room:updated",
        (told) => told.room.room_id === lonely.room_id && told.room.phase === "ended",
      );
      assert.deepEqual(room.players, []);
      assert.equal((await bob.refused("room:join", { room_id: lonely.room_id })).code, "not_found");
      // And when it is alone again later.
      await bob.call("room:leave", { room_id: shared.room_id });
      await app.advance(61_000);
      await app.runDue();
      await ann.next(
        "room:updated",
        (told) => told.room.room_id === shared.room_id && told.room.phase === "ended",
      );
      assert.deepEqual((await ann.call("room:mine", {})).rooms, []);
    });
  });
});
