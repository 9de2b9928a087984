import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { asId, type UserId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { connectClient, TestClient } from "../support/client.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

interface Refusal {
  readonly message: string;
  readonly data?: { readonly code: string; readonly message: string };
}

const refusalOf = (work: Promise<unknown>): Promise<Refusal> =>
  work.then(
    () => assert.fail("the connection was accepted"),
    (refusal: Refusal) => refusal,
  );

const connectWith = (
  app: TestApp,
  namespace: string,
  options: { auth?: object; headers?: Record<string, string>; query?: Record<string, string> },
) => connectClient({ url: app.url, namespace, name: "raw", ...options, auth: { ...options.auth } });

/** `/game` and then `/chat` over one transport connection. */
async function connectBoth(app: TestApp, token: string) {
  const game = await connectClient({ url: app.url, namespace: "/game", name: "game", auth: { token } });
  const socket = game.socket.io.socket("/chat", { auth: { token } });
  const chat = new TestClient<typeof chatContract>(socket, "chat");
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve).connect();
  });
  return { game, chat };
}

/** The store of the first worker holds the next update of presence, such as a refreshed token's in `/game`. */
function holdUpdates(app: TestApp) {
  const presence = app.workers[0]?.services.store.presence;
  assert.ok(presence);
  const { update } = presence;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    presence.update = async (...args) => {
      presence.update = update;
      resolve();
      await released;
      return update(...args);
    };
  });
  return { reached, release: () => release() };
}

