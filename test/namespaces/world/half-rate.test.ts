import assert from "node:assert/strict";
import fc from "fast-check";
import { SETTLE_TICKS } from "../../../namespaces/world/interest/interest.ts";
import type { WorldTick } from "../../../namespaces/world/schema.ts";
import { act, Client, people, run, sorted, ZoneFixture } from "./support.ts";

const halved = () => new ZoneFixture("here", undefined, undefined, { farHalfRate: true });

/** Whether a client sees what is there at the full rate: it is not at the edge of what it sees. */
function isNear({ zone }: ZoneFixture, { viewer }: Client, { x, y }: { x: number; y: number }): boolean {
  const { grid } = zone.players;
  return viewer !== undefined && grid.covers(viewer.cell, grid.keyAt(x, y), grid.reach - 1);
}

describe("a zone with far moves at half rate", () => {
  it("each client knows all around it after every tick, the near where they are, the far at most a tick late", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120, size: "max" }), (acts) => {
        const places = new Map<string, { x: number; y: number }>();
        const check = (fixture: ZoneFixture) => {
          for (const client of fixture.clients) {
            assert.deepEqual(client.faults, []);
            const truth = fixture.truth(client);
            assert.deepEqual([...client.known.keys()].sort(), [...truth.keys()].sort());
            for (const [id, at] of client.known) {
              const now = truth.get(id);
              assert.ok(now);
              if (isNear(fixture, client, now)) assert.deepEqual(at, now);
              else assert.ok([now, places.get(id)].some((place) => place?.x === at.x && place.y === at.y));
            }
          }
          for (const { id, x, y } of fixture.zone.allPlayers()) places.set(id, { x, y });
        };
        const fixture = run(acts, check, people(), halved());
        // What came after the last tick, and what that one keeps back.
        for (let tick = 0; tick < 2; tick++) {
          fixture.tick();
          check(fixture);
        }
        for (const client of fixture.clients)
          assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)));
      }),
      { numRuns: 300 },
    );
  });

  it("clients that lose every volatile frame know all when the others have come to rest", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120, size: "max" }), (acts) => {
        const clients = people();
        for (const client of clients) client.losesVolatile = true;
        const fixture = run(acts, () => {}, clients, halved());
        for (let i = 0; i <= SETTLE_TICKS; i++) fixture.tick();
        for (const client of fixture.clients)
          assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)));
      }),
      { numRuns: 150 },
    );
  });

  it("sends who is far in every other tick, the newest of what they did, and who is near in each", () => {
    const fixture = halved();
    const [ann, near, far] = [new Client("1", "ann"), new Client("2", "near"), new Client("3", "far")];
    fixture.enter(ann, 10, 10);
    fixture.enter(near, 30, 10);
    fixture.enter(far, 110, 10);
    // Until they have come to rest.
    for (let tick = 0; tick <= SETTLE_TICKS; tick++) fixture.tick();
    for (const client of fixture.clients) client.sent.length = 0;
    for (let step = 1; step <= 8; step++) {
      fixture.move(ann, 10 + step, 10);
      fixture.tick();
    }
    const seenBy = (client: Client) =>
      client.sent.flatMap(({ payload }) => (payload as WorldTick).moved.map(([, x]) => x));
    assert.deepEqual(seenBy(near), [11, 12, 13, 14, 15, 16, 17, 18]);
    const [first = 0, ...others] = seenBy(far);
    assert.deepEqual(others, [first + 2, first + 4, first + 6]);
  });
});
