import assert from "node:assert/strict";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";
import { closePlain, type Json, openPlain } from "../../support/plain.ts";

type WorldClient = TestClient<typeof worldContract>;

const told = (client: WorldClient) =>
  client.pending("zone_changed").map(({ user_id, from, to }) => [user_id, from, to]);
const hears = async (client: WorldClient) => {
  const { user_id, from, to, timestamp } = await client.next("zone_changed");
  assert.equal(new Date(timestamp).toISOString(), timestamp);
  return [user_id, from, to];
};
/** Waits until a client knows that a user is near, by an answer or a frame. */
const near = (client: WorldClient, user: string) =>
  client.until(`that ${user} is near`, (log) =>
    log.some(
      ({ event, payload }) =>
        (event === "world_tick" &&
          (payload as { entered: Json[] }).entered.some((one) => one.user_id === user)) ||
        (event === "player_entered" && (payload as Json).user_id === user),
    )
      ? true
      : undefined,
  );

onEachSetup((setup) => {
  const connect = (app: TestApp, user: string | null, worker: 0 | 1 = 0) =>
    app.connect(worldContract, user, { worker });

  describe("world: zone_changed", () => {
    afterEach(closePlain);

    for (const [how, change] of [
      ["zone_change", (bob: WorldClient) => bob.call("zone_change", { zone: "wood", x: 2, y: 0 })],
      ["enter", (bob: WorldClient) => bob.call("enter", { zone: "wood", x: 2, y: 0 })],
      ["player_movement", (bob: WorldClient) => bob.call("player_movement", { zone: "wood", x: 2, y: 0 })],
    ] as const)
      it(`by ${how}: users that saw the player go get it, users that see them come, and nobody else`, async () => {
        const app = await setup.start();
        const town = { zone: "town", x: 0, y: 0 };
        const wood = { zone: "wood", x: 0, y: 0 };
        const [ann, cid] = [await connect(app, "ann"), await connect(app, "cid", 1)];
        const [far, away] = [await connect(app, "far"), await connect(app, "away", 1)];
        await ann.call("enter", town);
        await cid.call("enter", { ...wood, updates: "each" });
        await far.call("enter", { ...town, x: 5_000 });
        await away.call("enter", { ...wood, x: 5_000 });
        const guest = await connect(app, null, 1);
        await guest.call("enter", town);
        const bob = await connect(app, "bob", 1);
        await bob.call("enter", { ...town, x: 1 });
        await Promise.all([near(ann, "bob"), near(guest, "bob")]);
        await change(bob);
        for (const client of [bob, ann, cid, guest])
          assert.deepEqual(await hears(client), ["bob", "town", "wood"]);
        // What comes after it is there: so nothing of it is on its way any more.
        await bob.call("player_movement", { x: 3, y: 0 });
        await cid.next("player_movement", ({ user_id, x }) => user_id === "bob" && x === 3);
        for (const client of [bob, ann, cid, guest, far, away]) assert.deepEqual(told(client), []);
      });

    it("the user's other devices get it once, wherever they are", async () => {
      const app = await setup.start();
      const [phone, tablet, tv] = [
        await connect(app, "bob", 1),
        await connect(app, "bob"),
        await connect(app, "bob", 1),
      ];
      await phone.call("enter", { zone: "town", x: 0, y: 0 });
      await tablet.call("enter", { zone: "town", x: 0, y: 0 });
      await tablet.call("zone_change", { zone: "wood", x: 0, y: 0 });
      for (const device of [phone, tablet, tv])
        assert.deepEqual(await hears(device), ["bob", "town", "wood"]);
      const ann = await connect(app, "ann");
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await near(phone, "ann");
      for (const device of [phone, tablet, tv]) assert.deepEqual(told(device), []);
    });

    it("it is not sent for a first entry, a leave, a move within the zone, nor a device that only watched", async () => {
      const app = await setup.start();
      const [ann, bob, watching] = [
        await connect(app, "ann"),
        await connect(app, "bob", 1),
        await connect(app, "bob"),
      ];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await watching.call("enter", { zone: "town", x: 1, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await near(ann, "bob");
      await bob.call("zone_change", { zone: "town", x: 2, y: 0 });
      await ann.next("world_tick", ({ moved }) => moved.some(([id, x]) => id === "bob" && x === 2));
      // The avatar visits where the other device moves it.
      await watching.call("zone_change", { zone: "wood", x: 0, y: 0 });
      await bob.call("leave", {});
      await ann.next("world_tick", ({ left }) => left.includes("bob"));
      for (const client of [ann, bob, watching]) assert.deepEqual(told(client), []);
    });

    it("users get it too whose worker learns of the player only as the two workers meet in the zone", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      await ann.call("enter", { zone: "wood", x: 0, y: 0 });
      const bob = await connect(app, "bob", 1);
      await bob.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("zone_change", { zone: "wood", x: 1, y: 0 });
      assert.deepEqual(await hears(ann), ["bob", "town", "wood"]);
      // Told when it happened, and not again to one who comes after it.
      const cid = await connect(app, "cid");
      const { players } = await cid.call("enter", { zone: "wood", x: 2, y: 0 });
      assert.equal(players.length, 2);
      await bob.call("player_movement", { x: 2, y: 0 });
      for (const client of [ann, cid])
        await client.next("world_tick", ({ moved }) => moved.some(([id, x]) => id === "bob" && x === 2));
      assert.deepEqual([told(ann), told(cid)], [[], []]);
    });

    it("a user that is refused has not gone", async () => {
      const app = await setup.start({
        app: { world: { zones: { full: { maxPlayers: 1 }, shut: { closed: true } } } },
      });
      const [ann, bob, cid] = [
        await connect(app, "ann"),
        await connect(app, "bob", 1),
        await connect(app, "cid", 1),
      ];
      await cid.call("enter", { zone: "full", x: 0, y: 0 });
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await near(ann, "bob");
      assert.equal((await bob.refused("zone_change", { zone: "full", x: 0, y: 0 })).code, "room_full");
      assert.equal((await bob.refused("zone_change", { zone: "shut", x: 0, y: 0 })).code, "forbidden");
      await bob.call("player_movement", { x: 2, y: 0 });
      await ann.next("world_tick", ({ moved }) => moved.some(([id, x]) => id === "bob" && x === 2));
      for (const client of [ann, bob, cid]) assert.deepEqual(told(client), []);
    });

    it("on the plain endpoint too: a movement with another zone is all that its clients send", async () => {
      const app = await setup.start();
      const plain = (user: string, worker: number) =>
        openPlain(app.urls.at(worker) ?? "", "/ws/world", { query: { token: app.token(user) } });
      const [ann, bob, cid] = [plain("ann", 0), plain("bob", -1), plain("cid", -1)];
      ann.send({ type: "player_movement", x: 0, y: 0, zone: "town" });
      cid.send({ type: "player_movement", x: 0, y: 0, zone: "wood" });
      bob.send({ type: "player_movement", x: 1, y: 0, zone: "town" });
      await ann.next("player_entered", ({ user_id }) => user_id === "bob");
      bob.send({ type: "player_movement", x: 1, y: 0, zone: "wood" });
      for (const client of [ann, bob, cid]) {
        const { timestamp, ...frame } = await client.next("zone_changed");
        assert.deepEqual(frame, { type: "zone_changed", user_id: "bob", from: "town", to: "wood" });
        assert.equal(typeof timestamp, "string");
      }
    });
  });
});
