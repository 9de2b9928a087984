import assert from "node:assert/strict";
import type { Muster } from "../../../client/index.ts";
import { arena, WALLS } from "../../../games/arena.ts";
import { closeAll, onEachSetup, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { closeTyped, cut, online, openTyped, type TypedOptions } from "../../support/typed-client.ts";

type Play = ReturnType<typeof enter>;

const LIMIT_MS = 8_000;
const enter = (muster: Muster, room_id: string, options = {}) => muster.realtime(room_id, arena, options);

/** Resolves when it holds after a frame. */
function until(play: Play, what: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = play.onFrame(() => {
      if (!holds()) return;
      clearTimeout(timer);
      end();
      resolve();
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error(`not within ${LIMIT_MS} ms: ${what}; ${JSON.stringify(play.stats)}`));
    }, LIMIT_MS);
  });
}

const shipOf = ({ state }: Play, user: string) =>
  [...state.ships.values()].find(({ owner }) => owner === user);

/** A course on which a ship that stands there has room: towards the middle, unless a wall is near. */
function away(at: { readonly x: number; readonly y: number } | undefined): 1 | -1 {
  const { x, y } = at ?? { x: 0, y: 0 };
  const course = y > 12 ? -1 : 1;
  const isBlocked = WALLS.some(
    (wall) =>
      x > wall.x - 1 &&
      x < wall.x + wall.width + 1 &&
      y + 3 * course > wall.y - 1 &&
      y + 3 * course < wall.y + wall.height + 1,
  );
  return isBlocked ? (course === 1 ? -1 : 1) : course;
}

/** A running arena of ann and bob, each at their own worker where there are two. */
async function duel(app: TestApp, options: TypedOptions = {}) {
  const ann = openTyped(app, "ann", options);
  const bob = openTyped(app, "bob", { ...options, worker: app.workers.length > 1 ? 1 : 0 });
  const { room } = await ann.in("/game").call("room:create", { game: "arena" });
  await bob.in("/game").call("room:join", { room_id: room.room_id });
  const plays = [enter(ann, room.room_id), enter(bob, room.room_id, { form: "objects" })] as const;
  await ann.in("/game").call("room:start", { room_id: room.room_id });
  await Promise.all(plays.map((play) => until(play, "the start", () => play.tick > 3)));
  return { clients: [ann, bob], plays, room_id: room.room_id };
}

describe("the client in a real-time room", () => {
  afterEach(closeTyped);

  onEachSetup((setup) => {
    it("moves its own ship at once, and shows everybody the same in the end", async () => {
      const app = await setup.start();
      const { plays } = await duel(app);
      const [ann, bob] = plays;
      assert.deepEqual([ann.you, bob.you], ["ann", "bob"]);
      const [id] = ann.predicted.keys();
      const y = shipOf(ann, "ann")?.y ?? 0;
      const course = away(shipOf(ann, "ann"));
      ann.simulate = { delay: 100, jitter: 20 };
      ann.input({ y: course });
      await until(ann, "its own movement", () => (ann.predicted.get(id ?? "")?.y ?? y) !== y);
      await until(bob, "the other's movement", () => Math.abs((shipOf(bob, "ann")?.y ?? y) - y) > 1);
      ann.input({ y: 0 });
      ann.simulate = {};
      const own = () => ann.predicted.get(id ?? "")?.y;
      await until(
        ann,
        "its inputs to be consumed",
        () => own() === shipOf(ann, "ann")?.y && ann.stats.unacked < 8,
      );
      await until(bob, "the same place", () => shipOf(bob, "ann")?.y === shipOf(ann, "ann")?.y);
      assert.equal(ann.frame().own.length, 1);
      assert.equal(bob.frame().state.ships.size, 2);
    });

    it("comes back after a lost connection, and sends again what was not consumed", async () => {
      const app = await setup.start();
      const { clients, plays } = await duel(app);
      const [ann, bob] = plays;
      const [muster] = clients as [Muster];
      const before = shipOf(ann, "ann");
      cut(muster.in("/game"));
      ann.input({ y: away(before), fire: true });
      await online(muster.in("/game"));
      await until(bob, "the movement", () => Math.abs((shipOf(bob, "ann")?.y ?? 0) - (before?.y ?? 0)) > 0.5);
      await until(ann, "everything to be consumed", () => ann.stats.unacked < 10);
    });

    it("ends all that it has begun when it is closed", async () => {
      const app = await setup.start();
      const { clients, plays } = await duel(app);
      const [ann] = plays;
      const [muster] = clients as [Muster];
      const heard = muster.in("/game").socket.listeners("game_frame").length;
      ann.close();
      assert.equal(muster.in("/game").socket.listeners("game_frame").length, heard - 1);
      const { tick } = ann;
      await until(plays[1], "five more ticks", () => plays[1].tick > tick + 5);
      assert.equal(ann.tick, tick);
    });
  });

  it("goes on with the next owner where the room's worker stops, and its ship stays where it was", async () => {
    const app = await startTwoWorkers();
    after(closeAll);
    // Nobody at bob's worker follows the room when it begins: the other one steps it.
    const muster = openTyped(app, "ann");
    const { room } = await muster.in("/game").call("room:create", { game: "arena" });
    const ann = enter(muster, room.room_id);
    await muster.in("/game").call("room:start", { room_id: room.room_id });
    await until(ann, "the start", () => ann.tick > 3);
    const bobs = openTyped(app, "bob", { worker: 1 });
    await bobs.in("/game").call("room:join", { room_id: room.room_id });
    const bob = enter(bobs, room.room_id, { form: "objects" });
    await until(bob, "its ship", () => shipOf(bob, "bob") !== undefined && bob.predicted.size > 0);
    const [id] = bob.predicted.keys();
    const { epoch } = bob;
    bob.input({ y: away(shipOf(bob, "bob")), fire: true });
    await until(bob, "its movement", () => bob.stats.unacked > 0);
    bob.input({ y: 0 });
    muster.close();
    const next = until(bob, "the next owner", () => bob.epoch > epoch);
    await app.workers[0]?.close();
    await next;
    const { tick } = bob;
    await until(bob, "its frames", () => bob.tick > tick + 15);
    assert.equal(bob.predicted.get(id ?? "")?.y, shipOf(bob, "bob")?.y);
    assert.equal(bob.stats.takeovers, 1);
    assert.equal(bob.stats.inputsLost, 0);
  });
});
