import assert from "node:assert/strict";
import type { UserId } from "../../core/ids.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { Simulation } from "../../core/realtime/simulation.ts";
import { startOf } from "../../core/realtime/start.ts";
import { ARENA, arena, WALLS } from "../../games/arena.ts";

const ann = "ann" as UserId;
const seed = [9, 8, 7, 6];
const game: RealtimeGame = arena;

function started(bots: number, target = 10) {
  const options = { bots, target, seconds: 300 };
  const names = Array.from({ length: bots }, (_, i) => `bot:${i + 1}` as UserId);
  const from = startOf(game, { players: [ann], bots: names, options, seed });
  return new Simulation(game, from, { seed, options, checks: true });
}

const shipOf = (simulation: Simulation, user: UserId) => {
  const ship = [...(simulation.state.ships?.values() ?? [])].find(({ owner }) => owner === user);
  assert.ok(ship);
  return ship;
};

describe("arena", () => {
  it("a ship moves by its input, a diagonal no faster, and stops at the edge", () => {
    const simulation = started(0);
    const ship = shipOf(simulation, ann);
    Object.assign(ship, { x: 5, y: 5 });
    const input = { x: 1, y: 1, aim: 0, fire: false };
    simulation.step({ taken: new Map([[ann, [input]]]) });
    const far = Math.hypot(Number(ship.x) - 5, Number(ship.y) - 5);
    assert.ok(Math.abs(far - ARENA.speed / arena.hz) < 1 / 32, `${far}`);
    for (let tick = 0; tick < 300; tick++)
      simulation.step({ taken: new Map([[ann, [{ ...input, x: -1, y: -1 }]]]) });
    assert.ok(Number(ship.x) >= ARENA.shipRadius && Number(ship.x) < 1);
  });

  it("bots fight each other to a result, and no ship is ever in a wall", () => {
    const simulation = started(7, 3);
    let result: unknown;
    for (let tick = 0; tick < 9_000 && result === undefined; tick++) {
      result = simulation.step({ taken: new Map() }).result;
      for (const { x, y } of simulation.state.ships?.values() ?? [])
        for (const wall of WALLS)
          assert.ok(
            !(
              Number(x) > wall.x &&
              Number(x) < wall.x + wall.width &&
              Number(y) > wall.y &&
              Number(y) < wall.y + wall.height
            ),
          );
    }
    assert.ok(result);
  });

  it("a shot is judged by what its player saw", () => {
    const simulation = started(1);
    const [mine, other] = [shipOf(simulation, ann), shipOf(simulation, "bot:1" as UserId)];
    Object.assign(mine, { x: 3, y: 3, reload: 0 });
    Object.assign(other, { x: 8, y: 3 });
    const idle = { x: 0, y: 0, aim: 0, fire: false };
    simulation.step({ taken: new Map([[ann, [idle]]]) });
    Object.assign(other, { x: 8, y: 20 });
    const fire = (view: number) =>
      simulation.step({
        taken: new Map([[ann, [{ ...idle, fire: true }]]]),
        views: new Map([[ann, view]]),
      });
    const hp = Number(other.hp);
    fire(2);
    assert.equal(other.hp, hp - 20);
    Object.assign(mine, { reload: 0 });
    fire(0);
    assert.equal(other.hp, hp - 20);
  });
});
