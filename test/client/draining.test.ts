import assert from "node:assert/strict";
import { CommandError, type NamespaceClient } from "../../client/index.ts";
import type { ChatContract } from "../../namespaces/chat/schema.ts";
import { closeAll, startEmbedded, startTwoWorkers } from "../support/app.ts";
import { type RoundRobin, startRoundRobin } from "../support/round-robin.ts";
import { closeTyped, inState, online, openTyped } from "../support/typed-client.ts";

const codeOf = (thrown: unknown) => (thrown instanceof CommandError ? thrown.code : String(thrown));
const unlimited = {
  yaml: "rate_limits: { connection: off, user: off, events: { chat_message: off, room:signal: off } }",
};

/** Commands that are under way at a time. */
const UNDER_WAY = 16;

describe("a client whose worker stops", () => {
  const balancers: RoundRobin[] = [];
  afterEach(async () => {
    closeTyped();
    for (const balancer of balancers.splice(0)) await balancer.close();
    await closeAll();
  });

  /** A client of the first worker, with the second one behind the same address. */
  async function behindBalancer() {
    const app = await startTwoWorkers(unlimited);
    const balancer = await startRoundRobin(app.urls);
    balancers.push(balancer);
    const ann = openTyped(app, "ann", { url: balancer.url });
    const [chat, game] = [ann.in("/chat"), ann.in("/game")];
    await Promise.all([online(chat), online(game)]);
    const told: unknown[] = [];
    ann.onDraining(() => told.push("draining"));
    ann.onState((state) => told.push(state));
    return { app, ann, chat, game, told };
  }

  async function said(chat: NamespaceClient<ChatContract>) {
    const found: string[] = [];
    for (let after = 0; ; ) {
      const page = await chat.call("history", { channel: "guild", after, limit: 100 });
      for (const item of page.messages) {
        if (item.event === "chat_message") found.push(item.content);
        after = item.offset;
      }
      if (!page.has_more) return found;
    }
  }

  it("goes to another by itself, in time: no command fails, all are in order, and it is told once", async () => {
    const { app, ann, chat, game, told } = await behindBalancer();
    const sent: Promise<unknown>[] = [];
    const contents: string[] = [];
    // Each namespace of the connection is told; this server never cuts it.
    for (const name of ["/chat", "/game"])
      app.workers[0]?.io.of(name).emit("server_draining", { reconnect_in_ms: 600, timestamp: "" } as never);
    let moved = false;
    ann.onState((state) => {
      moved ||= state === "connected";
    });
    // Some are under way whenever it goes.
    while (!moved) {
      const content = `m${contents.length}`;
      contents.push(content);
      sent.push(chat.call("chat_message", { channel: "guild", content }));
      // It is never sent twice: it fails if its connection goes before its answer.
      sent.push(game.call("room:signal", { room_id: "r_none", data: 1 }).catch(codeOf));
      await sent.at(-UNDER_WAY);
    }
    const answers = await Promise.all(sent);
    assert.deepEqual(told, ["draining", "reconnecting", "connected"]);
    assert.ok(answers.includes("not_found") && !answers.includes("no_answer"));
    assert.deepEqual(await said(chat), contents);
  });

  it("loses nothing, whenever the server cuts it", async () => {
    const { app, ann, chat, told } = await behindBalancer();
    const stopped = app.workers[0]?.close();
    const contents = Array.from({ length: 300 }, (_, at) => `m${at}`);
    const sent = contents.map((content) => chat.call("chat_message", { channel: "guild", content }));
    await Promise.all(sent);
    await stopped;
    await inState(ann, "connected");
    assert.deepEqual(told, ["draining", "reconnecting", "connected"]);
    assert.deepEqual(await said(chat), contents);
  });

  it("waits no longer for an answer than it may stay, and the command is tried elsewhere", async () => {
    const { app, chat } = await behindBalancer();
    const inner = chat.socket as unknown as { onack(packet: object): void };
    // The first try's answer is lost.
    inner.onack = () => undefined;
    const answer = chat.call("chat_message", { channel: "guild", content: "hello" });
    chat.socket.once("disconnect", () => {
      inner.onack = Object.getPrototypeOf(inner).onack;
    });
    app.workers[0]?.io.of("/chat").emit("server_draining", { reconnect_in_ms: 200, timestamp: "" } as never);
    await answer;
    assert.deepEqual(await said(chat), ["hello"]);
  });

  it("is told so also where there is no other", async () => {
    const app = await startEmbedded();
    const ann = openTyped(app, "ann");
    await online(ann.in("/chat"));
    const draining = new Promise<number>((resolve) => ann.onDraining(resolve));
    const stopped = app.workers[0]?.close();
    const inMs = await draining;
    assert.ok(inMs >= 0 && inMs <= 2_100, String(inMs));
    await inState(ann, "reconnecting");
    await stopped;
  });

  it("takes no word of it that has no time, and none for the connection after", async () => {
    const app = await startEmbedded();
    const ann = openTyped(app, "ann");
    const chat = ann.in("/chat");
    await online(chat);
    const told: number[] = [];
    const errors: string[] = [];
    ann.onError(({ code }) => errors.push(code));
    ann.onDraining((inMs) => {
      told.push(inMs);
      throw new Error("mine");
    });
    const say = (payload: object) =>
      app.workers[0]?.io.of("/chat").emit("server_draining", { timestamp: "", ...payload } as never);
    const lost = new Promise((resolve) => chat.socket.once("disconnect", resolve));
    for (const reconnect_in_ms of [undefined, -1, "soon"]) say({ reconnect_in_ms });
    say({ reconnect_in_ms: 30 });
    say({ reconnect_in_ms: 30 });
    await lost;
    await inState(ann, "connected");
    await chat.call("unread", {});
    assert.deepEqual([told, errors], [[30], ["listener_failed"]]);
    assert.equal(ann.state, "connected");
  });
});
