import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import { closeAll, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { type DeafLink, deafLink } from "../../support/deaf-link.ts";
import { sharedRedis } from "../../support/redis.ts";
import { type ChatClient, enter, moderator, onSecond } from "./clients.ts";

/** Comparing takes four seconds at the longest, and what is said then is heard a second later. */
const WITHIN_MS = 8_000;
const yaml = "rate_limits:\n  user: off\n  connection: off\n  events: { chat_message: off }\n";

describe("chat: changes whose notices are lost, because the link between workers is cut", () => {
  let link: DeafLink;
  let app: TestApp;
  let third: ChatClient;
  beforeEach(async () => {
    link = await deafLink((await sharedRedis()).port);
    app = await startTwoWorkers({ yaml, env: { REDIS_URL: link.url } });
    third = await enter(app, "third");
  });
  afterEach(async () => {
    await closeAll();
    await link.close();
  });

  /**
   * Whether what is said in a channel reaches somebody who does nothing. Channels are looked at together: what a third user says in
   * another one after the next look comes behind whatever the first look has found.
   */
  async function reaches(from: ChatClient, channel: string, to: ChatClient): Promise<boolean> {
    const sent = await from.call("chat_message", { channel, content: "hello" });
    const heard = () => to.pending("chat_message").some((m) => m.message_id === sent.message_id);
    for (let look = 0; look < 2 && !heard(); look++) {
      const after = await third.call("chat_message", { channel: "global", content: "after" });
      await to.next("chat_message", (m) => m.message_id === after.message_id);
    }
    return heard();
  }

  async function within(until: () => Promise<boolean>): Promise<void> {
    const startedAt = performance.now();
    while (!(await until()))
      assert.ok(performance.now() - startedAt < WITHIN_MS, "the worker does not notice");
  }

  it("apply a block and its end on the other device within seconds", async () => {
    const ann = await enter(app, "ann");
    const bob = await enter(app, "bob");
    const phone = await enter(app, "bob", onSecond);
    assert.equal(await reaches(ann, "global", phone), true);
    link.cut();
    await bob.call("block", { user_id: "ann" });
    await within(async () => !(await reaches(ann, "global", phone)));
    await bob.call("unblock", { user_id: "ann" });
    await within(() => reaches(ann, "global", phone));
  });

  it("let the other device follow a joined channel within seconds", async () => {
    const mod = await enter(app, "mod", moderator);
    await mod.call("channel_create", { channel: "trade" });
    const bob = await enter(app, "bob");
    const phone = await enter(app, "bob", onSecond);
    link.cut();
    await bob.call("channel_join", { channel: "trade" });
    await within(() => reaches(mod, "trade", phone));
  });

  it("let a user with a seat follow the room's channel, and end it for a user who left, within seconds", async () => {
    const [anns, bobs] = [await app.connect(gameContract, "ann"), await app.connect(gameContract, "bob")];
    const ann = await enter(app, "ann");
    const bob = await enter(app, "bob", onSecond);
    link.cut();
    const { room_id } = (await anns.call("room:create", { game: "relay" })).room;
    await bobs.call("room:join", { room_id });
    const channel = `room:${room_id}`;
    await within(() => reaches(ann, channel, bob));
    await bobs.call("room:leave", { room_id });
    await within(async () => !(await reaches(ann, channel, bob)));
  });

  it("hide the blocking user from the blocked one within seconds, and show them again", async () => {
    const ann = await enter(app, "ann");
    await app.connect(gameContract, "ann");
    const eve = await app.connect(gameContract, "eve", onSecond);
    const sees = async () => {
      const { users } = await eve.call("user:list", {});
      return users.some(({ user_id }) => user_id === "ann");
    };
    while (!(await sees())) await app.runDue();
    link.cut();
    await ann.call("block", { user_id: "eve" });
    await eve.next("presence", ({ left }) => left.includes("ann"));
    assert.equal(await sees(), false);
    await ann.call("unblock", { user_id: "eve" });
    await eve.next("presence", ({ joined }) => joined.some(({ user_id }) => user_id === "ann"));
  });
});
