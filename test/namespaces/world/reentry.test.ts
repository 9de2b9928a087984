import assert from "node:assert/strict";
import fc from "fast-check";
import { asId, type UserId, type ZoneId } from "../../../core/ids.ts";
import { worldContract } from "../../../namespaces/world/index.ts";
import { lastPositionKey } from "../../../namespaces/world/last-positions.ts";
import {
  arrive,
  freshPace,
  type LastPosition,
  movementCredit,
} from "../../../namespaces/world/speed-limit.ts";
import { onEachSetup, type StartOptions, type TestApp, type TestClient } from "../../support/app.ts";
import { until } from "../../support/until.ts";

type WorldClient = TestClient<typeof worldContract>;
const ZONE = "town";
const far = { zone: ZONE, x: 5_000, y: 0 };
const placeOf = ({ x, y }: { x: number; y: number }) => [x, y];

onEachSetup((setup) => {
  const connect = (app: TestApp, user: string, worker: 0 | 1 = 0) =>
    app.connect(worldContract, user, { worker });
  const lastPosition = ({ workers }: TestApp) =>
    workers[0]?.services.store.documents.load(lastPositionKey(asId<ZoneId>(ZONE), asId<UserId>("ann"))) ??
    assert.fail("no worker");
  const startedAt = async (options: StartOptions = {}): Promise<[TestApp, WorldClient]> => {
    const app = await setup.start(options);
    const ann = await connect(app, "ann");
    await ann.call("enter", { zone: ZONE, x: 0, y: 0 });
    return [app, ann];
  };

  describe("world: entering again", () => {
    const ways: Record<string, (app: TestApp, ann: WorldClient) => Promise<WorldClient>> = {
      "without leaving": async (_app, ann) => ann,
      "after leaving": async (_app, ann) => {
        await ann.call("leave", {});
        return ann;
      },
      "after another zone": async (_app, ann) => {
        await ann.call("zone_change", { zone: "forest", x: 0, y: 0 });
        return ann;
      },
      "on another connection and worker": (app) => connect(app, "ann", 1),
      "after leaving, on another worker": async (app, ann) => {
        await ann.call("leave", {});
        return connect(app, "ann", 1);
      },
    };
    for (const [how, away] of Object.entries(ways))
      it(`${how}, a user that could not have come so far is put where they were, and seen nowhere else`, async () => {
        const [app, ann] = await startedAt();
        const bob = await connect(app, "bob", 1);
        await bob.call("enter", far);
        const again = await away(app, ann);
        const entered = await again.call("enter", far);
        assert.deepEqual(placeOf(entered), [0, 0]);
        assert.deepEqual(placeOf(await again.next("position_correction")), [0, 0]);
        const { players } = await again.call("nearby", {});
        assert.deepEqual(players, []);
        assert.ok(!bob.log.some((received) => JSON.stringify(received).includes('"ann"')));
      });

    it("after a drop, too: by a first player_movement", async () => {
      const [app, ann] = await startedAt();
      ann.disconnect();
      const again = await connect(app, "ann", 1);
      const ack = await again.call("player_movement", { ...far, seq: 4 });
      assert.equal(ack.corrected, true);
      const { x, y, seq } = await again.next("position_correction");
      assert.deepEqual([x, y, seq], [0, 0, 4]);
    });

    it("in small steps gains nothing: together no farther than the limit and one credit", async () => {
      const [, ann] = await startedAt({ env: { RATE_LIMITS_EVENTS: "enter=off,leave=off" } });
      const began = Date.now();
      let at = 0;
      for (let round = 0; round < 30; round++) {
        await ann.call("leave", {});
        at = (await ann.call("enter", { zone: ZONE, x: at + 15, y: 0 })).x;
      }
      const most = 20 + (20 * (Date.now() - began)) / 1_000;
      assert.ok(at > 0 && at <= most, `${at} units in ${Date.now() - began} ms`);
    });

    it("as far as the limit allows in the time that has passed, a user appears where they want", async () => {
      const [app, ann] = await startedAt();
      await ann.call("leave", {});
      await app.advance(60_000);
      assert.equal((await ann.call("enter", { zone: ZONE, x: 1_210, y: 0 })).x, 1_210);
    });

    it("a user that has walked for long is where they walked to, for a worker too that does not follow the zone", async () => {
      const [app, ann] = await startedAt();
      for (let x = 40; x <= 800; x += 40) {
        await app.advance(2_000);
        assert.equal((await ann.call("player_movement", { x, y: 0 })).corrected, undefined);
      }
      await app.advance(5_000);
      await until("the walk is remembered", async () => (await lastPosition(app))?.state.x === 800);
      const again = await connect(app, "ann", 1);
      assert.deepEqual(placeOf(await again.call("enter", { zone: ZONE, x: -100, y: 0 })), [800, 0]);
    });

    it("a user that has not left earns no more than ten seconds of the time since their last position", async () => {
      const [app] = await startedAt();
      await app.advance(100_000);
      const again = await connect(app, "ann", 1);
      const { x } = await again.call("enter", { zone: ZONE, x: 1_000, y: 0 });
      // On the worker that moves the avatar it is known to have stood all the time.
      assert.equal(x, setup.name === "embedded, one process" ? 1_000 : 0);
    });

    it("a user that stands for longer than a position is remembered is not forgotten", async () => {
      const [app] = await startedAt({ app: { world: { rememberMs: 60_000 } } });
      for (let minute = 0; minute < 2; minute++) {
        const before = (await lastPosition(app))?.version;
        await app.advance(40_000);
        await until("remembered again", async () => {
          const now = await lastPosition(app);
          return now !== undefined && now.version !== before;
        });
      }
      const again = await connect(app, "ann", 1);
      assert.deepEqual(placeOf(await again.call("enter", { zone: ZONE, x: 9_000, y: 0 })), [0, 0]);
    });

    it("moves within seconds of one another do not touch the store", async () => {
      const [app, ann] = await startedAt();
      const bob = await connect(app, "bob");
      await bob.call("enter", { zone: ZONE, x: 0, y: 0 });
      const before = await lastPosition(app);
      for (let x = 1; x <= 6; x++) {
        await app.advance(600);
        await ann.call("player_movement", { x, y: 0 });
        await bob.next("world_tick", ({ moved }) => moved.some(([id, at]) => id === "ann" && at === x));
      }
      assert.equal((await lastPosition(app))?.version, before?.version);
    });

    it("by turns on two workers gains nothing: credit that was spent on one is spent on the other", async () => {
      const [app, ann] = await startedAt();
      const bob = await connect(app, "bob", 1);
      await bob.call("enter", { zone: ZONE, x: 0, y: 0 });
      await app.advance(3_000);
      assert.equal((await ann.call("player_movement", { x: 80, y: 0 })).corrected, undefined);
      await until("the walk is seen", async () => {
        const { players } = await bob.call("nearby", {});
        return players.some(({ user_id, x }) => user_id === "ann" && x === 80);
      });
      const again = await connect(app, "ann", 1);
      assert.equal((await again.call("enter", { zone: ZONE, x: 98, y: 0 })).x, 80);
    });

    it("where the position has expired, or the zone has no limit, a user appears anywhere", async () => {
      const [app, ann] = await startedAt({
        app: { world: { rememberMs: 60_000, zones: { hall: { speedLimit: 0 } } } },
      });
      await ann.call("leave", {});
      for (const x of [0, 9_000]) assert.equal((await ann.call("enter", { zone: "hall", x, y: 0 })).x, x);
      await app.advance(61_000);
      assert.equal((await ann.call("enter", { zone: ZONE, x: 9_000, y: 0 })).x, 9_000);
    });

    it("of two devices the one that only watched does not bring the avatar back to where it stands itself", async () => {
      const [app, old] = await startedAt();
      const young = await connect(app, "ann", 0);
      await young.call("enter", { zone: ZONE, x: 1, y: 0 });
      await app.advance(30_000);
      await young.call("player_movement", { x: 500, y: 0 });
      await young.call("leave", {});
      const ack = await old.call("player_movement", { x: 2, y: 0, seq: 1 });
      assert.equal(ack.corrected, true);
      assert.deepEqual(placeOf(await old.next("position_correction")), [500, 0]);
    });
  });
});

