import assert from "node:assert/strict";
import { Manager } from "socket.io-client";
import { ClientTimers } from "../../client/connection/timers.ts";
import { Delivery } from "../../client/delivery.ts";
import type { Muster } from "../../client/index.ts";
import { asId, type DeliveryId, type UserId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { indexKey, partitions } from "../../core/ports/store/keys.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { collector } from "../support/collector.ts";
import { closeTyped, cut, online, openTyped } from "../support/typed-client.ts";

/** Something is achieved, told to every device of ann. */
const achieve = (app: TestApp, id: string) =>
  app.workers[0]?.services.inbox.deliver(
    gameContract,
    asId<UserId>("ann"),
    "achievement",
    { user_id: "ann", achievement: id },
    asId<DeliveryId>(id),
  );

/** What waits for ann at the server. */
async function waiting(app: TestApp): Promise<string[]> {
  const key = indexKey(partitions.user(asId<UserId>("ann")), "inbox:/game");
  const page = await app.workers[0]?.services.store.indexes.page(key, { limit: 100 });
  return (page?.members ?? []).map(({ member }) => member);
}

/** The event has come to the client, whoever listens. */
const arrived = (muster: Muster) =>
  new Promise<void>((resolve) => muster.in("/game").socket.once("achievement", () => resolve()));

/** Hears of each that is acknowledged. */
async function acknowledged(app: TestApp) {
  const ids = collector<string>();
  const told = topic<{ readonly deliveryId: string }>("inbox:acknowledged");
  // Her worker hears of it, or all do.
  for (const { services } of app.workers)
    await services.userBus.subscribe(told, ({ deliveryId }) => {
      if (!ids.heard.includes(deliveryId)) ids.hear(deliveryId);
    });
  return ids;
}

onEachSetup((setup) => {
  describe("reliable events at the client", () => {
    afterEach(closeTyped);

    it("wait for a listener, here and at the server; the first gets them all, once and in order", async () => {
      const app = await setup.start();
      const gone = await acknowledged(app);
      const ann = openTyped(app, "ann");
      await online(ann.in("/game"));
      for (const id of ["a1", "a2"]) {
        const here = arrived(ann);
        await achieve(app, id);
        await here;
      }
      assert.deepEqual(await waiting(app), ["a1", "a2"]);
      // What comes twice is one.
      app.workers[0]?.io.of("/game").emit("achievement", { achievement: "a1", delivery_id: "a1" });
      const told = collector<string>();
      const late: string[] = [];
      ann.in("/game").on("achievement", ({ achievement }) => told.hear(achievement));
      await told.reaches(2);
      ann.in("/game").on("achievement", ({ achievement }) => late.push(achievement));
      await achieve(app, "a3");
      await told.reaches(3);
      assert.deepEqual(told.heard, ["a1", "a2", "a3"]);
      assert.deepEqual(late, ["a3"]);
      await gone.reaches(3);
      assert.deepEqual(await waiting(app), []);
    });

    it("come again to a listener that threw or rejected, and to no other; that is reported", async () => {
      const app = await setup.start();
      const gone = await acknowledged(app);
      const ann = openTyped(app, "ann");
      const game = ann.in("/game");
      const errors: unknown[] = [];
      ann.onError(({ code, namespace, cause }) => errors.push([code, namespace, (cause as Error).message]));
      const told = collector<string>();
      let throwing = 0;
      let rejecting = 0;
      game.on("achievement", ({ achievement }) => told.hear(`well ${achievement}`));
      game.on("achievement", ({ achievement }) => {
        if (throwing++ === 0) throw new Error("broken");
        told.hear(`thrower ${achievement}`);
      });
      game.on("achievement", async ({ achievement }) => {
        if (rejecting++ === 0) throw new Error("no luck");
        told.hear(`rejecter ${achievement}`);
      });
      await online(game);
      await achieve(app, "a1");
      await told.reaches(1);
      assert.deepEqual(await waiting(app), ["a1"]);
      // Sent again after two seconds.
      await told.reaches(3);
      assert.deepEqual(told.heard.sort(), ["rejecter a1", "thrower a1", "well a1"]);
      assert.deepEqual(errors, [
        ["listener_failed", "/game", "broken"],
        ["listener_failed", "/game", "no luck"],
      ]);
      await gone.reaches(1);
    });

    it("are acknowledged when a listener's promise has resolved, over another connection too, and come once", async () => {
      const app = await setup.start();
      const gone = await acknowledged(app);
      const ann = openTyped(app, "ann");
      const game = ann.in("/game");
      await online(game);
      const told = collector<string>();
      let done = () => {};
      const work = new Promise<void>((resolve) => (done = resolve));
      game.on("achievement", ({ achievement }) => {
        told.hear(achievement);
        return work;
      });
      await achieve(app, "a1");
      await told.reaches(1);
      const again = arrived(ann);
      cut(game);
      await again;
      assert.deepEqual(await waiting(app), ["a1"]);
      done();
      await gone.reaches(1);
      assert.deepEqual(told.heard, ["a1"]);
    });

    it("stay at the server where nobody listens although a channel is followed", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      await ann.channels.follow("guild", { entry() {} });
      const bob = openTyped(app, "bob", { worker: 1 });
      const here = new Promise((resolve) => ann.in("/chat").socket.once("chat_message", resolve));
      await bob.in("/chat").call("chat_message", { channel: "private", to: "ann", content: "psst" });
      await here;
      ann.close();
      const device = await app.connect(chatContract, "ann", { auth: { reliable: true } });
      assert.equal((await device.next("chat_message")).content, "psst");
    });

    it("of an application's own, by the HTTP API, are taken by their name", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const told = collector<unknown>();
      ann.in("/game").onOther("gift", (payload) => told.hear((payload as { gold: number }).gold));
      await online(ann.in("/game"));
      const token = app.token("shop", { roles: ["service"] });
      const sent = await fetch(`${app.url}/api/websocket`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({
          user_id: "ann",
          namespace: "/game",
          message_type: "gift",
          data: { gold: 3 },
          reliable: true,
        }),
      });
      assert.equal(sent.status, 200);
      assert.deepEqual(await told.reaches(1), [3]);
    });
  });

  describe("other events at the client", () => {
    afterEach(closeTyped);

    it("reach every listener, whatever another throws, and the followed channel too", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const errors: string[] = [];
      ann.onError(({ message }) => errors.push(message));
      const told = collector<string>();
      const chat = ann.in("/chat");
      chat.on("chat_message", () => {
        throw new Error("one");
      });
      chat.on("chat_message", ({ content }) => told.hear(`heard ${content}`));
      await ann.channels.follow("guild", {
        entry(entry) {
          if (entry.event === "chat_message") told.hear(`followed ${entry.content}`);
          throw new Error("two");
        },
      });
      for (const content of ["x", "y"]) await chat.call("chat_message", { channel: "guild", content });
      await told.reaches(4);
      assert.deepEqual(told.heard, ["followed x", "heard x", "followed y", "heard y"]);
      const message = "a listener of chat_message failed: one";
      assert.deepEqual(errors, [
        "a listener of a channel failed: two",
        message,
        "a listener of a channel failed: two",
        message,
      ]);
      assert.equal(chat.state, "connected");
    });

    it("that are resumed reach a listener that throws at each of them", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      ann.onError(() => undefined);
      const told = collector<unknown>();
      await ann.rooms.follow("r", {
        message({ data }) {
          told.hear(data);
          throw new Error("mine");
        },
      });
      await bob.rooms.follow("r", { message() {} });
      ann.in("/").socket.disconnect();
      for (const data of [1, 2, 3]) await bob.rooms.publish("r", data);
      ann.in("/").socket.connect();
      await told.reaches(3);
      assert.deepEqual(told.heard, [1, 2, 3]);
    });
  });
});

