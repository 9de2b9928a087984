import assert from "node:assert/strict";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { caughtUp, enter, gate, moderator, onSecond } from "./clients.ts";

const service = { claims: { roles: ["service"] } } as const;

onEachSetup((setup) => {
  describe("chat: named channels", () => {
    it("are created by a service, joined by users who may, and followed on every device and worker", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      const made = await svc.call("channel_create", { channel: "trade", description: "Buy and sell" });
      assert.deepEqual([made.channel, made.channel_id, made.access], ["trade", "named:trade", "open"]);
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", onSecond);
      assert.equal((await ann.refused("history", { channel: "trade" })).code, "forbidden");
      const joined = await ann.call("channel_join", { channel: "trade" });
      assert.deepEqual([joined.channel_id, joined.offset], ["named:trade", 0]);
      await bob.call("channel_join", { channel: "trade" });
      // Once the phone's worker has heard of it.
      await annsPhone.call("channels", {});
      const sent = await bob.call("chat_message", { channel: "trade", content: "wood for sheep" });
      for (const client of [ann, annsPhone, bob]) {
        const told = await client.next("chat_message");
        assert.deepEqual(
          [told.channel, told.channel_id, told.content, told.message_id],
          ["trade", "named:trade", "wood for sheep", sent.message_id],
        );
      }
      const { channels } = await ann.call("channels", {});
      assert.deepEqual(
        channels.map(({ channel, unread }) => [channel, unread]),
        [
          ["global", 0],
          ["trade", 1],
        ],
      );
      const back = await enter(app, "ann");
      await bob.call("chat_message", { channel: "trade", content: "and ore" });
      await back.next("chat_message", (m) => m.content === "and ore");
    });

    it("are left on all devices at once", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      await svc.call("channel_create", { channel: "trade" });
      const ann = await enter(app, "ann");
      await ann.call("channel_join", { channel: "trade" });
      const phone = await enter(app, "ann", onSecond);
      await ann.call("channel_leave", { channel: "trade" });
      const told = await phone.next("channel_member");
      assert.deepEqual([told.channel, told.user_id, told.change], ["trade", "ann", "left"]);
      await svc.call("chat_message", { channel: "trade", content: "gone?" });
      await caughtUp(phone);
      await caughtUp(ann);
      for (const client of [ann, phone]) {
        assert.ok(!client.log.some(({ payload }) => JSON.stringify(payload).includes("gone?")));
        assert.equal((await client.refused("history", { channel: "trade" })).code, "forbidden");
      }
      assert.equal((await ann.refused("channel_leave", { channel: "trade" })).code, "forbidden");
    });

    it("by invitation: invitations are reliable, withdrawn or used once; strangers get the refusal of a missing channel", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      await mod.call("channel_create", { channel: "council", access: "invite" });
      const eve = await enter(app, "eve", onSecond);
      const stranger = await eve.refused("channel_join", { channel: "council" });
      assert.deepEqual(stranger, await eve.refused("channel_join", { channel: "no-such-channel" }));
      assert.equal(stranger.code, "forbidden");
      await mod.call("channel_invite", { channel: "council", user_id: "ann" });
      await mod.call("channel_invite", { channel: "council", user_id: "ann" });
      // She was away.
      const ann = await enter(app, "ann", onSecond);
      const invited = await ann.next("channel_invited");
      assert.deepEqual([invited.channel, invited.from], ["council", "mod"]);
      assert.equal((await ann.refused("history", { channel: "council" })).code, "forbidden");
      await ann.call("channel_join", { channel: "council" });
      await mod.call("channel_join", { channel: "council" });
      const came = await ann.next("channel_member", (m) => m.user_id === "mod");
      assert.equal(came.change, "joined");
      await mod.call("channel_invite", { channel: "council", user_id: "eve" });
      await mod.call("channel_remove", { channel: "council", user_id: "eve" });
      assert.equal((await eve.refused("channel_join", { channel: "council" })).code, "forbidden");
      await mod.call("channel_remove", { channel: "council", user_id: "ann" });
      assert.equal(
        (await ann.next("channel_member", (m) => m.user_id === "ann" && m.change === "removed")).by,
        "mod",
      );
      assert.equal(
        (await ann.refused("chat_message", { channel: "council", content: "x" })).code,
        "forbidden",
      );
      assert.equal(
        (await mod.refused("channel_remove", { channel: "council", user_id: "ann" })).code,
        "not_found",
      );
      const { user_ids, count } = await mod.call("channel_members", { channel: "council" });
      assert.deepEqual([user_ids, count], [["mod"], 1]);
      await mod.call("channel_create", { channel: "open" });
      assert.equal(
        (await mod.refused("channel_invite", { channel: "open", user_id: "ann" })).code,
        "conflict",
      );
    });

    it("send no invitation to a user who blocks the inviter", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const ann = await enter(app, "ann");
      await ann.call("block", { user_id: "mod" });
      await mod.call("channel_create", { channel: "council", access: "invite" });
      assert.equal(
        (await mod.refused("channel_invite", { channel: "council", user_id: "ann" })).code,
        "forbidden",
      );
    });

    it("by role end with the role, also for what is delivered", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      await svc.call("channel_create", { channel: "staff", access: "role", roles: ["moderator"] });
      const ann = await enter(app, "ann");
      assert.equal((await ann.refused("channel_join", { channel: "staff" })).code, "forbidden");
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      await mod.call("channel_join", { channel: "staff" });
      await svc.call("chat_message", { channel: "staff", content: "for us" });
      await mod.next("chat_message");
      await mod.raw("refresh_token", { token: app.token("mod") });
      await svc.call("chat_message", { channel: "staff", content: "not for all" });
      await caughtUp(mod);
      assert.ok(!mod.log.some(({ payload }) => JSON.stringify(payload).includes("not for all")));
      assert.equal((await mod.refused("history", { channel: "staff" })).code, "forbidden");
    });

    it("that staff visits are followed while the role lasts; members follow them after that too", async () => {
      const app = await setup.start();
      const boss = await enter(app, "boss", service);
      for (const access of ["open", "invite"] as const)
        await boss.call("channel_create", { channel: access, access });
      const visitor = await enter(app, "visitor", { ...moderator, ...onSecond });
      const member = await enter(app, "member", { ...moderator, ...onSecond });
      for (const channel of ["open", "invite"]) {
        await visitor.call("history", { channel });
        await member.call("history", { channel });
        await member.call("channel_join", { channel });
        await boss.call("chat_message", { channel, content: "to staff" });
        for (const client of [visitor, member])
          await client.next("chat_message", (m) => m.channel === channel);
      }
      await visitor.raw("refresh_token", { token: app.token("visitor") });
      await member.raw("refresh_token", { token: app.token("member") });
      for (const channel of ["open", "invite"]) {
        assert.equal((await visitor.refused("history", { channel })).code, "forbidden");
        await boss.call("chat_message", { channel, content: "to members" });
        await member.next("chat_message", (m) => m.channel === channel);
      }
      await caughtUp(visitor);
      assert.ok(!visitor.log.some(({ payload }) => JSON.stringify(payload).includes("to members")));
      // What was left is no longer a member's either, whoever looks into it again.
      const again = await enter(app, "member", moderator);
      await again.call("channel_leave", { channel: "open" });
      await again.call("history", { channel: "open" });
      await again.raw("refresh_token", { token: app.token("member") });
      await boss.call("chat_message", { channel: "open", content: "to nobody else" });
      for (const client of [again, member]) {
        await caughtUp(client);
        assert.ok(!client.log.some(({ payload }) => JSON.stringify(payload).includes("nobody else")));
      }
    });

    it("are listed for users who can join; those by invitation for staff only", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      await svc.call("channel_create", { channel: "alpha" });
      await svc.call("channel_create", { channel: "beta", access: "invite" });
      await svc.call("channel_create", { channel: "gamma", access: "role", roles: ["moderator"] });
      await app.runDue();
      const ann = await enter(app, "ann");
      await ann.call("channel_join", { channel: "alpha" });
      const list = async (client: typeof ann) => {
        const { channels } = await client.call("channel_list", {});
        return channels.map(({ channel, access, members }) => `${channel} ${access} ${members}`);
      };
      assert.deepEqual(await list(ann), ["alpha open 1"]);
      assert.deepEqual(await list(svc), ["alpha open 1", "beta invite 0", "gamma role 0"]);
      const first = await svc.call("channel_list", { limit: 2 });
      const more = await svc.call("channel_list", { cursor: first.cursor ?? assert.fail("there is more") });
      assert.deepEqual([first.channels.length, more.channels.map(({ channel }) => channel)], [2, ["gamma"]]);
    });

    it("that are deleted end for all, and one of the same name begins empty", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      await svc.call("channel_create", { channel: "trade" });
      assert.equal((await svc.refused("channel_create", { channel: "trade" })).code, "conflict");
      const ann = await enter(app, "ann", onSecond);
      await ann.call("channel_join", { channel: "trade" });
      await ann.call("chat_message", { channel: "trade", content: "old" });
      await svc.call("channel_delete", { channel: "trade" });
      assert.deepEqual((await ann.next("channel_closed")).channel, "trade");
      assert.equal((await ann.refused("chat_message", { channel: "trade", content: "x" })).code, "forbidden");
      assert.equal((await svc.refused("channel_delete", { channel: "trade" })).code, "forbidden");
      await svc.call("channel_create", { channel: "trade" });
      assert.equal((await ann.refused("history", { channel: "trade" })).code, "forbidden");
      await ann.call("channel_join", { channel: "trade" });
      const { messages, offset } = await ann.call("history", { channel: "trade" });
      assert.deepEqual([messages, offset], [[], 0]);
      await app.runDue();
      assert.equal((await ann.call("channel_list", {})).channels.length, 1);
    });

    it("refuse a member from the moment of removal, also in a new channel of the same name", async () => {
      const app = await setup.start();
      const svc = await enter(app, "svc", service);
      const ann = await enter(app, "ann", onSecond);
      const talk = { channel: "trade", content: "wood for sheep" };
      const comeAndTalk = async () => {
        await ann.call("channel_join", { channel: "trade" });
        await ann.call("chat_message", talk);
        await ann.call("chat_message", talk);
      };
      await svc.call("channel_create", { channel: "trade" });
      await comeAndTalk();
      await svc.call("channel_remove", { channel: "trade", user_id: "ann" });
      assert.equal((await ann.refused("chat_message", talk)).code, "forbidden");
      await comeAndTalk();
      await svc.call("channel_delete", { channel: "trade" });
      await svc.call("channel_create", { channel: "trade" });
      assert.equal((await ann.refused("chat_message", talk)).code, "forbidden");
      await comeAndTalk();
      const { messages } = await ann.call("history", { channel: "trade" });
      assert.equal(messages.filter(({ event }) => event === "chat_message").length, 2);
    });

    it("are created and managed by staff only", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      for (const [event, payload] of [
        ["channel_create", { channel: "mine" }],
        ["channel_delete", { channel: "mine" }],
        ["channel_invite", { channel: "mine", user_id: "bob" }],
        ["channel_remove", { channel: "mine", user_id: "bob" }],
        ["slow_mode", { channel: "global", seconds: 5 }],
        ["audit", {}],
      ] as const)
        assert.equal((await ann.refused(event, payload)).code, "forbidden", event);
      for (const event of ["channel_join", "channel_leave", "channel_members"])
        for (const channel of ["nope", "global", "guild:red", "__proto__", "*audit"])
          assert.equal((await ann.refused(event, { channel })).code, "forbidden", `${event} ${channel}`);
    });

    it("apply bans, also to joining again", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      await mod.call("channel_create", { channel: "trade" });
      const ann = await enter(app, "ann", onSecond);
      await ann.call("channel_join", { channel: "trade" });
      await mod.call("ban", { user_id: "ann", channel: "trade" });
      await ann.next("moderation");
      for (const event of ["history", "channel_join"])
        assert.equal((await ann.refused(event, { channel: "trade" })).code, "banned");
    });

    it("are at most fifty per user", async () => {
      const app = await setup.start({
        yaml: "rate_limits:\n  events: { channel_join: off, channel_create: off }\n",
      });
      const svc = await enter(app, "svc", service);
      const ann = await enter(app, "ann");
      for (let i = 0; i <= 50; i++) {
        await svc.call("channel_create", { channel: `c${i}` });
        if (i < 50) await ann.call("channel_join", { channel: `c${i}` });
      }
      assert.equal((await ann.refused("channel_join", { channel: "c50" })).code, "conflict");
      await svc.call("channel_delete", { channel: "c7" });
      await ann.call("channel_join", { channel: "c50" });
    });
  });

  describe("chat: slow mode", () => {
    it("keeps a time between two messages of one user, over all devices and workers; it does not apply to moderators", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", onSecond);
      const say = (client: typeof ann, content: string, more = {}) =>
        client.call("chat_message", { channel: "global", content, ...more });
      await say(ann, "quick");
      await say(ann, "quick");
      await mod.call("slow_mode", { channel: "global", seconds: 30 });
      const told = await phone.next("slow_mode");
      assert.deepEqual([told.channel, told.seconds, told.by], ["global", 30, "mod"]);
      await ann.next("slow_mode");
      const first = await say(ann, "slowly", { client_msg_id: "a1" });
      for (const client of [ann, phone]) {
        const refusal = await client.refused("chat_message", { channel: "global", content: "again" });
        assert.equal(refusal.code, "rate_limited");
        const wait = Number(refusal.retry_after_ms);
        assert.ok(wait > 20_000 && wait <= 30_000, String(wait));
      }
      const repeat = await say(phone, "slowly", { client_msg_id: "a1" });
      assert.deepEqual([repeat.message_id, repeat.duplicate], [first.message_id, true]);
      await say(bob, "others have their own time");
      await say(mod, "1");
      await say(mod, "2");
      await app.advance(30_000);
      await say(phone, "later");
      await mod.call("slow_mode", { channel: "global", seconds: 0 });
      await phone.next("slow_mode");
      await say(phone, "quick again");
    });

    it("stores a message once that is sent again after slow mode began or ended", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      async function slow(seconds: number) {
        await mod.call("slow_mode", { channel: "global", seconds });
        for (const client of [ann, phone]) await client.next("slow_mode", (told) => told.seconds === seconds);
      }
      const send = (client: typeof ann, id: string) =>
        client.call("chat_message", { channel: "global", content: id, client_msg_id: id });
      const before = await send(ann, "before");
      await slow(30);
      assert.deepEqual(await send(phone, "before"), { ...before, duplicate: true });
      const meanwhile = await send(ann, "meanwhile");
      await slow(0);
      assert.deepEqual(await send(phone, "meanwhile"), { ...meanwhile, duplicate: true });
      const { messages } = await ann.call("history", { channel: "global" });
      assert.equal(messages.length, 2);
    });

    it("lets only one of two messages pass that two devices send at the same moment", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      await mod.call("slow_mode", { channel: "global", seconds: 30 });
      const devices = [await enter(app, "ann"), await enter(app, "ann", onSecond)];
      const acks = await Promise.all(
        [0, 1, 0, 1, 0, 1].map((at) =>
          devices[at]?.raw("chat_message", { channel: "global", content: "me first" }),
        ),
      );
      assert.equal(acks.filter((ack) => ack?.ok).length, 1);
    });
  });

  describe("chat: audit", () => {
    it("lists the author, action, user, channel and time of each act in order, also of acts without a user", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const ann = await enter(app, "ann", onSecond);
      const { message_id } = await ann.call("chat_message", { channel: "global", content: "bad" });
      await mod.call("mute", { user_id: "ann", channel: "global", duration_s: 60, reason: "spam" });
      await app.runDue();
      await mod.call("delete", { channel: "global", message_id });
      await app.runDue();
      await mod.call("slow_mode", { channel: "global", seconds: 10 });
      await app.runDue();
      await mod.call("channel_create", { channel: "council", access: "invite" });
      await app.runDue();
      await mod.call("channel_invite", { channel: "council", user_id: "ann" });
      await app.runDue();
      await mod.call("purge", { user_id: "ann", channel: "global" });
      // Lifts nothing, so nothing was done.
      await mod.call("unban", { user_id: "ann" });
      await app.runDue();
      const admin = await enter(app, "root", { claims: { roles: ["admin"] }, ...onSecond });
      const { entries, has_more } = await admin.call("audit", {});
      assert.equal(has_more, false);
      assert.deepEqual(
        entries.map(({ action, by, user_id, channel }) => [action, by, user_id, channel].join(" ")),
        [
          "mute mod ann global",
          "delete mod ann global",
          "slow_mode mod  global",
          "channel_create mod  council",
          "invite mod ann council",
        ],
      );
      assert.deepEqual([entries[0]?.reason, entries[1]?.message_id], ["spam", message_id]);
      assert.ok(entries[0]?.until);
      const page = await admin.call("audit", { before: 4, limit: 2 });
      assert.deepEqual([page.entries.map(({ offset }) => offset), page.has_more], [[2, 3], true]);
    });

    it("does not list acts on the moderator's own messages", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const { message_id } = await mod.call("chat_message", { channel: "global", content: "mine" });
      await mod.call("delete", { channel: "global", message_id });
      await app.runDue();
      assert.deepEqual((await mod.call("audit", {})).entries, []);
    });
  });

  describe("chat: membership that ends while a message is under way", () => {
    it("brings neither a message nor an edit into the user's new guild or party", async () => {
      let now = gate();
      const filter = (message: { content: string }) => now.filter(message);
      const app = await setup.start({ app: { chat: { filter, filterTimeoutMs: 4_000 } } });
      const blue = await enter(app, "bob", { claims: { guild_id: "blue" }, ...onSecond });
      await blue.call("chat_message", { channel: "guild", content: "blue" });
      for (const under of ["guild", "party", "edit"]) {
        now = gate();
        const party = await app.connect(matchmakingContract, "ann", onSecond);
        await party.call("party_create", {});
        const ann = await enter(app, "ann", { claims: { guild_id: "red" } });
        const own = await ann.call("chat_message", { channel: "guild", content: "red" });
        // Another namespace of the same connection: in its own, a command waits for those before it.
        const beside = ann.socket.io.socket("/game", {
          auth: { token: app.token("ann", { guild_id: "red" }) },
        });
        beside.connect();
        const answer =
          under === "edit"
            ? ann.raw("edit", { channel: "guild", message_id: own.message_id, content: "held" })
            : ann.raw("chat_message", { channel: under, content: "held" });
        await now.held;
        await party.call("party_leave", {});
        await party.call("party_create", {});
        const refreshed = await beside.emitWithAck("refresh_token", {
          token: app.token("ann", { guild_id: "blue" }),
        });
        assert.equal(refreshed.ok, true);
        now.release();
        const ack = await answer;
        assert.equal(ack.ok ? "accepted" : ack.error.code, "forbidden", under);
        for (const channel of ["guild", "party"]) {
          const { messages } = await ann.call("history", { channel });
          assert.ok(!JSON.stringify(messages).includes("held"), channel);
        }
        await party.call("party_leave", {});
        beside.disconnect();
        ann.disconnect();
        party.disconnect();
      }
    });

    /** Has something happen at the last moment before the next change of messages, or the next new one, in named channels. */
    function beforeChange(
      app: TestApp,
      happens: () => Promise<unknown>,
      kind: "replace" | "append" = "replace",
    ): void {
      const documents = app.workers[0]?.services.store.documents;
      assert.ok(documents);
      const commit = documents.commit.bind(documents);
      documents.commit = async (change) => {
        if (!change[kind]?.length) return commit(change);
        documents.commit = commit;
        await happens();
        return commit(change);
      };
    }

    it("refuses edits and deletions of an own message in a named channel after removal", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      await mod.call("channel_create", { channel: "trade" });
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      await ann.call("channel_join", { channel: "trade" });
      const { message_id } = await ann.call("chat_message", { channel: "trade", content: "as it was" });
      const own = { channel: "trade", message_id };
      beforeChange(app, () => mod.call("channel_remove", { channel: "trade", user_id: "ann" }));
      assert.equal((await ann.refused("edit", { ...own, content: "changed" })).code, "forbidden");
      await ann.call("channel_join", { channel: "trade" });
      beforeChange(app, () => mod.call("channel_remove", { channel: "trade", user_id: "ann" }));
      assert.equal((await ann.refused("delete", own)).code, "forbidden");
      assert.ok(JSON.stringify(await mod.call("history", { channel: "trade" })).includes("as it was"));
      await ann.call("channel_join", { channel: "trade" });
      beforeChange(app, async () => {
        await phone.call("channel_leave", { channel: "trade" });
        await phone.call("channel_join", { channel: "trade" });
      });
      await ann.call("edit", { ...own, content: "changed" });
      assert.ok(JSON.stringify(await mod.call("history", { channel: "trade" })).includes("changed"));
    });

    it("stores no message in a named channel after its author's removal", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      await mod.call("channel_create", { channel: "trade" });
      const ann = await enter(app, "ann");
      await ann.call("channel_join", { channel: "trade" });
      await ann.call("chat_message", { channel: "trade", content: "said as a member" });
      const takenOut = () => mod.call("channel_remove", { channel: "trade", user_id: "ann" });
      beforeChange(app, takenOut, "append");
      const late = { channel: "trade", content: "too late" };
      assert.equal((await ann.refused("chat_message", late)).code, "forbidden");
      await ann.call("channel_join", { channel: "trade" });
      beforeChange(
        app,
        async () => {
          await takenOut();
          await mod.call("channel_delete", { channel: "trade" });
          await mod.call("channel_create", { channel: "trade" });
        },
        "append",
      );
      assert.equal((await ann.refused("chat_message", late)).code, "forbidden");
      assert.ok(!JSON.stringify(await mod.call("history", { channel: "trade" })).includes("too late"));
    });

    it("deletes nothing in a new channel of the same name", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", { ...moderator, ...onSecond });
      const ann = await enter(app, "ann", moderator);
      const trade = { channel: "trade" };
      await mod.call("channel_create", trade);
      for (const content of ["one", "two"]) await ann.call("chat_message", { ...trade, content });
      beforeChange(app, async () => {
        await mod.call("channel_delete", trade);
        await mod.call("channel_create", trade);
        const { message_id } = await mod.call("chat_message", { ...trade, content: "rude" });
        await mod.call("delete", { ...trade, message_id });
        for (let n = 0; n < 3; n++) await mod.call("chat_message", { ...trade, content: "later" });
      });
      assert.equal((await ann.refused("purge", { ...trade, user_id: "ann" })).code, "forbidden");
      // A page that does not reach the entry of the deletion.
      const page = JSON.stringify(await mod.call("history", { ...trade, before: 2 }));
      assert.ok(page.includes('"deleted":true') && !page.includes("rude"), page);
    });

    const ends: readonly {
      readonly name: string;
      readonly channel: string;
      readonly code: string;
      readonly to?: string;
    }[] = [
      { name: "the party is left", channel: "party", code: "forbidden" },
      { name: "the named channel is left", channel: "trade", code: "forbidden" },
      { name: "the named channel is deleted", channel: "closing", code: "forbidden" },
      { name: "a mute", channel: "global", code: "muted" },
      { name: "a ban", channel: "guild", code: "banned" },
      { name: "a block", channel: "private", to: "bob", code: "forbidden" },
    ];
    for (const { name, channel, code, to } of ends)
      it(`refuses the message, and delivers it to no user, after ${name}`, async () => {
        const { filter, held, release } = gate();
        const app = await setup.start({ app: { chat: { filter, filterTimeoutMs: 4_000 } } });
        const guild = { guild_id: "red" };
        const mod = await enter(app, "mod", { claims: { ...guild, roles: ["moderator"] }, ...onSecond });
        const bob = await enter(app, "bob", { claims: guild, ...onSecond });
        const party = await app.connect(matchmakingContract, "ann", onSecond);
        await party.call("party_create", {});
        for (const made of ["trade", "closing"]) await mod.call("channel_create", { channel: made });
        const ann = await enter(app, "ann", { claims: guild });
        for (const made of ["trade", "closing"]) await ann.call("channel_join", { channel: made });
        const named = { channel, ...(to === undefined ? {} : { to }) };
        await ann.call("chat_message", { ...named, content: "before" });
        const answer = ann.raw("chat_message", { ...named, content: "held" });
        await held;
        await party.call("party_leave", {});
        const phone = await enter(app, "ann", { claims: guild, ...onSecond });
        await phone.call("channel_leave", { channel: "trade" });
        await mod.call("channel_delete", { channel: "closing" });
        await mod.call("mute", { user_id: "ann", channel: "global" });
        await mod.call("ban", { user_id: "ann", channel: "guild" });
        await bob.call("block", { user_id: "ann" });
        release();
        const ack = await answer;
        assert.equal(ack.ok ? "accepted" : ack.error.code, code);
        const { messages } =
          channel === "guild" || channel === "global"
            ? await mod.call("history", { channel })
            : { messages: [] };
        assert.ok(!JSON.stringify(messages).includes("held"));
        await caughtUp(bob);
        assert.ok(!bob.log.some(({ payload }) => JSON.stringify(payload).includes("held")));
      });
  });
});
