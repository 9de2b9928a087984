import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { usersAt } from "../../examples/user-names/index.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { createUserNames, type LoadUser, type UserNamesOptions } from "../../server/sessions/user-names.ts";
import { onEachSetup } from "../support/app.ts";
import { type Answering, json, stalls, startGateway, stopGateways } from "../support/gateway.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { knows } from "../support/presence.ts";

const root = path.resolve(import.meta.dirname, "../..");
const PICTURE = "https://pictures.example.com/ann.png";

const identityOf = (user: string, more: Partial<Identity> = {}): Identity => ({
  userId: asId<UserId>(user),
  name: `token of ${user}`,
  roles: ["player"],
  anonymous: false,
  ...more,
});

/** Names asked of a service that answers as it is told. */
function asked(load: LoadUser, options: UserNamesOptions = {}) {
  let now = 1_000_000;
  const calls: string[] = [];
  const logged: object[] = [];
  const names = createUserNames(
    (user, how) => {
      calls.push(user);
      return load(user, how);
    },
    {
      log: { debug: (fields) => logged.push(fields), info() {}, warn() {}, error() {} },
      now: () => now,
    },
    options,
  );
  const named = names.named((user: string, more: Partial<Identity> = {}) => identityOf(user, more));
  return {
    calls,
    logged,
    counts: names.counts,
    name: async (user: string, more: Partial<Identity> = {}) => (await named(user, more)).name,
    identity: (user: string) => named(user),
    pass(ms: number) {
      now += ms;
    },
  };
}

