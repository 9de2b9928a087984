import assert from "node:assert/strict";
import { CommandError } from "../../client/index.ts";
import { GameError } from "../../core/contract/errors.ts";
import { asId, type DeliveryId, type UserId } from "../../core/ids.ts";
import { indexKey, partitions, streamKey } from "../../core/ports/store/keys.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { guildChannel } from "../../namespaces/chat/model/channels.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { onEachSetup } from "../support/app.ts";
import { collector } from "../support/collector.ts";
import { closeTyped, cut, online, openTyped } from "../support/typed-client.ts";

onEachSetup((setup) => {
  describe("the client", () => {
    afterEach(closeTyped);

    it("resumes a channel after each loss of its connection: every message once and in order", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      const told = collector<string>();
      const { heard } = told;
      await ann.channels.follow("guild", {
        entry(entry) {
          if (entry.event === "chat_message") told.hear(entry.content);
        },
        gap: () => told.hear("gap"),
      });
      const expected: string[] = [];
      for (let round = 0; round < 4; round++) {
        for (let at = 0; at < 5; at++) {
          if (at === round) cut(ann.in("/chat"));
          const content = `${round}.${at}`;
          await bob.in("/chat").call("chat_message", { channel: "guild", content });
          expected.push(content);
        }
        await online(ann.in("/chat"));
      }
      await told.reaches(expected.length);
      assert.deepEqual(heard, expected);
    });

    it("resumes a room and a channel in which it missed megabytes: every message once and in order", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const room = collector<number>();
      const channel = collector<number>();
      await ann.rooms.follow("r", { message: ({ offset }) => room.hear(offset), gap: () => room.hear(-1) });
      await ann.channels.follow("guild", {
        entry: ({ offset }) => channel.hear(offset),
        gap: () => channel.hear(-1),
      });
      const store = app.workers[0]?.services.store ?? assert.fail("there is a worker");
      const log = guildChannel("g").log;
      const messages = streamKey<object>(partitions.room("r"), "messages");
      const keep = { maxLength: 10_000, ttlMs: 600_000 };
      ann.in("/chat").socket.disconnect();
      ann.in("/").socket.disconnect();
      const content = "x".repeat(2_000);
      const by = asId<UserId>("bob");
      for (let at = 0; at < 800; at += 20)
        await Promise.all(
          Array.from({ length: 20 }, () => [
            store.streams.append(log, { kind: "message", nonce: "m_1", at: 1, by, name: "b", content }, keep),
            store.streams.append(messages, { data: content, client_id: "c", at: 1 }, keep),
          ]).flat(),
        );
      ann.in("/chat").socket.connect();
      ann.in("/").socket.connect();
      const all = Array.from({ length: 800 }, (_, at) => at + 1);
      assert.deepEqual(await room.reaches(800), all);
      assert.deepEqual(await channel.reaches(800), all);
      await ann.in("/chat").call("chat_message", { channel: "guild", content: "and on" });
      assert.equal((await channel.reaches(801)).at(-1), 801);
    });

    it("goes on with the others where a channel ended while it was away, and reports the end", async () => {
      const app = await setup.start();
      const mod = await app.connect(chatContract, "mod", { claims: { roles: ["moderator"], guild_id: "g" } });
      await mod.call("channel_create", { channel: "trade" });
      const ann = openTyped(app, "ann", { worker: 1 });
      await ann.in("/chat").call("channel_join", { channel: "trade" });
      const told = collector<string>();
      const { heard } = told;
      const entry = (item: { event: string; content?: string }) => void told.hear(item.content ?? item.event);
      await ann.channels.follow("trade", { entry, ended: (code) => told.hear(`trade ${code}`) });
      await ann.channels.follow("guild", { entry });
      ann.in("/chat").socket.disconnect();
      await mod.call("chat_message", { channel: "guild", content: "while away" });
      await mod.call("channel_delete", { channel: "trade" });
      ann.in("/chat").socket.connect();
      await told.reaches(2);
      assert.deepEqual(heard.sort(), ["trade forbidden", "while away"]);
      await mod.call("chat_message", { channel: "guild", content: "and on" });
      assert.equal((await told.reaches(3)).at(-1), "and on");
    });

    it("reports a gap where the user's party or guild is another while connected, and the end of a deleted channel", async () => {
      const app = await setup.start();
      const mod = await app.connect(chatContract, "mod", { claims: { roles: ["moderator"] } });
      await mod.call("channel_create", { channel: "trade" });
      const ann = openTyped(app, "ann", { worker: 1 });
      const chat = ann.in("/chat");
      await chat.call("channel_join", { channel: "trade" });
      const party = ann.in("/matchmaking");
      await party.call("party_create", {});
      const told = collector<string>();
      const { heard } = told;
      for (const channel of ["party", "guild", "trade"])
        await ann.channels.follow(channel, {
          entry: (item) => void told.hear(item.event === "chat_message" ? item.content : item.event),
          gap: ({ offset }) => told.hear(`${channel} gap ${offset}`),
          ended: (code) => told.hear(`${channel} ${code}`),
        });
      const expected: string[] = [];
      const say = async (channel: string, content: string, ...gap: string[]) => {
        await chat.call("chat_message", { channel, content });
        expected.push(...gap, content);
        await told.reaches(expected.length);
      };
      for (const content of ["p1", "p2", "p3"]) await say("party", content);
      for (const content of ["g1", "g2"]) await say("guild", content);
      await party.call("party_leave", {});
      await party.call("party_create", {});
      await chat.socket.emitWithAck("refresh_token", { token: app.token("ann", { guild_id: "other" }) });
      await say("party", "new p1", "party gap 0");
      await say("guild", "new g1", "guild gap 0");
      await say("party", "new p2");
      await mod.call("channel_delete", { channel: "trade" });
      await told.reaches(expected.length + 1);
      assert.deepEqual(heard, [...expected, "trade forbidden"]);
    });

    it("catches up the messages that were sent while its worker could not serve it yet", async () => {
      const app = await setup.start();
      const bob = await app.connect(chatContract, "bob", { claims: { guild_id: "g" } });
      const say = (content: string) => bob.call("chat_message", { channel: "guild", content });
      const { epoch } = await say("before");
      const indexes = app.workers.at(-1)?.services.store.indexes;
      assert.ok(indexes);
      const { page } = indexes;
      indexes.page = (key, ...rest) =>
        key.partition.includes("ann") ? Promise.reject(new GameError("unavailable")) : page(key, ...rest);
      const ann = openTyped(app, "ann", { worker: 1 });
      const told = collector<string>();
      const { socket } = ann.in("/chat");
      const unserved = new Promise((resolve) => socket.once("error", resolve));
      const following = ann.channels.follow(
        "guild",
        { entry: (entry) => void told.hear(entry.event === "chat_message" ? entry.content : entry.event) },
        { epoch, offset: 0 },
      );
      await unserved;
      await say("meanwhile");
      indexes.page = page;
      await following;
      await say("after");
      await told.reaches(3);
      assert.deepEqual(told.heard, ["before", "meanwhile", "after"]);
    });

    it("resumes a room, and publishes to it across a loss of the connection", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      const told = collector<unknown>();
      const { heard } = told;
      await ann.rooms.follow("r", { message: ({ data }) => told.hear(data), gap: () => told.hear("gap") });
      await bob.rooms.follow("r", { message() {} });
      await bob.rooms.publish("r", 1);
      ann.in("/").socket.io.engine.close();
      await bob.rooms.publish("r", 2);
      await ann.rooms.publish("r", 3);
      await told.reaches(3);
      assert.deepEqual(heard, [1, 2, 3]);
      await ann.rooms.leave("r");
      await assert.rejects(ann.rooms.publish("r", 4), { code: "not_subscribed" });
    });

    it("follows a room again that it left while offline, after the goodbye", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      await bob.rooms.follow("r", { message() {} });
      const at = await ann.rooms.follow("r", { message() {} });
      await bob.rooms.publish("r", "missed");
      const rooms = ann.in("/");
      rooms.socket.disconnect();
      const told = collector<unknown>();
      const left = ann.rooms.leave("r");
      const back = ann.rooms.follow("r", { message: ({ data }) => told.hear(data) }, at);
      rooms.socket.connect();
      await Promise.all([left, back]);
      await bob.rooms.publish("r", "live");
      await told.reaches(2);
      assert.deepEqual(told.heard, ["missed", "live"]);
      // Nothing was left half: the next connection resumes it.
      cut(rooms);
      await bob.rooms.publish("r", "again");
      await told.reaches(3);
      assert.equal(told.heard.at(-1), "again");
    });

    it("follows a channel that it joins at the same time, before there is a connection", async () => {
      const app = await setup.start();
      const mod = await app.connect(chatContract, "mod", { claims: { roles: ["moderator"] } });
      await mod.call("channel_create", { channel: "trade" });
      const { epoch } = await mod.call("history", { channel: "trade" });
      const ann = openTyped(app, "ann", { worker: 1 });
      const told = collector<string>();
      const joined = ann.in("/chat").call("channel_join", { channel: "trade" });
      await ann.channels.follow(
        "trade",
        { entry: (item) => void told.hear(item.event === "chat_message" ? item.content : item.event) },
        { epoch, offset: 0 },
      );
      await joined;
      await ann.in("/chat").call("chat_message", { channel: "trade", content: "wool" });
      assert.equal((await told.reaches(1)).at(-1), "wool");
    });

    it("sends a command again if its answer did not come, and it has acted once", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const chat = ann.in("/chat");
      await chat.call("unread", {});
      const said = chat.call("chat_message", { channel: "guild", content: "once" });
      // The command is on its way; its answer finds nobody.
      setImmediate(() => cut(chat));
      const { offset } = await said;
      const { messages } = await chat.call("history", { channel: "guild" });
      assert.deepEqual(
        messages.map((m) => [m.offset, m.event === "chat_message" ? m.content : ""]),
        [[offset, "once"]],
      );
    });

    it("acknowledges reliable events, and shows a repeat once", async () => {
      const app = await setup.start();
      const ann = openTyped(app, "ann");
      const game = ann.in("/game");
      const seen = collector<string>();
      game.on("achievement", ({ achievement }) => seen.hear(achievement));
      await game.call("user:list", {});
      const deliver = (achievement: string, id: string) =>
        app.workers[0]?.services.inbox.deliver(
          gameContract,
          asId<UserId>("ann"),
          "achievement",
          { user_id: "ann", achievement },
          asId<DeliveryId>(id),
        );
      await deliver("first", "d1");
      await seen.reaches(1);
      const repeat = { user_id: "ann", achievement: "first", delivery_id: "d1" };
      app.workers[0]?.io.of("/game").emit("achievement", repeat);
      await deliver("second", "d2");
      await seen.reaches(2);
      assert.deepEqual(seen.heard, ["first", "second"]);
      // The acknowledgement is on its way to the store.
      const waiting = indexKey(partitions.user(asId<UserId>("ann")), "inbox:/game");
      while (((await app.workers[0]?.services.store.indexes.size(waiting)) ?? 0) > 0)
        await new Promise(setImmediate);
      const again = openTyped(app, "ann");
      const later: string[] = [];
      again.in("/game").on("achievement", ({ achievement }) => later.push(achievement));
      await again.in("/game").call("user:list", {});
      assert.deepEqual(later, []);
    });

    it("fails with the server's code where trying again cannot help", async () => {
      const app = await setup.start();
      const chat = openTyped(app, "ann").in("/chat");
      const wrong = chat.call("chat_message", { channel: "party", content: "hello" });
      await assert.rejects(wrong, (error) => error instanceof CommandError && error.code === "forbidden");
    });

    it("fails within the time it is given where nobody answers", async () => {
      const app = await setup.start();
      const nowhere = openTyped(app, "ann", { url: "http://127.0.0.1:1" });
      const since = performance.now();
      await assert.rejects(nowhere.in("/chat").call("unread", {}, { withinMs: 200 }), {
        code: "unavailable",
      });
      assert.ok(performance.now() - since < 10_000);
    });
  });
});
