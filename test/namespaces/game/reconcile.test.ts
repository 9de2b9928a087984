import assert from "node:assert/strict";
import { asId, type RoomId, type UserId } from "../../../core/ids.ts";
import { put } from "../../../core/ports/store/documents.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { keys } from "../../../namespaces/game/rooms/stored.ts";
import { onEachSetup } from "../../support/app.ts";

onEachSetup((setup) => {
  describe("/game: reconciliation without a hint", () => {
    it("a device that missed the news of its user's seat follows the room after the next comparison", async () => {
      const app = await setup.start();
      const [first] = app.workers;
      assert.ok(first);
      const { bus } = first.services.store;
      const publish = bus.publish.bind(bus);
      const phone = await app.connect(gameContract, "ann", { worker: 1 });
      const ann = await app.connect(gameContract, "ann");
      bus.publish = async () => false;
      const { room } = await ann.call("room:create", { game: "relay" });
      bus.publish = publish;
      const bob = await app.connect(gameContract, "bob");
      await bob.call("room:join", { room_id: room.room_id });
      await app.runDue();
      await bob.call("room:leave", { room_id: room.room_id });
      await phone.next("room:updated", (p) => p.room.room_id === room.room_id && p.room.players.length === 1);
    });

    it("a connection that follows a room in which its user has no seat any more gets `room:left`", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "relay" });
      await bob.call("room:join", { room_id: room.room_id });
      await app.runDue();
      const id = asId<RoomId>(room.room_id);
      const { documents } = app.workers.at(-1)?.services.store ?? assert.fail("there is a worker");
      // As nobody takes a seat: without an entry that tells of it.
      const own = keys.ownRooms(asId<UserId>("bob"));
      const [stored, list] = [await documents.load(keys.room(id)), await documents.load(own)];
      assert.ok(stored && list);
      const seats = stored.state.seats.filter(({ userId }) => userId !== "bob");
      for (const change of [
        {
          partition: own.partition,
          documents: [{ name: own.name, expected: list.version, state: null }],
        },
        {
          partition: keys.room(id).partition,
          documents: [put(keys.room(id), stored.version, { ...stored.state, seats })],
        },
      ])
        assert.equal((await documents.commit(change)).outcome, "committed");
      await app.runDue();
      assert.equal((await bob.next("room:left")).room_id, id);
      await ann.call("room:state", { room_id: id });
    });
  });
});
