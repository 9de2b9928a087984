/** Edits and deletions: what they cost does not depend on how many there were, and every page shows the current texts. */
import assert from "node:assert/strict";
import type { Change } from "../../../core/ports/store/documents.ts";
import type { ChannelItem } from "../../../namespaces/chat/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { type ChatClient, enter, moderator, onSecond } from "./clients.ts";

const FREE =
  "rate_limits:\n  connection: off\n  user: off\n  events:\n" +
  ["chat_message", "edit", "delete", "history"].map((event) => `    ${event}: off\n`).join("");
const SHORT = `${FREE}retention:\n  max_length: 20\n`;

const channel = { channel: "global" };
const said = (client: ChatClient, content: string) => client.call("chat_message", { ...channel, content });

/** Notes how large the changes are that are committed from now on. */
function watchChanges(app: TestApp) {
  const sizes: number[] = [];
  for (const { services } of app.workers) {
    const { documents } = services.store;
    const commit = documents.commit.bind(documents);
    documents.commit = (change: Change, decided) => {
      sizes.push(JSON.stringify(change).length);
      return commit(change, decided);
    };
  }
  return { largestSince: (from: number) => Math.max(0, ...sizes.slice(from)), count: () => sizes.length };
}

async function page(client: ChatClient, range: object): Promise<ChannelItem[]> {
  return (await client.call("history", { ...channel, ...range })).messages;
}

onEachSetup((setup) => {
  describe("chat: edits and deletions", () => {
    it("are as small after hundreds of others as the first one", async () => {
      const app = await setup.start({ yaml: FREE });
      const ann = await enter(app, "ann");
      const ids: string[] = [];
      for (let at = 0; at < 2; at++)
        ids.push(
          ...(await Promise.all(Array.from({ length: 50 }, () => said(ann, "as it was")))).map(
            ({ message_id }) => message_id,
          ),
        );
      const changes = watchChanges(app);
      const edit = (message_id: string, content: string) =>
        ann.call("edit", { ...channel, message_id, content });
      await edit(ids[0] ?? assert.fail(), "first");
      const first = changes.largestSince(0);
      for (const round of ["one", "two"])
        for (let at = 0; at < ids.length; at += 50)
          await Promise.all(ids.slice(at, at + 50).map((id) => edit(id, round)));
      const before = changes.count();
      await edit(ids[1] ?? assert.fail(), "last");
      await ann.call("delete", { ...channel, message_id: ids[2] ?? assert.fail() });
      assert.ok(changes.largestSince(before) < 1.5 * first, `${changes.largestSince(before)} of ${first}`);
      const [edited, again, deleted] = await page(ann, { after: 0, limit: 3 });
      assert.ok(edited?.event === "chat_message" && edited.content === "two" && edited.edited === true);
      assert.ok(again?.event === "chat_message" && again.content === "last");
      assert.ok(deleted?.event === "chat_message" && deleted.content === "" && deleted.deleted === true);
    });

    it("show in pages that do not reach them, on any worker, with the current text", async () => {
      const app = await setup.start({ yaml: FREE });
      const ann = await enter(app, "ann");
      const bob = await enter(app, "bob", onSecond);
      const { message_id } = await said(ann, "secret");
      await ann.call("edit", { ...channel, message_id, content: "secret too" });
      for (let at = 0; at < 5; at++) await said(ann, "between");
      await ann.call("edit", { ...channel, message_id, content: "harmless" });
      const [message, edit] = await page(bob, { before: 3 });
      assert.ok(message?.event === "chat_message" && message.content === "harmless");
      assert.ok(edit?.event === "message_edited" && edit.content === "harmless");
      const [alone] = await page(bob, { after: 1, limit: 1 });
      assert.ok(alone?.event === "message_edited" && alone.content === "harmless");
      await ann.call("delete", { ...channel, message_id });
      for (const range of [{ before: 3 }, { after: 1, limit: 1 }, { limit: 100 }])
        assert.ok(!/secret|harmless/.test(JSON.stringify(await page(bob, range))));
      const { channels } = await bob.call("sync", {
        cursors: [{ ...channel, epoch: message.epoch, offset: 0 }],
      });
      assert.ok(!/secret|harmless/.test(JSON.stringify(channels)));
      assert.equal(
        (await ann.refused("edit", { ...channel, message_id, content: "back" })).code,
        "not_found",
      );
      // Once more is nothing more.
      const { offset } = await ann.call("history", { ...channel, limit: 1 });
      await ann.call("delete", { ...channel, message_id });
      assert.equal((await ann.call("history", { ...channel, limit: 1 })).offset, offset);
    });

    it("of a message that is no longer stored show the last text", async () => {
      const app = await setup.start({ yaml: SHORT });
      const ann = await enter(app, "ann");
      const first = await said(ann, "secret");
      const second = await said(ann, "as it was");
      const edit = (message_id: string, content: string) =>
        ann.call("edit", { ...channel, message_id, content });
      await edit(first.message_id, "secret too");
      await edit(second.message_id, "better");
      for (let at = 0; at < 10; at++) await said(ann, "between");
      await edit(second.message_id, "best");
      await ann.call("delete", { ...channel, message_id: first.message_id });
      // Offsets 3 to 22 are kept.
      for (let at = 0; at < 6; at++) await said(ann, "after");
      const [ofFirst, ofSecond] = await page(ann, { after: 2, limit: 2 });
      assert.ok(ofFirst?.event === "message_edited" && ofFirst.content === "");
      assert.ok(ofSecond?.event === "message_edited" && ofSecond.content === "best");
      for (const { message_id } of [first, second])
        assert.equal((await ann.refused("edit", { ...channel, message_id, content: "?" })).code, "not_found");
    });

    it("of one message at the same time end in one text, and none comes after its deletion", async () => {
      const app = await setup.start({ yaml: FREE });
      const mods = await Promise.all(
        [0, 1, 0, 1].map((worker, at) => enter(app, `mod${at}`, { ...moderator, worker: worker ? 1 : 0 })),
      );
      const [ann] = mods;
      assert.ok(ann);
      for (let round = 0; round < 10; round++) {
        const { message_id, offset } = await said(ann, "as it was");
        const acks = await Promise.all(
          mods.map((mod, at) =>
            at === round % 4
              ? mod.raw("delete", { ...channel, message_id })
              : mod.raw("edit", { ...channel, message_id, content: `by ${at}` }),
          ),
        );
        for (const ack of acks) if (!ack.ok) assert.equal(ack.error.code, "not_found");
        const items = await page(ann, { after: offset - 1, limit: 5 });
        assert.ok(items[0]?.event === "chat_message" && items[0].deleted === true);
        assert.equal(items.at(-1)?.event, "message_deleted");
        assert.equal(items.length, 1 + acks.filter(({ ok }) => ok).length);
      }
    });
  });
});
