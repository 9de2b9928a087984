import assert from "node:assert/strict";
import fc from "fast-check";
import { asId, type UserId } from "../../../core/ids.ts";
import { globalChannel, privateChannel } from "../../../namespaces/chat/model/channels.ts";
import {
  editStatesIn,
  entryId,
  type ItemEntry,
  itemOf,
  messagePayload,
  parseEntryId,
} from "../../../namespaces/chat/model/entries.ts";

const [ann, bob] = [asId<UserId>("ann"), asId<UserId>("bob")];
const base = (nonce: string) => ({ nonce, at: 0, by: ann });
const message = (nonce: string, content: string) =>
  ({ kind: "message", name: "Ann", content, ...base(nonce) }) as const;
const edited = (messageId: string, content: string) =>
  ({ kind: "edited", messageId, author: ann, content, ...base("e") }) as const;
const deleted = (messageId: string) => ({ kind: "deleted", messageId, author: ann, ...base("d") }) as const;
const stream = (...entries: ItemEntry[]) => entries.map((entry, i) => ({ offset: i + 1, entry }));
const items = (entries: ReturnType<typeof stream>) =>
  entries.map((entry) => itemOf(globalChannel, entry, "e1", editStatesIn(entries)));

describe("chat: entries", () => {
  it("have ids that say where they stand, and sort as the stream does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.nat(), (one, other) => {
        const id = entryId(one, "m_abc-_9");
        assert.deepEqual(parseEntryId(id), { offset: one, nonce: "m_abc-_9" });
        assert.equal(id < entryId(other + 1, "m_abc-_9"), one < other + 1);
      }),
    );
  });

  it("are found by no id of another form", () => {
    for (const bad of [
      "",
      "x",
      "m_1.1",
      "00000000000.m_a",
      "0000000001.m_a",
      "zzzzzzzzzzz.m_a",
      "00000000001.",
      "00000000001.a b",
    ])
      assert.equal(parseEntryId(bad), undefined, bad);
  });

  it("give a message its current text, and its edits the last one", () => {
    const id = entryId(1, "n1");
    const [first, second, third] = items(stream(message("n1", "a"), edited(id, "b"), edited(id, "c")));
    assert.ok(first?.event === "chat_message" && first.content === "c" && first.edited);
    assert.ok(second?.event === "message_edited" && second.content === "c");
    assert.ok(third?.event === "message_edited" && third.offset === 3);
  });

  it("give nothing of a deleted message's text, not even in its edits, whatever comes later", () => {
    const id = entryId(1, "n1");
    const found = items(
      stream(message("n1", "secret"), edited(id, "secret"), deleted(id), edited(id, "secret")),
    );
    assert.ok(!JSON.stringify(found).includes("secret"));
    assert.ok(found[0]?.event === "chat_message" && found[0].deleted);
    assert.equal(found[2]?.event, "message_deleted");
  });

  it("of a private channel say to whom they went", () => {
    const payload = messagePayload(privateChannel(bob, ann), message("n", "hi"), { epoch: "e", offset: 1 });
    assert.equal(payload.to, "bob");
    assert.equal(payload.user_id, "ann");
    assert.ok(!("to" in messagePayload(globalChannel, message("n", "hi"), { epoch: "e", offset: 1 })));
  });
});
