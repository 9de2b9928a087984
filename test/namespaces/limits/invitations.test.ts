import assert from "node:assert/strict";
import { asId, type DeliveryId, type UserId } from "../../../core/ids.ts";
import { indexKey, partitions } from "../../../core/ports/store/keys.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { type ConnectAs, onEachSetup, type TestApp } from "../../support/app.ts";
import { until } from "../../support/until.ts";

const ANN = asId<UserId>("ann");
const opted: ConnectAs = { auth: { reliable: true } };
const inboxOf = (namespace: string) => indexKey(partitions.user(ANN), `inbox:${namespace}`);
const waiting = (app: TestApp, namespace: string) =>
  app.workers[0]?.services.store.indexes.size(inboxOf(namespace)) ?? assert.fail();
onEachSetup((setup) => {
  describe("what waits for a user who is away", () => {
    const env = {
      RATE_LIMITS_EVENTS: "party_invite=off,party_create=off,party_leave=off,chat_message=off",
      RATE_LIMITS_USER: "off",
    };

    it("an invitation that is repeated is one, and pushes nothing out", async () => {
      const app = await setup.start({ env });
      await app.workers[0]?.services.inbox.deliver(
        matchmakingContract,
        ANN,
        "match_found",
        { match_id: "m_1", game_mode: "classic", players: ["ann", "bob"], teams: [["ann"], ["bob"]] },
        asId<DeliveryId>("m_1:found"),
      );
      const bob = await app.connect(matchmakingContract, "bob");
      const { party } = await bob.call("party_create", {});
      for (let at = 0; at < 5; at++)
        await Promise.all(Array.from({ length: 30 }, () => bob.call("party_invite", { user_id: "ann" })));
      const last = await bob.call("party_invite", { user_id: "ann" });
      const ann = await app.connect(matchmakingContract, "ann", { ...opted, worker: 1 });
      await ann.next("match_found");
      await ann.next("party_invited", ({ expires_at }) => expires_at === last.expires_at);
      await until("the inbox is empty", async () => (await waiting(app, "/matchmaking")) === 0);
      // Those that were delivered after she came are news; of the others there was one.
      const invited = ann.log.filter(({ event }) => event === "party_invited").length;
      assert.ok(invited <= 20, `${invited} of 151`);
      await ann.call("party_join", { party_id: party.party_id });
    });

    it("ten users who fill an inbox push out nothing of the server's or of a friend's", async () => {
      const app = await setup.start({
        env: { ...env, LIMITS_INBOX: "100", LIMITS_INBOX_PER_SENDER: "10" },
      });
      const inbox = app.workers[1]?.services.inbox ?? app.workers[0]?.services.inbox ?? assert.fail();
      const friend = await app.connect(chatContract, "friend", { worker: 1 });
      for (let at = 0; at < 8; at++)
        await friend.call("chat_message", { channel: "private", to: "ann", content: `friend ${at}` });
      for (let at = 0; at < 5; at++)
        await inbox.deliver(
          chatContract,
          ANN,
          "channel_invited",
          { channel: `c${at}`, channel_id: `named:c${at}`, from: "server", description: "" },
          asId<DeliveryId>(`server:${at}`),
        );
      const trolls = Array.from({ length: 10 }, (_, at) => `troll${at}`);
      await Promise.all(
        trolls.map(async (name, at) => {
          const troll = await app.connect(chatContract, name, { worker: (at % 2) as 0 | 1 });
          await Promise.all(
            Array.from({ length: 15 }, (_, said) =>
              troll.call("chat_message", { channel: "private", to: "ann", content: `${name} ${said}` }),
            ),
          );
        }),
      );
      await until("105 messages wait", async () => (await waiting(app, "/chat")) === 105);
      const ann = await app.connect(chatContract, "ann", { ...opted, worker: 1 });
      await until("the inbox is empty", async () => (await waiting(app, "/chat")) === 0);
      const got = (event: string) =>
        ann.log.filter((each) => each.event === event).map(({ payload }) => payload);
      const said = (got("chat_message") as { content: string; user_id: string }[]).map(
        ({ content }) => content,
      );
      assert.deepEqual(
        said.filter((content) => content.startsWith("friend")),
        Array.from({ length: 8 }, (_, at) => `friend ${at}`),
      );
      assert.equal(got("channel_invited").length, 5);
    });
  });
});
