import assert from "node:assert/strict";
import { tidyFilter } from "../../../namespaces/chat/filters/tidy.ts";
import { type ChatFilter, chatContract } from "../../../namespaces/chat/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup } from "../../support/app.ts";
import { caughtUp, enter, heard, moderator, onSecond, say } from "./clients.ts";

onEachSetup((setup) => {
  describe("chat: messages", () => {
    it("reach everybody on every worker, the author too, with their place in the stream", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", { claims: { name: "Ann" } });
      const bob = await enter(app, "bob", onSecond);
      const { message_id, channel_id, epoch, offset } = await say(ann, "  hello ");
      assert.equal(offset, 1);
      for (const client of [ann, bob]) {
        const { timestamp, ...got } = await client.next("chat_message");
        assert.match(timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
        const said = { channel: "global", user: "Ann", user_id: "ann", content: "hello" };
        assert.deepEqual(got, { message_id, channel_id, epoch, offset, ...said });
      }
    });

    it("with the same client_msg_id are stored once, and answered alike on every worker", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const first = await say(ann, "once", { client_msg_id: "c1" });
      assert.equal(first.duplicate, undefined);
      const again = await say(phone, "twice", { client_msg_id: "c1" });
      assert.deepEqual(again, { ...first, duplicate: true });
      const bob = await enter(app, "bob");
      assert.equal((await say(bob, "mine", { client_msg_id: "c1" })).duplicate, undefined);
      const { messages } = await bob.call("history", { channel: "global" });
      assert.deepEqual(
        messages.map((m) => m.event === "chat_message" && m.content),
        ["once", "mine"],
      );
    });

    it("with one id are stored once, also if sent many times at once", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const acks = await Promise.all(
        Array.from({ length: 40 }, (_, i) => say(i % 2 ? ann : phone, "x", { client_msg_id: "same" })),
      );
      assert.equal(new Set(acks.map((a) => a.message_id)).size, 1);
      assert.equal(acks.filter((a) => !a.duplicate).length, 1);
    });

    it("have edits and deletions with offsets of their own", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const { message_id } = await say(ann, "helo");
      await ann.call("edit", { channel: "global", message_id, content: "hello" });
      const edited = await bob.next("message_edited");
      assert.deepEqual(
        [edited.message_id, edited.content, edited.offset, edited.by],
        [message_id, "hello", 2, "ann"],
      );
      await ann.call("delete", { channel: "global", message_id });
      const deleted = await bob.next("message_deleted");
      assert.deepEqual([deleted.message_id, deleted.offset], [message_id, 3]);
    });

    it("of others are changed by moderators only; a deleted message can't be changed", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob");
      const mod = await enter(app, "mod", moderator);
      const { message_id } = await say(ann, "rude");
      const change = { channel: "global", message_id, content: "changed" };
      assert.equal((await bob.refused("edit", change)).code, "forbidden");
      assert.equal((await bob.refused("delete", change)).code, "forbidden");
      await mod.call("edit", change);
      assert.equal((await bob.next("message_edited")).by, "mod");
      await mod.call("delete", change);
      await mod.call("delete", change);
      assert.equal((await mod.refused("edit", change)).code, "not_found");
      await caughtUp(bob);
      assert.equal(bob.pending("message_deleted").length, 1);
      for (const id of ["nope", "00000000001.m_other", "00000000009.m_x"])
        assert.equal((await mod.refused("delete", { ...change, message_id: id })).code, "not_found");
    });

    it("are refused without content, too long or with control characters, and nothing is stored", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      for (const content of ["", "   ", "x".repeat(2_001), "a\u0000b", "a\nb", 5, null, undefined, { a: 1 }])
        assert.equal(
          (await ann.refused("chat_message", { channel: "global", content })).code,
          "invalid_payload",
        );
      assert.equal((await ann.call("history", { channel: "global" })).offset, 0);
    });

    it("of a reply name the message that they answer", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const { message_id } = await say(ann, "question");
      await ann.call("chat_message", { channel: "global", content: "answer", reply_to: message_id });
      assert.equal((await ann.next("chat_message", (m) => m.content === "answer")).reply_to, message_id);
    });

    it("stay within 60 in 10 seconds per user", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      await Promise.all(Array.from({ length: 60 }, (_, i) => say(ann, `m${i}`)));
      const refusal = await ann.refused("chat_message", { channel: "global", content: "one more" });
      assert.equal(refusal.code, "rate_limited");
      assert.ok(Number(refusal.retry_after_ms) > 0);
      const bob = await enter(app, "bob");
      await say(bob, "others are not limited");
    });

    it("sent again are answered like the first, whatever the filter says, and are not counted again", async () => {
      let asked = 0;
      const tidy = tidyFilter({ links: "allow", repeats: "refuse", shouting: "allow" });
      assert.ok(tidy);
      // Without `heard`: both workers have this one filter.
      const filter: ChatFilter = (message) =>
        message.content === "changes" && ++asked > 1 ? { action: "refuse" } : tidy(message);
      const app = await setup.start({ app: { chat: { filter } } });
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const first = await say(ann, "hi", { client_msg_id: "a" });
      for (let times = 0; times < 5; times++)
        assert.deepEqual(await say(ann, "hi", { client_msg_id: "a" }), { ...first, duplicate: true });
      assert.deepEqual(await say(phone, "hi", { client_msg_id: "a" }), { ...first, duplicate: true });
      for (const id of ["b", "c"]) await say(ann, "hi", { client_msg_id: id });
      const hi = { channel: "global", content: "hi" };
      assert.equal((await ann.refused("chat_message", { ...hi, client_msg_id: "d" })).code, "forbidden");
      assert.deepEqual(await say(ann, "hi", { client_msg_id: "a" }), { ...first, duplicate: true });
      const once = await say(ann, "changes", { client_msg_id: "e" });
      assert.deepEqual(await say(ann, "changes", { client_msg_id: "e" }), { ...once, duplicate: true });
    });

    it("pass the application's filter", async () => {
      const app = await setup.start({
        app: {
          chat: {
            filter: ({ content }) =>
              content === "spam"
                ? { action: "refuse", reason: "spam" }
                : content === "darn"
                  ? { action: "rewrite", content: "****" }
                  : { action: "pass" },
          },
        },
      });
      const ann = await enter(app, "ann");
      assert.equal(
        (await ann.refused("chat_message", { channel: "global", content: "spam" })).code,
        "forbidden",
      );
      const { message_id } = await say(ann, "darn");
      assert.equal((await ann.next("chat_message")).content, "****");
      assert.equal(
        (await ann.refused("edit", { channel: "global", message_id, content: "spam" })).code,
        "forbidden",
      );
    });
  });

  describe("chat: channels", () => {
    it("of a guild belong to the users whose tokens name it", async () => {
      const app = await setup.start();
      const red = (worker: 0 | 1) => ({ worker, claims: { guild_id: "red" } });
      const ann = await enter(app, "ann", red(0));
      const bob = await enter(app, "bob", red(1));
      const eve = await enter(app, "eve", { claims: { guild_id: "blue" } });
      const zed = await enter(app, "zed");
      await ann.call("chat_message", { channel: "guild", content: "for red" });
      const got = await bob.next("chat_message");
      assert.deepEqual([got.channel, got.content], ["guild", "for red"]);
      await caughtUp(eve);
      assert.deepEqual(heard(eve), []);
      assert.deepEqual((await eve.call("history", { channel: "guild" })).messages, []);
      for (const event of ["chat_message", "history", "typing", "read"])
        assert.equal(
          (await zed.refused(event, { channel: "guild", content: "x", typing: true, offset: 0 })).code,
          "forbidden",
        );
    });

    it("get the same refusal whether they do not exist or belong to others", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const texts = new Set<string>();
      for (const channel of [
        "guild",
        "party",
        "nope",
        "*",
        "*reports",
        "guild:red",
        "private:bob|eve",
        "__proto__",
      ]) {
        const { code, message, ...rest } = await ann.refused("history", { channel });
        assert.equal(code, "forbidden", channel);
        assert.deepEqual(rest, {});
        texts.add(message);
      }
      assert.equal(texts.size, 1);
    });

    it("of a guild end for a connection whose claim changes", async () => {
      const app = await setup.start();
      const red = { claims: { guild_id: "red" } };
      const ann = await enter(app, "ann", red);
      const bob = await enter(app, "bob", { ...red, ...onSecond });
      await bob.raw("refresh_token", { token: app.token("bob", { guild_id: "blue" }) });
      await ann.call("chat_message", { channel: "guild", content: "red only" });
      await ann.next("chat_message");
      await say(ann, "for all");
      assert.equal((await bob.next("chat_message")).content, "for all");
      // Heard from the refresh on, by who does nothing.
      const cat = await enter(app, "cat", { claims: { guild_id: "blue" } });
      await cat.call("chat_message", { channel: "guild", content: "who is new?" });
      assert.equal((await bob.next("chat_message")).content, "who is new?");
      await bob.call("chat_message", { channel: "guild", content: "hello blue" });
      assert.equal((await bob.next("chat_message")).channel_id, "guild:blue");
    });

    it("of a party begin and end with the party", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const annsParty = await app.connect(matchmakingContract, "ann");
      const bobsParty = await app.connect(matchmakingContract, "bob", onSecond);
      assert.equal((await bob.refused("history", { channel: "party" })).code, "forbidden");
      const { party_id } = (await annsParty.call("party_create", {})).party;
      await annsParty.call("party_invite", { user_id: "bob" });
      await bobsParty.call("party_join", { party_id });
      await bob.call("history", { channel: "party" });
      await ann.call("chat_message", { channel: "party", content: "welcome" });
      assert.equal((await bob.next("chat_message")).content, "welcome");
      await bob.call("read", { channel: "party", offset: 1 });
      assert.equal((await ann.next("read")).user_id, "bob");
      await bobsParty.call("party_leave", {});
      await ann.call("chat_message", { channel: "party", content: "at once" });
      await caughtUp(bob);
      assert.equal((await bob.refused("chat_message", { channel: "party", content: "x" })).code, "forbidden");
      await ann.call("chat_message", { channel: "party", content: "without bob" });
      await ann.next("chat_message", (m) => m.content === "without bob");
      await caughtUp(bob);
      assert.deepEqual(heard(bob), []);
    });

    it("of a party reach a user from joining on, also one who sends nothing in chat", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const annsParty = await app.connect(matchmakingContract, "ann");
      const bobsParty = await app.connect(matchmakingContract, "bob", onSecond);
      const { party_id } = (await annsParty.call("party_create", {})).party;
      await annsParty.call("party_invite", { user_id: "bob" });
      await bobsParty.call("party_join", { party_id });
      // Said until bob's worker has heard of the party.
      for (let i = 0; i < 50 && heard(bob).length === 0; i++)
        await ann.call("chat_message", { channel: "party", content: "anybody?" });
      assert.equal((await bob.next("chat_message")).content, "anybody?");
    });

    it("need a token", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "jwt" } });
      await assert.rejects(app.connect(chatContract, null), { message: "unauthorized" });
    });
  });

  describe("chat: typing", () => {
    it("reaches the other members, here and on other workers, and ends with the message", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", { claims: { name: "Ann" } });
      const bob = await enter(app, "bob", onSecond);
      await ann.call("typing", { channel: "global", typing: true });
      const { timestamp, ...begun } = await bob.next("typing");
      assert.ok(timestamp);
      assert.deepEqual(begun, {
        channel: "global",
        channel_id: "global",
        user_id: "ann",
        user: "Ann",
        typing: true,
      });
      await say(ann, "done");
      assert.equal((await bob.next("typing")).typing, false);
      assert.deepEqual(ann.pending("typing"), []);
    });

    it("does not reach a user who blocks its author, on any worker, until the block ends", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bobs = [await enter(app, "bob"), await enter(app, "bob", onSecond)];
      const cat = await enter(app, "cat", onSecond);
      const [bob] = bobs as [typeof ann];
      await bob.call("block", { user_id: "ann" });
      const type = async (typing: boolean) => {
        await ann.call("typing", { channel: "global", typing });
        await cat.next("typing", (t) => t.typing === typing);
      };
      await type(true);
      await type(false);
      for (const device of bobs) {
        await caughtUp(device);
        assert.deepEqual(device.pending("typing"), []);
      }
      await bob.call("unblock", { user_id: "ann" });
      await type(true);
      for (const device of bobs) await device.next("typing");
    });

    it("ends by itself, and with the connection", async () => {
      const app = await setup.start({ app: { chat: { typingMs: 100 } } });
      const [ann, eve] = [await enter(app, "ann"), await enter(app, "eve")];
      const bob = await enter(app, "bob", onSecond);
      await ann.call("typing", { channel: "private", to: "bob", typing: true });
      assert.equal((await bob.next("typing")).channel, "private");
      assert.equal((await bob.next("typing")).typing, false);
      await eve.call("typing", { channel: "global", typing: true });
      await bob.next("typing", (t) => t.user_id === "eve" && t.typing);
      eve.disconnect();
      await bob.next("typing", (t) => t.user_id === "eve" && !t.typing);
    });
  });
});
