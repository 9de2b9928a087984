import assert from "node:assert/strict";
import type { RoomList } from "../../client/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { onEachSetup } from "../support/app.ts";
import { closeTyped, cut, inState, openTyped } from "../support/typed-client.ts";
import { until } from "../support/until.ts";

const namesIn = (list: RoomList) => list.rooms.map(({ name }) => name);
const shows = (list: RoomList, ...names: string[]) =>
  until(`the list shows ${names.join(", ")}`, () => namesIn(list).join() === names.join());

onEachSetup((setup) => {
  describe("lists of rooms in the client", () => {
    afterEach(closeTyped);

    async function opened() {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const make = async (name: string, mode = "ranked") =>
        (await ann.call("room:create", { name, labels: { mode } })).room.room_id;
      return { app, ann, make };
    }

    it("stay up to date, also over a lost connection, for a guest too", async () => {
      const { app, ann, make } = await opened();
      const first = await make("first");
      await app.runDue();
      const guest = openTyped(app, "nobody", { worker: 1, token: undefined as never });
      const list = await guest.rooms.watch({ labels: { mode: "ranked" } });
      assert.deepEqual([namesIn(list), list.isLive], [["first"], true]);
      const heard: string[][] = [];
      const endListening = list.onChange((rooms) => heard.push(rooms.map(({ name }) => name)));
      await make("other", "casual");
      await make("second");
      await shows(list, "second", "first");
      await ann.call("room:update", { room_id: first, labels: { mode: "casual" } });
      await shows(list, "second");
      assert.deepEqual(heard, [["second", "first"], ["second"]]);
      guest.in("/game").socket.disconnect();
      assert.equal(list.isLive, false);
      await make("third");
      await ann.call("room:update", { room_id: first, labels: { mode: "ranked" } });
      guest.in("/game").socket.connect();
      await shows(list, "third", "second", "first");
      assert.equal(list.isLive, true);
      cut(guest.in("/game"));
      await make("fourth");
      await shows(list, "fourth", "third", "second", "first");
      endListening();
      const calls = heard.length;
      await make("fifth");
      await shows(list, "fifth", "fourth", "third", "second", "first");
      assert.equal(heard.length, calls);
      // A guest may not enter `/`, and the list does not ask for it.
      assert.equal(guest.state, "connected");
    });

    it("have the newest rooms up to their limit, and are filled up again", async () => {
      const { app, ann, make } = await opened();
      const ids: string[] = [];
      for (const name of ["a", "b", "c", "d"]) ids.push(await make(name));
      await app.runDue();
      const list = await openTyped(app, "bob", { worker: 1 }).rooms.watch({}, { limit: 2 });
      assert.deepEqual(namesIn(list), ["d", "c"]);
      // Behind those of the list: it does not come in.
      await ann.call("room:update", { room_id: ids[0] ?? "", name: "a2" });
      const e = await make("e");
      await shows(list, "e", "d");
      await ann.call("room:leave", { room_id: ids[3] ?? "" });
      await shows(list, "e");
      await ann.call("room:leave", { room_id: e });
      await shows(list, "c", "b");
    });

    it("of the same filter are one watch; a closed one hears nothing, and a refused one ends", async () => {
      const { app, make } = await opened();
      const bob = openTyped(app, "bob");
      const [one, two] = await Promise.all([bob.rooms.watch(), bob.rooms.watch()]);
      const before = await make("before");
      await Promise.all([shows(one, "before"), shows(two, "before")]);
      one.close();
      one.close();
      await make("after");
      await shows(two, "after", "before");
      assert.deepEqual(
        one.rooms.map(({ room_id }) => room_id),
        [before],
      );
      assert.equal(one.isLive, false);
      for (const mode of ["x", "y", "z"]) await bob.rooms.watch({ labels: { mode } });
      await assert.rejects(bob.rooms.watch({ phase: "lobby" }), { code: "conflict" });
      two.close();
      await until("there is a place again", async () => {
        const list = await bob.rooms.watch({ phase: "lobby" });
        return list.isLive;
      });
      bob.close();
      await inState(bob, "ended");
      await assert.rejects(bob.rooms.watch({ labels: { mode: "late" } }), { code: "closed" });
    });
  });
});
