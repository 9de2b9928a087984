import assert from "node:assert/strict";
import fc from "fast-check";
import { asId, type TicketId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import { shippedGames } from "../../games/index.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { parseModes } from "../../namespaces/matchmaking/mode-config.ts";
import { pair } from "../../namespaces/matchmaking/pairing/pairing.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import type { Ticket } from "../../namespaces/matchmaking/store.ts";
import { createBlockFilter } from "../../namespaces/matchmaking/tick/block-filter.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";

const classic = { game_mode: "classic" };

async function block(app: TestApp, user: string, other: string): Promise<void> {
  const chat = await app.connect(chatContract, user);
  await chat.call("block", { user_id: other });
  chat.disconnect();
}

const queueing = (app: TestApp, ...users: string[]) =>
  Promise.all(
    users.map((user, at) => app.connect(matchmakingContract, user, { worker: at % 2 === 0 ? 0 : 1 })),
  );

async function tick(app: TestApp): Promise<void> {
  for (const worker of app.workers) await worker.modules.matchmaking.tick();
}

describe("block lists outside chat", () => {
  onEachSetup((setup) => {
    it("two who block each other are never matched, whoever blocks whom; others are in their place", async () => {
      const app = await setup.start();
      await block(app, "ann", "eve");
      const [ann, eve] = await queueing(app, "ann", "eve");
      assert.ok(ann && eve);
      await ann.call("queue_join", classic);
      await eve.call("queue_join", classic);
      await tick(app);
      assert.deepEqual([ann.pending("match_found"), eve.pending("match_found")], [[], []]);
      const [bob] = await queueing(app, "bob");
      assert.ok(bob);
      await bob.call("queue_join", classic);
      await tick(app);
      const { players } = await ann.next("match_found");
      assert.deepEqual([...players].sort(), ["ann", "bob"]);
      assert.deepEqual(eve.pending("match_found"), []);
    });

    it("a block that is lifted lets them meet", async () => {
      const app = await setup.start();
      await block(app, "eve", "ann");
      const [ann, eve] = await queueing(app, "ann", "eve");
      assert.ok(ann && eve);
      await ann.call("queue_join", classic);
      await eve.call("queue_join", classic);
      await tick(app);
      assert.deepEqual(ann.pending("match_found"), []);
      const chat = await app.connect(chatContract, "eve");
      await chat.call("unblock", { user_id: "ann" });
      await tick(app);
      await ann.next("match_found");
    });

    it("an invitation to a party or a fight is refused alike, whoever blocks whom", async () => {
      const app = await setup.start();
      await block(app, "ann", "eve");
      const [ann, eve] = await queueing(app, "ann", "eve");
      assert.ok(ann && eve);
      for (const [client, other] of [
        [ann, "eve"],
        [eve, "ann"],
      ] as const) {
        await client.call("party_create", {});
        assert.equal((await client.refused("party_invite", { user_id: other })).code, "forbidden");
        await client.call("party_invite", { user_id: "bob" });
        const combat = await app.connect(combatContract, client.name);
        const participants = [
          { id: client.name, kind: "player" as const, team: "a" },
          { id: other, kind: "player" as const, team: "b" },
        ];
        assert.equal((await combat.refused("combat_create", { participants })).code, "forbidden");
        await combat.call("combat_create", {
          participants: participants.map((who) => (who.id === other ? { ...who, id: "bob" } : who)),
        });
      }
      await app.runDue();
      assert.deepEqual(ann.pending("party_invited"), []);
    });
  });

  it("no match has two who block each other, and no ticket is in two, whatever the lists", async () => {
    const mode = parseModes({ duo: { game: "dash-dice", players_per_team: 2 } }, shippedGames).get("duo");
    assert.ok(mode);
    const users = Array.from({ length: 14 }, (_, i) => asId<UserId>(`u${i}`));
    const tickets = users.map(
      (userId, i): Ticket => ({
        ticketId: asId<TicketId>(`t${i}`),
        mode: mode.name,
        owner: userId,
        members: [{ userId, name: userId }],
        skill: 1_000,
        properties: [],
        joinedAt: i,
        revision: 1,
      }),
    );
    const pairs = fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pairs, async (blocked) => {
        const lists = new Map(users.map((user) => [user, new Set<UserId>()]));
        for (const [one, other] of blocked)
          if (one !== other) lists.get(users[one] as UserId)?.add(users[other] as UserId);
        const blocks: BlockList = {
          between: async () => assert.fail("asked one by one"),
          of: async (wanted) => wanted.map((user) => lists.get(user) ?? new Set()),
          onChange: async () => () => undefined,
        };
        const found = await createBlockFilter(blocks).choose(
          (apart) => pair(tickets, mode, 1_000, apart),
          (pairing) => pairing.tickets,
        );
        const matched = found.flatMap((pairing) => pairing.tickets);
        assert.equal(new Set(matched).size, matched.length);
        for (const pairing of found)
          for (const a of pairing.tickets)
            for (const b of pairing.tickets) assert.ok(!lists.get(a.owner)?.has(b.owner));
        if (blocked.length === 0) assert.equal(found.length, 3);
      }),
    );
  });
});
