import assert from "node:assert/strict";
import fc from "fast-check";
import { atOnce } from "../../../core/steps.ts";
import type { Mode } from "../../../namespaces/matchmaking/modes.ts";
import { playersOf } from "../../../namespaces/matchmaking/modes.ts";
import { MatchSearch } from "../../../namespaces/matchmaking/pairing/match-search.ts";
import { byAge } from "../../../namespaces/matchmaking/pairing/pairing.ts";
import { SkillIndex } from "../../../namespaces/matchmaking/pairing/skill-index.ts";
import { countsOf, teamCompositions } from "../../../namespaces/matchmaking/pairing/teams.ts";
import { meet, ticketColumnsOf } from "../../../namespaces/matchmaking/pairing/ticket-columns.ts";
import type { Ticket } from "../../../namespaces/matchmaking/store.ts";
import { anyMode, anyTickets, modeOf, NOW, ticket } from "./support.ts";

/** At most so many tickets, so that all subsets can be tried. */
const FEW = 10;

type Apart = (a: number, b: number) => boolean;

function searchIn(all: readonly Ticket[], mode: Mode, apart?: Apart) {
  const tickets = all.toSorted(byAge);
  const columns = atOnce(ticketColumnsOf(tickets, mode, NOW));
  const index = atOnce(SkillIndex.of(columns));
  const compositions = teamCompositions(mode.teams, mode.playersPerTeam, countsOf(columns.sizes));
  const search = new MatchSearch(columns, index, apart);
  const around = (seed: number) => search.around(seed, compositions, playersOf(mode));
  const mayMeet = (a: number, b: number) => meet(columns, a, b) && !apart?.(a, b);
  const sizes = (group: readonly number[]) => countsOf(group.map((id) => columns.sizes[id] as number));
  /** Whether these tickets are a match: each two may meet, and whole tickets fill whole teams. */
  const isMatch = (group: readonly number[]) =>
    group.every((a) => group.every((b) => a === b || mayMeet(a, b))) &&
    group.reduce((sum, id) => sum + (columns.sizes[id] as number), 0) === playersOf(mode) &&
    compositions.some((one) => one.every((count, size) => size === 0 || count === (sizes(group)[size] ?? 0)));
  return { tickets, index, search, around, isMatch };
}

/** Some match with the seed, found by trying all subsets. */
function bruteForce(
  count: number,
  seed: number,
  isMatch: (group: number[]) => boolean,
): number[] | undefined {
  for (let subset = 0; subset < 1 << count; subset++) {
    if ((subset & (1 << seed)) === 0) continue;
    const group = Array.from({ length: count }, (_, id) => id).filter((id) => (subset & (1 << id)) !== 0);
    if (isMatch(group)) return group;
  }
  return undefined;
}

describe("the search for a match around a ticket", () => {
  it("finds a match exactly where trying all subsets finds one", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, fc.nat(FEW - 1), (mode, all, pick) => {
        const few = all.slice(0, FEW).map((each) => ({ ...each, properties: [] }));
        if (few.length === 0) return;
        const seed = pick % few.length;
        const { search, around, isMatch } = searchIn(few, mode);
        const found = around(seed);
        const reference = bruteForce(few.length, seed, isMatch);
        assert.equal(found !== undefined, reference !== undefined, `reference: ${reference}`);
        if (found === undefined) {
          assert.equal(search.exhaustive, true, "so few tickets are searched completely");
          return;
        }
        assert.ok(found.includes(seed));
        assert.ok(isMatch(found), `${found} is no match`);
        assert.deepEqual(
          [...found],
          found.toSorted((a, b) => a - b),
          "oldest first",
        );
      }),
      { numRuns: 150 },
    );
  });

  it("never puts tickets together that must be kept apart, and says so where it may have missed a match", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, fc.nat(9), fc.array(fc.nat(99)), (mode, all, pick, pairs) => {
        const few = all.slice(0, 8).map((each) => ({ ...each, properties: [] }));
        if (few.length === 0) return;
        const seed = pick % few.length;
        const apartPairs = new Set(pairs.flatMap((pair) => [pair, (pair % 10) * 10 + Math.floor(pair / 10)]));
        const { search, around, isMatch } = searchIn(few, mode, (a, b) => apartPairs.has(a * 10 + b));
        const found = around(seed);
        if (found) assert.ok(isMatch(found), `${found} is no match`);
        else if (search.exhaustive) assert.equal(bruteForce(few.length, seed, isMatch), undefined);
      }),
      { numRuns: 150 },
    );
  });

  it("takes no ticket that was removed", () => {
    const mode = modeOf({ teams: 3 });
    const all = Array.from({ length: 4 }, (_, at) => ticket(`t${at}`, { waitedMs: 1_000 - at }));
    const { index, around } = searchIn(all, mode);
    assert.deepEqual(around(0), [0, 1, 2]);
    index.remove(1);
    assert.deepEqual(around(0), [0, 2, 3]);
    index.remove(3);
    assert.equal(around(0), undefined);
  });

  it("takes the narrowest span where the nearest tickets exclude one another", () => {
    const mode = modeOf({ teams: 3, skill: { window: 100 } });
    // The nearest two, on either side, are too far apart from one another.
    const skills = [1000, 940, 1045, 1060];
    const { around } = searchIn(
      skills.map((skill, at) => ticket(`t${at}`, { skill, waitedMs: 1_000 - at })),
      mode,
    );
    assert.deepEqual(around(0), [0, 2, 3]);
  });

  it("is not exhaustive where more neighbours are in the way than one search looks at", () => {
    const mode = modeOf({ teams: 3, players_per_team: 2, skill: { window: 100 } });
    const all = [
      ticket("seed", { size: 2, waitedMs: 9_000 }),
      ...Array.from({ length: 2_500 }, (_, at) => ticket(`t${at}`, { size: 2, waitedMs: 8_000 - at })),
    ];
    const { search, around } = searchIn(all, mode, (a, b) => a === 0 || b === 0);
    assert.equal(around(0), undefined);
    assert.equal(search.exhaustive, false);
  });
});
