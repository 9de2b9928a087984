/** arena: ships that move, aim and fire between walls. Who hits first as often as the target says wins. */
import type { UserId } from "../core/ids.ts";
import {
  angle,
  axis,
  button,
  entities,
  fixed,
  int,
  own,
  player,
  type ValuesOf,
} from "../core/realtime/fields.ts";
import { defineRealtime, type StateOf, type StepContext } from "../core/realtime/game.ts";
import type { SeededRandom } from "../core/realtime/seeded-random.ts";

/** The playing field in units; a ship is a disc. */
export const ARENA = { width: 40, height: 24, shipRadius: 0.6, range: 30, speed: 8 } as const;

/** Axis-aligned rectangles that stop ships and shots. */
export const WALLS: readonly { x: number; y: number; width: number; height: number }[] = [
  { x: 9, y: 6, width: 2, height: 12 },
  { x: 29, y: 6, width: 2, height: 12 },
  { x: 16, y: 11, width: 8, height: 2 },
];

const HZ = 30;
const DAMAGE = 20;
const FULL_HP = 100;
const RELOAD_TICKS = 8;
const RESPAWN_TICKS = 2 * HZ;

const ships = entities(
  {
    owner: player(),
    x: fixed(1 / 64, { min: 0, max: ARENA.width }),
    y: fixed(1 / 64, { min: 0, max: ARENA.height }),
    aim: angle(),
    hp: int(0, FULL_HP),
    score: int(-10_000, 10_000),
    /** Ticks until the next shot. */
    reload: own(int(0, RELOAD_TICKS)),
    /** Ticks until a ship without hp is back. */
    back_in: int(0, RESPAWN_TICKS),
  },
  { max: 16 },
);

type Ship = ValuesOf<(typeof ships)["fields"]>;
type Ships = ReadonlyMap<string, Readonly<Ship>>;
interface Point {
  readonly x: number;
  readonly y: number;
}

const hitsWall = ({ x, y }: Point) =>
  WALLS.some(
    (wall) =>
      x > wall.x - ARENA.shipRadius &&
      x < wall.x + wall.width + ARENA.shipRadius &&
      y > wall.y - ARENA.shipRadius &&
      y < wall.y + wall.height + ARENA.shipRadius,
  );

/** Whether a ship can be there. */
const isFree = (at: Point) =>
  at.x >= ARENA.shipRadius &&
  at.x <= ARENA.width - ARENA.shipRadius &&
  at.y >= ARENA.shipRadius &&
  at.y <= ARENA.height - ARENA.shipRadius &&
  !hitsWall(at);

function freePlace(others: Ships, random: SeededRandom): Point {
  let place: Point = { x: 4, y: 4 };
  for (let tries = 0; tries < 20; tries++) {
    place = { x: random.int(2, ARENA.width - 2), y: random.int(2, ARENA.height - 2) };
    const isNear = [...others.values()].some((ship) => Math.hypot(ship.x - place.x, ship.y - place.y) < 5);
    if (isFree(place) && !isNear) return place;
  }
  return isFree(place) ? place : { x: 4, y: 4 };
}

const revived = (at: Point) => ({ ...at, hp: FULL_HP, reload: 0, back_in: 0 });

const shipFor = (owner: UserId, others: Ships, random: SeededRandom): Ship => ({
  owner,
  aim: 0,
  score: 0,
  ...revived(freePlace(others, random)),
});

function idOf(others: Ships): string {
  let next = others.size + 1;
  while (others.has(`s${next}`)) next++;
  return `s${next}`;
}

function nearest(all: Ships, from: Readonly<Ship>): Readonly<Ship> | undefined {
  const far = (ship: Point) => Math.hypot(ship.x - from.x, ship.y - from.y);
  return [...all.values()].filter((ship) => ship !== from && ship.hp > 0).sort((a, b) => far(a) - far(b))[0];
}

/** How far a shot flies before it hits a wall, in steps of a tenth. */
function distanceToWall(from: Point, aim: number): number {
  for (let far = 0; far < ARENA.range; far += 0.1) {
    const [x, y] = [from.x + Math.cos(aim) * far, from.y + Math.sin(aim) * far];
    const isInside = WALLS.some(
      (wall) => x > wall.x && x < wall.x + wall.width && y > wall.y && y < wall.y + wall.height,
    );
    if (isInside || x < 0 || x > ARENA.width || y < 0 || y > ARENA.height) return far;
  }
  return ARENA.range;
}

