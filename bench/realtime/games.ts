/** The same little game for each scene: everybody moves all the time. */
import type { UserId } from "../../core/ids.ts";
import { axis, entities, fixed, player } from "../../core/realtime/fields.ts";
import {
  byCell,
  defineRealtime,
  everyone,
  type RealtimeGame,
  type StateOf,
} from "../../core/realtime/game.ts";
import { HZ, ROOM_SIZE, type Scene } from "./messages.ts";

const WIDTH = 1_000;
const SPEED = 20;
/** Nine cells of this size have about a fifth of the field. */
const CELL = 149;

const ships = entities({ owner: player(), x: fixed(1 / 64), y: fixed(1 / 64) });
type Ships = StateOf<{ ships: typeof ships }>;

/** Spread evenly, the same each time. */
const shipOf = (owner: UserId, at: number) => ({
  owner,
  x: ((at * 0.754_877_666) % 1) * WIDTH,
  y: ((at * 0.569_840_291) % 1) * WIDTH,
});

const gameOf = (scene: Scene): RealtimeGame =>
  defineRealtime({
    name: `bench-${scene}`,
    players: { min: 1, max: scene === "rooms" ? ROOM_SIZE : 1_000 },
    hz: HZ[scene],
    input: { x: axis(), y: axis() },
    state: { ships },
    sees: scene === "cells" ? byCell("ships", CELL) : everyone(),
    setup(players) {
      const state: Ships = { ships: new Map() };
      for (const [at, user] of players.entries()) state.ships.set(`s${at}`, shipOf(user, at));
      return state;
    },
    move(ship, input, dt) {
      ship.x = (ship.x + input.x * SPEED * dt + WIDTH) % WIDTH;
      ship.y = (ship.y + input.y * SPEED * dt + WIDTH) % WIDTH;
    },
    step() {},
  });

export const benchGames: readonly RealtimeGame[] = (["rooms", "crowd", "cells"] as const).map(gameOf);
