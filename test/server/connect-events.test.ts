/** Connected means served, whatever the timing: on a slow store, while the store is away, and where a client asks twice. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Manager } from "socket.io-client";
import { WebSocket } from "ws";
import { GameError } from "../../core/contract/errors.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { onEachSetup, type TestApp, TestClient } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

const SLOW_MS = 40;

/** Every look at the stores takes its time, as on a busy machine. */
function slowDown(app: TestApp): void {
  for (const { services } of app.workers) {
    const { streams, documents, indexes } = services.store;
    const { subscribe, positions } = streams;
    const { load } = documents;
    const { page } = indexes;
    streams.subscribe = async (...args) => delay(SLOW_MS).then(() => subscribe(...args));
    streams.positions = async (...args) => delay(SLOW_MS).then(() => positions(...args));
    documents.load = async (...args) => delay(SLOW_MS).then(() => load(...args));
    indexes.page = async (...args) => delay(SLOW_MS).then(() => page(...args));
  }
}

/** Streams can't be followed on any worker until it is called. */
function loseStreams(app: TestApp): () => void {
  const ends: (() => void)[] = [];
  for (const { services } of app.workers) {
    const { streams } = services.store;
    const { subscribe } = streams;
    streams.subscribe = () => Promise.reject(new GameError("unavailable"));
    ends.push(() => {
      streams.subscribe = subscribe;
    });
  }
  return () => {
    for (const end of ends) end();
  };
}

const socketsIn = (app: TestApp, namespace: string) =>
  app.workers.reduce((sum, { io }) => sum + io.of(namespace).sockets.size, 0);

