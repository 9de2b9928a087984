import assert from "node:assert/strict";
import { placesOf } from "../../../core/consistency/global-quota.ts";
import { asId, type UserId, type ZoneId } from "../../../core/ids.ts";
import { PersistentEntities } from "../../../namespaces/world/entities/persistent.ts";
import { entityScope } from "../../../namespaces/world/entities/quota.ts";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";
import { until } from "../../support/until.ts";

type Client = TestClient<typeof worldContract>;

const connect = (app: TestApp, name: string, worker: 0 | 1 = 0): Promise<Client> =>
  app.connect(worldContract, name, { worker });
const codeOf = (ack: { ok: boolean; error?: { code: string } }) => (ack.ok ? "ok" : (ack.error?.code ?? ""));
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;
const counted = async (app: TestApp) =>
  (await app.workers[0]?.services.store.presence.size(entityScope))?.connections ?? 0;

/** So many entities by turns on these connections, in one go. */
async function spawn(clients: readonly Client[], many: number, prefix: string): Promise<string[]> {
  const acks = await Promise.all(
    Array.from({ length: many }, (_, at) => {
      const entity = { entity_id: `${prefix}${at}`, kind: "tree", x: 0, y: 0 };
      return clients[at % clients.length]?.raw("entity_spawn", entity) ?? assert.fail();
    }),
  );
  return acks.map(codeOf);
}

