import assert from "node:assert/strict";
import { Type } from "typebox";
import { shippedGames } from "../../../games/index.ts";
import { ModesError, parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { widens, windowOf } from "../../../namespaces/matchmaking/modes.ts";
import { modeOf } from "./support.ts";

const problemsOf = (configured: unknown): readonly string[] => {
  try {
    parseModes(configured);
  } catch (error) {
    if (error instanceof ModesError) return error.problems;
    throw error;
  }
  return [];
};

describe("modes of matchmaking", () => {
  it("classic is there by default: two players of any skill, dash-dice, no ready check", () => {
    for (const nothing of [undefined, null, {}]) {
      const classic = parseModes(nothing).get("classic");
      assert.ok(classic);
      assert.deepEqual([classic.game, classic.teams, classic.playersPerTeam], ["dash-dice", 2, 1]);
      assert.deepEqual(
        [classic.skill, classic.readyCheck, classic.maxWaitMs],
        [undefined, undefined, 600_000],
      );
    }
  });

  it("classic can be configured otherwise", () => {
    assert.equal(parseModes({ classic: { game: "relay", teams: 3 } }).get("classic")?.teams, 3);
  });

  it("every mistake is told, each in one line that says where", () => {
    const problems = problemsOf({
      one: { game: "dash-dice", teams: 0, colour: "red" },
      two: { teams: "many" },
      "no name": { game: "dash-dice" },
      three: 3,
    });
    for (const [at, expected] of [
      /^matchmaking\.modes\.one\.colour: there is no such setting/,
      /^matchmaking\.modes\.one\.teams: /,
      /^matchmaking\.modes\.two: .*game/,
      /^matchmaking\.modes\.two\.teams: /,
      /^matchmaking\.modes\.no name: a mode's name/,
      /^matchmaking\.modes\.three: /,
    ].entries())
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `${at}: ${expected} in ${problems.join("\n")}`,
      );
    assert.ok(problems.every((problem) => !problem.includes("\n")));
  });

  for (const [what, config] of [
    ["a party larger than a team", { max_party_size: 2 }],
    ["a window that ends below where it begins", { skill: { window: 100, max_window: 50 } }],
    ["one region without naming regions", { region: "same" }],
    ["leaving a region that nobody is held to", { any_region_after_s: 5 }],
    ["more players than a match takes", { teams: 64, players_per_team: 2 }],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.equal(problemsOf({ tested: { game: "dash-dice", ...config } }).length, 1);
    });

  it("refuses a game that is not there, and one that does not take so many players or these options", () => {
    const games = [{ name: "dash-dice", players: { min: 2, max: 4 } }];
    assert.doesNotThrow(() => parseModes({ four: { game: "dash-dice", teams: 4 } }, games));
    assert.throws(
      () => parseModes({ five: { game: "dash-dice", teams: 5 }, other: { game: "chess" } }, games),
      (error: unknown) => error instanceof ModesError && error.problems.length === 2,
    );
    const target = {
      ...games[0],
      name: "dice",
      players: { min: 2, max: 4 },
      options: Type.Object({ target: Type.Number() }),
    };
    assert.throws(
      () => parseModes({ six: { game: "dice", options: { target: "high" } } }, [...games, target]),
      /six\.options: these are no options of dice/,
    );
    assert.throws(
      () => parseModes({ seven: { game: "dise", teams: 0 } }, [...games, target]),
      /seven\.teams: [^\n]*\n?[^\n]*seven\.game: there is no game dise; did you mean dice\?/,
    );
    assert.throws(() => parseModes({}, []), /classic\.game: there is no game dash-dice/);
  });

  it("refuses smaller matches that are no smaller, and a wait for what does not come", () => {
    const problems = (config: Record<string, unknown>) => {
      try {
        parseModes({ odd: { game: "dash-dice", ...config } }, shippedGames);
        return [];
      } catch (err) {
        assert.ok(err instanceof ModesError);
        return err.problems.map((problem) => problem.replace("matchmaking.modes.odd", ""));
      }
    };
    assert.deepEqual(problems({ min_teams: 3 }), [".min_teams: must not be above teams"]);
    assert.deepEqual(problems({ min_players_per_team: 2 }), [
      ".min_players_per_team: must not be above players_per_team",
    ]);
    assert.deepEqual(problems({ fill_wait_s: 5 }), [
      ".fill_wait_s: only with min_teams or min_players_per_team",
    ]);
    assert.deepEqual(problems({ min_teams: 1 }), [
      ": dash-dice takes 2 players or more, the smallest match would have 1",
    ]);
    assert.deepEqual(problems({ backfill: true }), [".backfill: dash-dice lets nobody join while it runs"]);
    assert.deepEqual(problems({ game: "relay", backfill: true, teams: 4, min_teams: 2, fill_wait_s: 5 }), []);
  });

  it("a window widens with waiting, up to its end", () => {
    const mode = modeOf({ skill: { window: 50, widen_per_s: 10, max_window: 200 } });
    assert.deepEqual(
      [0, 5_000, 60_000, -1_000].map((waitedMs) => windowOf(mode, waitedMs)),
      [50, 100, 200, 50],
    );
    assert.equal(widens(mode), true);
    assert.equal(windowOf(modeOf({}), 0), Number.POSITIVE_INFINITY);
    assert.equal(widens(modeOf({ skill: { window: 50 } })), false);
  });
});