/** A raw connection of Engine.IO and what it was sent, pings apart. */
async function openRaw(url: string) {
  const ws = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const frames: string[] = [];
  const waiting: (() => void)[] = [];
  ws.on("message", (data) => {
    const frame = String(data);
    if (frame === "2") ws.send("3");
    else frames.push(frame);
    for (const look of waiting.splice(0)) look();
  });
  await once(ws, "open");
  async function until(accepts: (frame: string) => boolean): Promise<string> {
    for (;;) {
      const found = frames.find(accepts);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  return { ws, frames, until };
}

onEachSetup((setup) => {
  describe("a client that is connected", () => {
    afterEach(closePlain);

    it("hears in `/chat` what is said right after, however slow the store is", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { worker: 1 });
      await ann.call("history", { channel: "global" });
      slowDown(app);
      const guests = await Promise.all(
        ["bob", "cid", "dan"].map((user) => app.connect(chatContract, user, { worker: 0 })),
      );
      await ann.call("chat_message", { channel: "global", content: "hello" });
      for (const guest of guests) assert.equal((await guest.next("chat_message")).content, "hello");
    });

    it("over plain WebSocket hears it too, from its `open` on", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann", { worker: 1 });
      await ann.call("history", { channel: "global" });
      slowDown(app);
      const plain = openPlain(app.url, "/ws/chat", { query: { token: app.token("bob") } });
      await plain.opened();
      await ann.call("chat_message", { channel: "global", content: "hello" });
      assert.equal((await plain.next("chat_message")).content, "hello");
    });

    it("hears in `/game` of those who come right after", async () => {
      const app = await setup.start();
      slowDown(app);
      const ann = await app.connect(gameContract, "ann");
      const list = await ann.next("user:list");
      assert.ok(list.users.some(({ user_id }) => user_id === "ann"));
      await app.connect(gameContract, "bob", { worker: 1 });
      await Promise.race([
        ann.next("presence", ({ joined }) => joined.some(({ user_id }) => user_id === "bob")),
        ann.next("user:list", ({ users }) => users.some(({ user_id }) => user_id === "bob")),
      ]);
    });

    it("gets `connect` before anything else of the namespace", async () => {
      const app = await setup.start();
      slowDown(app);
      const raw = await openRaw(app.url);
      raw.ws.send(`40/game,${JSON.stringify({ token: app.token("ann") })}`);
      await raw.until((frame) => frame.includes("user:list"));
      assert.match(raw.frames.find((frame) => frame.includes("/game")) ?? "", /^40\/game,\{"sid"/);
      raw.ws.close();
    });

    it("while its streams can't be followed is told so, and hears everything from when they can", async () => {
      const off = { RATE_LIMITS_CONNECTION: "off", RATE_LIMITS_USER: "off" };
      const app = await setup.start({ env: { ...off, RATE_LIMITS_EVENTS: "chat_message=off" } });
      const back = loseStreams(app);
      const ann = await app.connect(chatContract, "ann");
      const fighter = await app.connect(combatContract, "ann");
      const plain = openPlain(app.url, "/ws/chat", { query: { token: app.token("bob") } });
      assert.equal(((await ann.nextAny("error")) as { code: string }).code, "unavailable");
      assert.equal((await plain.next("error")).code, "unavailable");
      back();
      const cid = await app.connect(chatContract, "cid", { worker: 1 });
      // Whatever is said first can come before the second try: one of them is heard.
      const heard = Promise.all([ann.next("chat_message"), plain.next("chat_message")]);
      let isHeard = false;
      void heard.then(() => {
        isHeard = true;
      });
      for (let i = 0; !isHeard; i++)
        await cid.call("chat_message", { channel: "global", content: `hello ${i}` });
      await heard;
      fighter.disconnect();
    });

    it("and leaves while its set-up is tried again leaves nothing behind", async () => {
      const app = await setup.start();
      let goOn = () => {};
      const gate = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let isTriedAgain = () => {};
      const triedAgain = new Promise<void>((resolve) => {
        isTriedAgain = resolve;
      });
      for (const { services } of app.workers) {
        const { bus } = services.store;
        const subscribe = bus.subscribe;
        let tries = 0;
        bus.subscribe = async (...args) => {
          if (tries++ === 0) throw new GameError("unavailable");
          isTriedAgain();
          await gate;
          return subscribe(...args);
        };
      }
      const ann = await app.connect(chatContract, "ann");
      await triedAgain;
      ann.disconnect();
      await until("no session in `/chat`", () => socketsIn(app, "/chat") === 0);
      goOn();
      // The set-up goes on before that of a later client, which is whole once a command is answered.
      const bob = await app.connect(chatContract, "bob");
      await bob.call("history", { channel: "global" });
      bob.disconnect();
      await until("nothing is left behind", () =>
        app.workers.every((worker) => {
          const { chat_members, followers, attendances } = worker.held();
          return chat_members === 0 && followers === 0 && attendances === 0;
        }),
      );
    });

    it("is welcomed in `/game` once, however often its set-up is tried", async () => {
      const app = await setup.start();
      const back = loseStreams(app);
      const { streams } = app.workers[0]?.services.store ?? assert.fail();
      const refuse = streams.subscribe;
      let tries = 0;
      const triedOften = new Promise<void>((resolve) => {
        streams.subscribe = (...args) => {
          if (++tries === 4) resolve();
          return refuse(...args);
        };
      });
      const ann = await app.connect(gameContract, "ann");
      await ann.nextAny("error");
      await triedOften;
      back();
      await ann.next("user:list");
      await ann.call("room:list", {});
      assert.equal(ann.pending("welcome").length, 1);
    });
  });

  describe("a client that asks for a namespace twice", () => {
    it("as React does (connect, disconnect, connect in one go) has one session and hears once", async () => {
      const app = await setup.start();
      for (const slow of [false, true]) {
        if (slow) slowDown(app);
        const manager = new Manager(app.url, { transports: ["websocket"], reconnection: false });
        const first = manager.socket("/game", { auth: { token: app.token("ann") } });
        first.connect();
        await new Promise<void>((resolve) => first.once("connect", resolve));
        const socket = manager.socket("/chat", { auth: { token: app.token("ann") } });
        const chat = new TestClient<typeof chatContract>(socket, "ann");
        const connected = new Promise<void>((resolve) => socket.once("connect", resolve));
        socket.connect();
        socket.disconnect();
        socket.connect();
        await connected;
        const { message_id } = await chat.call("chat_message", { channel: "global", content: "once" });
        await chat.next("chat_message", (message) => message.message_id === message_id);
        await chat.call("history", { channel: "global" });
        assert.equal(chat.pending("chat_message").length, 0);
        assert.equal(socketsIn(app, "/chat"), 1);
        assert.equal(socket.connected, true);
        const ended = new Promise<void>((resolve) => first.once("disconnect", () => resolve()));
        manager._close();
        await ended;
        for (const { io } of app.workers)
          for (const one of io.of("/chat").sockets.values())
            await new Promise<void>((resolve) => one.once("disconnect", () => resolve()));
      }
    });

    it("25 times in one go has one session", async () => {
      const app = await setup.start();
      const raw = await openRaw(app.url);
      const auth = JSON.stringify({ token: app.token("ann") });
      for (let i = 0; i < 25; i++) raw.ws.send(`40/chat,${auth}`);
      await raw.until((frame) => frame.startsWith("40/chat,"));
      raw.ws.send('42/chat,7["history",{"channel":"global"}]');
      await raw.until((frame) => frame.startsWith("43/chat,7"));
      assert.equal(socketsIn(app, "/chat"), 1);
      assert.ok(!raw.frames.some((frame) => frame.startsWith("41/chat") || frame.startsWith("44/chat")));
      raw.ws.close();
    });

    it("is told of the newer session alone, where a middleware of the application keeps the older one waiting", async () => {
      const app = await setup.start();
      for (const slow of [false, true]) {
        if (slow) slowDown(app);
        let asked = 0;
        const goOn: (() => void)[] = [];
        for (const { io } of app.workers)
          io.of("/chat").use((_socket, next) => {
            if (asked++ === 0) goOn.push(next);
            else next();
          });
        const raw = await openRaw(app.url);
        const auth = JSON.stringify({ token: app.token("ann") });
        raw.ws.send(`40/chat,${auth}`);
        await until("the middleware holds it", () => goOn.length > 0);
        raw.ws.send(`40/chat,${auth}`);
        if (!slow) await raw.until((frame) => frame.startsWith("40/chat,"));
        await until("a session in `/chat`", () => socketsIn(app, "/chat") > 0);
        for (const next of goOn) next();
        await raw.until((frame) => frame.startsWith("40/chat,"));
        raw.ws.send('42/chat,7["history",{"channel":"global"}]');
        await raw.until((frame) => frame.startsWith("43/chat,7"));
        assert.equal(raw.frames.filter((frame) => frame.startsWith("40/chat,")).length, 1);
        assert.equal(socketsIn(app, "/chat"), 1);
        raw.ws.close();
        await until("no session in `/chat`", () => socketsIn(app, "/chat") === 0);
      }
    });

    it("later, without having left, is served by the newer session alone", async () => {
      const app = await setup.start();
      const raw = await openRaw(app.url);
      const auth = JSON.stringify({ token: app.token("ann") });
      raw.ws.send(`40/chat,${auth}`);
      const first = await raw.until((frame) => frame.startsWith("40/chat,"));
      raw.ws.send(`40/chat,${auth}`);
      const second = await raw.until((frame) => frame.startsWith("40/chat,") && frame !== first);
      assert.notEqual(second, first);
      assert.equal(socketsIn(app, "/chat"), 1);
      raw.ws.send('42/chat,7["chat_message",{"channel":"global","content":"hi"}]');
      await raw.until((frame) => frame.startsWith("43/chat,7"));
      raw.ws.send('42/chat,8["history",{"channel":"global"}]');
      await raw.until((frame) => frame.startsWith("43/chat,8"));
      assert.equal(raw.frames.filter((frame) => frame.startsWith('42/chat,["chat_message"')).length, 1);
      raw.ws.close();
    });

    it("with a bad token the second time is refused, and has no session left", async () => {
      const app = await setup.start();
      const raw = await openRaw(app.url);
      raw.ws.send(`40/chat,${JSON.stringify({ token: app.token("ann") })}`);
      await raw.until((frame) => frame.startsWith("40/chat,"));
      raw.ws.send('40/chat,{"token":"bad"}');
      assert.match(await raw.until((frame) => frame.startsWith("44/chat,")), /token_invalid/);
      assert.equal(socketsIn(app, "/chat"), 0);
      raw.ws.send('40/chat,{"token":"bad"}');
      raw.ws.send(`40/chat,${JSON.stringify({ token: app.token("ann") })}`);
      raw.ws.send("40/game,{}");
      await raw.until((frame) => frame.startsWith("40/game,"));
      assert.ok(raw.ws.readyState === WebSocket.OPEN);
      raw.ws.close();
    });
  });
});