describe("world: where a user appears that was there before", () => {
  const limit = { unitsPerSecond: 20, creditMs: 1_000 };
  const place = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) });

  it("a user that left earns all the time since, one that did not only what may have been walked unrecorded", () => {
    const last: LastPosition = { x: 0, y: 0, credit: 5, at: 1_000 };
    assert.equal(movementCredit(last, 61_000, 10_000).at, 51_000);
    assert.equal(movementCredit(last, 4_000, 10_000).at, 1_000);
    assert.deepEqual(movementCredit({ ...last, left: true }, 61_000, 10_000), { ...last, left: true });
  });

  it("whatever is asked for and however often, nobody is farther off than limit and credit allow", () => {
    fc.assert(
      fc.property(place, fc.array(fc.tuple(place, fc.integer({ min: 0, max: 3_000 }))), (from, wishes) => {
        let last: LastPosition = { ...from, ...freshPace(limit, 0) };
        let now = 0;
        let path = 0;
        for (const [wish, waitMs] of wishes) {
          now += waitMs;
          const { x, y, pace, corrected } = arrive(wish, last, now, limit);
          if (corrected) assert.deepEqual([x, y], [last.x, last.y]);
          path += Math.hypot(x - last.x, y - last.y);
          last = { x, y, ...pace };
          assert.ok(path <= 20 + (20 * now) / 1_000 + 1e-3, `${path} in ${now} ms`);
        }
      }),
    );
  });
});
