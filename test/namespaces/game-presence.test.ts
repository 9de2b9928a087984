import assert from "node:assert/strict";
import { gameContract } from "../../namespaces/game/index.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { onEachSetup, type TestClient } from "../support/app.ts";
import { knows } from "../support/presence.ts";

type Client = TestClient<GameContract>;

const joined = (client: Client, user: string) =>
  client.next("presence", (p) => p.joined.some(({ user_id }) => user_id === user));

describe("/game presence", () => {
  onEachSetup((setup) => {
    it("welcomes a user and then sends the list with the user in it", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann", { claims: { name: "Ann", roles: ["moderator"] } });
      const { timestamp, ...welcome } = await ann.next("welcome");
      assert.deepEqual(welcome, {
        user: { user_id: "ann", name: "Ann", roles: ["moderator"] },
        connection_id: ann.socket.id,
        presence: { pushed: true, max_users: 200 },
      });
      assert.equal(typeof timestamp, "string");
      const { users, count } = await ann.next("user:list");
      assert.deepEqual(users, [{ user_id: "ann", name: "Ann", status: "online", connections: 1 }]);
      assert.equal(count, 1);
      const events = ann.log.map(({ event }) => event);
      assert.ok(events.indexOf("welcome") < events.indexOf("user:list"));
    });

    it("others hear once that a user came, on any worker, and who comes later finds them in the list", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1, claims: { name: "Bob" } });
      const { joined: who } = await joined(ann, "bob");
      assert.deepEqual(
        who.find(({ user_id }) => user_id === "bob"),
        { user_id: "bob", name: "Bob", status: "online", connections: 1 },
      );
      const list = await bob.next("user:list", (p) => p.count === 2);
      assert.deepEqual(
        list.users.map(({ user_id }) => user_id),
        ["ann", "bob"],
      );
    });

    it("the whole list is pushed after changes, for clients that know nothing else", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      await ann.next("user:list");
      await app.connect(gameContract, "bob", { worker: 1 });
      const { users } = await ann.next("user:list", (p) => p.count === 2);
      assert.equal(users.length, 2);
    });

    it("three tabs are one user, who leaves when the last has been gone for the grace period", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const tabs = await Promise.all(
        [0, 1, 1].map((worker) => app.connect(gameContract, "bob", { worker: worker as 0 | 1 })),
      );
      await knows(ann, "bob");
      const list = await ann.call("user:list", {});
      assert.equal(list.users.find(({ user_id }) => user_id === "bob")?.connections, 3);
      tabs[0]?.disconnect();
      tabs[1]?.disconnect();
      await app.advance(15_000);
      await app.runDue();
      assert.equal((await ann.call("user:list", {})).count, 2);
      tabs[2]?.disconnect();
      const left = ann.next("presence", (p) => p.left.includes("bob"));
      // Until the worker has told presence of the end, there is no grace period that could pass.
      for (let gone = false; !gone; ) {
        const { users } = await ann.call("user:list", {});
        gone = users.some(({ user_id, connections }) => user_id === "bob" && connections === 0);
      }
      await app.advance(11_000);
      await app.runDue();
      await left;
      assert.equal((await ann.call("user:list", {})).count, 1);
    });

    it("who is back within the grace period never left", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob");
      await knows(ann, "bob");
      bob.disconnect();
      await app.advance(5_000);
      await app.connect(gameContract, "bob", { worker: 1 });
      await app.advance(20_000);
      await app.runDue();
      const cat = await app.connect(gameContract, "cat");
      await knows(ann, "cat");
      assert.equal((await cat.call("user:list", {})).count, 3);
      const told = ann.log.filter(({ event }) => event === "presence") as { payload: { left: string[] } }[];
      assert.deepEqual(
        told.flatMap(({ payload }) => payload.left),
        [],
      );
    });

    it("others see a status and its text; a second tab does not reset it", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      await bob.call("status", { status: "busy", text: "in a game" });
      const who = await knows(ann, "bob", ({ status }) => status === "busy");
      assert.deepEqual(who, {
        user_id: "bob",
        name: "bob",
        status: "busy",
        text: "in a game",
        connections: 1,
      });
      const tab = await app.connect(gameContract, "bob");
      assert.equal((await knows(tab, "bob")).status, "busy");
      const twice = await knows(ann, "bob", ({ connections }) => connections === 2);
      assert.equal(twice.status, "busy");
    });

    it("many changes at once come in few frames", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const names = Array.from({ length: 30 }, (_, i) => `p${String(i).padStart(2, "0")}`);
      await Promise.all(names.map((name, i) => app.connect(gameContract, name, { worker: i % 2 ? 1 : 0 })));
      await app.runDue();
      const seen = new Set<string>();
      let frames = 0;
      while (seen.size < names.length) {
        const frame = await ann.next("presence", ({ joined: who }) =>
          who.some(({ user_id }) => user_id !== "ann"),
        );
        frames++;
        for (const { user_id } of frame.joined) {
          if (user_id === "ann") continue;
          assert.ok(!seen.has(user_id), `${user_id} is told once`);
          seen.add(user_id);
        }
      }
      assert.deepEqual([...seen].sort(), names);
      assert.ok(frames < names.length / 2, `${frames} frames`);
    });

    it("the list comes in pages", async () => {
      const app = await setup.start();
      const names = ["ann", "bob", "cat", "dan", "eve"];
      const [ann] = await Promise.all(
        names.map((name, i) => app.connect(gameContract, name, { worker: i % 2 ? 1 : 0 })),
      );
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await (ann as Client).call("user:list", { limit: 2, ...(cursor ? { cursor } : {}) });
        assert.equal(page.count, 5);
        assert.ok(page.users.length <= 2);
        seen.push(...page.users.map(({ user_id }) => user_id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen, names);
    });

    it("with more users than are pushed a newcomer gets a first page and its cursor", async () => {
      const app = await setup.start({ app: { game: { pushedUsers: 2 } } });
      const ann = await app.connect(gameContract, "ann");
      for (const name of ["bob", "cat"]) await (await app.connect(gameContract, name)).next("user:list");
      // Told in the frame after the third was counted; by then the page that newcomers share is read anew.
      await ann.next("presence:push", ({ pushed }) => !pushed);
      const dan = await app.connect(gameContract, "dan", { worker: 1 });
      const list = await dan.next("user:list");
      assert.deepEqual([list.users.length, list.count], [2, 4]);
      const more = await dan.call("user:list", { cursor: list.cursor ?? assert.fail("there is more") });
      assert.deepEqual(
        more.users.map(({ user_id }) => user_id),
        ["cat", "dan"],
      );
    });

    it("a guest is not in the list, and hears announcements", async () => {
      const app = await setup.start();
      const guest = await app.connect(gameContract, null, { worker: 1 });
      const admin = await app.connect(gameContract, "root", { claims: { roles: ["admin"] } });
      assert.equal((await admin.next("user:list")).count, 1);
      assert.equal((await guest.refused("user:list", {})).code, "unauthorized");
      await admin.call("announcement", { message: "Welcome" });
      const { timestamp, ...announcement } = await guest.next("announcement");
      assert.deepEqual(announcement, { message: "Welcome", level: "info" });
      assert.ok(timestamp);
    });

    it("an achievement waits for its user; a player's status is told to all; neither by a player", async () => {
      const app = await setup.start();
      const service = await app.connect(gameContract, "svc", { claims: { roles: ["service"] } });
      const award = { user_id: "ann", achievement: "first_kill", request_id: "q1" };
      await service.call("achievement", award);
      await service.call("achievement", award);
      const ann = await app.connect(gameContract, "ann", { worker: 1 });
      const told = await ann.next("achievement");
      assert.deepEqual([told.user_id, told.achievement], ["ann", "first_kill"]);
      await service.call("player_status", { user_id: "bob", status: "in_combat" });
      const status = await ann.next("player_status");
      assert.deepEqual([status.user_id, status.status], ["bob", "in_combat"]);
      assert.deepEqual(ann.pending("achievement"), []);
      for (const [event, payload] of [
        ["announcement", { message: "hi" }],
        ["achievement", award],
        ["player_status", { user_id: "ann", status: "god" }],
      ] as const)
        assert.equal((await ann.refused(event, payload)).code, "forbidden");
      for (const [event, payload] of [
        ["announcement", { message: "" }],
        ["announcement", { message: "x", level: "loud" }],
        ["achievement", { user_id: "ann" }],
        ["player_status", { status: "x" }],
      ] as const)
        assert.equal((await service.refused(event, payload)).code, "invalid_payload");
    });
  });
});
