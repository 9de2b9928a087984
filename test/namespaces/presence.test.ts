import assert from "node:assert/strict";
import { presenceScope } from "../../core/ports/store/keys.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { type ConnectAs, onEachSetup, type TestApp, type TestClient } from "../support/app.ts";
import { knows } from "../support/presence.ts";

type Client = TestClient<GameContract>;
type Frame = { joined: { user_id: string }[]; left: string[]; updated: { user_id: string }[] };

const onSecond: ConnectAs = { worker: 1 };
const few = { app: { game: { pushedUsers: 2 } } };

/** A client of `/game` that is shown in. */
async function come(app: TestApp, user: string, as: ConnectAs = {}): Promise<Client> {
  const client = await app.connect(gameContract, user, as);
  await client.next("user:list");
  return client;
}

const names = (users: readonly { user_id: string }[]) => users.map(({ user_id }) => user_id).sort();
const joined = (client: Client, user: string) =>
  client.next("presence", (p) => p.joined.some(({ user_id }) => user_id === user));
const updated = (client: Client, user: string) =>
  client.next("presence", (p) => p.updated.some(({ user_id }) => user_id === user));
const left = (client: Client, user: string) => client.next("presence", (p) => p.left.includes(user));

/** Everybody whom a client was told of by `presence`, so far. */
function toldOf(client: Client): Set<string> {
  const told = new Set<string>();
  for (const { event, payload } of client.log) {
    if (event !== "presence") continue;
    const frame = payload as Frame;
    for (const { user_id } of [...frame.joined, ...frame.updated]) told.add(user_id);
    for (const user of frame.left) told.add(user);
  }
  return told;
}

/** Goes, and is gone once the grace period is over. */
async function go(app: TestApp, client: Client, witness: Client): Promise<void> {
  client.disconnect();
  for (let gone = false; !gone; ) {
    const { users } = await witness.call("user:list", { limit: 500 });
    gone = !users.some(({ user_id, connections }) => user_id === client.name && connections > 0);
  }
  await app.advance(11_000);
  await app.runDue();
}

