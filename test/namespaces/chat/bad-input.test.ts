import assert from "node:assert/strict";
import type { chatContract } from "../../../namespaces/chat/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { enter, moderator, say } from "./clients.ts";

/** For every event payloads that it must refuse; the rest of each is good. */
const bad: Readonly<Record<keyof typeof chatContract.commands, readonly unknown[]>> = {
  chat_message: [
    {},
    { channel: "global" },
    { channel: 5, content: "x" },
    { channel: "", content: "x" },
    { channel: "x".repeat(65), content: "x" },
    { channel: "global", content: "x", client_msg_id: "" },
    { channel: "global", content: "x", client_msg_id: "x".repeat(129) },
    { channel: "global", content: "x", client_msg_id: 7 },
    { channel: "global", content: "x", reply_to: {} },
    { channel: "global", content: "x".repeat(5_000) },
  ],
  typing: [{ typing: "yes" }, { channel: "global", typing: "yes" }, { channel: 5 }, { to: "bob" }],
  history: [{}, { channel: "global", limit: 101 }, { channel: ["global"] }, { channel: "private" }],
  sync: [{}, { cursors: {} }, { cursors: [{}] }, { cursors: [{ channel: "global", epoch: "", offset: 0 }] }],
  read: [{}, { channel: "global" }, { channel: "global", offset: -1 }, { channel: "global", offset: 0.5 }],
  unread: [5, [], "x"],
  channels: [5, [], "x"],
  edit: [{}, { channel: "global", content: "x" }, { channel: "global", message_id: 5, content: "x" }],
  delete: [{}, { channel: "global" }, { message_id: "x" }, { channel: "global", message_id: "" }],
  purge: [{}, { user_id: 5 }, { channel: "global" }, { user_id: "bob", channel: "private" }],
  report: [{}, { channel: "global", message_id: "x" }, { channel: "global", message_id: "x", reason: "" }],
  reports: [{ limit: 1_000 }, { before: "x" }],
  audit: [{ limit: 0 }, { limit: 101 }, { before: -1 }],
  slow_mode: [
    {},
    { channel: "global" },
    { channel: "global", seconds: -1 },
    { channel: "global", seconds: 1e9 },
    { channel: "private", seconds: 5 },
  ],
  channel_create: [
    {},
    { channel: "global" },
    { channel: "private" },
    { channel: "With Blanks" },
    { channel: "*" },
    { channel: "x".repeat(65) },
    { channel: "trade", access: "secret" },
    { channel: "trade", access: "role" },
    { channel: "trade", roles: ["player"] },
    { channel: "trade", access: "role", roles: ["king"] },
    { channel: "trade", description: "x".repeat(201) },
    { channel: "trade", description: "\u0007" },
  ],
  channel_delete: [{}, { channel: 5 }],
  channel_join: [{}, { channel: "" }, { channel: ["trade"] }],
  channel_leave: [{}, { channel: null }],
  channel_invite: [{}, { channel: "trade" }, { user_id: "bob" }, { channel: "trade", user_id: "" }],
  channel_remove: [{}, { channel: "trade" }, { user_id: "bob" }],
  channel_list: [{ limit: 101 }, { cursor: 5 }],
  channel_members: [{}, { channel: "trade", limit: 0 }],
  block: [{}, { user_id: 5 }, { user_id: "" }, { user_id: "x".repeat(257) }],
  unblock: [{}, { user_id: [] }],
  blocked: [5, []],
  mute: [
    {},
    { user_id: "bob", duration_s: 0 },
    { user_id: "bob", duration_s: 1e12 },
    { user_id: "bob", reason: 5 },
  ],
  unmute: [{}, { user_id: null }],
  kick: [{}, { user_id: "bob", duration_s: -5 }, { user_id: "bob", channel: 5 }],
  ban: [{}, { user_id: "bob", duration_s: "forever" }, { user_id: "bob", reason: "x".repeat(201) }],
  unban: [{}, { user_id: 5 }],
};

onEachSetup((setup) => {
  describe("chat: bad input", () => {
    it("is refused for every event, and the connection lives", async () => {
      const app = await setup.start();
      const mod = await enter(app, "mod", moderator);
      for (const [event, payloads] of Object.entries(bad))
        for (const payload of [...payloads, null]) {
          const { code } = await mod.refused(event, payload);
          assert.equal(code, "invalid_payload", `${event} ${JSON.stringify(payload)}`);
        }
      await say(mod, "still here");
    });

    it("is refused if it names another sender", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      assert.equal(
        (await ann.refused("chat_message", { channel: "global", content: "x", user_id: "bob" })).code,
        "forbidden",
      );
      await ann.call("chat_message", { channel: "global", content: "x", user_id: "ann" } as {
        channel: string;
        content: string;
      });
    });

    it("is answered by an error event if the client asks for no acknowledgement", async () => {
      const app = await setup.start();
      const ann = await enter(app, "ann");
      ann.socket.emit("chat_message", { channel: "guild", content: "x" });
      const error = (await ann.nextAny("error")) as Record<string, unknown>;
      assert.deepEqual([error.code, error.event], ["forbidden", "chat_message"]);
    });
  });
});
