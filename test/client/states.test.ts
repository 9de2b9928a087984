import assert from "node:assert/strict";
import { ClientError, connectMuster } from "../../client/index.ts";
import { ERRORS, type ErrorCode } from "../../core/contract/errors.ts";
import { asId } from "../../core/ids.ts";
import type { RoomName } from "../../core/rooms.ts";
import { arena } from "../../games/arena.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { collector } from "../support/collector.ts";
import { closeTyped, cut, inState, online, openTyped } from "../support/typed-client.ts";

/** Refuses the next connections to a namespace with these, one after the other; then none. */
function refuse(app: TestApp, namespace: string, refusals: readonly object[]): { tries: number[] } {
  const left = [...refusals];
  const seen = { tries: [] as number[] };
  app.workers[0]?.io.of(namespace).use((_socket, next) => {
    seen.tries.push(performance.now());
    const refusal = left.shift();
    if (refusal === undefined) return next();
    next(Object.assign(new Error("refused"), "code" in refusal ? { data: refusal } : {}));
  });
  return seen;
}

const refusal = (code: ErrorCode, details: object = {}) => ({
  code,
  message: ERRORS[code].message,
  ...details,
});

describe("the client's state", () => {
  afterEach(() => {
    closeTyped();
    return closeAll();
  });

  it("goes from connecting over connected and reconnecting to ended, and reports each", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    assert.equal(muster.state, "connecting");
    const told: unknown[] = [];
    muster.onState((state, reason) => told.push([state, reason?.code]));
    const chat = muster.in("/chat");
    await inState(chat, "connected");
    assert.deepEqual([muster.state, chat.state], ["connected", "connected"]);
    cut(chat);
    await inState(chat, "reconnecting");
    await inState(chat, "connected");
    muster.close();
    assert.deepEqual(told, [
      ["connected", undefined],
      ["reconnecting", undefined],
      ["connected", undefined],
      ["ended", "closed"],
    ]);
    assert.deepEqual([chat.state, chat.reason?.code, muster.reason?.code], ["ended", "closed", "closed"]);
  });

  it("stays connecting through every refusal that can pass, with longer waits, and reports each", async () => {
    const app = await startEmbedded();
    const refusals = [
      refusal("unavailable"),
      refusal("server_full"),
      refusal("conflict"),
      refusal("internal"),
      {},
      refusal("rate_limited", { retry_after_ms: 200 }),
    ];
    const { tries } = refuse(app, "/chat", refusals);
    const muster = openTyped(app, "ann");
    const told: unknown[] = [];
    muster.onError(({ code, details }) =>
      told.push([code, details.retry_after_ms, muster.in("/chat").state]),
    );
    await muster.in("/chat").call("unread", {});
    assert.deepEqual(told, [
      ["unavailable", undefined, "connecting"],
      ["server_full", undefined, "connecting"],
      ["conflict", undefined, "connecting"],
      ["internal", undefined, "connecting"],
      ["internal", undefined, "connecting"],
      ["rate_limited", 200, "connecting"],
    ]);
    assert.equal(tries.length, refusals.length + 1);
    const [last = 0, before = 0] = tries.toReversed();
    assert.ok(last - before >= 195, `came back after ${last - before} ms`);
  });

  it("is ended by a refusal that stays, for that namespace alone", async () => {
    const app = await startEmbedded();
    refuse(app, "/combat", [refusal("banned", { until: "tomorrow" })]);
    const muster = openTyped(app, "ann");
    const combat = muster.in("/combat");
    const chat = muster.in("/chat");
    const waiting = combat.call("combat_state", { combat_session_id: "x" });
    await assert.rejects(waiting, { code: "banned", details: { until: "tomorrow" } });
    assert.deepEqual([combat.state, combat.reason?.code], ["ended", "banned"]);
    assert.ok(combat.reason instanceof ClientError);
    await chat.call("unread", {});
    assert.equal(muster.state, "connected");
  });

  it("is ended by a user_id that is not the token's", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann", { auth: { user_id: "bob" } });
    muster.in("/chat");
    assert.equal((await inState(muster, "ended"))?.code, "forbidden");
    assert.equal(muster.reason?.namespace, "/chat");
  });

  it("is reconnecting after the server let it go without a reason, and comes back", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const chat = muster.in("/chat");
    await chat.call("unread", {});
    app.workers[0]?.io.of("/chat").disconnectSockets();
    await inState(chat, "reconnecting");
    await inState(chat, "connected");
    await chat.call("unread", {});
  });

  it("is ended after the server said that it does not want it", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const chat = muster.in("/chat");
    await chat.call("unread", {});
    const room = asId<RoomName>("user:ann");
    app.workers[0]?.io.of("/chat").to(room).emit("error", { code: "forbidden", error: "out", timestamp: "" });
    app.workers[0]?.io.of("/chat").disconnectSockets();
    const reason = await inState(chat, "ended");
    assert.deepEqual([reason?.code, reason?.message], ["forbidden", "out"]);
  });

  it("does not take an error of a command for one of the connection", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const chat = muster.in("/chat");
    await online(chat);
    const failed = new Promise((resolve) => chat.socket.once("error", resolve));
    chat.socket.emit("chat_message", { channel: "party", content: "to nobody" });
    await failed;
    app.workers[0]?.io.of("/chat").disconnectSockets();
    await inState(chat, "reconnecting");
    await inState(chat, "connected");
  });

  it("is connecting while nobody listens at the address, and says so once for all namespaces", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann", { url: "http://127.0.0.1:1" });
    const told = collector<string>();
    muster.onError(({ code, namespace }) => told.hear(`${code} ${namespace}`));
    muster.in("/chat");
    muster.in("/game");
    await told.reaches(3);
    assert.deepEqual(told.heard.slice(0, 3), Array(3).fill("unreachable undefined"));
    assert.equal(muster.state, "connecting");
  });

  it("reaches the other listeners where one throws, and that is reported", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const told = collector<string>();
    muster.onError(({ code }) => told.hear(code));
    muster.onState(() => {
      throw new Error("mine");
    });
    muster.onState((state) => told.hear(state));
    await muster.in("/chat").call("unread", {});
    assert.deepEqual(told.heard, ["listener_failed", "connected"]);
  });

  it("does not begin where an option can't be meant", async () => {
    for (const url of ["", "not a url", "http://[bad", "ftp://x", undefined as never])
      assert.throws(() => connectMuster({ url }), { name: "ClientError", code: "unreachable" });
    for (const withinMs of [0, -1, Number.NaN])
      assert.throws(() => connectMuster({ url: "http://127.0.0.1:1", withinMs }), RangeError);
    assert.throws(() => connectMuster({ url: "http://127.0.0.1:1", withinMS: 5 } as never), {
      name: "TypeError",
      message:
        "no option withinMS, only url, token, tokenMs, auth, reliable, manager, withinMs, answerMs, minDelayMs, maxDelayMs",
    });
    const muster = connectMuster({ url: "http://127.0.0.1:1" });
    assert.throws(
      () => muster.games.follow("r", { spectat: true } as never),
      /no option spectat, only spectate/,
    );
    assert.throws(
      () => muster.realtime("r", arena, { simulate: { delai: 5 } } as never),
      /no option delai, only delay/,
    );
    await assert.rejects(
      muster.in("/chat").call("unread", {}, { within: 5 } as never),
      /no option within, only withinMs/,
    );
    assert.throws(() => muster.in("/gaem" as never), /no namespace \/gaem, only \/, \/game, \/chat/);
    muster.close();
    connectMuster({ url: "wss://play.example.com", withinMs: Number.POSITIVE_INFINITY }).close();
  });
});
