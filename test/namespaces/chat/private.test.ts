import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import { append } from "../../../core/ports/store/documents.ts";
import { privateChannel } from "../../../namespaces/chat/model/channels.ts";
import { onEachSetup } from "../../support/app.ts";
import { type ChatClient, caughtUp, enter, heard, onSecond, whisper } from "./clients.ts";

interface Heard {
  readonly channel: string;
  readonly user_id: string;
  readonly offset: number;
}

const reliable = { auth: { reliable: true } };

/** Takes the next private messages with these texts, in this order. */
async function hears(client: ChatClient, ...contents: string[]): Promise<void> {
  for (const content of contents) assert.equal((await client.next("chat_message")).content, content);
}

onEachSetup((setup) => {
  describe("chat: private messages", () => {
    it("reach every device of both users once, and no other user", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", { ...reliable, ...onSecond });
      const bobsPhone = await enter(app, "bob");
      const eve = await enter(app, "eve");
      const sent = await whisper(ann, "bob", "psst");
      for (const client of [ann, annsPhone, bob, bobsPhone]) {
        const got = await client.next("chat_message");
        assert.deepEqual(
          [got.message_id, got.channel, got.channel_id, got.user_id, got.to, got.offset],
          [sent.message_id, "private", "private:ann|bob", "ann", "bob", 1],
        );
      }
      await whisper(bob, "ann", "yes?");
      for (const client of [ann, annsPhone, bob, bobsPhone]) await hears(client, "yes?");
      for (const client of [ann, annsPhone, bob, bobsPhone, eve]) {
        await app.runDue();
        await caughtUp(client);
        assert.deepEqual(
          heard(client).filter((text) => text !== "caught up"),
          [],
        );
      }
    });

    it("wait in order for a user who is away, with their edits and deletions", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const first = await whisper(ann, "bob", "one");
      await whisper(ann, "bob", "two");
      await ann.call("edit", { channel: "private", to: "bob", message_id: first.message_id, content: "ONE" });
      await ann.next("message_edited");
      const bob = await enter(app, "bob", { ...reliable, ...onSecond });
      const received = [];
      for (const event of ["chat_message", "chat_message", "message_edited"] as const)
        received.push(await bob.next(event));
      assert.deepEqual(
        received.map((t) => [t.content, t.offset]),
        [
          ["one", 1],
          ["two", 2],
          ["ONE", 3],
        ],
      );
      assert.ok(received.every((t) => "delivery_id" in t && t.delivery_id !== undefined));
      assert.equal(received[0]?.timestamp, first.timestamp);
      bob.disconnect();
      const again = await enter(app, "bob", reliable);
      await caughtUp(again);
      assert.deepEqual(heard(again), []);
    });

    it("without an acknowledgement come again on the next connection", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", reliable);
      bob.acknowledges = false;
      await whisper(ann, "bob", "important");
      const { message_id } = await bob.next("chat_message");
      bob.disconnect();
      const again = await enter(app, "bob", { ...reliable, ...onSecond });
      assert.equal((await again.next("chat_message")).message_id, message_id);
    });

    it("are delivered by another worker if the one that stored them died before it could", async () => {
      const app = await setup.start();
      const bob = await enter(app, "bob", { ...reliable, ...onSecond });
      const ann = await enter(app, "ann");
      const [worker] = app.workers;
      assert.ok(worker);
      const { store } = worker.services;
      const now = store.now();
      const channel = privateChannel(asId<UserId>("ann"), asId<UserId>("bob"));
      // What a send commits, and nothing after it.
      await store.documents.commit({
        partition: channel.log.partition,
        append: [
          append(
            channel.log,
            {
              kind: "message",
              nonce: "m_1",
              at: now,
              by: asId<UserId>("ann"),
              name: "Ann",
              content: "last words",
            },
            { maxLength: 100, ttlMs: 60_000 },
          ),
        ],
        deadlines: [{ kind: "chat:relay", id: "relay", dueAt: now, payload: { pair: channel.pair } }],
      });
      await hears(bob, "last words");
      await hears(ann, "last words");
    });

    it("of a quick conversation arrive once each, the other user's in order", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", reliable);
      const bob = await enter(app, "bob", { ...reliable, ...onSecond });
      const said = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const [from, to] = i % 2 ? ([ann, "bob"] as const) : ([bob, "ann"] as const);
          return (await whisper(from, to, `${i}`)).message_id;
        }),
      );
      for (const client of [ann, bob]) {
        for (const id of said) await client.next("chat_message", (m) => m.message_id === id);
        await app.runDue();
        await caughtUp(client);
        const got = client.log.filter((r) => r.event === "chat_message").map((r) => r.payload as Heard);
        const others = got.filter((m) => m.channel === "private" && m.user_id !== client.name);
        assert.equal(got.filter((m) => m.channel === "private").length, said.length);
        assert.deepEqual(
          others.map((m) => m.offset),
          others.map((m) => m.offset).toSorted((a, b) => a - b),
        );
      }
    });

    it("sent on two workers at the same time arrive in the order of the channel", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const annsPhone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob", { ...reliable, ...onSecond });
      const sent = await Promise.all(
        Array.from({ length: 30 }, (_, at) => whisper(at % 2 === 0 ? ann : annsPhone, "bob", `m${at}`)),
      );
      const offsets: number[] = [];
      for (const _ of sent) offsets.push((await bob.next("chat_message")).offset);
      assert.deepEqual(
        offsets,
        sent.map(({ offset }) => offset).sort((a, b) => a - b),
      );
    });

    it("with the same client_msg_id are stored once", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const phone = await enter(app, "ann", onSecond);
      const bob = await enter(app, "bob");
      const saying = { channel: "private", to: "bob", content: "once", client_msg_id: "c" };
      const acks = await Promise.all(
        Array.from({ length: 10 }, (_, i) => (i % 2 ? ann : phone).call("chat_message", saying)),
      );
      const [first] = acks.filter((ack) => !ack.duplicate);
      assert.ok(first);
      for (const ack of acks)
        assert.deepEqual({ ...ack, duplicate: undefined }, { ...first, duplicate: undefined });
      await hears(bob, "once");
      await whisper(ann, "bob", "next");
      await hears(bob, "next");
    });

    it("have history for both users, and for no other", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const eve = await enter(app, "eve", { claims: { roles: ["admin"] } });
      await whisper(ann, "bob", "hi");
      for (const [client, to] of [
        [ann, "bob"],
        [bob, "ann"],
      ] as const) {
        const { messages } = await client.call("history", { channel: "private", to });
        assert.deepEqual(
          messages.map((m) => m.event === "chat_message" && m.content),
          ["hi"],
        );
      }
      for (const to of ["ann", "bob"])
        assert.deepEqual((await eve.call("history", { channel: "private", to })).messages, []);
    });

    it("are edited and deleted by their author alone", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const { message_id } = await whisper(ann, "bob", "secret");
      assert.equal(
        (await bob.refused("delete", { channel: "private", to: "ann", message_id })).code,
        "forbidden",
      );
      await ann.call("delete", { channel: "private", to: "bob", message_id });
      assert.equal((await bob.next("message_deleted")).message_id, message_id);
      assert.equal((await ann.next("message_deleted")).message_id, message_id);
      const history = await bob.call("history", { channel: "private", to: "ann" });
      assert.ok(!JSON.stringify(history).includes("secret"));
    });

    it("need another user", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      for (const to of [undefined, "", "ann", 5, "x".repeat(257), "\ud800"])
        assert.equal(
          (await ann.refused("chat_message", { channel: "private", to, content: "x" })).code,
          "invalid_payload",
        );
    });
  });

  describe("chat: read markers", () => {
    it("are one for two devices of a user, who move them at the same time", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const devices = [await enter(app, "bob"), await enter(app, "bob", onSecond)] as const;
      for (let i = 1; i <= 6; i++) await whisper(ann, "bob", `${i}`);
      const where = { channel: "private", to: "ann" };
      await Promise.all(
        [3, 1, 5, 2, 4].map((offset, at) => devices[at % 2 === 0 ? 0 : 1].call("read", { ...where, offset })),
      );
      for (const device of devices) {
        assert.deepEqual((await device.call("unread", {})).channels[1]?.unread, 1);
        // The other device hears of it, and that the furthest was told last of what moved it.
        await device.next("read", (marker) => marker.offset === 5);
      }
      await devices[1].call("read", { ...where, offset: 6 });
      await devices[0].next("read", (marker) => marker.user_id === "bob" && marker.offset === 6);
      assert.deepEqual((await devices[0].call("unread", {})).channels[1]?.unread, 0);
    });

    it("count later messages of others, and only move forward", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      for (const text of ["one", "two", "three"]) await whisper(ann, "bob", text);
      await hears(bob, "one", "two", "three");
      const where = { channel: "private", to: "ann" };
      const unread = async () =>
        (await bob.call("unread", {})).channels.map((c) => [c.channel_id, c.unread] as const);
      assert.deepEqual(await unread(), [
        ["global", 0],
        ["private:ann|bob", 3],
      ]);
      await bob.call("read", { ...where, offset: 2 });
      const { timestamp, ...payload } = await ann.next("read");
      assert.ok(timestamp);
      assert.deepEqual(payload, {
        channel: "private",
        channel_id: "private:ann|bob",
        user_id: "bob",
        offset: 2,
      });
      await bob.call("read", { ...where, offset: 1 });
      assert.deepEqual((await unread())[1], ["private:ann|bob", 1]);
      await whisper(bob, "ann", "own words are no news");
      assert.deepEqual((await unread())[1], ["private:ann|bob", 1]);
      assert.equal(ann.pending("read").length, 0);
    });

    it("stand in the overview beside each channel's last message", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann", { claims: { guild_id: "red" } });
      const bob = await enter(app, "bob", onSecond);
      await caughtUp(bob);
      const { message_id } = await whisper(bob, "ann", "one");
      await whisper(bob, "ann", "oops");
      const oops = await ann.next("chat_message", (m) => m.content === "oops");
      await bob.call("edit", { channel: "private", to: "ann", message_id, content: "ONE" });
      await bob.call("delete", { channel: "private", to: "ann", message_id: oops.message_id });
      const { channels } = await ann.call("channels", {});
      assert.deepEqual(
        channels.map((c) => [c.channel_id, c.to, c.unread, c.offset, c.last?.content]),
        [
          ["global", undefined, 1, 1, "caught up"],
          ["guild:red", undefined, 0, 0, undefined],
          ["private:ann|bob", "bob", 1, 4, "ONE"],
        ],
      );
      const { epoch } = await ann.call("history", { channel: "private", to: "bob" });
      assert.equal(channels[2]?.epoch, epoch);
    });

    it("of global are not sent to others, and never move beyond the end", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob");
      await caughtUp(ann);
      assert.equal((await bob.refused("read", { channel: "global", offset: 2 })).code, "invalid_payload");
      await bob.call("read", { channel: "global", offset: 1 });
      assert.deepEqual((await bob.call("unread", {})).channels, [
        { channel: "global", channel_id: "global", unread: 0 },
      ]);
      await caughtUp(ann);
      assert.deepEqual(ann.pending("read"), []);
    });
  });
});
