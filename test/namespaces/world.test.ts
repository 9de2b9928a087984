import assert from "node:assert/strict";
import { worldContract } from "../../namespaces/world/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../support/app.ts";

type WorldClient = TestClient<typeof worldContract>;

/** The next frame that says this user is at this place. */
const sees = (client: WorldClient, user: string, x: number, y: number) =>
  client.next("world_tick", (frame) =>
    frame.moved.some(([id, mx, my]) => id === user && mx === x && my === y),
  );
const seesEnter = (client: WorldClient, user: string) =>
  client.next("world_tick", (frame) => frame.entered.some((player) => player.user_id === user));
const seesLeave = (client: WorldClient, user: string) =>
  client.next("world_tick", (frame) => frame.left.includes(user));

/** Two players enter the zone, and each knows of the other: by the answer, or by a frame. */
async function meet(zone: string, first: WorldClient, second: WorldClient, x = 1): Promise<void> {
  await first.call("enter", { zone, x: 0, y: 0 });
  const { players } = await second.call("enter", { zone, x, y: 0 });
  await seesEnter(first, second.name);
  if (!players.some((player) => player.user_id === first.name)) await seesEnter(second, first.name);
}

/** Whether any event so far tells of this user, to somebody else. */
const heardOf = (client: WorldClient, user: string) =>
  client.log.some((received) => JSON.stringify(received).includes(`"${user}"`));