describe("names of users", () => {
  it("without a service nothing is asked, and nobody waits", () => {
    const { named } = createUserNames(undefined, {
      log: { debug() {}, info() {}, warn() {}, error() {} },
      now: () => 0,
    });
    const identity = identityOf("ann");
    assert.equal(named(() => identity)(), identity);
  });

  it("are asked once for connections at the same time, and again only when the answer is old", async () => {
    const service = asked(async (user) => ({ name: `${user}!` }), { ttlMs: 1_000 });
    assert.deepEqual(await Promise.all(["ann", "ann", "bob", "ann"].map((user) => service.name(user))), [
      "ann!",
      "ann!",
      "bob!",
      "ann!",
    ]);
    service.pass(999);
    assert.equal(await service.name("ann"), "ann!");
    assert.deepEqual(service.calls, ["ann", "bob"]);
    service.pass(1);
    await service.name("ann");
    assert.deepEqual(service.calls, ["ann", "bob", "ann"]);
    assert.deepEqual(Object.fromEntries(service.counts), { loaded: 3, known: 1 });
  });

  it("no more of them are remembered than may be, those asked for last", async () => {
    const service = asked((user) => ({ name: user }), { maxUsers: 2 });
    for (const user of ["ann", "bob", "cid", "bob", "cid"]) await service.name(user);
    assert.deepEqual(service.calls, ["ann", "bob", "cid"]);
    await service.name("ann");
    assert.deepEqual(service.calls, ["ann", "bob", "cid", "ann"]);
  });

  it("a service that never answers is waited for no longer than the limit, and told that nobody waits", async () => {
    let aborted = 0;
    const service = asked(
      (_user, { signal }) => {
        signal.addEventListener("abort", () => aborted++);
        return new Promise(() => undefined);
      },
      { timeoutMs: 30, parallel: 1 },
    );
    // The second waits for its turn as long as the first for its answer.
    assert.deepEqual(await Promise.all(["ann", "bob"].map((user) => service.name(user))), [
      "token of ann",
      "token of bob",
    ]);
    assert.ok(aborted > 0);
    assert.equal(service.counts.get("late"), 2);
    assert.equal(await service.name("ann"), "token of ann");
    assert.equal(service.calls.filter((user) => user === "ann").length, 1);
  });

  it("where it fails the name is the token's, the cause is logged, and after some failures it is left alone", async () => {
    const service = asked(async () => {
      throw new Error("down");
    });
    for (let user = 0; user < 8; user++) assert.equal(await service.name(`u${user}`), `token of u${user}`);
    assert.equal(service.calls.length, 5);
    assert.deepEqual(Object.fromEntries(service.counts), { failed: 5, skipped: 3 });
    assert.match(String((service.logged[0] as { err?: unknown }).err), /down/);
  });

  for (const [what, answer, expected] of [
    ["nothing", undefined, "token of ann"],
    ["null", null, "token of ann"],
    ["no name", {}, "token of ann"],
    ["an empty name", { name: " \u0007 " }, "token of ann"],
    ["a long name", { name: "x".repeat(500) }, "x".repeat(64)],
    ["a name with control characters", { name: "A\u0000n\nn" }, "Ann"],
    ["text", "Ann", "token of ann"],
    ["a name that is no text", { name: 7 }, "token of ann"],
    ["a picture that is no text", { name: "Ann", picture: {} }, "token of ann"],
    ["a picture that is too long", { name: "Ann", picture: "x".repeat(2_049) }, "token of ann"],
  ] as const)
    it(`an answer of ${what} gives ${expected.slice(0, 14)}`, async () => {
      const service = asked(() => answer as never);
      const { name, picture } = await service.identity("ann");
      assert.deepEqual([name, picture], [expected, undefined]);
    });

  it("guests are not asked for", async () => {
    const service = asked(() => ({ name: "somebody" }));
    assert.equal(await service.name("anonymous:1", { anonymous: true }), "token of anonymous:1");
    assert.equal(await service.name("guest:1", { guest: true }), "token of guest:1");
    assert.deepEqual(service.calls, []);
  });

  it("who is refused is not asked for, and the refusal is passed on", async () => {
    const { named } = createUserNames(() => assert.fail("asked"), {
      log: { debug() {}, info() {}, warn() {}, error() {} },
      now: () => 0,
    });
    await assert.rejects(
      async () =>
        named(() => {
          throw new Error("refused");
        })(),
      /refused/,
    );
  });

  it("limits that make no sense are refused at the start", () => {
    const refusing = (options: UserNamesOptions) => () => asked(() => undefined, options);
    for (const options of [{ ttlMs: -1 }, { maxUsers: 0 }, { timeoutMs: Number.NaN }, { parallel: 0 }])
      assert.throws(refusing(options), RangeError);
  });

  onEachSetup((setup) => {
    afterEach(async () => {
      closePlain();
      await stopGateways();
    });

    const known: Answering = (response, seen, number) => {
      const user = decodeURIComponent(seen.path?.split("/").at(-1) ?? "");
      if (user === "nobody") return json(404, {})(response, seen, number);
      const answer = { name: `Dame ${user}`, ...(user === "ann" && { picture: PICTURE }) };
      return json(200, answer)(response, seen, number);
    };
    async function start(answering: Answering = known, userNames: UserNamesOptions = {}) {
      const service = await startGateway(answering);
      const app = await setup.start({ app: { loadUser: usersAt(service.url), userNames } });
      return { app, service };
    }

    it("are those of the service: in welcome, presence, rooms, chat, parties and zones, on every transport", async () => {
      const { app, service } = await start();
      const ann = await app.connect(gameContract, "ann", { claims: { name: "Ann of the token" } });
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { user } = await ann.next("welcome");
      assert.deepEqual([user.name, user.picture], ["Dame ann", PICTURE]);
      for (const client of [ann, bob]) {
        const seen = await knows(client, "ann");
        assert.deepEqual([seen.name, seen.picture], ["Dame ann", PICTURE]);
        const other = await knows(client, "bob");
        assert.deepEqual([other.name, other.picture], ["Dame bob", undefined]);
      }
      await ann.call("status", { status: "busy" });
      const busy = await knows(bob, "ann", ({ status }) => status === "busy");
      assert.deepEqual([busy.name, busy.picture], ["Dame ann", PICTURE]);
      const { room } = await bob.call("room:create", {});
      assert.deepEqual(room.players[0]?.name, "Dame bob");

      const [saying, hearing] = [
        await app.connect(chatContract, "ann"),
        await app.connect(chatContract, "bob", { worker: 1 }),
      ];
      await saying.call("chat_message", { channel: "global", content: "hello" });
      assert.equal((await hearing.next("chat_message")).user, "Dame ann");

      const { party } = await (await app.connect(matchmakingContract, "ann")).call("party_create", {});
      assert.deepEqual(party.members, [{ user_id: "ann", name: "Dame ann" }]);

      const world = await app.connect(worldContract, "bob");
      await world.call("enter", { zone: "town", x: 0, y: 0 });
      const plain = openPlain(app.urls.at(-1) ?? "", "/ws/game", { query: { token: app.token("ann") } });
      assert.equal(((await plain.next("welcome")).user as { name: string }).name, "Dame ann");
      const seen = await (await app.connect(worldContract, "eve")).call("enter", {
        zone: "town",
        x: 1,
        y: 0,
      });
      assert.deepEqual(
        seen.players.map(({ name }) => name),
        ["Dame bob"],
      );
      // Once for each user and worker, however many namespaces they came to.
      assert.ok(service.seen.length <= 3 * app.workers.length, `${service.seen.length} questions`);
    });

    it("a refreshed token asks again, and what is new is told", async () => {
      const { app, service } = await start(known, { ttlMs: 0 });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      await knows(bob, "ann", ({ picture }) => picture === PICTURE);
      service.answers(json(200, { name: "Ann the Second" }));
      await ann.raw("refresh_token", { token: app.token("ann") });
      const { picture } = await knows(bob, "ann", ({ name }) => name === "Ann the Second");
      assert.equal(picture, undefined);
    });

    it("a service that stalls, refuses or knows nobody keeps nobody out", async () => {
      const { app, service } = await start(stalls, { timeoutMs: 50 });
      const nameOf = async (user: string) => {
        const client = await app.connect(gameContract, user, { claims: { name: `Token of ${user}` } });
        return (await client.next("welcome")).user.name;
      };
      assert.equal(await nameOf("ann"), "Token of ann");
      service.answers(json(500, "<html>"));
      assert.equal(await nameOf("bob"), "Token of bob");
      service.answers(json(200, "no json"));
      assert.equal(await nameOf("cid"), "Token of cid");
      service.answers(known);
      assert.equal(await nameOf("nobody"), "Token of nobody");
      assert.equal(await nameOf("dan"), "Dame dan");
      const metrics = await (
        await fetch(`${app.url}/metrics`, {
          headers: { authorization: `Bearer ${app.token("op", { roles: ["admin"] })}` },
        })
      ).text();
      assert.match(metrics, /muster_user_names_total\{outcome="late"[^}]*\} 1/);
      assert.match(metrics, /muster_user_names_total\{outcome="failed"[^}]*\} 2/);
    });
  });

  it("the guide has the example's text", () => {
    const program = readFileSync(path.join(root, "examples/user-names/index.ts"), "utf8");
    const [, text = "?"] = /\nexport (const usersAt[\s\S]*?\n {2}\};)\n/.exec(program) ?? [];
    assert.ok(readFileSync(path.join(root, "docs/extend.md"), "utf8").includes(text), text);
  });
});
