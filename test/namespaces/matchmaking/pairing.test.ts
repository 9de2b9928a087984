import assert from "node:assert/strict";
import fc from "fast-check";
import { type Mode, playersOf, windowOf } from "../../../namespaces/matchmaking/modes.ts";
import { byAge, pair } from "../../../namespaces/matchmaking/pairing/pairing.ts";
import type { Ticket } from "../../../namespaces/matchmaking/store.ts";
import { anyMode, anyTickets, modeOf, NOW, ticket } from "./support.ts";

const names = (tickets: readonly Ticket[]) => tickets.map((each) => each.ticketId as string);
const pairedNames = (tickets: readonly Ticket[], mode: Mode) =>
  pair(tickets, mode, NOW).map((each) => names(each.tickets));

function mayMeet(a: Ticket, b: Ticket, mode: Mode): boolean {
  const [waitedA, waitedB] = [NOW - a.joinedAt, NOW - b.joinedAt];
  const apart = Math.abs(a.skill - b.skill);
  if (apart > windowOf(mode, waitedA) || apart > windowOf(mode, waitedB)) return false;
  if (JSON.stringify(a.properties) !== JSON.stringify(b.properties)) return false;
  if (!mode.sameRegion || a.region === undefined || b.region === undefined || a.region === b.region)
    return true;
  return Math.min(waitedA, waitedB) >= mode.anyRegionAfterMs;
}

/** A match of tickets of any number, found by trying all: what pairing must not need to do. */
function anyMatch(tickets: readonly Ticket[], mode: Mode): Ticket[] | undefined {
  const extend = (group: Ticket[], from: number): Ticket[] | undefined => {
    const players = group.reduce((sum, each) => sum + each.members.length, 0);
    if (players === playersOf(mode)) return fills(group, mode) ? group : undefined;
    if (players > playersOf(mode)) return undefined;
    for (let at = from; at < tickets.length; at++) {
      const next = tickets[at] as Ticket;
      if (!group.every((other) => mayMeet(next, other, mode))) continue;
      const found = extend([...group, next], at + 1);
      if (found) return found;
    }
    return undefined;
  };
  return extend([], 0);
}

/** Whether tickets, whole, fill the teams. */
function fills(group: readonly Ticket[], mode: Mode): boolean {
  const place = (at: number, room: number[]): boolean => {
    const size = group[at]?.members.length;
    if (size === undefined) return room.every((left) => left === 0);
    return room.some(
      (left, team) =>
        left >= size &&
        place(
          at + 1,
          room.map((each, other) => (other === team ? each - size : each)),
        ),
    );
  };
  return place(0, new Array<number>(mode.teams).fill(mode.playersPerTeam));
}

