import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import type { GameContract } from "../../../namespaces/game/schema.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import { type ChatClient, caughtUp, enter, gate, moderator, onSecond, slowToFindOut } from "./clients.ts";

type Player = TestClient<GameContract>;

/** A room with ann (first worker) and bob (second) in it. */
async function table(app: TestApp): Promise<{ channel: string; room_id: string; ann: Player; bob: Player }> {
  const ann = await app.connect(gameContract, "ann");
  const bob = await app.connect(gameContract, "bob", onSecond);
  const { room } = await ann.call("room:create", { game: "relay" });
  await bob.call("room:join", { room_id: room.room_id });
  return { channel: `room:${room.room_id}`, room_id: room.room_id, ann, bob };
}

const received = (client: ChatClient, text: string) =>
  client.log.some(({ payload }) => JSON.stringify(payload).includes(text));

onEachSetup((setup) => {
  describe("chat: the channel of a room", () => {
    afterEach(closePlain);

    it("belongs to the players who have a seat, on every device and worker, with all events of a channel", async () => {
      const app = await setup.start();
      const { channel } = await table(app);
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", onSecond);
      const eve = await enter(app, "eve");
      const sent = await ann.call("chat_message", { channel, content: "ready?", client_msg_id: "1" });
      assert.equal(sent.channel_id, channel);
      for (const client of [ann, phone, bob]) {
        const heard = await client.next("chat_message");
        assert.deepEqual(
          [heard.channel, heard.channel_id, heard.content, heard.message_id],
          [channel, channel, "ready?", sent.message_id],
        );
      }
      assert.equal(
        (await ann.call("chat_message", { channel, content: "ready?", client_msg_id: "1" })).duplicate,
        true,
      );
      const { channels } = await bob.call("channels", {});
      assert.deepEqual(
        channels.map((each) => [each.channel, each.unread, each.last?.content]),
        [
          ["global", 0, undefined],
          [channel, 1, "ready?"],
        ],
      );
      await bob.call("read", { channel, offset: sent.offset });
      assert.equal((await bob.call("unread", {})).channels[1]?.unread, 0);
      await ann.call("edit", { channel, message_id: sent.message_id, content: "set?" });
      assert.equal((await bob.next("message_edited")).content, "set?");
      await bob.call("typing", { channel, typing: true });
      assert.equal((await ann.next("typing")).channel, channel);
      const { channels: missed } = await bob.call("sync", {
        cursors: [{ channel, epoch: sent.epoch, offset: 0 }],
      });
      assert.deepEqual(
        missed[0]?.messages.map(({ event }) => event),
        ["chat_message", "message_edited"],
      );
      for (const [event, input] of [
        ["history", {}],
        ["chat_message", { content: "x" }],
        ["read", { offset: 0 }],
        ["typing", { typing: true }],
        ["edit", { message_id: sent.message_id, content: "x" }],
        ["delete", { message_id: sent.message_id }],
        ["report", { message_id: sent.message_id, reason: "x" }],
        ["sync", { cursors: [{ channel, epoch: sent.epoch, offset: 0 }] }],
      ] as const)
        assert.equal((await eve.refused(event, { channel, ...input })).code, "forbidden", event);
      await caughtUp(eve);
      assert.ok(!received(eve, "ready?"));
    });

    it("reaches a player from taking a seat on, also one who sends nothing in chat", async () => {
      const app = await setup.start();
      const chats = [await enter(app, "ann"), await enter(app, "bob", onSecond)];
      const { channel } = await table(app);
      const [ann, bob] = chats as [ChatClient, ChatClient];
      // The hint is on its way to both workers; what is said is heard once it has come.
      for (let i = 0; bob.pending("chat_message").length === 0; i++) {
        await ann.call("chat_message", { channel, content: `hello ${i}` });
        await caughtUp(ann);
      }
    });

    it("ends at once with the seat: left, kicked, and on all devices", async () => {
      const app = await setup.start();
      const { channel, room_id, ann: host, bob: guest } = await table(app);
      const cat = await app.connect(gameContract, "cat");
      await cat.call("room:join", { room_id });
      const ann = await enter(app, "ann");
      const bobs = [await enter(app, "bob"), await enter(app, "bob", onSecond)];
      const cats = [await enter(app, "cat"), await enter(app, "cat", onSecond)];
      await guest.call("room:leave", { room_id });
      await host.call("room:kick", { room_id, user_id: "cat" });
      await ann.call("chat_message", { channel, content: "just the two of us" });
      for (const client of [...bobs, ...cats]) await caughtUp(client);
      for (const client of [...bobs, ...cats])
        for (const event of ["chat_message", "history"] as const)
          assert.equal((await client.refused(event, { channel, content: "still?" })).code, "forbidden");
      await ann.call("chat_message", { channel, content: "just us" });
      for (const client of [...bobs, ...cats]) {
        await caughtUp(client);
        assert.ok(!received(client, "just"));
        assert.deepEqual(
          (await client.call("channels", {})).channels.map((each) => each.channel),
          ["global"],
        );
      }
      assert.deepEqual(
        (await ann.call("history", { channel })).messages.map((m) => ("content" in m ? m.content : "")),
        ["just the two of us", "just us"],
      );
    });

    it("sends a player who left nothing more, however late their worker learns of it; the others receive all in order", async () => {
      const app = await setup.start();
      const { channel, room_id, bob: guest } = await table(app);
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const phone = await enter(app, "ann", onSecond);
      const { know } = slowToFindOut(app, "bob");
      await guest.call("room:leave", { room_id });
      await ann.call("typing", { channel, typing: true });
      for (const content of ["one", "two"]) await ann.call("chat_message", { channel, content });
      await caughtUp(bob);
      know();
      for (const client of [ann, phone])
        for (const content of ["one", "two"])
          assert.equal((await client.next("chat_message", (m) => m.channel === channel)).content, content);
      await caughtUp(bob);
      assert.ok(!received(bob, channel));
    });

    it("applies slow mode and a mute at once, and notifies members after their check", async () => {
      const app = await setup.start({
        yaml: "rate_limits: { user: off, connection: off, events: { chat_message: off } }\n",
      });
      const { channel, room_id } = await table(app);
      const cat = await app.connect(gameContract, "cat", onSecond);
      await cat.call("room:join", { room_id });
      const mod = await enter(app, "mod", moderator);
      const bob = await enter(app, "bob", onSecond);
      await enter(app, "cat", onSecond);
      await bob.call("chat_message", { channel, content: "he may, and that is remembered" });
      const { asking, know } = slowToFindOut(app, "cat");
      await cat.call("room:leave", { room_id });
      await asking;
      const refusedAs = async (code: string) => {
        for (;;) {
          const answer = await bob.raw("chat_message", { channel, content: "still?" });
          if (!answer.ok && answer.error.code === code) return;
          assert.ok(answer.ok || answer.error.code === "rate_limited");
        }
      };
      await mod.call("slow_mode", { channel, seconds: 60 });
      await refusedAs("rate_limited");
      await mod.call("mute", { user_id: "bob", channel });
      await refusedAs("muted");
      for (const event of ["slow_mode", "moderation"] as const) assert.deepEqual(bob.pending(event), []);
      know();
      assert.equal((await bob.next("slow_mode")).seconds, 60);
      assert.equal((await bob.next("moderation")).action, "mute");
    });

    it("refuses a message whose author loses the seat while it is under way", async () => {
      const { filter, held, release } = gate();
      const app = await setup.start({ app: { chat: { filter, filterTimeoutMs: 4_000 } } });
      const { channel, room_id, bob: guest } = await table(app);
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob");
      const answer = bob.raw("chat_message", { channel, content: "held" });
      await held;
      await guest.call("room:leave", { room_id });
      release();
      const ack = await answer;
      assert.equal(ack.ok ? "accepted" : ack.error.code, "forbidden");
      assert.deepEqual((await ann.call("history", { channel })).messages, []);
    });

    it("is refused to spectators, and for a room that does not exist", async () => {
      const app = await setup.start();
      const { channel, room_id } = await table(app);
      const eve = await app.connect(gameContract, "eve", onSecond);
      await eve.call("room:join", { room_id, spectate: true });
      const watching = await enter(app, "eve", onSecond);
      const ann = await enter(app, "ann");
      await ann.call("chat_message", { channel, content: "my hand is bad" });
      const refused = await watching.refused("history", { channel });
      assert.equal(refused.code, "forbidden");
      for (const none of ["room:", "room:r_none", "room:__proto__", `room:${room_id} `, "room:*", "rooms"])
        assert.deepEqual(await watching.refused("history", { channel: none }), refused, none);
      await caughtUp(watching);
      assert.ok(!received(watching, "my hand"));
    });

    it("has moderators, who need no seat in an existing room, and their sanctions apply there", async () => {
      const app = await setup.start();
      const { channel } = await table(app);
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const { message_id } = await bob.call("chat_message", { channel, content: "insult" });
      await ann.call("report", { channel, message_id, reason: "rude" });
      const report = await mod.next("moderation", ({ action }) => action === "report");
      assert.deepEqual([report.channel, report.message_id], [channel, message_id]);
      await mod.call("mute", { user_id: "bob", channel });
      assert.equal((await bob.refused("chat_message", { channel, content: "x" })).code, "muted");
      await bob.call("chat_message", { channel: "global", content: "elsewhere he may" });
      assert.equal((await mod.call("purge", { user_id: "bob", channel })).deleted, 1);
      await mod.call("ban", { user_id: "bob", channel });
      assert.equal((await bob.refused("history", { channel })).code, "banned");
      assert.equal((await mod.refused("history", { channel: "room:r_none" })).code, "forbidden");
      const { entries } = await mod.call("audit", {});
      assert.ok(entries.every((entry) => entry.channel === channel));
      // Not a moderator any more: neither asks nor hears.
      await mod.raw("refresh_token", { token: app.token("mod") });
      await ann.call("chat_message", { channel, content: "alone again" });
      await caughtUp(mod);
      assert.ok(!received(mod, "alone again"));
      assert.equal((await mod.refused("history", { channel })).code, "forbidden");
    });

    it("is there for plain WebSocket clients too", async () => {
      const app = await setup.start();
      const { channel } = await table(app);
      const ann = await enter(app, "ann");
      const bob = openPlain(app.urls.at(-1) ?? "", "/ws/chat", { query: { token: app.token("bob") } });
      assert.equal((await bob.call("history", { channel })).ok, true);
      await ann.call("chat_message", { channel, content: "hi bob" });
      const heard = await bob.next("chat_message");
      assert.deepEqual([heard.channel, heard.content], [channel, "hi bob"]);
      const said = await bob.call("chat_message", { channel, content: "hi ann" });
      assert.equal((await ann.next("chat_message", (m) => m.user_id === "bob")).message_id, said.message_id);
    });
  });
});