onEachSetup((setup) => {
  describe("limits of /world", () => {
    const env = { RATE_LIMITS_EVENTS: "entity_spawn=off,enter=off,zone_change=off", RATE_LIMITS_USER: "off" };
    const inZone = async (client: Client, zone: string) => {
      await client.call("enter", { zone, x: 0, y: 0 });
      return client;
    };

    it("there is a bounded number of persistent entities in all zones; one that goes makes room", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_PERSISTENT_ENTITIES: "5" } });
      const roles = { claims: { roles: ["service"] } } as const;
      const services = [
        await app.connect(worldContract, "srv", roles),
        await app.connect(worldContract, "srv", { ...roles, worker: 1 }),
      ];
      const put = (client: Client, entity_id: string) =>
        client.raw("entity_spawn", { entity_id, kind: "tree", x: 0, y: 0, persistent: true }).then(codeOf);
      const outcomes: string[] = [];
      for (const [at, client] of services.entries()) {
        await inZone(client, `zone-${at}`);
        outcomes.push(...(await Promise.all(["a", "b", "c", "d"].map((id) => put(client, id)))));
      }
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "server_full")], [5, 3]);
      const [first] = services;
      assert.ok(first);
      assert.equal(await put(first, "a"), "conflict");
      await first.call("entity_despawn", { entity_id: "a" });
      assert.equal(await put(first, "z"), "ok");
      assert.equal(await put(first, "y"), "server_full");
    });

    it("a persistent entity that its zone has no room for takes none of the places of all", async () => {
      const app = await setup.start({ env: { LIMITS_PERSISTENT_ENTITIES: "5" } });
      const { services } = app.workers[0] ?? assert.fail();
      const timers = { ...services.timers, on: () => undefined };
      const entities = new PersistentEntities({ ...services, timers }, 1);
      const [zone, owner] = [asId<ZoneId>("town"), asId<UserId>("srv")];
      const record = { kind: "tree", x: 0, y: 0, owner, since: 1, data: null, persistent: true };
      const done = await Promise.allSettled(
        ["a", "b", "c", "a"].map((id) => entities.spawn(zone, { ...record, id })),
      );
      assert.equal(done.filter(({ status }) => status === "fulfilled").length, 1);
      assert.equal(await services.store.indexes.size(placesOf("persistent entities")), 1);
    });

    it("a persistent entity that comes again while its predecessor goes keeps its place among all", async () => {
      const app = await setup.start({ env: { LIMITS_PERSISTENT_ENTITIES: "5" } });
      const { services } = app.workers[0] ?? assert.fail();
      const { store } = services;
      const places = placesOf("persistent entities");
      const [zone, owner] = [asId<ZoneId>("town"), asId<UserId>("srv")];
      const record = { id: "a", kind: "tree", x: 0, y: 0, owner, since: 1, data: null, persistent: true };
      let before: (() => Promise<unknown>) | undefined;
      const commit: typeof store.documents.commit = async (change) => {
        const isGiven = change.partition === places.partition && change.documents === undefined;
        const act = isGiven ? before : undefined;
        if (act) before = undefined;
        await act?.();
        return store.documents.commit(change);
      };
      const entities = new PersistentEntities(
        {
          ...services,
          timers: { ...services.timers, on: () => undefined },
          store: { ...store, documents: { ...store.documents, commit } },
        },
        100,
      );
      await entities.spawn(zone, record);
      before = () => entities.spawn(zone, record);
      await entities.despawn(zone, "a", owner);
      assert.equal(before, undefined, "it came again between the two steps of its going");
      assert.equal(await store.indexes.size(places), 1);
      await entities.despawn(zone, "a", owner);
      assert.equal(await store.indexes.size(places), 0);
    });

    it("a user has a bounded number of entities in a zone, and in all zones, whichever devices are used", async () => {
      const app = await setup.start({
        env: { ...env, LIMITS_ENTITIES_PER_USER: "10" },
        app: { world: { maxEntitiesPerUser: 6 } },
      });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      for (const device of devices) await inZone(device, "town");
      const here = await spawn(devices, 12, "e");
      assert.deepEqual([count(here, "ok"), count(here, "conflict")], [6, 6]);
      for (const device of devices) await inZone(device, "wood");
      const there = await spawn(devices, 12, "f");
      assert.deepEqual([count(there, "ok"), count(there, "conflict")], [4, 8]);
      // What goes makes room, and with their last connection all of it goes.
      const spawned = there.indexOf("ok");
      await devices[spawned % 2]?.call("entity_despawn", { entity_id: `f${spawned}` });
      assert.equal(count(await spawn(devices, 4, "g"), "ok"), 1);
      for (const device of devices) device.disconnect();
      await until("the entities are counted", async () => {
        await app.runDue();
        return (await counted(app)) === 0;
      });
    });

    it("a user's entities keep a bounded number of zones open", async () => {
      const app = await setup.start({ env });
      const ann = await connect(app, "ann");
      const told: string[] = [];
      for (let at = 0; at < 52; at++) {
        await inZone(ann, `z${at}`);
        told.push(...(await spawn([ann], 2, "e")));
      }
      assert.deepEqual([count(told, "ok"), count(told, "conflict")], [100, 4]);
      await inZone(ann, "z7");
      await ann.call("entity_despawn", { entity_id: "e0" });
      assert.equal((await spawn([await inZone(ann, "z52")], 1, "e"))[0], "conflict");
      await inZone(ann, "z7");
      await ann.call("entity_despawn", { entity_id: "e1" });
      assert.equal((await spawn([await inZone(ann, "z52")], 1, "e"))[0], "ok");
    });

    it("there is a bounded number of entities in a zone, and in all", async () => {
      const app = await setup.start({
        env: { ...env, LIMITS_ENTITIES: "8", LIMITS_ENTITIES_PER_ZONE: "5" },
      });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      for (const each of [ann, bob]) await inZone(each, "town");
      const here = await spawn([ann, bob], 10, "e");
      assert.deepEqual([count(here, "ok"), count(here, "room_full")], [5, 5]);
      await inZone(bob, "wood");
      const there = await spawn([bob], 5, "f");
      assert.deepEqual([count(there, "ok"), count(there, "server_full")], [3, 2]);
    });

    it("an entity that its owner's other device moves is counted once, by the worker that decides about it", async () => {
      const app = await setup.start({ env });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      for (const device of devices) await inZone(device, "town");
      await devices[0]?.call("entity_spawn", { entity_id: "e", kind: "tree", x: 0, y: 0 });
      const one = await counted(app);
      assert.ok(one > 0);
      const moved = { entity_id: "e", x: 1, y: 1 };
      await until(
        "the entity takes updates",
        async () => (await devices[1]?.raw("entity_update", moved))?.ok === true,
      );
      // The other worker lets go within a second.
      await until("one device's entities are left", async () => (await counted(app)) === one);
      await devices[1]?.call("entity_despawn", { entity_id: "e" });
      await until("no entity is left", async () => (await counted(app)) === 0);
    });

    it("a user opens a bounded number of zones in an hour; those that are open cost nothing", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_ZONES_PER_USER: "4" } });
      const bob = await inZone(await connect(app, "bob"), "bobs");
      const ann = await connect(app, "ann");
      const told: string[] = [];
      for (let at = 0; at < 6; at++)
        told.push(codeOf(await ann.raw("enter", { zone: `z${at}`, x: 0, y: 0 })));
      assert.deepEqual([count(told, "ok"), count(told, "rate_limited")], [4, 2]);
      await ann.call("enter", { zone: "bobs", x: 0, y: 0 });
      await bob.call("nearby", {});
    });

    it("a worker has a bounded number of zones open", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_ZONES: "2" } });
      const clients = await Promise.all(["a", "b", "c"].map((name) => connect(app, name)));
      const told = await Promise.all(
        clients.map(async (each) => codeOf(await each.raw("enter", { zone: `of ${each.name}`, x: 0, y: 0 }))),
      );
      assert.deepEqual([count(told, "ok"), count(told, "server_full")], [2, 1]);
      await clients[told.indexOf("ok")]?.call("leave", {});
      const late = clients[told.indexOf("server_full")] ?? assert.fail();
      await until(
        "there is room for one more",
        async () => (await late.raw("enter", { zone: "later", x: 0, y: 0 })).ok,
      );
    });
  });
});