describe("pairing: for any tickets and any mode", () => {
  it("nobody is in two matches, and every match is of tickets that wait, each whole", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, tickets) => {
        const waiting = new Set(tickets);
        const seen = new Set<Ticket>();
        for (const match of pair(tickets, mode, NOW)) {
          assert.deepEqual(new Set(match.teams.flat()), new Set(match.tickets));
          for (const each of match.teams.flat()) {
            assert.ok(waiting.has(each), "made up");
            assert.ok(!seen.has(each), "twice");
            seen.add(each);
          }
        }
      }),
    );
  });

  it("whoever is left is in no match that could still be made: nobody starves", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, tickets) => {
        const few = tickets.slice(0, 14);
        const matched = new Set(pair(few, mode, NOW).flatMap((match) => match.tickets));
        const left = few.filter((each) => !matched.has(each));
        const missed = anyMatch(left, mode);
        assert.equal(missed && names(missed).join(), undefined);
      }),
      { numRuns: 300 },
    );
  });

  it("in whatever order players come, who can be matched is, within the longest window", () => {
    const arrivals = fc.array(
      fc.record({ skill: fc.integer({ min: 0, max: 1_000 }), atS: fc.integer({ min: 0, max: 120 }) }),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 3 }), (coming, perTeam) => {
        const mode = modeOf({
          players_per_team: perTeam,
          skill: { window: 20, widen_per_s: 5, max_window: 200 },
        });
        let waiting: Ticket[] = [];
        // Every second for as long as windows can widen after the last has come.
        for (let second = 0; second <= 120 + 36; second++) {
          const now = NOW + second * 1_000;
          for (const [at, { skill, atS }] of coming.entries())
            if (atS === second) waiting.push({ ...ticket(`t${at}`, { skill }), joinedAt: now });
          const matched = new Set(pair(waiting, mode, now).flatMap((match) => match.tickets));
          waiting = waiting.filter((each) => !matched.has(each));
        }
        const skills = waiting.map((each) => each.skill).sort((a, b) => a - b);
        const needed = playersOf(mode);
        for (const [at, skill] of skills.entries()) {
          const last = skills[at + needed - 1];
          assert.ok(last === undefined || last - skill > 200, `left: ${skills}`);
        }
      }),
    );
  });

  it("a match is full, unless its oldest has waited for a full one in vain; then its teams are of one size", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(sizes, sizes, anyTickets, ([a, b], [c, d], tickets) => {
        const mode = modeOf({
          teams: Math.max(a, b),
          min_teams: Math.min(a, b),
          players_per_team: Math.max(c, d),
          min_players_per_team: Math.min(c, d),
          fill_wait_s: 30,
        });
        for (const { tickets: inside, teams } of pair(tickets, mode, NOW)) {
          const [size, ...others] = teams.map((team) =>
            team.reduce((sum, each) => sum + each.members.length, 0),
          );
          assert.ok(others.every((other) => other === size));
          assert.ok(teams.length >= mode.minTeams && teams.length <= mode.teams);
          assert.ok(size && size >= mode.minPlayersPerTeam && size <= mode.playersPerTeam);
          const full = teams.length === mode.teams && size === mode.playersPerTeam;
          assert.ok(full || NOW - (inside[0]?.joinedAt ?? NOW) >= 30_000);
        }
      }),
    );
  });

  it("every match has its teams, each full", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, tickets) => {
        for (const { teams } of pair(tickets, mode, NOW)) {
          assert.equal(teams.length, mode.teams);
          for (const team of teams)
            assert.equal(
              team.reduce((sum, each) => sum + each.members.length, 0),
              mode.playersPerTeam,
            );
        }
      }),
    );
  });

  it("each two of a match are within both their windows, and of regions and properties that go together", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, tickets) => {
        for (const match of pair(tickets, mode, NOW))
          for (const a of match.tickets)
            for (const b of match.tickets) assert.ok(mayMeet(a, b, mode), `${a.ticketId} ${b.ticketId}`);
      }),
    );
  });

  it("the order in which tickets are given changes nothing", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, fc.infiniteStream(fc.nat()), (mode, tickets, order) => {
        const shuffled = tickets
          .map((each) => ({ each, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        assert.deepEqual(pair(shuffled, mode, NOW), pair(tickets, mode, NOW));
      }),
    );
  });

  it("of two tickets that differ in age only, the younger is never served alone", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, tickets) => {
        // The same wait but for an instant, so that the windows are the same.
        const twins = tickets.flatMap((each) => [
          { ...each, skill: Math.round(each.skill / 100) * 100 },
          {
            ...each,
            skill: Math.round(each.skill / 100) * 100,
            ticketId: `${each.ticketId}'` as Ticket["ticketId"],
            joinedAt: each.joinedAt + 1,
          },
        ]);
        const matched = new Set(pair(twins, mode, NOW).flatMap((match) => names(match.tickets)));
        for (const each of tickets)
          assert.ok(!matched.has(`${each.ticketId}'`) || matched.has(each.ticketId), each.ticketId);
      }),
    );
  });

  it("of modes of two, no two are left that may meet", () => {
    const two = anyMode.map((mode) => ({
      ...mode,
      teams: 2,
      playersPerTeam: 1,
      minTeams: 2,
      minPlayersPerTeam: 1,
    }));
    fc.assert(
      fc.property(two, anyTickets, (mode, tickets) => {
        const matched = new Set(pair(tickets, mode, NOW).flatMap((match) => match.tickets));
        const left = tickets.filter((each) => !matched.has(each) && each.members.length === 1);
        for (const a of left)
          for (const b of left)
            assert.ok(a === b || !mayMeet(a, b, mode), `${a.ticketId} ${b.ticketId} could have met`);
      }),
    );
  });

  it("where any may meet any, as many matches are made as the solo players allow", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(60), (perTeam, count) => {
        const mode = modeOf({ players_per_team: perTeam });
        const tickets = Array.from({ length: count }, (_, at) => ticket(`t${at}`));
        assert.equal(pair(tickets, mode, NOW).length, Math.floor(count / playersOf(mode)));
      }),
    );
  });
});