onEachSetup((setup) => {
  const connect = (app: TestApp, user: string | null, worker: 0 | 1 = 0, auth = {}) =>
    app.connect(worldContract, user, { worker, auth });

  describe("world: moving in zones", () => {
    it("two players see each other come, move and go, on different workers too", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      const entered = await ann.call("enter", { zone: "town", x: 0, y: 0 });
      assert.deepEqual([entered.zone, entered.tick_ms, entered.players], ["town", 100, []]);
      await bob.call("enter", { zone: "town", x: 5, y: 5 });
      const come = await seesEnter(ann, "bob");
      assert.deepEqual(
        come.entered.find((player) => player.user_id === "bob"),
        { user_id: "bob", name: "bob", x: 5, y: 5 },
      );
      assert.equal(come.zone, "town");
      assert.equal(new Date(come.timestamp).toISOString(), come.timestamp);
      await bob.call("player_movement", { x: 6.25, y: 5.5, seq: 7 });
      const moved = await sees(ann, "bob", 6.25, 5.5);
      assert.deepEqual(
        moved.moved.find(([id]) => id === "bob"),
        ["bob", 6.25, 5.5, 7],
      );
      await ann.call("player_movement", { x: 1, y: 1 });
      await sees(bob, "ann", 1, 1);
      assert.deepEqual(await bob.call("leave", {}), { ok: true, zone: "town" });
      await seesLeave(ann, "bob");
    });

    it("who enters is told at once who is near on the same worker, without itself", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob")];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      const { players } = await bob.call("enter", { zone: "town", x: 3, y: 4 });
      assert.deepEqual(players, [{ user_id: "ann", name: "ann", x: 0, y: 0 }]);
    });

    it("one who is far away is not heard of, until it comes near", async () => {
      const app = await setup.start({ app: { world: { speedLimit: 0 } } });
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      const { view_distance } = await ann.call("enter", { zone: "town", x: 0, y: 0 });
      const far = await bob.call("enter", { zone: "town", x: 10 * view_distance, y: 0 });
      assert.deepEqual(far.players, []);
      await bob.call("player_movement", { x: 10 * view_distance + 1, y: 0 });
      await sees(bob, "bob", 10 * view_distance + 1, 0);
      await ann.call("player_movement", { x: 1, y: 0 });
      await sees(ann, "ann", 1, 0);
      assert.equal(heardOf(ann, "bob"), false);
      assert.equal(heardOf(bob, "ann"), false);
      await bob.call("player_movement", { x: 50, y: 0 });
      await Promise.all([seesEnter(ann, "bob"), seesEnter(bob, "ann")]);
      await bob.call("player_movement", { x: -10 * view_distance, y: 0 });
      await Promise.all([seesLeave(ann, "bob"), seesLeave(bob, "ann")]);
    });

    it("walking across cells, both keep seeing each other until they are out of view", async () => {
      const app = await setup.start({ app: { world: { speedLimit: 0 } } });
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await meet("town", ann, bob, 10);
      for (const x of [30, 60, 90]) {
        await ann.call("player_movement", { x: -x / 10, y: 0 });
        await bob.call("player_movement", { x, y: 0 });
        await Promise.all([sees(ann, "bob", x, 0), sees(bob, "ann", -x / 10, 0)]);
      }
      assert.deepEqual(
        ann.pending("world_tick").flatMap((frame) => frame.left),
        [],
      );
      await bob.call("player_movement", { x: 400, y: 0 });
      await Promise.all([seesLeave(ann, "bob"), seesLeave(bob, "ann")]);
    });

    it("one whose connection drops has left", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await seesEnter(ann, "bob");
      bob.disconnect();
      await seesLeave(ann, "bob");
    });

    it("zones do not hear of each other; zone_change leaves one and enters the other", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "wood", x: 0, y: 0 });
      await bob.call("player_movement", { x: 1, y: 0 });
      await sees(bob, "bob", 1, 0);
      assert.equal(heardOf(ann, "bob"), false);
      assert.equal((await bob.call("zone_change", { zone: "town", x: 2, y: 0 })).zone, "town");
      await seesEnter(ann, "bob");
      await bob.call("zone_change", { zone: "wood", x: 2, y: 0 });
      await seesLeave(ann, "bob");
    });

    it("a first player_movement enters its zone, one with another zone changes to it", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("player_movement", { x: 0, y: 0, zone: "town" });
      await bob.call("player_movement", { x: 1, y: 0, zone: "town" });
      await Promise.all([seesEnter(ann, "bob"), seesEnter(bob, "ann")]);
      await bob.call("player_movement", { x: 1, y: 0, zone: "wood" });
      await seesLeave(ann, "bob");
      assert.equal((await bob.call("nearby", {})).players.length, 0);
    });

    it("with updates each, every change is an event of its own and none is a frame", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("enter", { zone: "town", x: 0, y: 0, updates: "each" });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      const { timestamp: _, ...entered } = await ann.next("player_entered");
      assert.deepEqual(entered, { user_id: "bob", name: "bob", x: 1, y: 0, zone: "town" });
      await bob.call("player_movement", { x: 2, y: 0 });
      // Where it stood may be told once more: what has come to rest is.
      const { timestamp: __, ...moved } = await ann.next("player_movement", ({ x }) => x !== 1);
      assert.deepEqual(moved, { user_id: "bob", x: 2, y: 0, zone: "town" });
      await bob.call("leave", {});
      assert.equal((await ann.next("player_left")).user_id, "bob");
      assert.deepEqual(ann.pending("world_tick"), []);
    });

    it("nearby finds by distance, at most as far as one may see", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      for (const [user, x] of [
        ["bob", 10],
        ["cid", 60],
        ["dee", 140],
      ] as const)
        await (await connect(app, user)).call("enter", { zone: "town", x, y: 0 });
      const found = async (radius?: number) => {
        const { players } = await ann.call("nearby", radius === undefined ? {} : { radius });
        return players.map((player) => player.user_id).sort();
      };
      assert.deepEqual(await found(10), ["bob"]);
      assert.deepEqual(await found(9.9), []);
      assert.deepEqual(await found(), ["bob", "cid"]);
      assert.deepEqual(await found(100_000), ["bob", "cid"]);
    });
  });

  describe("world: speed", () => {
    it("too fast a move is corrected and seen by nobody; an honest one after it is seen", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 1 });
      await seesEnter(ann, "bob");
      const ack = await bob.call("player_movement", { x: 70, y: 1, seq: 3 });
      assert.equal(ack.corrected, true);
      const { timestamp: _, ...correction } = await bob.next("position_correction");
      assert.deepEqual(correction, { x: 1, y: 1, seq: 3, zone: "town" });
      await bob.call("player_movement", { x: 2, y: 1, seq: 4 });
      await sees(ann, "bob", 2, 1);
      assert.ok(!ann.log.some((received) => JSON.stringify(received.payload).includes('"bob",70')));
    });

    it("what the limit allows in the time that has passed is not corrected", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await app.advance(5_000);
      assert.equal((await ann.call("player_movement", { x: 100, y: 0 })).corrected, undefined);
      assert.equal((await ann.call("player_movement", { x: 200, y: 0 })).corrected, true);
    });
  });

  describe("world: who may", () => {
    it("without a token one may watch a zone, and is not seen", async () => {
      const app = await setup.start();
      const [ghost, ann] = [await connect(app, null, 0), await connect(app, "ann", 1)];
      await ghost.call("enter", { zone: "town", x: 0, y: 0 });
      const { players } = await ann.call("enter", { zone: "town", x: 1, y: 0 });
      assert.deepEqual(players, []);
      await seesEnter(ghost, "ann");
      await ghost.call("player_movement", { x: 2, y: 0 });
      await ann.call("player_movement", { x: 2, y: 0 });
      await sees(ghost, "ann", 2, 0);
      assert.equal(
        ann.log.some((received) => JSON.stringify(received).includes("anonymous")),
        false,
      );
      assert.deepEqual((await ann.call("nearby", {})).players, []);
      const refused = await ghost.refused("entity_spawn", { entity_id: "e", kind: "tree", x: 0, y: 0 });
      assert.equal(refused.code, "unauthorized");
    });

    it("a closed zone, an unknown one and a full one are refused, and one stays where one was", async () => {
      const app = await setup.start({
        app: {
          world: {
            onlyNamedZones: true,
            zones: { town: {}, vault: { closed: true }, cell: { maxPlayers: 1 } },
          },
        },
      });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob")];
      await ann.call("enter", { zone: "cell", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 0, y: 0 });
      for (const [zone, code] of [
        ["vault", "forbidden"],
        ["nowhere", "not_found"],
        ["cell", "room_full"],
      ])
        assert.equal((await bob.refused("zone_change", { zone, x: 0, y: 0 })).code, code);
      assert.deepEqual(await bob.call("leave", {}), { ok: true, zone: "town" });
    });

    it("of a user's two connections the newest moves; the older is told, and may again when the newest has gone", async () => {
      const app = await setup.start();
      const old = await connect(app, "ann", 0);
      await old.call("enter", { zone: "town", x: 0, y: 0 });
      const young = await connect(app, "ann", 1);
      await young.call("enter", { zone: "town", x: 1, y: 0 });
      await seesEnter(old, "ann");
      assert.equal((await old.refused("player_movement", { x: 2, y: 0 })).code, "conflict");
      await young.call("player_movement", { x: 3, y: 0 });
      await sees(old, "ann", 3, 0);
      young.disconnect();
      await seesLeave(old, "ann");
      await old.call("player_movement", { x: 1, y: 1 });
      await sees(old, "ann", 1, 1);
    });

    it("world_event reaches a zone, or all; zone_changed both zones; only for services and admins", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "wood", x: 0, y: 0 });
      const service = await app.connect(worldContract, "gm", { claims: { roles: ["service"] } });
      await service.call("world_event", { event: "rain", data: { mm: 3 }, zone: "wood" });
      assert.deepEqual((await bob.next("world_event")).data, { mm: 3 });
      await service.call("world_event", { event: "night" });
      assert.equal((await ann.next("world_event")).event, "night");
      await service.call("zone_changed", { user_id: "cid", from: "wood", to: "town" });
      for (const client of [ann, bob]) assert.equal((await client.next("zone_changed")).user_id, "cid");
      assert.equal((await ann.refused("world_event", { event: "rain" })).code, "forbidden");
      assert.equal((await ann.refused("zone_changed", { user_id: "ann", to: "x" })).code, "forbidden");
    });
  });

  describe("world: bad input", () => {
    it("coordinates that are no finite numbers up to a million are refused and change nothing", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob")];
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await seesEnter(ann, "bob");
      // NaN and Infinity become null in JSON.
      for (const x of [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        "1",
        null,
        undefined,
        1_000_001,
        -1e300,
        {},
        [1],
        true,
      ])
        for (const event of ["player_movement", "enter", "zone_change"])
          assert.equal((await bob.refused(event, { zone: "town", x, y: 0 })).code, "invalid_payload");
      assert.deepEqual(
        (await ann.call("nearby", {})).players.map(({ x, y }) => [x, y]),
        [[1, 0]],
      );
      await bob.call("enter", { zone: "town", x: 1_000_000, y: -1_000_000 });
    });

    it("zone names without text, too long or with control characters are refused", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      for (const zone of ["", "x".repeat(65), "a\nb", 7, null, ["town"]])
        assert.equal((await ann.refused("enter", { zone, x: 0, y: 0 })).code, "invalid_payload");
      assert.equal((await ann.call("enter", { zone: "__proto__", x: 0, y: 0 })).zone, "__proto__");
    });

    it("what needs a zone says so in none, and leaving none is no error", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      assert.equal((await ann.refused("player_movement", { x: 0, y: 0 })).code, "invalid_payload");
      assert.equal((await ann.refused("nearby", {})).code, "conflict");
      assert.equal(
        (await ann.refused("entity_spawn", { entity_id: "e", kind: "k", x: 0, y: 0 })).code,
        "conflict",
      );
      assert.deepEqual(await ann.call("leave", {}), { ok: true });
      const other = { zone: "town", x: 0, y: 0, user_id: "bob" };
      assert.equal((await ann.refused("player_movement", other)).code, "forbidden");
    });
  });

  describe("world: entities", () => {
    const tree = { entity_id: "tree", kind: "plant", x: 5, y: 5, data: { leaves: 3 } };

    it("are seen near by on every worker as they come, change and go; only their owner changes them", async () => {
      const app = await setup.start();
      const [ann, bob] = [await connect(app, "ann", 0), await connect(app, "bob", 1)];
      await meet("town", ann, bob);
      await ann.call("entity_spawn", tree);
      const come = await bob.next("world_tick", (frame) => frame.entities?.entered.length === 1);
      assert.deepEqual(come.entities?.entered, [{ ...tree, owner: "ann" }]);
      assert.equal((await ann.refused("entity_spawn", tree)).code, "conflict");
      assert.equal((await bob.refused("entity_update", { entity_id: "tree", x: 0 })).code, "not_found");
      assert.equal((await bob.refused("entity_despawn", { entity_id: "tree" })).code, "not_found");
      await ann.call("entity_update", { entity_id: "tree", x: 6 });
      const changed = await bob.next("world_tick", (frame) => frame.entities?.updated.length === 1);
      assert.deepEqual(changed.entities?.updated, [{ ...tree, x: 6, owner: "ann" }]);
      await ann.call("entity_despawn", { entity_id: "tree" });
      await bob.next("world_tick", (frame) => frame.entities?.left.includes("tree") === true);
      assert.deepEqual((await bob.call("nearby", {})).entities, []);
    });

    it("go with their owner's last connection, not before", async () => {
      const app = await setup.start();
      const [ann, tab] = [await connect(app, "ann", 0), await connect(app, "ann", 1)];
      const bob = await connect(app, "bob", 1);
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      await bob.call("enter", { zone: "town", x: 1, y: 0 });
      await ann.call("entity_spawn", tree);
      await bob.next("world_tick", (frame) => frame.entities?.entered.length === 1);
      ann.disconnect();
      await seesLeave(bob, "ann");
      assert.equal((await bob.call("nearby", {})).entities.length, 1);
      tab.disconnect();
      await bob.next("world_tick", (frame) => frame.entities?.left.includes("tree") === true);
    });

    it("persistent ones are for services, and are there when nobody else has been for a while", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann", 1);
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      assert.equal((await ann.refused("entity_spawn", { ...tree, persistent: true })).code, "forbidden");
      await ann.call("leave", {});
      const service = await app.connect(worldContract, "gm", { claims: { roles: ["service"] } });
      await service.call("enter", { zone: "town", x: 0, y: 0 });
      await service.call("entity_spawn", { ...tree, persistent: true });
      await service.call("entity_update", { entity_id: "tree", data: { leaves: 2 } });
      service.disconnect();
      const again = await app.connect(worldContract, "gm", { claims: { roles: ["service"] } });
      await app.runDue();
      const { entities } = await ann.call("enter", { zone: "town", x: 0, y: 0 });
      assert.deepEqual(entities, [{ ...tree, data: { leaves: 2 }, owner: "gm" }]);
      await again.call("enter", { zone: "town", x: 0, y: 0 });
      await again.call("entity_despawn", { entity_id: "tree" });
      await ann.next("world_tick", (frame) => frame.entities?.left.includes("tree") === true);
    });

    it("too much data and too many entities are refused", async () => {
      const app = await setup.start({ app: { world: { maxEntitiesPerUser: 2 } } });
      const ann = await connect(app, "ann");
      await ann.call("enter", { zone: "town", x: 0, y: 0 });
      assert.equal(
        (await ann.refused("entity_spawn", { ...tree, data: "x".repeat(5_000) })).code,
        "payload_too_large",
      );
      for (const entity_id of ["1", "2"]) await ann.call("entity_spawn", { ...tree, entity_id });
      assert.equal((await ann.refused("entity_spawn", tree)).code, "conflict");
    });
  });
});
