import assert from "node:assert/strict";
import { GameError } from "../../../core/contract/errors.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { globalChannel } from "../../../namespaces/chat/model/channels.ts";
import { onEachSetup } from "../../support/app.ts";
import { caughtUp, enter, heard, moderator, onSecond, say, whisper } from "./clients.ts";

onEachSetup((setup) => {
  describe("chat: moderation", () => {
    it("mutes a user on every worker until the mute ends by the store's time, and notifies the channel", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", onSecond);
      const mod = await enter(app, "mod", moderator);
      await say(ann, "before");
      const { until } = await mod.call("mute", {
        user_id: "ann",
        channel: "global",
        duration_s: 60,
        reason: "shouting",
      });
      const notice = await bob.next("moderation");
      assert.deepEqual(
        [notice.action, notice.user_id, notice.by, notice.until, notice.reason, notice.channel],
        ["mute", "ann", "mod", until, "shouting", "global"],
      );
      await annsPhone.next("moderation");
      for (const client of [ann, annsPhone]) {
        const refusal = await client.refused("chat_message", { channel: "global", content: "but" });
        assert.deepEqual([refusal.code, refusal.until, refusal.reason], ["muted", until, "shouting"]);
        assert.equal((await client.refused("typing", { channel: "global", typing: true })).code, "muted");
        await client.call("history", { channel: "global" });
      }
      await whisper(ann, "bob", "private is another channel");
      await app.advance(60_000);
      for (const client of [ann, annsPhone]) await say(client, "after");
    });

    it("holds for connections that come later, and ends when it is lifted", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      await mod.call("mute", { user_id: "ann" });
      const ann = await enter(app, "ann", onSecond);
      for (const named of [{ channel: "global" }, { channel: "private", to: "bob" }])
        assert.equal((await ann.refused("chat_message", { ...named, content: "x" })).code, "muted");
      await mod.call("unmute", { user_id: "ann" });
      const notice = await ann.next("moderation");
      assert.deepEqual([notice.action, notice.channel], ["unmute", undefined]);
      await say(ann, "thanks");
      await mod.call("unmute", { user_id: "ann" });
      await caughtUp(ann);
      assert.deepEqual(ann.pending("moderation"), []);
    });

    it("bans a user from a channel at once, from reading too", async () => {
      const app = await setup.start();
      const red = { guild_id: "red" };
      const ann = await enter(app, "ann", { claims: red, ...onSecond });
      const mod = await enter(app, "mod", { claims: { ...red, roles: ["moderator"] } });
      await mod.call("ban", { user_id: "ann", channel: "guild", reason: "spy" });
      assert.equal((await ann.next("moderation")).action, "ban");
      await mod.call("chat_message", { channel: "guild", content: "she is gone" });
      await mod.next("chat_message");
      await caughtUp(ann);
      assert.deepEqual(heard(ann), []);
      for (const event of ["chat_message", "history", "typing"])
        assert.equal(
          (await ann.refused(event, { channel: "guild", content: "x", typing: true })).code,
          "banned",
        );
      const back = await enter(app, "ann", { claims: red });
      assert.equal((await back.refused("history", { channel: "guild" })).code, "banned");
      await mod.call("unban", { user_id: "ann", channel: "guild" });
      await back.call("history", { channel: "guild" });
      await mod.call("chat_message", { channel: "guild", content: "welcome back" });
      await back.next("chat_message", (m) => m.content === "welcome back");
    });

    it("kicks a user out for a minute", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", onSecond);
      const mod = await enter(app, "mod", moderator);
      await mod.call("kick", { user_id: "ann", channel: "global" });
      await ann.next("moderation");
      assert.equal((await ann.refused("history", { channel: "global" })).code, "forbidden");
      await say(mod, "quiet");
      await app.advance(60_000);
      await caughtUp(ann);
      assert.deepEqual(heard(ann), []);
    });

    it("ends for who only listens too: a channel is heard again once the kick is over, or the ban lifted", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_EVENTS: "chat_message=off" } });
      const mod = await enter(app, "mod", moderator);
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const devices = [ann, annsPhone];
      const out = (action: "kick" | "ban") =>
        Promise.all(devices.map((one) => one.next("moderation", (notice) => notice.action === action)));
      const who = { user_id: "ann", channel: "global" };

      await mod.call("kick", { ...who, duration_s: 30 });
      await out("kick");
      await app.advance(30_000);
      await app.runDue();
      await say(mod, "the kick is over");
      for (const one of devices) assert.equal((await one.next("chat_message")).content, "the kick is over");

      await mod.call("ban", who);
      await out("ban");
      await mod.call("unban", who);
      for (const one of devices)
        while (one.pending("chat_message").length === 0) await say(mod, "you are back");
    });

    it("bans a user from everywhere: open connections end, and new ones are closed", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", onSecond);
      const mod = await enter(app, "mod", moderator);
      await mod.call("ban", { user_id: "ann" });
      const error = await ann.nextAny("error");
      assert.equal((error as { code: string }).code, "banned");
      await ann.nextAny("(disconnect)");
      const again = await app.connect(chatContract, "ann");
      assert.equal(((await again.nextAny("error")) as { code: string }).code, "banned");
      await again.nextAny("(disconnect)");
      await mod.call("unban", { user_id: "ann" });
      await say(await enter(app, "ann"), "back");
    });

    it("purges all messages of a user in a channel, and none of others", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const mod = await enter(app, "mod", moderator);
      for (let i = 0; i < 5; i++) await say(ann, `spam ${i}`);
      await say(bob, "kept");
      const { message_id } = await say(ann, "spam edited");
      await ann.call("edit", { channel: "global", message_id, content: "spam again" });
      await ann.call("delete", { channel: "global", message_id });
      const order = { user_id: "ann", channel: "global" };
      assert.equal((await mod.call("purge", order)).deleted, 5);
      for (let i = 0; i < 6; i++) assert.equal((await bob.next("message_deleted")).user_id, "ann");
      const page = await bob.call("history", { channel: "global" });
      assert.ok(!JSON.stringify(page).includes("spam"));
      assert.ok(JSON.stringify(page).includes("kept"));
      assert.equal((await mod.call("purge", order)).deleted, 0);
    });

    it("purges all messages of a user in `global` and the named channels, and no later message", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      const named = ["alpha", "beta", "gamma"];
      for (const channel of named) {
        await mod.call("channel_create", { channel });
        await app.runDue();
        for (const client of [ann, bob]) {
          await client.call("channel_join", { channel });
          await client.call("chat_message", {
            channel,
            content: `${client === ann ? "spam" : "kept"} ${channel}`,
          });
        }
      }
      await say(ann, "spam everywhere");
      await say(bob, "kept too");
      assert.deepEqual(await mod.call("purge", { user_id: "ann" }), {
        ok: true,
        deleted: 1,
        continues: true,
      });
      await say(ann, "later");
      await app.runDue();
      for (let n = 0; n < 4; n++) assert.equal((await bob.next("message_deleted")).user_id, "ann");
      for (const channel of ["global", ...named]) {
        const page = JSON.stringify(await bob.call("history", { channel }));
        assert.ok(!page.includes("spam") && page.includes("kept"), page);
        assert.equal(page.includes("later"), channel === "global");
      }
      const { entries } = await mod.call("audit", {});
      const [act, ...more] = entries.filter(({ action }) => action === "purge");
      assert.deepEqual([act?.user_id, act?.channel, more.length], ["ann", undefined, 0]);
      assert.equal((await ann.refused("purge", { user_id: "bob" })).code, "forbidden");
    });

    it("continues a purge of all channels, `global` too, if its worker does not finish", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      await mod.call("channel_create", { channel: "trade" });
      await app.runDue();
      await ann.call("channel_join", { channel: "trade" });
      for (const channel of ["global", "trade"]) await ann.call("chat_message", { channel, content: "spam" });
      const documents = app.workers.at(-1)?.services.store.documents;
      assert.ok(documents);
      const commit = documents.commit.bind(documents);
      documents.commit = (change) => {
        if (change.partition !== globalChannel.log.partition) return commit(change);
        documents.commit = commit;
        return Promise.reject(new GameError("unavailable"));
      };
      assert.equal((await mod.refused("purge", { user_id: "ann" })).code, "unavailable");
      await app.advance(5_000);
      await app.runDue();
      for (const channel of ["global", "trade"])
        assert.ok(!JSON.stringify(await ann.call("history", { channel })).includes("spam"), channel);
    });

    it("is for moderators and admins, who can't sanction themselves", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const service = await enter(app, "svc", { claims: { roles: ["service"] } });
      const admin = await enter(app, "boss", { claims: { roles: ["admin"] } });
      for (const event of ["mute", "unmute", "kick", "ban", "unban", "reports", "purge"])
        for (const client of [ann, service])
          assert.equal((await client.refused(event, { user_id: "bob" })).code, "forbidden");
      await admin.call("mute", { user_id: "ann" });
      assert.equal((await admin.refused("mute", { user_id: "boss" })).code, "invalid_payload");
      assert.equal(
        (await admin.refused("mute", { user_id: "ann", channel: "private" })).code,
        "invalid_payload",
      );
      assert.equal((await admin.refused("mute", { user_id: "ann", channel: "guild" })).code, "forbidden");
    });

    it("takes user ids that are unusual as names of objects", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      for (const user of ["__proto__", "constructor", "a|b:c%", "\u0000"]) {
        await mod.call("mute", { user_id: user, channel: "global" });
        await mod.call("unmute", { user_id: user, channel: "global" });
      }
      assert.equal((await mod.refused("mute", { user_id: "\ud800" })).code, "invalid_payload");
      await say(await enter(app, "ann"), "fine");
    });
  });

  describe("chat: reports", () => {
    it("reach connected moderators, and are kept for those who connect later", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      const { message_id } = await whisper(ann, "bob", "nasty");
      const report = { message_id, channel: "private", to: "ann", reason: "insult" };
      await bob.call("report", report);
      await bob.call("report", report);
      const { timestamp, ...notice } = await mod.next("moderation");
      assert.ok(timestamp);
      assert.deepEqual(notice, {
        action: "report",
        user_id: "ann",
        by: "bob",
        reason: "insult",
        channel: "private",
        channel_id: "private:ann|bob",
        message_id,
        content: "nasty",
        offset: 1,
      });
      const late = await enter(app, "late", moderator);
      const { reports, has_more } = await late.call("reports", {});
      assert.deepEqual([reports.length, has_more, reports[0]?.content], [1, false, "nasty"]);
      await caughtUp(ann);
      assert.deepEqual(ann.pending("moderation"), []);
    });

    it("need a message that the reporter can see", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const eve = await enter(app, "eve");
      const { message_id } = await whisper(ann, "bob", "private");
      for (const named of [{ channel: "global" }, { channel: "private", to: "ann" }])
        assert.equal((await eve.refused("report", { message_id, ...named, reason: "x" })).code, "not_found");
      assert.equal(
        (await eve.refused("report", { message_id, channel: "guild", reason: "x" })).code,
        "forbidden",
      );
      assert.equal(
        (await eve.refused("report", { message_id, channel: "global", reason: "" })).code,
        "invalid_payload",
      );
    });
  });

  describe("chat: the block list", () => {
    it("keeps a user's messages away on every device, live and in history, until it is lifted", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", onSecond);
      const { message_id } = await say(bob, "early");
      await ann.next("chat_message");
      await annsPhone.next("chat_message");
      await ann.call("block", { user_id: "bob" });
      await ann.call("block", { user_id: "bob" });
      assert.deepEqual((await annsPhone.call("blocked", {})).user_ids, ["bob"]);
      await say(bob, "unwanted");
      await bob.call("edit", { channel: "global", message_id, content: "unwanted too" });
      for (const client of [ann, annsPhone]) {
        await caughtUp(client);
        assert.ok(!heard(client).includes("unwanted"));
        assert.deepEqual(client.pending("message_edited"), []);
        const { messages } = await client.call("history", { channel: "global" });
        assert.ok(messages.every((m) => m.event === "chat_message" && m.user_id === "ann"));
      }
      await ann.call("unblock", { user_id: "bob" });
      await say(bob, "hello again");
      await ann.next("chat_message", (m) => m.content === "hello again");
      assert.deepEqual((await ann.call("blocked", {})).user_ids, []);
    });

    it("applies to two users who block the same one, and not to a third", async () => {
      const app = await setup.start();
      const clients = [await enter(app, "ann"), await enter(app, "eve")];
      const zed = await enter(app, "zed");
      const bob = await enter(app, "bob");
      for (const client of clients) await client.call("block", { user_id: "bob" });
      await say(bob, "unwanted");
      await zed.next("chat_message", (m) => m.content === "unwanted");
      for (const client of clients) {
        await caughtUp(client);
        assert.ok(!heard(client).includes("unwanted"));
      }
    });

    it("stops private messages both ways, with one refusal", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      await ann.call("block", { user_id: "bob" });
      for (const [client, to] of [
        [ann, "bob"],
        [bob, "ann"],
      ] as const) {
        const refusal = await client.refused("chat_message", { channel: "private", to, content: "x" });
        assert.deepEqual(refusal.code, "forbidden");
        assert.equal(
          (await client.refused("typing", { channel: "private", to, typing: true })).code,
          "forbidden",
        );
      }
    });

    it("refuses the user's own id", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      assert.equal((await ann.refused("block", { user_id: "ann" })).code, "invalid_payload");
      await ann.call("unblock", { user_id: "nobody" });
    });
  });
});
