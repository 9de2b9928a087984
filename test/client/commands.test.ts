import assert from "node:assert/strict";
import { CommandError, type Muster } from "../../client/index.ts";
import { closeAll, onEachSetup, type StartOptions, startEmbedded } from "../support/app.ts";
import { collector } from "../support/collector.ts";
import { closeTyped, cut, inState, online, openTyped } from "../support/typed-client.ts";

/** What was said in the guild, from the first on. */
async function said(muster: Muster): Promise<string[]> {
  const found: string[] = [];
  for (let after = 0; ; ) {
    const page = await muster.in("/chat").call("history", { channel: "guild", after, limit: 100 });
    for (const item of page.messages) {
      if (item.event === "chat_message") found.push(item.content);
      after = item.offset;
    }
    if (!page.has_more) return found;
  }
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`);
const codeOf = (thrown: unknown) => (thrown instanceof CommandError ? thrown.code : String(thrown));
/** Enough for a test that sends much at once. */
const unlimited: StartOptions = {
  yaml: "rate_limits: { connection: off, user: off, events: { chat_message: 10000/1s, publish: 10000/1s, block: 10000/1s, unblock: 10000/1s } }",
};

onEachSetup((setup) => {
  describe("the client's commands", () => {
    afterEach(closeTyped);

    it("act in their order and once, wherever the connection goes while they are under way", async () => {
      const app = await setup.start(unlimited);
      const ann = openTyped(app, "ann");
      const chat = ann.in("/chat");
      const sent: Promise<unknown>[] = [];
      // Each connection goes as soon as something has been answered, and takes along what was not.
      const say = (content: string) => {
        const answer = chat.call("chat_message", { channel: "guild", content });
        sent.push(answer);
        return answer;
      };
      // More than go out at once: some are under way, others still wait behind them.
      const contents = names(200);
      for (const content of contents.slice(0, 100)) say(content);
      await sent[0];
      cut(chat);
      for (const [at, content] of contents.slice(100).entries()) {
        const answer = say(content);
        if (at % 20 === 10) void answer.then(() => cut(chat));
        // Some are given while there is no connection, some right after there is one again.
        if (at % 30 === 20) await inState(chat, "reconnecting");
        if (at % 30 === 25) await online(chat);
      }
      await Promise.all(sent);
      assert.deepEqual(await said(ann), contents);
    });

    it("leave what the last of them says, where they contradict each other across a loss of the connection", async () => {
      const app = await setup.start(unlimited);
      const ann = openTyped(app, "ann");
      const chat = ann.in("/chat");
      await online(chat);
      const sent: Promise<unknown>[] = [];
      for (let at = 0; at < 20; at++) {
        sent.push(chat.call("block", { user_id: "bob" }), chat.call("unblock", { user_id: "bob" }));
        if (at % 5 === 2) cut(chat);
        if (at % 5 === 4) await online(chat);
      }
      await Promise.all(sent);
      assert.deepEqual((await chat.call("blocked", {})).user_ids, []);
    });

    it("publish to a followed room in order, also to one that is not resumed yet", async () => {
      const app = await setup.start(unlimited);
      const ann = openTyped(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      const told = collector<unknown>();
      await ann.rooms.follow("r", { message() {} });
      await bob.rooms.follow("r", { message: ({ data }) => told.hear(data) });
      const sent: Promise<unknown>[] = [];
      for (let at = 0; at < 60; at++) {
        sent.push(ann.rooms.publish("r", at));
        if (at % 20 === 10) cut(ann.in("/"));
        if (at % 20 === 15) await online(ann.in("/"));
      }
      await Promise.all(sent);
      await told.reaches(60);
      assert.deepEqual(
        told.heard,
        Array.from({ length: 60 }, (_, at) => at),
      );
    });

    it("that are refused for the moment are tried again before later ones", async () => {
      const app = await setup.start({
        yaml: "rate_limits: { events: { chat_message: { max: 5, window: 300ms } } }",
      });
      const ann = openTyped(app, "ann");
      const contents = names(16);
      await Promise.all(
        contents.map((content) => ann.in("/chat").call("chat_message", { channel: "guild", content })),
      );
      assert.deepEqual(await said(ann), contents);
    });

    it("that need the one before are served when all were given before there was a connection", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const world = ann.in("/world");
      const [entered, near] = await Promise.all([
        world.call("enter", { zone: "z", x: 0, y: 0 }),
        world.call("nearby", {}),
        world.call("leave", {}),
      ]);
      assert.equal(entered.zone, "z");
      assert.deepEqual(near.players, []);
    });
  });
});

describe("the client's commands that wait", () => {
  afterEach(() => {
    closeTyped();
    return closeAll();
  });

  /** A client that finds nobody. */
  async function offline() {
    const app = await startEmbedded();
    return openTyped(app, "ann", { url: "http://127.0.0.1:1" });
  }

  it("are bounded in number, and the next one fails at once", async () => {
    const chat = (await offline()).in("/chat");
    const waiting = Promise.allSettled(names(1_000).map(() => chat.call("unread", {})));
    await assert.rejects(chat.call("unread", {}), { name: "CommandError", code: "queue_full" });
    closeTyped();
    assert.deepEqual(
      new Set((await waiting).map((one) => one.status === "rejected" && codeOf(one.reason))),
      new Set(["closed"]),
    );
  });

  it("are bounded in bytes", async () => {
    const rooms = (await offline()).in("/");
    const data = "x".repeat(1024 * 1024);
    const waiting = Promise.allSettled(names(3).map((room) => rooms.call("publish", { room, data })));
    await assert.rejects(rooms.call("publish", { room: "r", data }), { code: "queue_full" });
    closeTyped();
    await waiting;
  });

  it("fail when their own time is over, each with its own", async () => {
    const chat = (await offline()).in("/chat");
    const ended: string[] = [];
    await Promise.all(
      [90, 30, 60].map((withinMs) =>
        chat.call("unread", {}, { withinMs }).catch((thrown) => ended.push(`${withinMs} ${codeOf(thrown)}`)),
      ),
    );
    assert.deepEqual(ended, ["30 unavailable", "60 unavailable", "90 unavailable"]);
  });

  it("fail with `closed` when the client is closed, and so do later ones; a failure that nobody waits for ends no process", async () => {
    const muster = await offline();
    const chat = muster.in("/chat");
    const waited = chat.call("unread", {});
    void chat.call("unread", {});
    void muster.rooms.publish("r", 1);
    void muster.rooms.follow("r", { message() {} });
    void muster.channels.follow("guild", { entry() {} });
    muster.close();
    await assert.rejects(waited, { code: "closed" });
    await assert.rejects(chat.call("unread", {}), { code: "closed" });
    await assert.rejects(muster.in("/game").call("user:list", {}), { code: "closed" });
    muster.close();
  });

  it("and were sent fail with `closed` too", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    await online(muster.in("/chat"));
    const asked = muster.in("/chat").call("unread", {});
    muster.close();
    await assert.rejects(asked, { code: "closed" });
  });

  it("are sent once where they must not be repeated, and fail with `no_answer` when the connection goes", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const game = muster.in("/game");
    await online(game);
    const made = game.call("room:create", { game: "dash-dice" });
    cut(game);
    await assert.rejects(made, { code: "no_answer" });
  });

  it("are sent once also where the heartbeat is overdue, as after a sleep, and the connection is about to go", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const game = muster.in("/game");
    await online(game);
    Object.assign(game.socket.io.engine, { _pingTimeoutTime: 1 });
    const { room } = await game.call("room:create", { game: "dash-dice" });
    const { rooms } = await game.call("room:mine", {});
    assert.deepEqual(
      rooms.map(({ room_id }) => room_id),
      [room.room_id],
    );
  });

  it("are only the newest where they are volatile, and it answers for those before it", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const world = muster.in("/world");
    const sent: unknown[] = [];
    world.socket.onAnyOutgoing((event, payload) => sent.push([event, payload.x]));
    await Promise.all([1, 2, 3].map((x) => world.call("player_movement", { x, y: 0, zone: "z" })));
    assert.deepEqual(sent, [["player_movement", 3]]);
  });

  it("fail with `invalid_payload` where they can't be encoded, and hold up nobody", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann");
    const rooms = muster.in("/");
    const data: { self?: unknown } = {};
    data.self = data;
    const wrong = rooms.call("publish", { room: "r", data });
    const big = rooms.call("publish", { room: "r", data: 1n });
    const good = rooms.call("subscribe", { room: "r" });
    await assert.rejects(wrong, { code: "invalid_payload" });
    await assert.rejects(big, { code: "invalid_payload" });
    assert.equal((await good).room, "r");
  });
});
