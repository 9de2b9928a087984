/**
 * Actions of games through compare-and-set: load the room, apply the rules, commit state, entries, log and deadline in one step. In this process, with
 * nothing but the store behind it; the CPU is this process's (of Redis: not Redis's own).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomId, UserId } from "../../core/ids.ts";
import { asId, newId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Services } from "../../core/ports/services.ts";
import { type DashDiceState, dashDice } from "../../games/dash-dice.ts";
import { playMove, startGame } from "../../namespaces/game/play/play.ts";
import { takeSeat } from "../../namespaces/game/play/players.ts";
import { type CommitRoom, createRoomCommit, present } from "../../namespaces/game/rooms/commit.ts";
import { openRoom } from "../../namespaces/game/rooms/rules.ts";
import { createApp } from "../../server/app.ts";
import { loadConfig } from "../../server/config/index.ts";

export interface GameBenchOptions {
  /** Left out: the embedded store, on disk. */
  readonly redisUrl?: string;
  /** Rooms that play at the same time. Default 200. */
  readonly rooms?: number;
  /** Actions under way in each room at the same time; more than one race for the same version. Default 1. */
  readonly atOnce?: number;
  /** Default 2. */
  readonly seconds?: number;
}

export interface GameBenchResult {
  readonly store: "embedded" | "redis";
  readonly actions: number;
  /** Given up after a dozen conflicts, as clients would be told `unavailable`. */
  readonly refused: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly perCpuSecond: number;
}

const WARM_UP_MS = 500;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function benchGameActions(options: GameBenchOptions = {}): Promise<GameBenchResult> {
  const { redisUrl, rooms: count = 200, atOnce = 1, seconds = 2 } = options;
  const folder = await mkdtemp(join(tmpdir(), "muster-bench-game-"));
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WEBSOCKET_HOST: "127.0.0.1",
      WEBSOCKET_PORT: "0",
      DATA_DIR: join(folder, "data"),
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    },
  });
  const app = await createApp(config, { log: quiet, redisPrefix: newId("bench") });
  try {
    const { services } = app;
    const change = createRoomCommit(services, 60_000);
    const rooms = await Promise.all(Array.from({ length: count }, () => openGame(services, change)));
    await play(services, change, rooms, atOnce, WARM_UP_MS);
    const cpuBefore = process.cpuUsage();
    const before = performance.now();
    const done = await play(services, change, rooms, atOnce, seconds * 1_000);
    const cpu = process.cpuUsage(cpuBefore);
    const cpuSeconds = (cpu.user + cpu.system) / 1e6;
    return {
      store: services.store.kind,
      ...done,
      seconds: (performance.now() - before) / 1_000,
      cpuSeconds,
      perCpuSecond: done.actions / cpuSeconds,
    };
  } finally {
    await app.close({ skip: AbortSignal.abort() });
    await rm(folder, { recursive: true, force: true });
  }
}

/** A game of two that nobody wins within the benchmark. */
async function openGame({ random }: Services, change: CommitRoom): Promise<RoomId> {
  const id = newId<RoomId>("r");
  const [owner, other] = ["ann", "bob"].map((name) => ({ userId: asId<UserId>(`${name}-${id}`), name }));
  if (owner === undefined || other === undefined) throw new Error("a game of two needs two");
  await change(id, (_, now) => {
    const wish = { id, game: dashDice, joinCode: null, private: true, options: { target: 10_000 }, now };
    const room = openRoom(wish, owner);
    const seated = takeSeat(room, dashDice, other, { now, random }).room;
    return startGame(present(seated ?? undefined), dashDice, { now, random });
  });
  return id;
}

async function play(
  { random }: Services,
  change: CommitRoom,
  rooms: readonly RoomId[],
  atOnce: number,
  forMs: number,
): Promise<{ actions: number; refused: number }> {
  const until = performance.now() + forMs;
  let actions = 0;
  let refused = 0;
  const loop = async (id: RoomId) => {
    while (performance.now() < until) {
      try {
        await change(id, (current, now) => {
          const room = present(current);
          const state = room.play?.state as DashDiceState;
          const action = state.turn_points >= 20 ? "bank" : "roll";
          return playMove(room, dashDice, state.turn, { action, args: {} }, { now, random });
        });
        actions++;
      } catch {
        refused++;
      }
    }
  };
  await Promise.all(rooms.flatMap((id) => Array.from({ length: atOnce }, () => loop(id))));
  return { actions, refused };
}
