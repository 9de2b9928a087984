import assert from "node:assert/strict";
import { chatContract } from "../../../namespaces/chat/schema.ts";
import { gameContract } from "../../../namespaces/game/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { codeOf } from "../../support/http.ts";
import { act, logIn, look, OPERATOR, startWith, VIEWER } from "./support.ts";

interface Audited {
  readonly action: string;
  readonly by: string;
  readonly address: string;
  readonly at: string;
  readonly input: { readonly user_id: string };
  readonly failed?: string;
}

const audited = async (app: TestApp, token: string): Promise<readonly Audited[]> =>
  (await look<{ entries: Audited[] }>(app, token, "audit")).entries;

onEachSetup((setup) => {
  describe("the console's operators", () => {
    it("mute, ban and lift it, in a channel or everywhere, and all is audited", async () => {
      const app = await startWith(setup);
      const token = await logIn(app);
      const ann = await app.connect(chatContract, "ann");
      const say = (content: string) => ann.raw("chat_message", { channel: "global", content });
      assert.equal(
        (await act(app, token, "mute", { user_id: "ann", reason: "spam", duration_s: 60 })).status,
        200,
      );
      await ann.next("moderation");
      assert.equal((await ann.refused("chat_message", { channel: "global", content: "a" })).code, "muted");
      const { sanctions } = await look<{ sanctions: { mute: { by: string } } }>(app, token, "users/ann");
      assert.equal(sanctions.mute.by, `console:${OPERATOR.username}`);
      assert.equal((await act(app, token, "unmute", { user_id: "ann" })).status, 200);
      await ann.next("moderation", ({ action }) => action === "unmute");
      assert.equal((await say("b")).ok, true);
      assert.equal((await act(app, token, "ban", { user_id: "ann", channel: "global" })).status, 200);
      await ann.next("moderation", ({ action }) => action === "ban");
      assert.equal((await ann.refused("chat_message", { channel: "global", content: "c" })).code, "banned");
      assert.equal((await act(app, token, "unban", { user_id: "ann", channel: "global" })).status, 200);
      assert.equal((await say("d")).ok, true);
      assert.equal((await act(app, token, "ban", { user_id: "ann", channel: "nowhere" })).status, 404);
      const entries = await audited(app, token);
      assert.deepEqual(
        entries.map(({ action, failed = "" }) => `${action} ${failed}`.trim()),
        ["mute", "unmute", "ban", "unban", "ban", "ban not_found"],
      );
      for (const { by, input, address, at } of entries) {
        assert.deepEqual([by, input.user_id, address], [`console:${OPERATOR.username}`, "ann", "127.0.0.1"]);
        assert.ok(Math.abs(Date.parse(at) - app.now()) < 60_000);
      }
      const acts = await look<{ entries: { action: string }[] }>(app, token, "moderation");
      assert.ok(acts.entries.length >= 1, "moderators see it too");
    });

    it("disconnect a user and revoke their tokens, on every worker", async () => {
      const app = await startWith(setup);
      const token = await logIn(app);
      // One token each all along: a newer one would be good.
      const tokens = new Map(["bob", "cid"].map((user) => [user, app.token(user)]));
      const connect = (user: string) =>
        app.connect(gameContract, user, { worker: 0, auth: { token: tokens.get(user) } });
      const ended = ({ socket }: Awaited<ReturnType<typeof connect>>) =>
        new Promise((resolve) => socket.once("disconnect", resolve));
      const [bob, cid] = [await connect("bob"), await connect("cid")];
      const chat = await app.connect(chatContract, "bob");
      const gone = ended(bob);
      const disconnected = await act(app, token, "disconnect", { user_id: "bob", namespace: "/game" });
      assert.equal(disconnected.status, 200);
      await gone;
      assert.ok(chat.socket.connected, "another namespace is another matter");
      const revoked = ended(cid);
      assert.equal((await act(app, token, "revoke", { user_id: "cid" })).status, 200);
      await revoked;
      await assert.rejects(connect("cid"), { message: "token_revoked" });
    });

    it("are asked for what they mean; viewers and players are refused, and nothing of it happens", async () => {
      const app = await startWith(setup);
      const [operator, viewer] = [await logIn(app), await logIn(app, VIEWER)];
      const bob = await app.connect(gameContract, "bob");
      const actions = ["revoke", "disconnect", "mute", "unmute", "kick", "ban", "unban"];
      for (const action of actions) {
        const refused = await act(app, viewer, action, { user_id: "bob" });
        assert.deepEqual([refused.status, codeOf(refused)], [403, "forbidden"], action);
        assert.equal(
          (await act(app, app.token("mod", { roles: ["moderator"] }), action, { user_id: "bob" })).status,
          403,
        );
        for (const body of [{}, { user_id: "" }, { user_id: "x".repeat(129) }, { user_id: "bob", until: 1 }])
          assert.equal(
            (await act(app, operator, action, body)).status,
            400,
            `${action} ${JSON.stringify(body)}`,
          );
      }
      assert.equal((await act(app, operator, "mute", { user_id: "bob", duration_s: -1 })).status, 400);
      assert.equal((await act(app, operator, "ban", { user_id: "bob", channel: "private:a|b" })).status, 403);
      const entries = await audited(app, viewer);
      assert.deepEqual(
        entries.map(({ action, failed }) => `${action} ${failed}`),
        ["ban undefined", "ban forbidden"],
      );
      assert.ok(bob.socket.connected);
    });
  });
});
