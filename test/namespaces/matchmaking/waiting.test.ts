import assert from "node:assert/strict";
import fc from "fast-check";
import { averaged } from "../../../namespaces/matchmaking/estimates.ts";
import type { Mode } from "../../../namespaces/matchmaking/modes.ts";
import type { Ticket } from "../../../namespaces/matchmaking/stored.ts";
import { Outlook } from "../../../namespaces/matchmaking/waiting.ts";
import { anyMode, anyTickets, modeOf, NOW, ticket } from "./support.ts";

function outlookOn(tickets: readonly Ticket[], mode: Mode): Outlook {
  const outlook = new Outlook(mode);
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
  it("begins with the first wait and follows what happens lately", () => {
    assert.equal(averaged(undefined, []), undefined);
    assert.deepEqual(averaged(undefined, [8_000]), { averageMs: 8_000 });
    const later = averaged({ averageMs: 60_000 }, new Array<number>(50).fill(1_000));
    assert.ok(later && later.averageMs > 1_000 && later.averageMs < 2_000, String(later?.averageMs));
  });
});
