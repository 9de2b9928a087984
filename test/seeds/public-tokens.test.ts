/** Where public clients of the same kinds of server bring their tokens, and what stands in them. */
import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { get } from "node:http";
import jwt from "jsonwebtoken";
import { gameContract } from "../../namespaces/game/schema.ts";
import { closeAll, onEachSetup, SECRET, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";

const last = (app: TestApp) => app.urls.at(-1) ?? "";

onEachSetup((setup) => {
  describe("a public client's token", () => {
    afterEach(closePlain);

    it("may stand in a ws-token header or in ?auth_token=, on every endpoint", async () => {
      const app = await setup.start();
      const token = app.token("ann");
      for (const path of [
        "/ws",
        "/ws/game",
        "/ws/chat",
        "/ws/combat",
        "/ws/world",
        "/ws/matchmaking",
        "/ws/studio",
      ]) {
        const ways = [{ headers: { "ws-token": token } }, { query: { auth_token: token } }];
        for (const way of ways) {
          const client = openPlain(last(app), path, way);
          const ack = path === "/ws/studio" ? client.next("SERVER_HELLO") : client.next("ack");
          client.send({ type: "ping", id: 1 });
          await ack;
        }
      }
    });

    it("may stand there over Socket.IO too, also while it polls", async () => {
      const app = await setup.start();
      for (const transports of [["websocket"], ["polling"]] as const)
        for (const way of [
          { headers: { "ws-token": app.token("ann") } },
          { query: { auth_token: app.token("ann") } },
        ]) {
          const options = { url: app.url, namespace: "/game", name: "ann", transports: [...transports] };
          const ann = await connectClient<typeof gameContract>({ ...options, ...way });
          assert.equal((await ann.next("welcome")).user.user_id, "ann");
          ann.disconnect();
        }
    });

    it("counts after the documented places, and is refused where it is bad", async () => {
      const app = await setup.start();
      const both = openPlain(app.url, "/ws/game", {
        query: { token: app.token("ann"), auth_token: app.token("bob") },
        headers: { "ws-token": app.token("cat") },
      });
      assert.equal(((await both.next("welcome")).user as Json).user_id, "ann");
      const header = openPlain(app.url, "/ws/game", {
        query: { auth_token: app.token("bob") },
        headers: { "ws-token": app.token("cat") },
      });
      assert.equal(((await header.next("welcome")).user as Json).user_id, "cat");
      for (const way of [{ headers: { "ws-token": "bad" } }, { query: { auth_token: "bad" } }]) {
        const bad = openPlain(app.url, "/ws/world", way);
        assert.equal((await bad.next("error")).code, "token_invalid");
        assert.equal((await bad.closed).code, 4401);
      }
      const other = openPlain(app.url, "/ws/game", {
        query: { auth_token: app.token("ann"), user_id: "bob" },
      });
      assert.equal((await other.closed).code, 4403);
    });
  });

  describe("a public presence client", () => {
    afterEach(closePlain);

    it("connects to the bare address with its token, and is one with those of /game", async () => {
      const app = await setup.start();
      const page = await app.connect(gameContract, "ann", { worker: 1 });
      const ways = {
        bob: { query: { token: app.token("bob") } },
        cat: { query: { auth_token: app.token("cat") } },
        dan: { headers: { "ws-token": app.token("dan") } },
        eve: { headers: { authorization: `Bearer ${app.token("eve")}` } },
      };
      const clients = Object.entries(ways).map(([user, way]) => ({
        user,
        client: openPlain(app.url, "/", way),
      }));
      for (const { user, client } of clients) {
        assert.equal(((await client.next("welcome")).user as Json).user_id, user);
        assert.equal((await client.call("room:list")).ok, true);
        await client.next("user:list", ({ users }) =>
          (users as Json[]).some(({ user_id }) => user_id === "ann"),
        );
      }
      await page.next("user:list", ({ users }) =>
        clients.every(({ user }) => users.some(({ user_id }) => user_id === user)),
      );
    });

    it("is refused there without a token, and with a bad one", async () => {
      const app = await setup.start();
      await assert.rejects(openPlain(app.url, "/").opened(), /404/);
      await assert.rejects(openPlain(app.url, "/?token=").opened(), /404/);
      await assert.rejects(openPlain(app.url, "/?user_id=ann").opened(), /404/);
      await assert.rejects(openPlain(app.url, `/other?token=${app.token("ann")}`).opened(), /404/);
      const bad = openPlain(app.url, "/?token=bad");
      assert.equal((await bad.next("error")).code, "token_invalid");
      assert.equal((await bad.closed).code, 4401);
      const page = await new Promise<number | undefined>((resolve, reject) => {
        get(`${app.url}/?token=bad`, ({ statusCode }) => resolve(statusCode)).on("error", reject);
      });
      assert.equal(page, 200, "the demo page stays");
    });

    const signed = (claims: object) =>
      jwt.sign({ exp: Math.floor(Date.now() / 1_000) + 60, ...claims }, createSecretKey(Buffer.from(SECRET)));
    const by = (app: TestApp, claims: object) =>
      openPlain(app.url, "/", { query: { token: signed(claims) } });

    it("is known by the claim that is configured, whose numbers become text", async () => {
      const app = await setup.start({ env: { JWT_USER_CLAIM: "id" } });
      const number = by(app, { id: 42, name: "Ann", sub: "somebody" });
      assert.deepEqual((await number.next("welcome")).user, {
        user_id: "42",
        name: "Ann",
        roles: ["player"],
      });
      const text = by(app, { id: "42", name: "Ann" });
      assert.equal(((await text.next("welcome")).user as Json).user_id, "42");
      const list = await text.next("user:list");
      assert.equal(list.count, 1, "7 and '7' are one user");
      assert.equal(
        (
          await number.call("refresh_token", {
            token: signed({ id: "42", exp: Math.floor(Date.now() / 1_000) + 120 }),
          })
        ).ok,
        true,
      );
      const other = await number.call("refresh_token", { token: signed({ id: 43 }) });
      assert.equal((other.error as Json).code, "forbidden");
    });

    it("names itself by its number in frames too, and nobody else", async () => {
      const app = await setup.start({ env: { JWT_USER_CLAIM: "id" } });
      const query = { token: signed({ id: 42 }) };
      for (const path of ["/ws/world", "/ws/matchmaking"]) {
        const ann = openPlain(app.url, path, { query });
        for (const user_id of [42, "42"]) {
          ann.send({ type: "ping", user_id });
          await ann.next("pong");
        }
        for (const user_id of [43, "43", 42.5, [42], true]) {
          ann.send({ type: "ping", user_id });
          const { code, data } = await ann.next("error");
          assert.equal(code ?? (data as Json).code, "forbidden", JSON.stringify(user_id));
        }
      }
    });

    it("is refused where that claim is nobody's id", async () => {
      const app = await setup.start({ env: { JWT_USER_CLAIM: "id" } });
      const bad = [
        {},
        { sub: "ann" },
        { id: null },
        { id: 1.5 },
        { id: 2 ** 60 },
        { id: "" },
        { id: true },
        { id: [42] },
        { id: { id: 1 } },
        { id: "anonymous:1" },
      ];
      for (const claims of bad) {
        const client = by(app, claims);
        assert.equal((await client.next("error")).code, "token_invalid", JSON.stringify(claims));
        assert.equal((await client.closed).code, 4401);
      }
    });

    it("by default is known by sub, which is text", async () => {
      const app = await setup.start();
      assert.equal((await by(app, { sub: 42, id: "ann" }).closed).code, 4401);
      const ann = by(app, { sub: "ann", id: 42 });
      assert.equal(((await ann.next("welcome")).user as Json).user_id, "ann");
    });
  });
});

describe("tokens made here", () => {
  afterEach(closeAll);

  it("have the configured claim, so that they are good here", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev", JWT_USER_CLAIM: "uid" } });
    const reply = await fetch(`${app.url}/dev/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: "ann" }),
    });
    const { token } = (await reply.json()) as { token: string };
    const client = openPlain(app.url, "/", { query: { token } });
    assert.equal(((await client.next("welcome")).user as Json).user_id, "ann");
    closePlain();
  });
});
