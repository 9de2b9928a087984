/** Rooms that are played over real connections while something breaks, and what came of them. */
import { setTimeout as delay } from "node:timers/promises";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { arena } from "../../games/arena.ts";
import type { Draws } from "../random.ts";
import { until } from "../waiting.ts";
import { checkRoom, type RoomFindings } from "./check.ts";
import { Player } from "./player.ts";

const game: RealtimeGame = arena;
const HZ = game.hz;
/** Of one game in seconds: it ends by its clock, so that there is a result. */
const GAME_S = 20;
const BREAK_AFTER_MS = 3_500;
const STEER_EVERY_MS = 250;
const TAKEN_WITHIN_MS = 8_000;
const OVER_WITHIN_MS = 40_000;

export interface Playing {
  /** Of each worker. */
  readonly urls: readonly string[];
  readonly rooms: number;
  readonly draws: Draws;
  token(user: string): string;
  /** Breaks something, and mends it. */
  during(): Promise<void>;
  progress(text: string): void;
  /** Whether the players of this worker keep their connection. */
  stays(worker: number): boolean;
}

export interface Played {
  readonly ticks: number;
  readonly agreed: number;
  readonly undone: number;
  readonly proved: number;
  readonly inputs: number;
  /** The longest time without a frame of a player who stayed, of each room, in milliseconds. */
  readonly gapsMs: readonly number[];
  /** Of each player: the longest time between two frames of one connection, and of all. */
  readonly longestMs: readonly { readonly here: number; readonly all: number }[];
  readonly problems: readonly string[];
}

interface Room {
  readonly id: string;
  readonly players: readonly Player[];
}

/** Half of the rooms begin at the first worker, which then steps them; each has a player at every worker. */
async function open({ urls, token }: Playing, at: number): Promise<Room> {
  const from = at % urls.length;
  const players = urls.map((_, worker) => {
    const home = (from + worker) % urls.length;
    return new Player({
      user: `r${at}-p${worker}`,
      token: token(`r${at}-p${worker}`),
      game,
      plain: (at + worker) % 2 === 0,
      urls: [...urls.slice(home), ...urls.slice(0, home)],
    });
  });
  await Promise.all(players.map((player) => player.connect()));
  const [owner, ...others] = players;
  if (owner === undefined) throw new Error("there is no worker");
  const { room } = await owner.call("room:create", {
    game: "arena",
    options: { bots: 2, seconds: GAME_S, target: 100 },
  });
  const id = room?.room_id ?? "";
  for (const player of players) player.play(id);
  await Promise.all(others.map((player) => player.call("room:join", { room_id: id, form: "columns" })));
  await owner.call("room:start", { room_id: id });
  return { id, players };
}

async function journalOf(player: Player, room_id: string): Promise<unknown[]> {
  const journal: unknown[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page = (await player.call("match:replay", { room_id, cursor, limit: 200 })) as {
      journal?: unknown[];
      cursor?: number;
    };
    journal.push(...(page.journal ?? []));
    cursor = page.cursor;
    await delay(120);
  }
  return journal;
}

/** A checker that finds nothing in a forged journal is blind. */
function isBlind(journal: readonly unknown[], told: Parameters<typeof checkRoom>[2]): boolean {
  const forged: unknown[] = JSON.parse(
    JSON.stringify(journal).replace(/"in":\[\[(\d+),(\d+),\[-?[\d.]+,/, '"in":[[$1,$2,[0.123,'),
  );
  return checkRoom(game, forged, told).problems.length === 0;
}

export async function playRooms(playing: Playing): Promise<Played> {
  const { urls, rooms: count, draws, during, progress, stays } = playing;
  const rooms = await Promise.all(Array.from({ length: count }, (_, at) => open(playing, at)));
  const players = rooms.flatMap((room) => room.players);
  const problems: string[] = [];
  const steering = setInterval(() => {
    for (const player of players)
      player.steer({
        x: draws.below(3) - 1,
        y: draws.below(3) - 1,
        aim: draws.below(628) / 100,
        fire: draws.below(4) === 0,
      });
  }, STEER_EVERY_MS);
  try {
    await until("all rooms run", () => players.every(({ recorder }) => recorder.frames > HZ), 15_000);
    await delay(BREAK_AFTER_MS);
    for (const { recorder } of players) recorder.watchGap();
    progress("breaking");
    await during();
    await delay(1_500);
    const stayed = rooms.map((room, at) =>
      room.players.filter((_, worker) => stays(((at % urls.length) + worker) % urls.length)),
    );
    const gapsMs = stayed.map((some) => Math.max(0, ...some.map(({ recorder }) => recorder.longestMs)));
    const longestMs = players.map(({ recorder }) => ({
      here: recorder.longestHereMs,
      all: recorder.longestMs,
    }));
    for (const player of players) player.stopSending();
    for (const player of stayed.flat())
      await until(
        "all inputs are consumed",
        () => player.recorder.view.ack + player.recorder.lostInputs >= player.sent,
        TAKEN_WITHIN_MS,
      ).catch(() =>
        problems.push(`${player.user}: ${player.recorder.view.ack} of ${player.sent} inputs were consumed`),
      );
    for (const { user, recorder } of stayed.flat())
      if (recorder.lostInputs > 0) problems.push(`${user}: ${recorder.lostInputs} inputs were told as lost`);
    const findings: RoomFindings[] = [];
    let isChecked = false;
    for (const room of rooms) {
      await until("the game is over", () => room.players.some(({ isOver }) => isOver), OVER_WITHIN_MS);
      const player = room.players.find(({ isOver }) => isOver);
      const journal = player === undefined ? [] : await journalOf(player, room.id);
      const told = room.players.map(({ recorder }) => recorder.told);
      findings.push(checkRoom(game, journal, told));
      if (!isChecked && isBlind(journal, told))
        problems.push("the checker is blind: a forged input was not found");
      isChecked = true;
    }
    for (const [at, { problems: found }] of findings.entries())
      problems.push(...found.map((text) => `room ${at}: ${text}`));
    for (const { user, recorder } of players)
      problems.push(...recorder.problems.map((text) => `${user}: ${text}`));
    const sum = (of: (one: RoomFindings) => number) => findings.reduce((all, one) => all + of(one), 0);
    return {
      ticks: sum(({ ticks }) => ticks),
      agreed: sum(({ agreed }) => agreed),
      undone: sum(({ undone }) => undone),
      proved: sum(({ proved }) => proved),
      inputs: players.reduce((all, { sent }) => all + sent, 0),
      gapsMs,
      longestMs,
      problems,
    };
  } finally {
    clearInterval(steering);
    for (const player of players) player.close();
  }
}