onEachSetup((setup) => {
  describe("presence: watching", () => {
    it("chosen users: a snapshot of those who are here, then only what happens to them", async () => {
      const app = await setup.start({ yaml: "rate_limits:\n  events: { user:list: off }\n" });
      const ann = await come(app, "ann");
      const bob = await come(app, "bob", onSecond);
      await joined(ann, "bob");
      const { users } = await ann.call("presence:watch", { user_ids: ["bob", "cat", "nobody"] });
      assert.deepEqual(users, [{ user_id: "bob", name: "bob", status: "online", connections: 1 }]);
      ann.log.length = 0;
      const cat = await come(app, "cat", onSecond);
      await come(app, "dan");
      await joined(ann, "cat");
      await bob.call("status", { status: "busy", text: "raid" });
      const [who] = (await updated(ann, "bob")).updated;
      assert.deepEqual([who?.status, who?.text], ["busy", "raid"]);
      await go(app, cat, bob);
      await left(ann, "cat");
      assert.deepEqual([...toldOf(ann)].sort(), ["bob", "cat"]);
      assert.equal(
        ann.log.some(({ event }) => event === "user:list"),
        false,
      );
    });

    it("each device watches for itself, a second watch replaces the first, and unwatch is back to everybody", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann");
      const phone = await come(app, "ann", onSecond);
      const bob = await come(app, "bob");
      const cat = await come(app, "cat", onSecond);
      await joined(phone, "cat");
      await ann.call("presence:watch", { user_ids: ["bob"] });
      await ann.call("presence:watch", { user_ids: ["cat"] });
      ann.log.length = 0;
      await bob.call("status", { status: "away" });
      await cat.call("status", { status: "away" });
      await updated(ann, "cat");
      await updated(phone, "bob");
      assert.deepEqual([...toldOf(ann)], ["cat"]);
      await ann.call("presence:unwatch", {});
      const { count } = await ann.next("user:list", (list) => list.count === 3);
      assert.equal(count, 3);
      await bob.call("status", { status: "busy" });
      await updated(ann, "bob");
    });

    it("the guild, as long as the claim is theirs", async () => {
      const app = await setup.start();
      const red: ConnectAs = { claims: { guild_id: "red" } };
      const ann = await come(app, "ann", red);
      const bob = await come(app, "bob", { ...red, ...onSecond });
      await come(app, "eve");
      await joined(ann, "eve");
      const { users } = await ann.call("presence:watch", { guild: true });
      assert.deepEqual(names(users), ["ann", "bob"]);
      ann.log.length = 0;
      await come(app, "cat", { ...red, ...onSecond });
      await joined(ann, "cat");
      await come(app, "blue", { claims: { guild_id: "blue" } });
      await bob.call("status", { status: "busy" });
      await updated(ann, "bob");
      assert.deepEqual([...toldOf(ann)].sort(), ["bob", "cat"]);
      await ann.raw("refresh_token", { token: app.token("ann") });
      ann.log.length = 0;
      const watching = await come(app, "fay", red);
      await watching.call("presence:watch", { guild: true });
      await bob.call("status", { status: "away" });
      await updated(watching, "bob");
      assert.deepEqual([...toldOf(ann)], []);
      assert.equal((await ann.refused("presence:watch", { guild: true })).code, "forbidden");
    });

    it("the guild: who moves to another by a refreshed token goes for the one and comes for the other, at once", async () => {
      const app = await setup.start();
      const red: ConnectAs = { claims: { guild_id: "red" } };
      const blue: ConnectAs = { claims: { guild_id: "blue" } };
      const ann = await come(app, "ann", red);
      const cat = await come(app, "cat", { ...blue, ...onSecond });
      const bob = await come(app, "bob", { ...red, ...onSecond });
      const dan = await come(app, "dan");
      await knows(dan, "bob");
      assert.deepEqual(names((await ann.call("presence:watch", { guild: true })).users), ["ann", "bob"]);
      assert.deepEqual(names((await cat.call("presence:watch", { guild: true })).users), ["cat"]);
      await bob.raw("refresh_token", { token: app.token("bob", blue.claims) });
      await left(ann, "bob");
      await joined(cat, "bob");
      await updated(dan, "bob");
      assert.equal(
        dan.log.some(({ payload }) => (payload as Partial<Frame>).left?.includes("bob")),
        false,
      );
      assert.deepEqual(names((await ann.call("presence:watch", { guild: true })).users), ["ann"]);
      assert.deepEqual(names((await cat.call("presence:watch", { guild: true })).users), ["bob", "cat"]);
      ann.log.length = 0;
      await bob.call("status", { status: "busy" });
      await updated(cat, "bob");
      // Out of every guild; and the ones that were left hear nothing more.
      await bob.raw("refresh_token", { token: app.token("bob") });
      await left(cat, "bob");
      assert.deepEqual(names((await cat.call("presence:watch", { guild: true })).users), ["cat"]);
      assert.deepEqual([...toldOf(ann)], []);
    });

    it("the party, as it changes", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann");
      const bob = await come(app, "bob", onSecond);
      await joined(ann, "bob");
      const [annsQueue, bobsQueue] = [
        await app.connect(matchmakingContract, "ann"),
        await app.connect(matchmakingContract, "bob", onSecond),
      ];
      assert.deepEqual((await ann.call("presence:watch", { party: true })).users, []);
      const { party } = await annsQueue.call("party_create", {});
      await annsQueue.call("party_invite", { user_id: "bob" });
      await bobsQueue.call("party_join", { party_id: party.party_id });
      await joined(ann, "bob");
      await bob.call("status", { status: "busy" });
      await updated(ann, "bob");
      await bobsQueue.call("party_leave", {});
      await left(ann, "bob");
      const cat = await come(app, "cat");
      ann.log.length = 0;
      await cat.call("presence:watch", { user_ids: ["bob"] });
      await bob.call("status", { status: "away" });
      await updated(cat, "bob");
      assert.deepEqual([...toldOf(ann)], []);
    });

    it("a snapshot is never older than what was told before it", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann");
      const bob = await come(app, "bob", onSecond);
      await joined(ann, "bob");
      const seen: string[] = [];
      ann.socket.on("presence", (frame: Frame & { updated: { user_id: string; text?: string }[] }) => {
        for (const { user_id, text } of frame.updated) if (user_id === "bob") seen.push(String(text));
      });
      let last = "";
      const statuses = (async () => {
        for (let i = 0; i < 15; i++) await bob.call("status", { status: "busy", text: `${i}` });
      })();
      for (let i = 0; i < 8; i++) {
        const { users } = await ann.call("presence:watch", { user_ids: ["bob"] });
        last = users[0]?.text ?? "-1";
        // What came before the answer is not newer than it.
        for (const text of seen.splice(0)) assert.ok(Number(text) <= Number(last), `${text} before ${last}`);
      }
      await statuses;
      await ann.next("presence", (p) => p.updated.some(({ text }) => text === "14"));
    });

    it("refuses what is no wish, more than 500 users, and guests", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann");
      for (const bad of [
        { user_ids: "bob" },
        { user_ids: [""] },
        { user_ids: [5] },
        { user_ids: Array.from({ length: 501 }, (_, i) => `u${i}`) },
        { guild: "red" },
        { party: 1 },
        null,
        [],
      ])
        assert.equal((await ann.refused("presence:watch", bad)).code, "invalid_payload", JSON.stringify(bad));
      assert.equal((await ann.refused("presence:unwatch", 5)).code, "invalid_payload");
      const guest = await app.connect(gameContract, null);
      for (const event of ["presence:watch", "presence:unwatch", "status"])
        assert.equal((await guest.refused(event, { status: "away" })).code, "unauthorized");
      await ann.call("presence:watch", { user_ids: Array.from({ length: 500 }, (_, i) => `u${i}`) });
      await ann.call("presence:watch", {});
    });
  });

  describe("presence: many users", () => {
    it("past the limit nothing of the whole list is pushed, `welcome` says so, and who watches still hears", async () => {
      const app = await setup.start(few);
      const ann = await app.connect(gameContract, "ann");
      assert.deepEqual((await ann.next("welcome")).presence, { pushed: true, max_users: 2 });
      await come(app, "bob");
      await joined(ann, "bob");
      const crowd: Client[] = [];
      for (const name of ["cat", "dan", "eve"]) crowd.push(await come(app, name, onSecond));
      assert.deepEqual(await told(ann), { pushed: false, max_users: 2 });
      const late = await app.connect(gameContract, "fay", onSecond);
      assert.equal((await late.next("welcome")).presence.pushed, false);
      await ann.call("presence:watch", { user_ids: ["dan"] });
      late.log.length = 0;
      await crowd[0]?.call("status", { status: "away" });
      await crowd[1]?.call("status", { status: "away" });
      await updated(ann, "dan");
      // Twice the time in which a frame would have come.
      await ann.call("presence:watch", { user_ids: ["cat"] });
      await crowd[0]?.call("status", { status: "busy" });
      await updated(ann, "cat");
      assert.deepEqual([...toldOf(late)], []);
      assert.equal((await late.call("user:list", {})).count, 6);
    });

    it("when there are few again the list comes again, and is pushed from then on", async () => {
      const app = await setup.start({ app: { game: { pushedUsers: 4 } } });
      const ann = await come(app, "ann");
      const bob = await come(app, "bob");
      const others: Client[] = [];
      for (const name of ["cat", "dan", "eve"]) others.push(await come(app, name));
      assert.equal((await told(ann)).pushed, false);
      for (const client of others) client.disconnect();
      for (let gone = false; !gone; ) {
        const { users } = await ann.call("user:list", { limit: 500 });
        gone = users.filter(({ connections }) => connections > 0).length === 2;
      }
      await app.advance(11_000);
      await app.runDue();
      await bob.call("status", { status: "busy" });
      assert.equal((await ann.next("presence:push", (p) => p.pushed)).pushed, true);
      const list = await ann.next("user:list", (p) => p.count === 2);
      assert.deepEqual(names(list.users), ["ann", "bob"]);
      await bob.call("status", { status: "away" });
      await updated(ann, "bob");
    });

    const told = async (client: Client) => {
      const { pushed, max_users } = await client.next("presence:push");
      return { pushed, max_users };
    };
  });

  describe("presence: invisible", () => {
    it("looks like leaving, is in no list, snapshot or count, and ends with another status", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann", { claims: { guild_id: "red" } });
      const bob = await come(app, "bob", { claims: { guild_id: "red" }, ...onSecond });
      await joined(ann, "bob");
      await bob.call("status", { status: "invisible" });
      await left(ann, "bob");
      await app.advance(1_000);
      for (let listed = true; listed; ) {
        const { users, count } = await ann.call("user:list", {});
        listed = users.some(({ user_id }) => user_id === "bob");
        if (!listed) assert.equal(count, 1);
      }
      const cat = await come(app, "cat", { claims: { guild_id: "red" } });
      await joined(ann, "cat");
      for (const wish of [{ user_ids: ["bob"] }, { guild: true }])
        assert.ok(!names((await cat.call("presence:watch", wish)).users).includes("bob"));
      ann.log.length = 0;
      const tab = await app.connect(gameContract, "bob");
      await tab.next("user:list");
      await app.runDue();
      await tab.call("status", { status: "invisible" });
      await app.runDue();
      await cat.call("status", { status: "busy" });
      await updated(ann, "cat");
      assert.ok(!toldOf(ann).has("bob"));
      await bob.call("status", { status: "online" });
      await joined(ann, "bob");
      assert.ok(names((await cat.call("presence:watch", { guild: true })).users).includes("bob"));
    });

    it("who goes while invisible is not told as leaving", async () => {
      const app = await setup.start();
      const ann = await come(app, "ann");
      const bob = await come(app, "bob");
      await joined(ann, "bob");
      await bob.call("status", { status: "invisible" });
      await left(ann, "bob");
      bob.disconnect();
      const scope = { name: presenceScope("/game"), online: [], offline: [] };
      for (let connections = 1; connections > 0; ) {
        await new Promise(setImmediate);
        const [record] = (await app.workers[0]?.services.store.presence.get(scope, ["bob"])) ?? [];
        connections = record?.connections ?? 0;
      }
      await app.advance(11_000);
      await app.runDue();
      await come(app, "cat", onSecond);
      await joined(ann, "cat");
      assert.deepEqual(
        ann.pending("presence").flatMap((p) => p.left),
        [],
      );
      const again = await come(app, "bob");
      await joined(ann, "bob");
      again.disconnect();
    });
  });

  describe("presence: blocked users", () => {
    it("do not see one another: not in edges, lists or snapshots, on any worker", async () => {
      const app = await setup.start();
      const chat = await app.connect(chatContract, "ann");
      await chat.call("block", { user_id: "eve" });
      const ann = await come(app, "ann");
      const bob = await come(app, "bob", onSecond);
      const eve = await come(app, "eve", onSecond);
      await joined(bob, "eve");
      await eve.call("status", { status: "busy" });
      await updated(bob, "eve");
      await ann.call("status", { status: "busy" });
      await updated(bob, "ann");
      await bob.call("status", { status: "busy" });
      await updated(ann, "bob");
      await updated(eve, "bob");
      assert.ok(!toldOf(ann).has("eve"));
      assert.ok(!toldOf(eve).has("ann"));
      for (const [viewer, hidden] of [
        [ann, "eve"],
        [eve, "ann"],
      ] as const) {
        const { users, count } = await viewer.call("user:list", {});
        assert.ok(!names(users).includes(hidden));
        assert.equal(count, 2);
        const watched = await viewer.call("presence:watch", { user_ids: [hidden, "bob"] });
        assert.deepEqual(names(watched.users), ["bob"]);
        for (const { event, payload } of viewer.log)
          assert.ok(
            event !== "user:list" || !JSON.stringify(payload).includes(`"${hidden}"`),
            JSON.stringify(payload),
          );
      }
      assert.equal((await bob.call("user:list", {})).count, 3);
    });

    it("vanish at the moment of the block, and are back when it ends", async () => {
      const app = await setup.start();
      const chat = await app.connect(chatContract, "ann", onSecond);
      const ann = await come(app, "ann");
      const eve = await come(app, "eve", onSecond);
      await joined(ann, "eve");
      await chat.call("block", { user_id: "eve" });
      await left(ann, "eve");
      await left(eve, "ann");
      await chat.call("unblock", { user_id: "eve" });
      await joined(ann, "eve");
      await joined(eve, "ann");
    });
  });
});