describe("reliable events that nobody listens for", () => {
  /** A delivery without a server, and what would arrive at it. */
  function alone() {
    const socket = new Manager("http://127.0.0.1:1", { autoConnect: false }).socket("/game");
    const timers = new ClientTimers();
    const delivery = new Delivery(socket, { namespace: "/game", timers, report() {} });
    const arrive = (id: string, more: object = {}) => {
      for (const listener of socket.listenersAny()) listener("gift", { delivery_id: id, ...more });
    };
    return { delivery, arrive, close: () => timers.close() };
  }
  const given = () => new Promise((resolve) => setImmediate(resolve));

  it("are kept up to a number; further ones stay at the server", async () => {
    const { delivery, arrive, close } = alone();
    for (let at = 0; at < 1_005; at++) arrive(`d${at}`);
    const got: string[] = [];
    delivery.on("gift", (payload) => got.push((payload as { delivery_id: string }).delivery_id));
    await given();
    assert.deepEqual([got.length, got[0], got.at(-1)], [1_000, "d0", "d999"]);
    arrive("d1000");
    assert.equal(got.at(-1), "d1000");
    close();
  });

  it("are kept up to a number of bytes", async () => {
    const { delivery, arrive, close } = alone();
    for (let at = 0; at < 5; at++) arrive(`d${at}`, { text: "x".repeat(1024 * 1024) });
    const got: string[] = [];
    delivery.on("gift", (payload) => got.push((payload as { delivery_id: string }).delivery_id));
    await given();
    assert.deepEqual(got, ["d0", "d1", "d2"]);
    close();
  });
});
