import assert from "node:assert/strict";
import fc from "fast-check";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { globalChannel } from "../../../namespaces/chat/model/channels.ts";
import type { ChannelItem } from "../../../namespaces/chat/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { type ChatClient, enter, moderator, onSecond, Shown, say, whisper } from "./clients.ts";

const contents = (messages: readonly ChannelItem[]) =>
  messages.map((m) => (m.event === "chat_message" ? m.content : m.event));

onEachSetup((setup) => {
  describe("chat: history", () => {
    it("comes in pages in both directions, without the named ends, oldest first", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      for (let i = 1; i <= 7; i++) await say(ann, `m${i}`);
      const page = async (range: { before?: number; after?: number; limit?: number }) => {
        const { messages, offset, has_more } = await ann.call("history", { channel: "global", ...range });
        assert.equal(offset, 7);
        return [contents(messages).join(" "), has_more];
      };
      assert.deepEqual(await page({}), ["m1 m2 m3 m4 m5 m6 m7", false]);
      assert.deepEqual(await page({ limit: 3 }), ["m5 m6 m7", true]);
      assert.deepEqual(await page({ before: 5, limit: 3 }), ["m2 m3 m4", true]);
      assert.deepEqual(await page({ before: 2, limit: 3 }), ["m1", false]);
      assert.deepEqual(await page({ before: 1 }), ["", false]);
      assert.deepEqual(await page({ after: 0, limit: 3 }), ["m1 m2 m3", true]);
      assert.deepEqual(await page({ after: 4, limit: 3 }), ["m5 m6 m7", false]);
      assert.deepEqual(await page({ after: 7 }), ["", false]);
      assert.deepEqual(await page({ after: 2, before: 6 }), ["m3 m4 m5", false]);
      assert.deepEqual(await page({ after: 2, before: 6, limit: 2 }), ["m3 m4", true]);
      assert.deepEqual(await page({ after: 99 }), ["", false]);
    });

    it("of a channel without messages has its epoch already", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const empty = await ann.call("history", { channel: "global" });
      assert.deepEqual([empty.messages, empty.offset, empty.has_more], [[], 0, false]);
      assert.equal((await say(ann, "first")).epoch, empty.epoch);
    });

    it("returns the current text on a page that does not reach its edit, and none of a deleted message", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const first = await say(ann, "old");
      const second = await say(ann, "secret");
      for (let i = 0; i < 12; i++) await say(ann, `m${i}`);
      await ann.call("edit", { channel: "global", message_id: first.message_id, content: "newer" });
      await say(ann, "between");
      await ann.call("edit", { channel: "global", message_id: first.message_id, content: "newest" });
      await ann.call("edit", { channel: "global", message_id: second.message_id, content: "secret still" });
      await ann.call("delete", { channel: "global", message_id: second.message_id });
      const { messages } = await ann.call("history", { channel: "global", before: 3 });
      assert.deepEqual(contents(messages), ["newest", ""]);
      assert.deepEqual(
        messages.map((m) => m.event === "chat_message" && [m.edited, m.deleted]),
        [
          [true, undefined],
          [undefined, true],
        ],
      );
      const all = await ann.call("history", { channel: "global", limit: 100 });
      assert.ok(!JSON.stringify(all).includes("secret"));
    });

    it("continues past pages full of a blocked user's messages", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob");
      await say(ann, "first");
      for (let i = 0; i < 8; i++) await say(bob, `b${i}`);
      await say(ann, "last");
      await ann.call("block", { user_id: "bob" });
      const backward = await ann.call("history", { channel: "global", before: 10, limit: 2 });
      assert.deepEqual([contents(backward.messages), backward.has_more], [["first"], false]);
      const forward = await ann.call("history", { channel: "global", after: 1, limit: 2 });
      assert.deepEqual([contents(forward.messages), forward.has_more], [["last"], false]);
    });

    it("refuses limits over 100 and invalid offsets", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      for (const bad of [
        { limit: 101 },
        { limit: 0 },
        { limit: 1.5 },
        { before: -1 },
        { after: "1" },
        { after: 2 ** 60 },
      ])
        assert.equal((await ann.refused("history", { channel: "global", ...bad })).code, "invalid_payload");
    });
  });

  describe("chat: sync", () => {
    it("returns all missed entries of many channels at once", async () => {
      const app = await setup.start();
      const red = { claims: { guild_id: "red" } };
      const ann = await enter(app, "ann", red);
      const before = await say(ann, "seen");
      const guild = await ann.call("history", { channel: "guild" });
      const bob = await enter(app, "bob", { ...red, ...onSecond });
      await say(bob, "missed");
      await bob.call("edit", {
        channel: "global",
        message_id: (await say(bob, "tpyo")).message_id,
        content: "typo",
      });
      await bob.call("chat_message", { channel: "guild", content: "red" });
      const whispered = await whisper(bob, "ann", "psst");
      const { channels } = await ann.call("sync", {
        cursors: [
          { channel: "global", epoch: before.epoch, offset: before.offset },
          { channel: "guild", epoch: guild.epoch, offset: 0 },
          { channel: "private", to: "bob", epoch: whispered.epoch, offset: 0 },
        ],
      });
      assert.deepEqual(
        channels.map((c) => [c.channel_id, c.recovered, contents(c.messages), c.offset]),
        [
          ["global", true, ["missed", "typo", "message_edited"], 4],
          ["guild:red", true, ["red"], 1],
          ["private:ann|bob", true, ["psst"], 1],
        ],
      );
      assert.equal(channels[2]?.to, "bob");
    });

    it("returns thousands of messages in one answer, and names the continuation if they are too many", async () => {
      const app = await setup.start();
      const [worker] = app.workers;
      assert.ok(worker);
      const ann = await enter(app, "ann");
      const { epoch } = await say(ann, "first");
      const write = async (count: number, content: string) => {
        const entry = { kind: "message", nonce: "m_x", at: 0, by: "bob", name: "Bob", content } as const;
        const key = globalChannel.log;
        for (let done = 0; done < count; done += 100)
          await worker.services.store.documents.commit({
            partition: key.partition,
            append: Array.from({ length: 100 }, () => ({
              name: key.name,
              entry,
              maxLength: 10_000,
              ttlMs: 600_000,
            })),
          });
      };
      const sync = async (offset: number) => {
        const { channels } = await ann.call("sync", { cursors: [{ channel: "global", epoch, offset }] });
        assert.ok(JSON.stringify(channels).length <= 256 * 1_024 + 1_000);
        const [found] = channels;
        assert.ok(found?.recovered && channels.length === 1);
        return found;
      };
      await write(1_000, "short");
      const all = await sync(1);
      assert.deepEqual([all.messages.length, all.offset, all.has_more], [1_000, 1_001, undefined]);
      await write(600, "x".repeat(2_000));
      const seen: number[] = [];
      for (let at = 1, more = true; more; ) {
        const { messages, offset, has_more } = await sync(at);
        seen.push(...messages.map((item) => item.offset));
        assert.equal(messages.at(-1)?.offset, offset);
        at = offset;
        more = has_more === true;
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 1_600 }, (_, at) => at + 2),
      );
    });

    it("answers `recovered: false` if entries are no longer stored", async () => {
      const app = await setup.start({ yaml: "retention:\n  max_length: 3\n" });
      const ann = await enter(app, "ann");
      const { epoch } = await say(ann, "m1");
      for (const content of ["m2", "m3", "m4", "m5"]) await say(ann, content);
      const missed = async (offset: number) =>
        (await ann.call("sync", { cursors: [{ channel: "global", epoch, offset }] })).channels.map((c) => [
          c.recovered,
          contents(c.messages).join(" "),
        ]);
      assert.deepEqual(await missed(1), [[false, ""]]);
      assert.deepEqual(await missed(2), [[true, "m3 m4 m5"]]);
      const { messages, has_more } = await ann.call("history", { channel: "global", after: 0 });
      assert.deepEqual([contents(messages).join(" "), has_more], ["m3 m4 m5", false]);
    });

    it("answers `recovered: false` for another epoch and for a cursor beyond the end", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const { epoch } = await say(ann, "x");
      for (const cursor of [
        { epoch: "another", offset: 0 },
        { epoch, offset: 5 },
      ]) {
        const { channels } = await ann.call("sync", { cursors: [{ channel: "global", ...cursor }] });
        assert.deepEqual(channels, [
          { channel: "global", channel_id: "global", recovered: false, messages: [], epoch, offset: 1 },
        ]);
      }
    });

    it("refuses channels that are not the user's, and too many", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const cursor = { epoch: "e", offset: 0 };
      for (const channel of ["guild", "nope", "guild:red"])
        assert.equal((await ann.refused("sync", { cursors: [{ channel, ...cursor }] })).code, "forbidden");
      const many = Array.from({ length: 51 }, () => ({ channel: "global", ...cursor }));
      assert.equal((await ann.refused("sync", { cursors: many })).code, "invalid_payload");
      assert.deepEqual((await ann.call("sync", { cursors: [] })).channels, []);
    });

    it("lists a channel that is no longer the user's in `refused`, and answers the others", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      await mod.call("channel_create", { channel: "trade" });
      const ann = await enter(app, "ann", onSecond);
      const { epoch, offset } = await ann.call("channel_join", { channel: "trade" });
      const said = await mod.call("chat_message", { channel: "global", content: "missed" });
      await mod.call("channel_delete", { channel: "trade" });
      const cursors = [
        { channel: "trade", epoch, offset },
        { channel: "global", epoch: said.epoch, offset: 0 },
        { channel: "party", epoch, offset: 0 },
      ];
      const { channels, refused } = await ann.call("sync", { cursors });
      assert.deepEqual(
        channels.map(({ channel, messages }) => [channel, messages.length]),
        [["global", 1]],
      );
      assert.deepEqual(refused, [
        { channel: "trade", code: "forbidden" },
        { channel: "party", code: "forbidden" },
      ]);
      await mod.call("ban", { user_id: "ann", channel: "global" });
      assert.equal((await ann.refused("sync", { cursors: cursors.slice(0, 2) })).code, "banned");
    });
  });

  describe("chat: two observers of one channel", () => {
    type Step = { readonly do: "say" | "drop" } | { readonly do: "edit" | "delete"; readonly which: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ do: "say" } as const) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), which: fc.nat(20) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), which: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.constant({ do: "drop" } as const) },
    );

    /** Applies every event of a client as it comes. */
    function watch(client: ChatClient, shown: Shown): void {
      for (const event of ["chat_message", "message_edited", "message_deleted"] as const)
        client.socket.on(event, (payload) => shown.apply({ event, ...payload }));
    }

    /** A connection that holds back what comes live until its sync was answered. */
    async function come(app: TestApp, shown: Shown, guild: string): Promise<ChatClient> {
      const client = await app.connect(chatContract, "dropper", { worker: 1, claims: { guild_id: guild } });
      const early: ChannelItem[] = [];
      let synced = false;
      for (const event of ["chat_message", "message_edited", "message_deleted"] as const)
        client.socket.on(event, (payload) => {
          if (synced) shown.apply({ event, ...payload });
          else early.push({ event, ...payload });
        });
      const { channels } = await client.call("sync", {
        cursors: [{ channel: "guild", epoch: shown.epoch, offset: shown.offset }],
      });
      assert.equal(channels[0]?.recovered, true);
      for (const item of [...(channels[0]?.messages ?? []), ...early]) shown.apply(item);
      synced = true;
      return client;
    }

    it("hold the list of the stream, under any mix of sends, edits, deletions and drops", async () => {
      const app = await setup.start({
        yaml: "rate_limits:\n  user: { max: 100000, window: 1s }\n  events: { sync: off, history: off }\n",
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const guild = `g${run++}`;
          const claims = { guild_id: guild };
          const author = await enter(app, `author${run}`, { claims });
          const steady = new Shown();
          watch(author, steady);
          const dropping = new Shown();
          dropping.epoch = (await author.call("history", { channel: "guild" })).epoch;
          let dropper = await come(app, dropping, guild);
          const sent: string[] = [];
          let last = 0;
          for (const [at, { do: act, ...more }] of steps.entries()) {
            const which = "which" in more ? sent[more.which % Math.max(1, sent.length)] : undefined;
            if (act === "drop") {
              dropper.disconnect();
              dropper = await come(app, dropping, guild);
            } else if (act === "say") {
              const ack = await author.call("chat_message", { channel: "guild", content: `m${at}` });
              sent.push(ack.message_id);
              last = ack.offset;
            } else if (which !== undefined) {
              const change = { channel: "guild", message_id: which, content: `e${at}` };
              // A deleted message can't be edited: the refusal is one of the mix.
              await author.raw(act, change);
            }
          }
          const end = await author.call("chat_message", { channel: "guild", content: "the end" });
          assert.ok(end.offset > last);
          for (const client of [author, dropper])
            await client.next("chat_message", (m) => m.message_id === end.message_id);
          const replayed = new Shown();
          for (let after = 0, more = true; more; ) {
            const page = await author.call("history", { channel: "guild", after, limit: 4 });
            for (const item of page.messages) replayed.apply(item);
            after = replayed.offset;
            more = page.has_more;
          }
          assert.equal(replayed.offset, end.offset);
          assert.deepEqual(steady.list(), replayed.list());
          assert.deepEqual(dropping.list(), replayed.list());
          author.disconnect();
          dropper.disconnect();
        }),
        { numRuns: 12 },
      );
    });
  });
});
