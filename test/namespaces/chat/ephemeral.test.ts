import assert from "node:assert/strict";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { closeAll, onEachSetup, startTwoWorkers } from "../../support/app.ts";
import { type ChatClient, caughtUp, enter, onSecond, slowToFindOut } from "./clients.ts";

const ephemeralIn = (client: ChatClient, channel: string) =>
  client.log.flatMap(({ event, payload }) =>
    (event === "typing" || event === "read") && JSON.stringify(payload).includes(`"${channel}"`)
      ? [event]
      : [],
  );

onEachSetup((setup) => {
  describe("chat: typing and reading", () => {
    it("do not reach a user whose role or guild has gone with the token", async () => {
      const app = await setup.start();
      const claims = { roles: ["moderator"], guild_id: "red" } as const;
      const boss = await enter(app, "boss", { claims: { roles: ["admin"], guild_id: "red" } });
      await boss.call("channel_create", { channel: "council", access: "invite" });
      await boss.call("channel_create", { channel: "staff", access: "role", roles: ["moderator"] });
      const ann = await enter(app, "ann", { claims, ...onSecond });
      const still = await enter(app, "still", { claims, ...onSecond });
      const channels = ["council", "staff", "guild"];
      for (const client of [ann, still]) {
        await client.call("channel_join", { channel: "staff" });
        for (const channel of channels) await client.call("history", { channel });
      }
      await ann.raw("refresh_token", { token: app.token("ann") });
      for (const channel of channels) {
        await boss.call("typing", { channel, typing: true });
        await still.next("typing", (told) => told.channel === channel);
      }
      await caughtUp(ann);
      for (const channel of channels) assert.deepEqual(ephemeralIn(ann, channel), [], channel);
    });
  });
});

describe("chat: typing and reading, two workers", () => {
  afterEach(closeAll);

  it("in a party do not reach a user who left it, however long their worker takes to learn of it", async () => {
    const app = await startTwoWorkers();
    const [ann, bob, cat] = await Promise.all(
      ["ann", "bob", "cat"].map((user) => app.connect(matchmakingContract, user)),
    );
    assert.ok(ann && bob && cat);
    const { party } = await ann.call("party_create", {});
    for (const [user, client] of [
      ["bob", bob],
      ["cat", cat],
    ] as const) {
      await ann.call("party_invite", { user_id: user });
      await client.call("party_join", { party_id: party.party_id });
    }
    const anns = await enter(app, "ann");
    const bobs = await enter(app, "bob", onSecond);
    const cats = await enter(app, "cat", onSecond);
    const { offset } = await anns.call("chat_message", { channel: "party", content: "all three" });
    for (const client of [bobs, cats]) await client.next("chat_message");
    const { asking, know } = slowToFindOut(app, "cat");
    await cat.call("party_leave", {});
    await asking;
    await anns.call("typing", { channel: "party", typing: true });
    await anns.call("read", { channel: "party", offset });
    await caughtUp(cats);
    know();
    await bobs.next("typing");
    assert.equal((await bobs.next("read")).offset, offset);
    await caughtUp(cats);
    assert.deepEqual(ephemeralIn(cats, "party"), []);
  });
});