/** A shot hits at once. It is judged by what its player saw. */
function fire(
  all: Map<string, Ship>,
  id: string,
  ship: Ship,
  { rewind, emit }: StepContext<{ ships: Map<string, Ship> }, unknown>,
): void {
  ship.reload = RELOAD_TICKS;
  const range = distanceToWall(ship, ship.aim);
  const seen = ship.owner === null ? all : rewind(ship.owner as UserId).ships;
  let [hit, far] = [undefined as string | undefined, range];
  for (const [other, at] of seen) {
    if (other === id || at.hp === 0) continue;
    const [dx, dy] = [at.x - ship.x, at.y - ship.y];
    const along = dx * Math.cos(ship.aim) + dy * Math.sin(ship.aim);
    const aside = Math.abs(dy * Math.cos(ship.aim) - dx * Math.sin(ship.aim));
    if (along > 0 && along < far && aside <= ARENA.shipRadius) [hit, far] = [other, along];
  }
  emit({ type: "shot", ship: id, x: ship.x, y: ship.y, aim: ship.aim, range: far, ...(hit && { hit }) });
  const target = hit === undefined ? undefined : all.get(hit);
  if (target === undefined || target.hp === 0) return;
  target.hp = Math.max(0, target.hp - DAMAGE);
  if (target.hp > 0) return;
  target.back_in = RESPAWN_TICKS;
  ship.score++;
  emit({ type: "sunk", ship: hit, by: id });
}

export const arena = defineRealtime({
  name: "arena",
  players: { min: 1, max: 16 },
  hz: HZ,
  input: { x: axis(), y: axis(), aim: angle(), fire: button() },
  state: { ships },
  options: {
    /** Bots beside the players, up to 16 ships in all. */
    bots: int(0, 15),
    /** Points that win. */
    target: int(1, 100, 10),
    seconds: int(10, 3_600, 300),
  },
  rewinds: ["ships"],
  drop: "bot",

  bots: ({ bots }, players) => Math.min(bots, 16 - players),

  setup(players, _options, { random }) {
    const state: StateOf<{ ships: typeof ships }> = { ships: new Map() };
    for (const user of players) state.ships.set(idOf(state.ships), shipFor(user, state.ships, random));
    return state;
  },

  join(state, user, { random }) {
    state.ships.set(idOf(state.ships), shipFor(user, state.ships, random));
  },

  move(ship, input, dt) {
    if (ship.hp === 0) return;
    ship.aim = input.aim;
    // A diagonal is not faster.
    const length = Math.max(1, Math.hypot(input.x, input.y));
    const [dx, dy] = [input.x, input.y].map((part) => (part / length) * ARENA.speed * dt) as [number, number];
    // One axis at a time: a ship slides along a wall.
    if (isFree({ x: ship.x + dx, y: ship.y })) ship.x += dx;
    if (isFree({ x: ship.x, y: ship.y + dy })) ship.y += dy;
  },

  step(state, inputs, context) {
    for (const [id, ship] of state.ships) {
      if (ship.reload > 0) ship.reload--;
      if (ship.hp === 0) {
        ship.back_in--;
        if (ship.back_in <= 0) Object.assign(ship, revived(freePlace(state.ships, context.random)));
        continue;
      }
      const input = ship.owner === null ? undefined : inputs.get(ship.owner);
      if (input?.fire && ship.reload === 0) fire(state.ships, id, ship, context);
    }
  },

  bot(state, me, { tick }) {
    const own = [...state.ships.values()].find(({ owner }) => owner === me);
    const target = own === undefined ? undefined : nearest(state.ships, own);
    if (own === undefined || target === undefined) return { x: 0, y: 0, aim: 0, fire: false };
    const aim = Math.atan2(target.y - own.y, target.x - own.x);
    const seen = distanceToWall(own, aim) >= Math.hypot(target.x - own.x, target.y - own.y);
    // Circles around its target, and turns round now and then.
    const course = aim + (seen ? 1.3 : 0.4) * (Math.floor(tick / 90) % 2 === 0 ? 1 : -1);
    return { x: Math.cos(course) * 0.6, y: Math.sin(course) * 0.6, aim, fire: seen && tick % 25 === 0 };
  },

  result(state, { tick, dt, options }) {
    const scores = [...state.ships.values()]
      .flatMap(({ owner, score }) => (owner === null ? [] : [{ user_id: owner as UserId, score }]))
      .sort((a, b) => b.score - a.score);
    const best = scores[0]?.score ?? 0;
    const reason = best >= options.target ? "target" : tick * dt >= options.seconds ? "time" : undefined;
    if (reason === undefined) return undefined;
    return {
      winners: scores.filter(({ score }) => score === best).map(({ user_id }) => user_id),
      reason,
      scores,
    };
  },
});
