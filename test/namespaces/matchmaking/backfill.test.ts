import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import { fillsFor } from "../../../namespaces/matchmaking/match/backfill-rules.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, placeOf, queueSize } from "./clients.ts";
import { modeOf, NOW, ticket } from "./support.ts";

const OPEN =
  "matchmaking:\n  modes:\n    open: { game: relay, players_per_team: 2, min_players_per_team: 1, fill_wait_s: 0, backfill: true }\n" +
  "    shut: { game: relay }\n";
const open = { game_mode: "open" };

describe("/matchmaking: backfill", () => {
  describe("chooses", () => {
    const inside = [ticket("a", { skill: 1000 }), ticket("b", { skill: 1100 })];
    const namesFor = (mode: ReturnType<typeof modeOf>, waiting: typeof inside, free: number[], askedMs = 0) =>
      fillsFor({ tickets: inside }, waiting, mode, free, NOW - askedMs, NOW).map(
        (fill) => `${fill.ticket.ticketId}>${fill.team}`,
      );
    const mode = modeOf({ players_per_team: 3, skill: { window: 100, widen_per_s: 10, max_window: 300 } });

    it("the oldest that fit, each in the team with most room, parties whole", () => {
      const waiting = [
        ticket("trio", { size: 3, waitedMs: 9_000 }),
        ticket("pair", { size: 2, waitedMs: 8_000 }),
        ticket("solo", { waitedMs: 7_000 }),
        ticket("late", {}),
      ].map((each) => ({ ...each, skill: 1050 }));
      assert.deepEqual(namesFor(mode, waiting, [1, 2]), ["pair>1", "solo>0"]);
    });

    it("only within the windows of both, which widen on either side", () => {
      const waiting = [ticket("far", { skill: 1250, waitedMs: 30_000 }), ticket("new", { skill: 1250 })];
      assert.deepEqual(namesFor(mode, waiting, [2, 2]), []);
      assert.deepEqual(namesFor(mode, waiting, [2, 2], 30_000), ["far>0"]);
    });

    it("never those who are kept apart from somebody inside", () => {
      const waiting = [ticket("x", { skill: 1050 }), ticket("y", { skill: 1050 })];
      const fills = fillsFor(
        { tickets: inside },
        waiting,
        mode,
        [1, 1],
        NOW,
        NOW,
        (one) => one.ticketId === "x",
      );
      assert.deepEqual(
        fills.map((fill) => fill.ticket.ticketId),
        ["y"],
      );
    });
  });

  onEachSetup((setup) => {
    async function running() {
      const app = await setup.start({ yaml: OPEN });
      const [ann, bob] = await connectAll(app, ["ann", "bob"], { auth: { reliable: true } });
      assert.ok(ann && bob);
      await ann.call("queue_join", open);
      await bob.call("queue_join", open);
      const { match_id, teams } = await ann.next("match_found");
      await ann.next("game_started");
      await bob.next("game_started");
      assert.deepEqual(
        teams.map((team) => team.length),
        [1, 1],
      );
      // The room is the first player's.
      const [owner, other] = teams[0]?.[0] === "ann" ? [ann, bob] : [bob, ann];
      return { app, owner, other, match_id };
    }

    const join = async (app: TestApp, user: string) => {
      const player = await app.connect(matchmakingContract, user, { worker: 1, auth: { reliable: true } });
      await player.call("queue_join", open);
      return player;
    };

    it("puts players into the free seats of a running match when its owner asks, and tells them as of any match", async () => {
      const { app, owner, match_id } = await running();
      assert.deepEqual(await owner.call("match_backfill", { match_id }), { ok: true, match_id, seats: 2 });
      const onGame = await app.connect(gameContract, "cid");
      const cid = await join(app, "cid");
      const found = await cid.next("match_found");
      assert.equal(found.match_id, match_id);
      assert.deepEqual(found.players.toSorted(), ["ann", "bob", "cid"]);
      assert.deepEqual(found.teams.map((team) => team.length).sort(), [1, 2]);
      assert.equal((await cid.next("queue_left")).reason, "matched");
      assert.equal((await cid.next("game_started")).room_id, match_id);
      assert.equal((await onGame.next("game_started")).room_id, match_id);
      const { room } = await onGame.call("room:state", { room_id: match_id });
      assert.deepEqual(room.players.map((player) => player.user_id).toSorted(), ["ann", "bob", "cid"]);
      // The match is their place until its room is seen to have them: a moment after they were told.
      while ((await placeOf(app, "cid")) !== undefined) await app.runDue();
      // The last seat too; then the match is full, and the next two have a match of their own.
      const dan = await join(app, "dan");
      assert.equal((await dan.next("match_found")).match_id, match_id);
      await dan.next("game_started");
      const [eve, fay] = [await join(app, "eve"), await join(app, "fay")];
      const second = await eve.next("match_found");
      assert.notEqual(second.match_id, match_id);
      assert.equal((await fay.next("match_found")).match_id, second.match_id);
      assert.equal((await owner.refused("match_backfill", { match_id })).code, "conflict");
    });

    it("is asked for by the owner of the match's room or a service, where the mode has it and the match runs", async () => {
      const { app, other, match_id } = await running();
      assert.equal((await other.refused("match_backfill", { match_id })).code, "forbidden");
      const eve = await app.connect(matchmakingContract, "eve");
      assert.equal((await eve.refused("match_backfill", { match_id })).code, "not_found");
      const service = await app.connect(matchmakingContract, "backend", { claims: { roles: ["service"] } });
      assert.equal((await service.call("match_backfill", { match_id })).seats, 2);
      const [cid, dan] = await connectAll(app, ["cid", "dan"]);
      await cid?.call("queue_join", { game_mode: "shut" });
      await dan?.call("queue_join", { game_mode: "shut" });
      const shut = await cid?.next("match_found");
      await cid?.next("game_started");
      const refusal = await service.refused("match_backfill", { match_id: shut?.match_id });
      assert.equal(refusal.code, "conflict");
    });

    it("ends with the match: those who come later wait for one of their own", async () => {
      const { app, owner, match_id } = await running();
      await owner.call("match_backfill", { match_id });
      const games = await Promise.all(["ann", "bob"].map((user) => app.connect(gameContract, user)));
      for (const game of games) await game.call("room:leave", { room_id: match_id });
      const cid = await join(app, "cid");
      await cid.next("queue_status");
      assert.deepEqual(cid.pending("match_found"), []);
      assert.equal(await queueSize(app, "open"), 1);
      assert.equal((await owner.refused("match_backfill", { match_id })).code, "not_found");
    });
  });
});
