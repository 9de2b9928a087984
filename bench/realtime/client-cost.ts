/** What a client spends on one frame: taken, its own player moved on, and a picture made of all entities. */
import { RealtimeSession } from "../../client/realtime/session.ts";
import { type ColumnsForm, columnsDelta, columnsOfView } from "../../core/realtime/columns.ts";
import { diffViews, type RealtimeView } from "../../core/realtime/delta.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { benchGames } from "./games.ts";

const ENTITIES = 60;
const FRAMES = 4_000;
const WARM_UP = 1_000;

export interface ClientCost {
  readonly entities: number;
  readonly microseconds: number;
}

/** All entities move in each tick. */
function viewAt(tick: number): RealtimeView {
  const ships = new Map(
    Array.from({ length: ENTITIES }, (_, slot) => {
      const id = `s${slot}`;
      const at = (factor: number) => Math.round(30_000 + 20_000 * Math.sin(tick / 50 + slot * factor));
      return [id, { id, slot, packed: [`u${slot}`, at(1), at(2)] }] as const;
    }),
  );
  return new Map([["ships", ships]]);
}

export function measureClient(): ClientCost {
  const game = benchGames.find(({ name }) => name === "bench-crowd") as RealtimeGame;
  const link = { send() {}, ask() {} };
  const session = new RealtimeSession({ roomId: "r", game, link, batch: 1 });
  const stepMs = 1_000 / game.hz;
  let now = 0;
  session.connected(now);
  session.sync(now, {
    ...{ room_id: "r", epoch: 1, tick: 0, you: "u0", ack: 0, hz: game.hz, send_every: 1, reason: "joined" },
    ...{ form: "columns", state: columnsOfView(game.state, viewAt(0)) },
  });
  const frames = Array.from({ length: WARM_UP + FRAMES }, (_, at) => {
    const set = columnsDelta(diffViews(game.state, viewAt(at), viewAt(at + 1))).set as ColumnsForm;
    const head = { room_id: "r", epoch: 1, tick: at + 1, base: at, ack: at + 1, lead: 1, saved: at + 1 };
    return JSON.stringify({ ...head, set });
  });
  let startedAt = 0;
  for (const [at, text] of frames.entries()) {
    if (at === WARM_UP) startedAt = performance.now();
    now += stepMs;
    session.frame(now, JSON.parse(text));
    session.input({ x: 1, y: 0 });
    session.advance(now);
    session.scene(now);
  }
  return { entities: ENTITIES, microseconds: ((performance.now() - startedAt) / FRAMES) * 1_000 };
}
