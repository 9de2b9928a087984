/** The load process: all players, each at 10 Hz; a few of them read what they get and measure how late it is. */
import { createSecretKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import type { Delivery, LoadOptions, LoadReply } from "./messages.ts";
import { Player } from "./player.ts";

const OBSERVERS = 25;
const CONNECT_AT_ONCE = 50;
/** Movements are spread over slots of this length. */
const SLOT_MS = 5;
/** Movements of a player that can be under way and still be measured. */
const REMEMBERED = 128;

const options: LoadOptions = JSON.parse(process.env.BENCH_LOAD ?? "{}");
const key = createSecretKey(Buffer.from(process.env.BENCH_SECRET ?? ""));
const reply = (message: LoadReply) => process.send?.(message);

const sentAt = new Float64Array(options.players * REMEMBERED);
const latencies: number[] = [];
let measuring = false;
let frames = 0;
let bytes = 0;
let corrections = 0;

function observe(user: string, seq: number): void {
  latencies.push(performance.now() - (sentAt[Number(user) * REMEMBERED + (seq % REMEMBERED)] ?? 0));
}

type Frame =
  | ["world_tick", { readonly moved: readonly [string, number, number, number?][] }]
  | ["player_movement", { readonly user_id: string; readonly seq: number }]
  | ["position_correction", unknown];

function readFrame(data: Buffer): void {
  const text = data.toString();
  const [event, payload] = JSON.parse(text.slice(text.indexOf("["))) as Frame;
  if (event === "world_tick")
    for (const [user, , , seq] of payload.moved) {
      // A position is told again when its player has come to rest.
      if (seq !== undefined) observe(user, seq);
    }
  else if (event === "player_movement") observe(payload.user_id, payload.seq);
  else corrections++;
}

async function connectAll(): Promise<Player[]> {
  const players: Player[] = [];
  const issuedAt = Math.floor(Date.now() / 1_000);
  for (let at = 0; at < options.players; at++) {
    const id = String(at);
    const observes = at < OBSERVERS;
    const worker = at % options.urls.length;
    const turn = options.spread === "apart" ? at : Math.floor(at / options.urls.length);
    const player = new Player({
      kind: options.kind,
      url: options.urls[worker] ?? "",
      zone: `zone-${turn % options.zones}`,
      id,
      token: mintToken(key, { algorithms: ["HS256"] }, { userId: id, issuedAt, ttlMs: 3_600_000 }),
      onFrame(data) {
        if (!measuring) return;
        frames++;
        bytes += data.length;
        if (observes) readFrame(data);
      },
    });
    players.push(player);
    if (players.length % CONNECT_AT_ONCE === 0) await player.entered;
  }
  await Promise.all(players.map((player) => player.entered));
  return players;
}

/** Moves all players in turn, evenly over the time between two movements of one, until aborted. */
async function walk(players: readonly Player[], signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  let moved = 0;
  while (!signal.aborted) {
    const due = ((performance.now() - startedAt) / options.moveEveryMs) * players.length;
    for (; moved < due; moved++) {
      const at = moved % players.length;
      const seq = players[at]?.move() ?? 0;
      sentAt[at * REMEMBERED + (seq % REMEMBERED)] = performance.now();
    }
    await wait(SLOT_MS);
  }
}

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY;

async function run(): Promise<Delivery> {
  const players = await connectAll();
  const stop = new AbortController();
  const walking = walk(players, stop.signal);
  await wait(options.warmUpMs);
  reply({ phase: "measuring" });
  const before = { at: performance.now(), cpu: process.cpuUsage() };
  measuring = true;
  await wait(options.measureMs);
  measuring = false;
  const seconds = (performance.now() - before.at) / 1_000;
  const cpu = process.cpuUsage(before.cpu);
  stop.abort();
  await walking;
  for (const player of players) player.close();
  latencies.sort((a, b) => a - b);
  return {
    framesPerSecond: frames / seconds,
    bytesPerSecond: bytes / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    samples: latencies.length,
    corrections,
    loadCpu: (cpu.user + cpu.system) / 1e6 / seconds,
  };
}

// A parent that is gone leaves nothing behind.
process.on("disconnect", () => process.exit(1));
try {
  reply({ delivery: await run() });
} catch (err) {
  reply({ failed: String(err) });
}
