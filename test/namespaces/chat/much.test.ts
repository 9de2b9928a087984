/** Channels that hold much: answers are bounded in bytes and say where they go on, and what need not be read is not. */
import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import { append, indexPut } from "../../../core/ports/store/documents.ts";
import { partitions, type StreamKey, streamKey } from "../../../core/ports/store/keys.ts";
import { conversationsOf } from "../../../namespaces/chat/membership/conversations.ts";
import { type Channel, globalChannel, privateChannel } from "../../../namespaces/chat/model/channels.ts";
import { deletion, type Entry, entryId } from "../../../namespaces/chat/model/entries.ts";
import { channelOfName, keys } from "../../../namespaces/chat/named/stored.ts";
import type { ChannelItem } from "../../../namespaces/chat/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { type ChatClient, enter, moderator, onSecond, say } from "./clients.ts";

const KB = 1_024;
const KEEP = { maxLength: 10_000, ttlMs: 3_600_000 };
const user = (id: string) => asId<UserId>(id);
const offsetsOf = (items: readonly ChannelItem[]) => items.map(({ offset }) => offset);
const upTo = (end: number, from = 1) => Array.from({ length: end - from + 1 }, (_, at) => from + at);
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

let serial = 0;
const message = (by: string, content: string): Entry => ({
  kind: "message",
  nonce: `m_test${++serial}`,
  at: 1,
  by: user(by),
  name: by,
  content,
});

/** Entries as this server writes them; `key` as another did. */
async function write(app: TestApp, channel: Channel, entries: readonly Entry[], key = channel.log) {
  const documents = app.workers[0]?.services.store.documents;
  for (let at = 0; at < entries.length; at += 50)
    await documents?.commit({
      partition: key.partition,
      append: entries.slice(at, at + 50).map((entry) => append(key, entry, KEEP)),
    });
}

const withoutTags = (channel: Channel): StreamKey<Entry> => {
  const { partition, name } = channel.log;
  return streamKey<Entry>(partition, name);
};

/** Notes what is read of streams from now on: bytes, in all and of the largest page. */
function watchReads(app: TestApp) {
  const seen = { bytes: 0, largest: 0 };
  for (const { services } of app.workers) {
    const { streams } = services.store;
    const read = streams.read.bind(streams);
    Object.assign(streams, {
      read: async (...args: Parameters<typeof read>) => {
        const page = await read(...args);
        seen.bytes += page.bytes ?? 0;
        seen.largest = Math.max(seen.largest, page.bytes ?? 0);
        return page;
      },
    });
  }
  return seen;
}

/** A named channel with members. */
async function made(app: TestApp, name: string, staff: ChatClient, member: ChatClient): Promise<Channel> {
  await staff.call("channel_create", { channel: name });
  await member.call("channel_join", { channel: name });
  const found = await app.workers[0]?.services.store.documents.load(keys.channel(name));
  assert.ok(found);
  return channelOfName(name, found.state);
}

