import assert from "node:assert/strict";
import fc from "fast-check";
import { atOnce } from "../../../core/steps.ts";
import { byAge } from "../../../namespaces/matchmaking/pairing/pairing.ts";
import { SkillIndex } from "../../../namespaces/matchmaking/pairing/skill-index.ts";
import {
  type TicketColumns,
  ticketColumnsOf,
} from "../../../namespaces/matchmaking/pairing/ticket-columns.ts";
import { anyMode, anyTickets, modeOf, NOW, ticket } from "./support.ts";

/** The tickets of each bucket and direction as a plain sorted array has them. */
function expectedWalks(columns: TicketColumns, removed: ReadonlySet<number>, from: number): number[][] {
  const { skills, sizes, regions, roams } = columns;
  const at = (values: ArrayLike<number>, id: number) => values[id] as number;
  const region = at(regions, from);
  const left = [...columns.tickets.keys()].filter((id) => !removed.has(id));
  const buckets = new Map<string, number[]>();
  const only =
    new Set([...columns.tickets.keys()].map((id) => `${at(regions, id)}:${at(sizes, id)}`)).size === 1;
  for (const id of left) {
    const isReached =
      at(regions, id) === region || at(regions, id) === 0 || region === 0 || at(roams, from) === 1;
    if (!only && !isReached) continue;
    const key = `${at(regions, id)}:${at(sizes, id)}`;
    buckets.set(key, [...(buckets.get(key) ?? []), id]);
  }
  const own = at(skills, from);
  return [...buckets.values()].flatMap((ids) => [
    ids.filter((id) => at(skills, id) >= own).sort((a, b) => at(skills, a) - at(skills, b) || a - b),
    ids.filter((id) => at(skills, id) < own).sort((a, b) => at(skills, b) - at(skills, a) || a - b),
  ]);
}

function walks(index: SkillIndex, from: number): number[][] {
  return index.around(from).map((cursor) => {
    const seen: number[] = [];
    for (; cursor.id >= 0; cursor.advance()) seen.push(cursor.id);
    return seen;
  });
}

/** Without empty walks, in one order. */
const comparable = (lists: readonly number[][]) =>
  lists
    .filter((list) => list.length > 0)
    .map((list) => list.join())
    .sort();

describe("the skill index", () => {
  it("walks from a ticket through the others by skill, of equals the oldest first, as a sorted array does", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, (mode, all) => {
        const columns = atOnce(ticketColumnsOf(all.toSorted(byAge), mode, NOW));
        const index = atOnce(SkillIndex.of(columns));
        for (let from = 0; from < all.length; from++)
          assert.deepEqual(
            comparable(walks(index, from)),
            comparable(expectedWalks(columns, new Set(), from)),
          );
      }),
    );
  });

  it("forgets removed tickets, in whatever order they are removed, and keeps all others in order", () => {
    fc.assert(
      fc.property(anyMode, anyTickets, fc.array(fc.nat(59), { maxLength: 40 }), (mode, all, order) => {
        const columns = atOnce(ticketColumnsOf(all.toSorted(byAge), mode, NOW));
        const index = atOnce(SkillIndex.of(columns));
        const removed = new Set<number>();
        for (const id of order.filter((each) => each < all.length)) {
          // A ticket is taken out once.
          if (!removed.has(id)) index.remove(id);
          removed.add(id);
          assert.equal(index.has(id), false);
          const from = [...columns.tickets.keys()].find((each) => !removed.has(each));
          if (from === undefined) return;
          assert.equal(index.has(from), true);
          assert.deepEqual(comparable(walks(index, from)), comparable(expectedWalks(columns, removed, from)));
        }
      }),
    );
  });

  it("gives the nearest ticket first, up and down, and those of one skill by age", () => {
    const skills = [1000, 990, 1010, 1010, 970, 1000];
    const tickets = skills.map((skill, at) => ticket(`t${at}`, { skill, waitedMs: 1_000 - at }));
    const index = atOnce(
      SkillIndex.of(atOnce(ticketColumnsOf(tickets, modeOf({ skill: { window: 100 } }), NOW))),
    );
    assert.deepEqual(walks(index, 0), [
      [1, 4],
      [0, 5, 2, 3],
    ]);
    index.remove(2);
    assert.deepEqual(walks(index, 0), [
      [1, 4],
      [0, 5, 3],
    ]);
  });

  it("reaches other regions only from a ticket without one, or one that has waited long enough", () => {
    const mode = modeOf({ regions: ["eu", "us"], region: "same", any_region_after_s: 60 });
    const tickets = [
      ticket("old", { region: "eu", waitedMs: 60_000 }),
      ticket("anywhere", { waitedMs: 3_000 }),
      ticket("us", { region: "us", waitedMs: 2_000 }),
      ticket("eu", { region: "eu", waitedMs: 1_000 }),
    ];
    const index = atOnce(SkillIndex.of(atOnce(ticketColumnsOf(tickets, mode, NOW))));
    const reached = (from: number) => walks(index, from).flat().sort();
    assert.deepEqual(reached(0), [0, 1, 2, 3]);
    assert.deepEqual(reached(1), [0, 1, 2, 3]);
    assert.deepEqual(reached(2), [1, 2]);
    assert.deepEqual(reached(3), [0, 1, 3]);
  });
});