onEachSetup((setup) => {
  describe("connections", () => {
    it("without a token are anonymous where the namespace allows it, and refused elsewhere with their code", async () => {
      const app = await setup.start();
      for (const namespace of ["/", "/chat", "/combat", "/matchmaking"]) {
        const refusal = await refusalOf(connectWith(app, namespace, {}));
        assert.equal(refusal.message, "unauthorized");
        const { code, message } = refusal.data ?? {};
        assert.deepEqual([code, message], ["unauthorized", "a token is required"]);
      }
      await app.connect(gameContract, null);
      const watcher = await app.connect(worldContract, null);
      assert.equal(
        (await watcher.refused("entity_spawn", { entity_id: "e", kind: "k", x: 1, y: 1 })).code,
        "unauthorized",
      );
    });

    it("take the token from auth, the header or the query, in this order", async () => {
      const app = await setup.start();
      const token = app.token("ann");
      await connectWith(app, "/chat", { auth: { token } });
      await connectWith(app, "/chat", { headers: { authorization: `Bearer ${token}` } });
      await connectWith(app, "/chat", { query: { token } });
      const refusal = await refusalOf(
        connectWith(app, "/chat", { auth: { token: "bad" }, headers: { authorization: `Bearer ${token}` } }),
      );
      assert.equal(refusal.message, "token_invalid");
    });

    it("with a bad token are refused also where none is needed", async () => {
      const app = await setup.start();
      assert.equal(
        (await refusalOf(connectWith(app, "/game", { auth: { token: "bad" } }))).message,
        "token_invalid",
      );
      const expired = app.token("ann", { ttlMs: -10_000 });
      assert.equal(
        (await refusalOf(connectWith(app, "/game", { auth: { token: expired } }))).message,
        "token_expired",
      );
      const other = await refusalOf(
        connectWith(app, "/chat", { auth: { token: app.token("ann"), user_id: "bob" } }),
      );
      assert.equal(other.message, "forbidden");
    });

    it("are warned a minute before the token ends, and end with it", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { claims: { ttlMs: 100_000 } });
      await app.advance(45_000);
      await app.runDue();
      const warning = (await ann.nextAny("token_expiring")) as { expires_at: string };
      assert.ok(Math.abs(Date.parse(warning.expires_at) - app.now() - 55_000) < 5_000);
      await app.advance(60_000);
      await app.runDue();
      const error = (await ann.nextAny("error")) as { code: string };
      assert.equal(error.code, "token_expired");
      await ann.nextAny("(disconnect)");
    });

    it("go on with a newer token of the same user, and refuse another's", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { claims: { ttlMs: 100_000 } });
      const refresh = (token: string) => ann.raw("refresh_token", { token });
      const wrong = await refresh(app.token("bob"));
      assert.ok(!wrong.ok && wrong.error.code === "forbidden");
      const bad = await refresh("bad");
      assert.ok(!bad.ok && bad.error.code === "token_invalid");
      await app.advance(50_000);
      assert.ok((await refresh(app.token("ann", { ttlMs: 1_000_000 }))).ok);
      await app.advance(100_000);
      await app.runDue();
      assert.ok((await ann.raw("unread", {})).ok);
    });

    it("of a revoked user end on every worker; newer tokens are good", async () => {
      const app = await setup.start();
      const old = app.token("ann");
      const ann = await app.connect(chatContract, "ann");
      const there = await app.connect(gameContract, "ann", { worker: 1 });
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      const [worker] = app.workers;
      assert.ok(worker);
      await worker.revoke({ userId: asId<UserId>("ann") });
      for (const client of [ann, there]) {
        assert.equal(((await client.nextAny("error")) as { code: string }).code, "token_revoked");
        await client.nextAny("(disconnect)");
      }
      assert.equal(
        (await refusalOf(connectWith(app, "/chat", { auth: { token: old } }))).message,
        "token_revoked",
      );
      await app.advance(2_000);
      await app.connect(chatContract, "ann");
      assert.ok((await bob.raw("unread", {})).ok);
    });

    it("of a user who is revoked while a connection is let in end with that code, on every transport", async () => {
      const loads: (() => void)[] = [];
      const loadUser = () => new Promise<undefined>((resolve) => loads.push(() => resolve(undefined)));
      const app = await setup.start({ app: { loadUser } });
      const options = { reconnection: false, forceNew: true };
      const sockets = (["polling", "websocket"] as const).map((transport) =>
        io(`${app.url}/chat`, { ...options, transports: [transport], auth: { token: app.token(transport) } }),
      );
      const plain = openPlain(app.url, "/ws/chat", { query: { token: app.token("plain") } });
      await until("all three wait for their names", () => loads.length === 3);
      const [worker] = app.workers;
      assert.ok(worker);
      for (const user of ["polling", "websocket", "plain"])
        await worker.revoke({ userId: asId<UserId>(user) });
      const told = sockets.map(
        (socket) =>
          new Promise<string>((resolve) => {
            socket.once("error", ({ code }: { code: string }) =>
              socket.once("disconnect", () => resolve(code)),
            );
          }),
      );
      for (const load of loads) load();
      assert.deepEqual(await Promise.all(told), ["token_revoked", "token_revoked"]);
      assert.equal((await plain.next("error")).code, "token_revoked");
      assert.equal((await plain.closed).code, 4401);
      closePlain();
    });

    it("refresh all namespaces at once: a token that is revoked while the first is shown ends every one", async () => {
      const app = await setup.start();
      const { game, chat } = await connectBoth(app, app.token("ann"));
      const [worker] = app.workers;
      assert.ok(worker);
      const held = holdUpdates(app);
      const newer = await worker.mintToken({
        userId: "ann",
        issuedAt: Math.floor(app.now() / 1_000),
        ttlMs: 1_000_000,
        id: "newer",
        // What presence has to be told of.
        name: "Ann the newer",
      });
      game.socket.emit("refresh_token", { token: newer });
      await held.reached;
      await worker.revoke({ jti: "newer" });
      for (const client of [game, chat]) {
        const error = (await client.nextAny("error")) as { code: string };
        assert.equal(error.code, "token_revoked", client.name);
        await client.nextAny("(disconnect)");
      }
      held.release();
    });

    it("refresh all namespaces at once: of two tokens the later is every one's", async () => {
      const app = await setup.start();
      const { game, chat } = await connectBoth(app, app.token("ann"));
      const held = holdUpdates(app);
      const first = game.raw("refresh_token", { token: app.token("ann", { ttlMs: 100_000, name: "A." }) });
      await held.reached;
      const second = chat.raw("refresh_token", { token: app.token("ann", { ttlMs: 1_000_000 }) });
      // It is taken while the first is still shown, and at the latest shown after it.
      for (let round = 0; round < 20; round++) await Promise.race([second, chat.raw("ping", {})]);
      held.release();
      for (const ack of await Promise.all([first, second])) assert.ok(ack.ok);
      await app.advance(150_000);
      await app.runDue();
      for (const client of [game, chat]) assert.ok((await client.raw("ping", {})).ok, client.name);
    });

    it("beyond the configured number are refused as `server_full`, and taken again when there is room", async () => {
      const app = await setup.start({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS: "2" } });
      const ann = await app.connect(roomsContract, "ann");
      await app.connect(roomsContract, "bob");
      const refusal = await refusalOf(app.connect(roomsContract, "cid"));
      assert.equal(refusal.message, "server_full");
      assert.equal(refusal.data?.message, "server is at maximum capacity");
      ann.disconnect();
      for (let tries = 0; ; tries++) {
        const error = await app.connect(roomsContract, "cid").then(
          () => undefined,
          (err: Error) => err,
        );
        if (!error) break;
        assert.ok(tries < 50, "there was never room again");
      }
    });

    it("send events before they are set up, and get their answers in order", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const [first, second] = await Promise.all([
        ann.raw("subscribe", { room: "r" }),
        ann.raw("publish", { room: "r", data: 1 }),
      ]);
      assert.ok(first.ok);
      // `publish` did not wait for `subscribe`: it may be refused, but never lost.
      assert.ok(second.ok || second.error.code === "not_subscribed");
    });

    it("that fail to be made do not count, and the figures fall back to zero", async () => {
      const app = await setup.start();
      await refusalOf(connectWith(app, "/chat", {}));
      const ann = await app.connect(chatContract, "ann");
      ann.disconnect();
      for (let tries = 0; ; tries++) {
        const body = (await (await fetch(`${app.url}/health`)).json()) as { clients: number };
        if (body.clients === 0) break;
        assert.ok(tries < 200, `there are still ${body.clients} clients`);
      }
    });
  });
});