onEachSetup((setup) => {
  describe("chat: much to read", () => {
    it("gives pages of history bounded in bytes that name their continuation, both ways, also after edits made them longer", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const long = "語".repeat(2_000);
      const said = upTo(120).map((at): Entry => {
        const entry = message("bob", long);
        return at % 2 && entry.kind === "message" ? { ...entry, edited: true } : entry;
      });
      await write(app, globalChannel, said);
      const pages = async (forward: boolean) => {
        const seen: number[][] = [];
        for (let next: number | undefined = forward ? 0 : 121; next !== undefined; ) {
          const range: object = forward ? { after: next, before: 121 } : { before: next };
          const page = await ann.call("history", { channel: "global", limit: 100, ...range });
          assert.ok(bytesOf(page.messages) <= 128 * KB, `${bytesOf(page.messages)} bytes`);
          assert.equal(page.has_more, page.next !== undefined);
          for (const item of page.messages) assert.ok(item.event === "chat_message" && item.content === long);
          seen.push(offsetsOf(page.messages));
          next = page.next;
        }
        assert.ok(seen.length > 2);
        return forward ? seen.flat() : seen.reverse().flat();
      };
      assert.deepEqual(await pages(true), upTo(120));
      assert.deepEqual(await pages(false), upTo(120));
    });

    it("finds a page behind megabytes of a blocked user, some megabytes at a time", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      await write(app, globalChannel, [
        message("carol", "first"),
        ...upTo(1_000).map(() => message("bob", "x".repeat(2_000))),
      ]);
      await ann.call("block", { user_id: "bob" });
      const seen: string[] = [];
      let calls = 0;
      for (let before: number | undefined = 2_000; before !== undefined; calls++) {
        const page: { messages: ChannelItem[]; next?: number } = await ann.call("history", {
          channel: "global",
          before,
        });
        seen.push(...page.messages.map((item) => (item.event === "chat_message" ? item.content : "")));
        before = page.next;
      }
      assert.deepEqual([seen, calls], [["first"], 2]);
    });

    it("comes by sync in answers of 256 KB, each message once", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const staff = await enter(app, "staff", moderator);
      const channels = await Promise.all(upTo(6).map((at) => made(app, `c${at}`, staff, ann)));
      for (const channel of channels)
        await write(
          app,
          channel,
          upTo(100).map(() => message("bob", "y".repeat(2_000))),
        );
      const watched = watchReads(app);
      let cursors = await Promise.all(
        channels.map(async ({ name }) => {
          const { epoch } = await ann.call("history", { channel: name, limit: 1 });
          return { channel: name, epoch, offset: 0 };
        }),
      );
      const seen = new Map<string, number[]>();
      let answers = 0;
      while (cursors.length > 0) {
        const answer = await ann.call("sync", { cursors });
        answers++;
        assert.ok(bytesOf(answer) <= 260 * KB, `${bytesOf(answer)} bytes`);
        for (const { channel, recovered, messages } of answer.channels) {
          assert.ok(recovered);
          seen.set(channel, [...(seen.get(channel) ?? []), ...offsetsOf(messages)]);
        }
        cursors = answer.channels
          .filter(({ has_more }) => has_more)
          .map(({ channel, epoch, offset }) => ({ channel, epoch, offset }));
      }
      assert.ok(answers >= 5);
      for (const { name } of channels) assert.deepEqual(seen.get(name), upTo(100));
      assert.ok(watched.largest <= 64 * KB, `${watched.largest}`);
    });

    it("is counted as unread in 40 channels of 500 long messages without reading them", async () => {
      const app = await setup.start({
        env: { RATE_LIMITS_EVENTS: "channel_create=off,channel_join=off" },
      });
      const [ann, bob] = [await enter(app, "ann"), await enter(app, "bob", onSecond)];
      const staff = await enter(app, "staff", moderator);
      await ann.call("block", { user_id: "troll" });
      const channels: Channel[] = [];
      for (const at of upTo(40)) channels.push(await made(app, `c${at}`, staff, ann));
      for (const channel of channels) {
        const said = upTo(500).map((at) =>
          message(at % 5 === 0 ? "ann" : at % 5 === 1 ? "troll" : "bob", "z".repeat(1_500)),
        );
        await write(app, channel, said);
      }
      await say(bob, "in global");
      const [first, second, third] = channels;
      assert.ok(first && second && third);
      const gone = message("bob", "deleted");
      await write(app, first, [gone, deletion(1, user("bob"), entryId(501, gone.nonce), user("bob"))]);
      await ann.call("read", { channel: first.name, offset: 490 });
      await ann.call("read", { channel: second.name, offset: 500 });
      const watched = watchReads(app);
      const answer = await ann.call("unread", {});
      assert.equal(watched.bytes, 0);
      const counts = new Map(answer.channels.map(({ channel, unread }) => [channel, unread]));
      assert.deepEqual(
        [counts.get("global"), counts.get(first.name), counts.get(second.name), counts.get(third.name)],
        [1, 6, 0, 300],
      );
      const list = await ann.call("channels", {});
      assert.ok(watched.largest <= 4 * KB && watched.bytes <= 41 * 4 * KB, `${watched.bytes} bytes`);
      const last = list.channels.find(({ channel }) => channel === third.name)?.last;
      assert.equal(last?.offset, 500);
    });

    it("counts and lists the entries of an older server the same", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const channel = await made(app, "old", await enter(app, "staff", moderator), ann);
      const gone = message("bob", "deleted");
      const entries = [message("bob", "one"), gone, message("ann", "own"), message("bob", "two")];
      await write(app, channel, entries, withoutTags(channel));
      const removal = deletion(1, user("bob"), entryId(2, gone.nonce), user("bob"));
      await write(app, channel, [removal], withoutTags(channel));
      const found = async () => {
        const { channels } = await ann.call("channels", {});
        const one = channels.find((each) => each.channel === "old");
        return [one?.unread, one?.last?.content];
      };
      assert.deepEqual(await found(), [2, "two"]);
      await write(app, channel, [message("bob", "three")]);
      assert.deepEqual(await found(), [3, "three"]);
      const { messages } = await ann.call("history", { channel: "old" });
      assert.deepEqual(
        messages.map((item) => item.event === "chat_message" && item.content),
        ["one", "", "own", "two", false, "three"],
      );
    });

    it("comes as pages of channels, each channel once", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const peers = upTo(60).map((at) => `peer-${at}`.padEnd(250, "語"));
      for (const peer of peers) {
        const channel = privateChannel(user("ann"), user(peer));
        const entry = message(peer, "語".repeat(2_000));
        await write(app, channel, [entry]);
        await app.workers[0]?.services.store.documents.commit({
          partition: partitions.user(user("ann")),
          index: [indexPut(conversationsOf(user("ann")), peer, serial, { with: user(peer) })],
        });
      }
      for (const list of ["unread", "channels"] as const) {
        const seen: string[] = [];
        let pages = 0;
        for (let cursor: string | undefined, more = true; more; pages++) {
          const page: { channels: { channel_id: string; unread: number }[]; cursor?: string } =
            await ann.call(list, cursor === undefined ? {} : { cursor });
          assert.ok(bytesOf(page) <= 256 * KB, `${bytesOf(page)} bytes`);
          seen.push(...page.channels.map(({ channel_id }) => channel_id));
          for (const { channel_id, unread } of page.channels)
            assert.equal(unread, channel_id === "global" ? 0 : 1);
          cursor = page.cursor;
          more = cursor !== undefined;
        }
        assert.equal(new Set(seen).size, 61);
        assert.equal(seen.length, 61);
        assert.ok(list === "unread" || pages > 1, `${pages} pages`);
      }
      assert.equal((await ann.refused("unread", { cursor: "nowhere" })).code, "invalid_payload");
    });

    it("answers a repeat of a message megabytes ago like the first, without reading later ones", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const saying = { channel: "global", content: "once", client_msg_id: "1" };
      const first = await ann.call("chat_message", saying);
      await write(
        app,
        globalChannel,
        upTo(3_000).map(() => message("bob", "x".repeat(1_000))),
      );
      const watched = watchReads(app);
      const again = await ann.call("chat_message", saying);
      assert.deepEqual([again.message_id, again.duplicate], [first.message_id, true]);
      assert.ok(watched.bytes < 10 * KB, `${watched.bytes} bytes`);
    });

    it("is purged by reading the user's messages, and little else", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      const others = upTo(2_000).map(() => message("bob", "x".repeat(1_000)));
      await write(app, globalChannel, [
        ...others.slice(0, 1_000),
        message("troll", "bad"),
        ...others.slice(1_000),
        message("troll", "worse"),
      ]);
      const watched = watchReads(app);
      const { deleted } = await mod.call("purge", { user_id: "troll", channel: "global" });
      assert.equal(deleted, 2);
      assert.ok(watched.bytes < 20 * KB, `${watched.bytes} bytes`);
    });
  });
});
