import assert from "node:assert/strict";
import fc from "fast-check";
import type { Mode } from "../../../namespaces/matchmaking/modes.ts";
import { WaitReasons } from "../../../namespaces/matchmaking/queue/wait-reasons.ts";
import { averaged, expectedMs } from "../../../namespaces/matchmaking/queue/wait-status.ts";
import type { Ticket } from "../../../namespaces/matchmaking/store.ts";
import { anyMode, anyTickets, modeOf, NOW, ticket } from "./support.ts";

function outlookOn(tickets: readonly Ticket[], mode: Mode): WaitReasons {
  const outlook = new WaitReasons(mode);
  for (const each of tickets) outlook.add(each);
  return outlook;
}

const outlookOf = (first: Ticket, others: readonly Ticket[], mode: Mode) =>
  outlookOn([first, ...others], mode).of(first, NOW);

describe("what a ticket waits for", () => {
  const strict = modeOf({
    regions: ["eu", "us"],
    region: "same",
    match_properties: ["map"],
    skill: { window: 100 },
    players_per_team: 2,
  });
  const me = ticket("me", { region: "eu", map: "ice" });
  const three = (of: Parameters<typeof ticket>[1]) =>
    ["a", "b", "c"].map((name) => ticket(name, { region: "eu", map: "ice", ...of }));

  it("players, while there are too few at all", () => {
    assert.deepEqual(outlookOf(me, three({}).slice(1), strict), {
      reason: "players",
      candidates: 2,
      window: 100,
    });
  });

  it("properties, while too few have the same", () => {
    assert.deepEqual(outlookOf(me, three({ map: "sand" }), strict).reason, "properties");
  });

  it("region, while too few are of it", () => {
    assert.deepEqual(outlookOf(me, three({ region: "us" }), strict).reason, "region");
  });

  it("skill, while too few are within the window", () => {
    assert.deepEqual(outlookOf(me, three({ skill: 1101 }), strict), {
      reason: "skill",
      candidates: 0,
      window: 100,
    });
    assert.equal(outlookOf(me, three({ skill: 1100 }), strict).candidates, 3);
  });

  it("party_size, where all fit but the sizes do not", () => {
    const pairs = [
      ticket("a", { size: 2, region: "eu", map: "ice" }),
      ticket("b", { size: 2, region: "eu", map: "ice" }),
    ];
    assert.deepEqual(outlookOf(me, pairs, strict), { reason: "party_size", candidates: 4, window: 100 });
  });

  it("counts the players whom a plain look at each other ticket counts", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, anyTickets, (mode, tickets, others) => {
        const any = {
          ...mode,
          sameRegion: false,
          matchProperties: [],
          skill: { window: 150, widenPerS: 0, maxWindow: 150 },
        };
        const passing = others.map((each) => ({ ...each, properties: [] }));
        const plain = tickets.map((each) => ({ ...each, properties: [] }));
        // Some come and go before.
        const outlook = outlookOn([...plain, ...passing], any);
        for (const each of passing) outlook.remove(each);
        for (const each of plain) {
          const near = plain.filter((other) => other !== each && Math.abs(other.skill - each.skill) <= 150);
          assert.equal(
            outlook.of(each, NOW).candidates,
            near.reduce((sum, other) => sum + other.members.length, 0),
          );
        }
      }),
    );
  });
});

describe("the estimate of a wait", () => {
  it("begins with a guess, follows what happens, and forgets it again", () => {
    assert.equal(expectedMs(undefined, NOW), 30_000);
    const long = averaged(undefined, new Array<number>(20).fill(60_000), NOW);
    assert.ok(Math.abs(expectedMs(long, NOW) - 58_571) < 1, String(expectedMs(long, NOW)));
    const short = averaged(long, new Array<number>(20).fill(2_000), NOW + 30 * 60_000);
    const lately = expectedMs(short, NOW + 30 * 60_000);
    assert.ok(lately > 2_000 && lately < 5_000, `what was half an hour ago hardly counts: ${lately}`);
    const quiet = expectedMs(short, NOW + 6 * 3_600_000);
    assert.ok(Math.abs(quiet - 30_000) < 1, String(quiet));
  });
});
