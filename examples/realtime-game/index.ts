// A race of two, with its server, in one file. Run it: `node --import=tsx examples/realtime-game/index.ts`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMuster } from "../../client/index.ts";
import {
  axis,
  createApp,
  createLog,
  defineRealtime,
  entities,
  fixed,
  type GameResult,
  loadConfig,
  player,
  type UserId,
} from "../../server/index.ts";

const FINISH = 10;

export const race = defineRealtime({
  name: "race",
  players: { min: 1, max: 8 },
  hz: 30,
  // What a player sends for each step.
  input: { throttle: axis() },
  // What the state holds, and how exactly: `x` in steps of 1/64, on the server and in the client alike.
  state: { cars: entities({ owner: player(), x: fixed(1 / 64), speed: fixed(1 / 64) }) },
  setup: (players) => ({
    cars: new Map(players.map((owner, at) => [`car${at}`, { owner, x: 0, speed: 0 }])),
  }),
  // One input moves one car. The client runs the same function at once, so that driving feels immediate.
  move(car, { throttle }, dt) {
    car.speed += throttle * 8 * dt;
    car.x += car.speed * dt;
  },
  // Once per tick on the server, after all moves: what cars do to one another.
  step({ cars }, _inputs, { emit }) {
    for (const [id, car] of cars) if (car.x >= FINISH) emit({ type: "finished", car: id });
  },
  result({ cars }) {
    const [first] = [...cars.values()].filter(({ x }) => x >= FINISH);
    return first?.owner ? { winners: [first.owner as UserId], reason: "finished" } : undefined;
  },
});

const folder = mkdtempSync(join(tmpdir(), "race-"));
const { config } = loadConfig({ env: { AUTH_MODE: "dev", WEBSOCKET_PORT: "0", DATA_DIR: folder } });
const app = await createApp(config, {
  log: createLog({ ...config.log, level: "silent" }),
  realtimeGames: [race],
});
const { url } = await app.listen();

const [ann, bob] = ["ann", "bob"].map((user_id) => connectMuster({ url, auth: { user_id } }));
if (!ann || !bob) throw new Error("two players");
const { room } = await ann.in("/game").call("room:create", { game: "race" });
await bob.in("/game").call("room:join", { room_id: room.room_id });
const ended = new Promise<readonly string[]>((resolve) =>
  ann.in("/game").on("game_ended", ({ result }) => resolve((result as GameResult).winners)),
);
const [anns, bobs] = [ann, bob].map((muster) => muster.realtime(room.room_id, race));
await ann.in("/game").call("room:start", { room_id: room.room_id });
anns?.input({ throttle: 1 });
bobs?.input({ throttle: 0.25 });

console.log("the winner is", ...(await ended));
for (const muster of [ann, bob]) muster.close();
await app.close();
rmSync(folder, { recursive: true });
