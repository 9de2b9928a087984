import assert from "node:assert/strict";
import { asId, type MatchId, type UserId } from "../../../core/ids.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { createRatings, glicko, type Rate } from "../../../namespaces/matchmaking/ratings.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { keys, type MatchRecord, PARTITION } from "../../../namespaces/matchmaking/store.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, storeOf } from "./clients.ts";
import { ticket } from "./support.ts";

const RANKED =
  "matchmaking:\n  modes:\n    ranked: { game: dash-dice, rating: glicko2, skill: { window: 50 } }\n" +
  "    plain: { game: dash-dice, skill: { window: 50 } }\n";
const user = (name: string) => asId<UserId>(name);
const skillOf = async (app: TestApp, name: string, mode = "ranked") =>
  (await storeOf(app).documents.load(keys.rating(mode, user(name))))?.state.skill;

describe("glicko2", () => {
  const two = (winners: string[], one = 1500, other = 1500) =>
    glicko({
      mode: "ranked",
      teams: [[{ userId: user("ann"), skill: one }], [{ userId: user("bob"), skill: other }]],
      result: { winners: winners.map(user), reason: "target" },
    });

  it("raises who wins and lowers who loses, more for a surprise; a draw of equals moves nobody", () => {
    const won = two(["ann"]);
    assert.ok((won.get(user("ann"))?.skill ?? 0) > 1500 && (won.get(user("bob"))?.skill ?? 0) < 1500);
    const surprise = two(["ann"], 1300, 1700);
    assert.ok((surprise.get(user("ann"))?.skill ?? 0) - 1300 > (won.get(user("ann"))?.skill ?? 0) - 1500);
    assert.ok(Math.abs((two([]).get(user("ann"))?.skill ?? 0) - 1500) < 1e-6);
  });

  it("is surer with every match, so that skills move less", () => {
    let rating = two(["ann"]).get(user("ann"));
    const first = (rating?.skill ?? 0) - 1500;
    for (let at = 0; at < 5; at++) {
      const next = glicko({
        mode: "ranked",
        teams: [
          [{ userId: user("ann"), skill: 0, ...(rating && { rating }) }],
          [{ userId: user("bob"), skill: rating?.skill ?? 0 }],
        ],
        result: { winners: [user("ann")], reason: "target" },
      }).get(user("ann"));
      assert.ok((next?.skill ?? 0) - (rating?.skill ?? 0) < first);
      assert.ok((next?.deviation ?? 0) < (rating?.deviation ?? 0));
      rating = next;
    }
  });
});

describe("/matchmaking: ratings", () => {
  onEachSetup((setup) => {
    async function ended(app: TestApp, mode: string, rate: Rate = glicko) {
      const [worker] = app.workers;
      assert.ok(worker);
      const modes = parseModes({
        ranked: { game: "dash-dice", rating: "mine" },
        plain: { game: "dash-dice" },
      });
      const context = createContext(worker.services, modes);
      const ratings = createRatings(context, new Map([["mine", rate]]));
      const matchId = asId<MatchId>(`m_${mode}`);
      const tickets = ["ann", "bob"].map((name) => ({ ...ticket(name), mode }));
      const match: MatchRecord = {
        matchId,
        mode,
        phase: "starting",
        tickets,
        teams: [[user("ann.0")], [user("bob.0")]],
        accepted: [],
      };
      await storeOf(app).documents.commit({
        partition: PARTITION,
        documents: [{ name: keys.match(matchId).name, expected: 0, state: match }],
      });
      return (result: unknown) => ratings.learn({ matchId, players: [user("ann.0"), user("bob.0")], result });
    }
    const annWon = { winners: ["ann.0"], reason: "target" };

    it("take in a match's result once, however often and wherever it is told", async () => {
      const app = await setup.start();
      let calls = 0;
      const learn = await ended(app, "ranked", ({ teams }) => {
        calls += 1;
        return new Map(
          teams.flat().map(({ userId, rating }) => [userId, { skill: (rating?.skill ?? 0) + 1 }]),
        );
      });
      await Promise.all([learn(annWon), learn(annWon), learn(annWon)]);
      await learn(annWon);
      assert.deepEqual([await skillOf(app, "ann.0"), await skillOf(app, "bob.0")], [1, 1]);
      assert.ok(calls >= 1);
    });

    it("are off unless the mode names a rater, and learn nothing from a game that nobody finished", async () => {
      const app = await setup.start();
      await (await ended(app, "plain"))(annWon);
      assert.equal(await skillOf(app, "ann.0", "plain"), undefined);
      const learn = await ended(app, "ranked");
      for (const result of [{ winners: [], reason: "abandoned" }, null, "ann", { winners: 7 }])
        await learn(result);
      assert.equal(await skillOf(app, "ann.0"), undefined);
      await learn(annWon);
      assert.ok(((await skillOf(app, "ann.0")) ?? 0) > 1000);
    });

    it("count when their user queues, before what the token says; the service sets them", async () => {
      const app = await setup.start({ yaml: RANKED, env: { AUTH_MODE: "jwt" } });
      const [ann, bob] = await connectAll(app, ["ann", "bob"], { claims: { skill: 1000 } });
      const service = await app.connect(matchmakingContract, "backend", { claims: { roles: ["service"] } });
      const set = { user_id: "ann", game_mode: "ranked", skill: 1400 };
      assert.equal((await ann?.refused("skill_set", set))?.code, "forbidden");
      assert.equal((await service.refused("skill_set", { ...set, game_mode: "nope" })).code, "not_found");
      await service.call("skill_set", set);
      await ann?.call("queue_join", { game_mode: "ranked" });
      await bob?.call("queue_join", { game_mode: "ranked" });
      const status = await bob?.next("queue_status", (each) => each.queue_size === 2);
      assert.deepEqual([status?.waiting_for.reason, status?.waiting_for.candidates], ["skill", 0]);
      await app.workers[0]?.modules.matchmaking.setSkill(user("bob"), "ranked", 1390);
      await bob?.call("queue_leave", {});
      await bob?.call("queue_join", { game_mode: "ranked" });
      assert.deepEqual((await ann?.next("match_found"))?.players.toSorted(), ["ann", "bob"]);
    });

    it("of a mode that names a rater which is not there stop the start", async () => {
      const yaml = "matchmaking:\n  modes:\n    odd: { game: dash-dice, rating: elo }\n";
      await assert.rejects(setup.start({ yaml }), /modes\.odd\.rating: there is no rater elo/);
    });
  });
});