describe("pairing", () => {
  it("serves the oldest first where skill does not count", () => {
    const tickets = [
      ticket("c", { waitedMs: 1_000 }),
      ticket("a", { waitedMs: 9_000 }),
      ticket("d", { waitedMs: 500 }),
      ticket("b", { waitedMs: 5_000 }),
      ticket("e"),
    ];
    assert.deepEqual(pairedNames(tickets, modeOf({})), [
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  it("takes the nearest in skill, of two as near the older", () => {
    const mode = modeOf({ skill: { window: 100 } });
    const tickets = [
      ticket("seed", { skill: 1000, waitedMs: 9_000 }),
      ticket("far", { skill: 1090, waitedMs: 8_000 }),
      ticket("young", { skill: 990, waitedMs: 100 }),
      ticket("old", { skill: 1010, waitedMs: 5_000 }),
    ];
    assert.deepEqual(pairedNames(tickets, mode)[0], ["seed", "old"]);
  });

  it("asks both windows: one who has waited long does not get one who has not", () => {
    const mode = modeOf({ skill: { window: 50, widen_per_s: 10, max_window: 500 } });
    const old = ticket("old", { skill: 1000, waitedMs: 60_000 });
    const fresh = ticket("fresh", { skill: 1300 });
    assert.deepEqual(pair([old, fresh], mode, NOW), []);
    assert.deepEqual(pair([old, { ...fresh, joinedAt: NOW - 30_000 }], mode, NOW).length, 1);
  });

  it("lays out parties of all sizes, where the nearest alone would leave no room", () => {
    const mode = modeOf({ players_per_team: 3, skill: { window: 500 } });
    const tickets = [
      ticket("solo1", { skill: 1000, waitedMs: 9_000 }),
      ticket("solo2", { skill: 1001 }),
      ticket("solo3", { skill: 1002 }),
      ticket("pair1", { size: 2, skill: 1100 }),
      ticket("pair2", { size: 2, skill: 1200 }),
    ];
    const [match] = pair(tickets, mode, NOW);
    assert.deepEqual(match?.teams.map((team) => team.map((each) => each.members.length).sort()).sort(), [
      [1, 2],
      [1, 2],
    ]);
  });

  it("leaves the region only for others who have waited as long", () => {
    const mode = modeOf({ regions: ["eu", "us"], region: "same", any_region_after_s: 30 });
    const eu = ticket("eu", { region: "eu", waitedMs: 40_000 });
    const us = ticket("us", { region: "us", waitedMs: 10_000 });
    assert.deepEqual(pair([eu, us], mode, NOW), []);
    assert.equal(pair([eu, us], mode, NOW + 20_000).length, 1);
  });

  it("never puts together those who must be kept apart", () => {
    const apart = (a: Ticket, b: Ticket) =>
      [a, b].some((each) => each.ticketId === "a") && [a, b].some((each) => each.ticketId === "b");
    const tickets = ["a", "b", "c", "d"].map((name, at) => ticket(name, { waitedMs: 1_000 - at }));
    const matches = pair(tickets, modeOf({}), NOW, apart).map((match) => names(match.tickets));
    assert.deepEqual(matches, [
      ["a", "c"],
      ["b", "d"],
    ]);
  });

  it("spreads skill over the teams", () => {
    const mode = modeOf({ players_per_team: 2 });
    const tickets = [2000, 1000, 1900, 1100].map((skill, at) => ticket(`t${at}`, { skill }));
    const [match] = pair(tickets, mode, NOW);
    assert.deepEqual(
      match?.teams.map((team) => team.reduce((sum, each) => sum + each.skill, 0)),
      [3000, 3000],
    );
  });

  it("grows with the queue, not with its square", () => {
    const mode = modeOf({ players_per_team: 2, skill: { window: 20, widen_per_s: 1, max_window: 200 } });
    const queue = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        ticket(`t${at}`, {
          size: at % 5 === 0 ? 2 : 1,
          skill: (at * 7919) % 3000,
          waitedMs: (at * 104_729) % 120_000,
        }),
      );
    const time = (count: number) => {
      const tickets = queue(count);
      const started = performance.now();
      assert.ok(pair(tickets, mode, NOW).length > count / 8);
      return performance.now() - started;
    };
    time(1_000);
    const small = Math.min(time(5_000), time(5_000));
    const large = time(50_000);
    assert.ok(large < 60 * Math.max(small, 5), `5,000: ${small} ms, 50,000: ${large} ms`);
  });

  it("sorts by age, then by id", () => {
    const tickets = [ticket("b"), ticket("a"), ticket("c", { waitedMs: 1 })];
    assert.deepEqual(names(tickets.sort(byAge)), ["c", "a", "b"]);
  });
});
