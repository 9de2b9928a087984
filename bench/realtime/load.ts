/** The load process: all players, each with an input per tick; every frame's age is measured. */
import { createSecretKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import { FrameAges, type Mover, playUntil } from "./ages.ts";
import { openColyseus } from "./colyseus.ts";
import { HZ, type RealtimeLoadOptions, type RealtimeLoadReply, ROOM_SIZE } from "./messages.ts";
import { RealtimeBenchPlayer } from "./player.ts";

const options: RealtimeLoadOptions = JSON.parse(process.env.BENCH_LOAD ?? "{}");
const key = createSecretKey(Buffer.from(process.env.BENCH_SECRET ?? ""));
const reply = (message: RealtimeLoadReply) => process.send?.(message);
const hz = HZ[options.scene];
const ages = new FrameAges(1_000 / hz);
const size = options.scene === "rooms" ? ROOM_SIZE : options.players;
let firstError = "";

function open(at: number, room: number): RealtimeBenchPlayer {
  const claims = { userId: `u${at}`, issuedAt: Math.floor(Date.now() / 1_000), ttlMs: 3_600_000 };
  const { url, plain = false, form = "columns", batch = 1 } = options;
  return new RealtimeBenchPlayer({
    ...{ url, plain, form, batch },
    token: mintToken(key, { algorithms: ["HS256"] }, claims),
    onFrame: (tick, bytes) => ages.frame(room, tick, bytes),
    onError(text) {
      firstError ||= text;
      ages.refused++;
    },
  });
}

/** Colyseus makes rooms as players come, and fills one before the next. */
async function connectColyseus(peer: string): Promise<Mover[]> {
  const open = await openColyseus(peer, options);
  const all: Mover[] = [];
  while (all.length < options.players) {
    const room = Math.floor(all.length / size);
    const player = open(room, (tick, bytes) => ages.frame(room, tick, bytes));
    await player.connected;
    all.push(player);
  }
  return all;
}

async function connectMuster(): Promise<Mover[]> {
  const all: RealtimeBenchPlayer[] = [];
  for (let room = 0; all.length < options.players; room++) {
    const count = Math.min(size, options.players - all.length);
    const players = Array.from({ length: count }, (_, at) => open(all.length + at, room));
    await Promise.all(players.map(({ connected }) => connected));
    const [owner, ...others] = players;
    if (owner === undefined) break;
    const { form = "columns" } = options;
    const create = { game: `bench-${options.scene}`, max_players: size, form };
    const room_id = await owner.call("room:create", create);
    for (const player of others) await player.call("room:join", { room_id, form });
    for (const player of players) player.roomId = room_id;
    await owner.call("room:start", { room_id });
    all.push(...players);
  }
  return all;
}

process.on("disconnect", () => process.exit(1));
try {
  const { peer } = options;
  const players = await (peer === undefined ? connectMuster() : connectColyseus(peer));
  const stop = new AbortController();
  const playing = playUntil(players, hz, stop.signal);
  await wait(options.warmUpMs);
  reply({ phase: "measuring" });
  ages.start();
  await wait(options.measureMs);
  const frames = ages.stop();
  stop.abort();
  await playing;
  for (const player of players) player.close();
  if (firstError) console.error(`the first of ${frames.refused} errors: ${firstError}`);
  reply({ frames });
} catch (err) {
  reply({ failed: String(err) });
}
