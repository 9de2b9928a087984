import assert from "node:assert/strict";
import type { Token } from "../../client/index.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { closeAll, type Setup, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { collector } from "../support/collector.ts";
import { closeTyped, cut, inState, online, openTyped } from "../support/typed-client.ts";

/** Gives one thing after the other, then the last for ever; counts how often it was asked. */
function inTurn(...gives: (() => unknown)[]) {
  let asked = 0;
  const token = () => gives[Math.min(asked++, gives.length - 1)]?.();
  return { token: token as Token, asked: () => asked };
}

const fails = () => {
  throw new Error("the login is away");
};

/** Who has entered a namespace, anonymous ones too. */
function visitors(app: TestApp, namespace: string): string[] {
  const users: string[] = [];
  for (const { io } of app.workers) io.of(namespace).on("connection", ({ data }) => users.push(data.user_id));
  return users;
}

const setups: Pick<Setup, "name" | "start">[] = [
  { name: "embedded, one process", start: startEmbedded },
  { name: "Redis, two workers", start: startTwoWorkers },
];

describe("the client's token", () => {
  afterEach(() => {
    closeTyped();
    return closeAll();
  });

  it("is asked for until there is one, whatever token() does, and nobody enters without it", async () => {
    const app = await startEmbedded();
    const users = visitors(app, "/game");
    const { token } = inTurn(
      fails,
      () => Promise.reject(new Error("no network")),
      () => undefined,
      () => "",
      () => Promise.resolve({ token: "x" }),
      () => new Promise(() => undefined),
      () => app.token("ann"),
    );
    const muster = openTyped(app, "ann", { token, tokenMs: 50 });
    const told: string[] = [];
    muster.onError(({ code, namespace }) => told.push(`${code} ${namespace} ${muster.state}`));
    const game = muster.in("/game");
    const { users: others } = await game.call("user:list", {});
    assert.deepEqual(told, Array(6).fill("token_failed /game connecting"));
    assert.equal(others.length, 1);
    assert.deepEqual(users, ["ann"]);
    assert.equal(muster.state, "connected");
  });

  it("is waited for also where the application connects the socket itself", async () => {
    const app = await startEmbedded();
    const users = visitors(app, "/game");
    const { token } = inTurn(
      () => new Promise((_, reject) => setImmediate(() => reject(new Error("no network")))),
      () => app.token("ann"),
    );
    const game = openTyped(app, "ann", { token }).in("/game");
    game.socket.connect();
    await game.call("user:list", {});
    assert.deepEqual(users, ["ann"]);
  });

  it("is asked for again where the connection was lost meanwhile", async () => {
    const app = await startEmbedded();
    const users = visitors(app, "/world");
    const { token } = inTurn(
      () => app.token("ann"),
      fails,
      () => null,
      () => app.token("ann"),
    );
    const muster = openTyped(app, "ann", { token });
    const world = muster.in("/world");
    await online(world);
    const told = collector<string>();
    muster.onError(({ code }) => told.hear(`${code} ${muster.state}`));
    cut(world);
    await told.reaches(2);
    await inState(muster, "connected");
    assert.deepEqual(told.heard, ["token_failed reconnecting", "token_failed reconnecting"]);
    assert.deepEqual(users, ["ann", "ann"]);
  });

  it("is asked for once by all namespaces that connect at the same time", async () => {
    const app = await startEmbedded();
    const { token, asked } = inTurn(() => app.token("ann"));
    const muster = openTyped(app, "ann", { token });
    const all = (["/", "/game", "/chat", "/combat", "/world", "/matchmaking"] as const).map(muster.in);
    await Promise.all(all.map(online));
    assert.equal(asked(), 1);
    cut(muster.in("/"));
    await inState(muster, "reconnecting");
    await inState(muster, "connected");
    assert.equal(asked(), 2);
  });

  it("ends the client at once where a given one is refused, with the server's code", async () => {
    const app = await startEmbedded();
    for (const [token, code] of [
      ["not a token", "token_invalid"],
      [app.token("ann", { ttlMs: -60_000 }), "token_expired"],
      ["", "unauthorized"],
    ] as const) {
      const muster = openTyped(app, "ann", { token });
      const errors: string[] = [];
      muster.onError((error) => errors.push(error.code));
      const game = muster.in("/game");
      const waiting = game.call("user:list", {});
      await assert.rejects(waiting, { name: "CommandError", code });
      const reason = muster.reason;
      assert.deepEqual([muster.state, game.state, reason?.code, errors], ["ended", "ended", code, [code]]);
      await assert.rejects(game.call("user:list", {}), { code });
    }
  });

  it("is asked for once more where it was refused, and not for ever", async () => {
    const app = await startEmbedded();
    for (const [stale, code] of [
      ["not a token", "token_invalid"],
      [app.token("ann", { ttlMs: -60_000 }), "token_expired"],
    ] as const) {
      const helped = inTurn(
        () => stale,
        () => app.token("ann"),
      );
      const ann = openTyped(app, "ann", { token: helped.token });
      await ann.in("/chat").call("unread", {});
      assert.equal(helped.asked(), 2);
      const useless = inTurn(() => stale);
      const bob = openTyped(app, "bob", { token: useless.token });
      await assert.rejects(bob.in("/chat").call("unread", {}), { code });
      assert.equal(useless.asked(), 2);
      assert.equal(bob.state, "ended");
    }
  });

  it("that is revoked is replaced by one that was made afterwards", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const chat = muster.in("/chat");
    await chat.call("unread", {});
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    await inState(muster, "reconnecting");
    await inState(muster, "connected");
    await chat.call("unread", {});
  });

  for (const { name, start } of setups)
    describe(name, () => {
      it("is replaced before it ends, once for all namespaces, and nobody is disconnected", async () => {
        const app = await start();
        const { token, asked } = inTurn(
          () => app.token("ann", { ttlMs: 40_000 }),
          () => app.token("ann"),
        );
        const muster = openTyped(app, "ann", { token });
        const expiring = collector<unknown>();
        const lost: string[] = [];
        for (const client of [muster.in("/chat"), muster.in("/game"), muster.in("/world")]) {
          client.onOther("token_expiring", expiring.hear);
          client.socket.on("disconnect", (reason) => lost.push(reason));
        }
        const refreshed = collector<string>();
        for (const { socket } of [muster.in("/chat"), muster.in("/game"), muster.in("/world")])
          socket.onAnyOutgoing((event) => refreshed.hear(event));
        await expiring.reaches(3);
        await refreshed.reaches(1);
        // Behind the refresh, whichever namespace that was sent in.
        await muster.in("/chat").socket.emitWithAck("ping", {});
        await muster.in("/game").socket.emitWithAck("ping", {});
        await muster.in("/world").socket.emitWithAck("ping", {});
        assert.equal(asked(), 2);
        assert.equal(refreshed.heard.filter((event) => event === "refresh_token").length, 1);
        await app.advance(60_000);
        await muster.in("/chat").call("unread", {});
        await muster.in("/game").call("user:list", {});
        assert.deepEqual(lost, []);
      });
    });

  it("is tried to be replaced again where that failed, for whatever reason", async () => {
    const app = await startEmbedded();
    const old = app.token("ann", { ttlMs: 50_000 });
    const { token } = inTurn(
      () => old,
      fails,
      () => "not a token",
      () => old,
      () => app.token("ann"),
    );
    const muster = openTyped(app, "ann", { token });
    const told = collector<string>();
    muster.onError(({ code }) => told.hear(code));
    const chat = muster.in("/chat");
    const answered = collector<string>();
    chat.socket.onAnyOutgoing((event) => answered.hear(event));
    await online(chat);
    await told.reaches(3);
    assert.deepEqual(told.heard, ["token_failed", "token_invalid", "token_expired"]);
    await answered.reaches(3);
    await chat.socket.emitWithAck("ping", {});
    await app.advance(60_000);
    await chat.call("unread", {});
    assert.equal(muster.state, "connected");
    assert.equal(told.heard.length, 3);
  });

  it("that has ended on the server is replaced by a new connection's", async () => {
    const app = await startEmbedded();
    const { token, asked } = inTurn(() => app.token("ann"));
    const muster = openTyped(app, "ann", { token });
    const clients = [muster.in("/chat"), muster.in("/game")];
    await Promise.all(clients.map(online));
    const gone = Promise.all(clients.map((client) => inState(client, "reconnecting")));
    await app.advance(3_700_000);
    await gone;
    await muster.in("/chat").call("unread", {});
    await inState(muster, "connected");
    assert.equal(asked(), 2);
  });

  it("that was given and ends takes the client with it, which is reported before", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann", { token: app.token("ann", { ttlMs: 50_000 }) });
    const told = collector<string>();
    muster.onError(({ message }) => told.hear(message));
    await online(muster.in("/chat"));
    await told.reaches(1);
    assert.match(told.heard[0] ?? "", /no function gives another/);
    await app.advance(60_000);
    const reason = await inState(muster, "ended");
    assert.equal(reason?.code, "token_expired");
  });

  it("of somebody else does not replace it", async () => {
    const app = await startEmbedded();
    const { token } = inTurn(
      () => app.token("ann", { ttlMs: 50_000 }),
      () => app.token("bob"),
    );
    const muster = openTyped(app, "ann", { token });
    const told = collector<string>();
    muster.onError(({ code }) => told.hear(code));
    muster.in("/chat");
    await told.reaches(1);
    assert.deepEqual(told.heard, ["forbidden"]);
  });
});
