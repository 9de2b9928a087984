/** Row 43g: a worker that steps more rooms than it can, beside one that has room. */
import { setTimeout as delay } from "node:timers/promises";
import { enter, type Player, served } from "../abuse/player.ts";
import { checkEffects } from "../effects.ts";
import { ms } from "../figures.ts";
import type { Row } from "../row.ts";
import { openStage } from "../stage.ts";

const ROOMS_A_USER = 20;
/** Rooms that are begun at a time, and the pause after each time: those that are there show whether more are needed. */
const AT_ONCE = 10;
const PAUSE_MS = 700;
const SURE_MS = 3_000;
const MOST_ROOMS = 600;
/** With hand-overs of a quarter of the rooms at a time, ten seconds apart. */
const RELIEVED_WITHIN_MS = 60_000;
const NOTICED_WITHIN_MS = 10_000;
const LATE_SHARE = 0.1;
const BOTS = 15;

interface Figures {
  readonly rooms: number;
  readonly steps: number;
  readonly late: number;
  readonly handovers: number;
}

/** Of both workers together. */
async function figuresOf(url: string): Promise<Figures> {
  const text = await (await fetch(`${url}/metrics`, { headers: { connection: "close" } })).text();
  const read = (name: string) =>
    Number(new RegExp(`^muster_realtime_${name}(?:\\{[^}]*\\})? (\\S+)`, "m").exec(text)?.[1] ?? 0);
  return {
    rooms: read("rooms"),
    steps: read("steps_total"),
    late: read("late_steps_total") + read("skipped_steps_total"),
    handovers: read("handovers_total"),
  };
}

/** The share of late steps over some time. */
async function lateShareOf(url: string, overMs: number): Promise<number> {
  const before = await figuresOf(url);
  await delay(overMs);
  const after = await figuresOf(url);
  return (after.late - before.late) / Math.max(1, after.steps - before.steps);
}

export const overloadedRooms: Row = {
  id: "43g",
  title: "a worker steps more rooms than it can",
  tried: `rooms of ${BOTS} bots begun at one of two workers until it is late`,
  group: "realtime",
  mustHold: `rooms go to the other worker within ${NOTICED_WITHIN_MS / 1_000} s, no room is lost, late steps below a tenth within a minute, or both workers full`,
  async run({ progress }) {
    const stage = await openStage({
      appendFsync: "everysec",
      env: {
        LIMITS_REALTIME_ROOMS: "1000",
        LIMITS_REALTIME_LATE_SHARE: String(LATE_SHARE),
        // Rooms are to come to one worker until it is late.
        LIMITS_REALTIME_BEGIN_ELSEWHERE: "1",
        LOAD_LATE: "0",
        OVERLOAD_DELAY: "0",
      },
    });
    const players: Player[] = [];
    const problems: string[] = [];
    try {
      const busy = stage.workers[0]?.url ?? "";
      let rooms = 0;
      let late = 0;
      while (late <= LATE_SHARE && rooms < MOST_ROOMS && (await figuresOf(busy)).handovers === 0) {
        for (let i = 0; i < AT_ONCE; i++, rooms++) {
          if (rooms % ROOMS_A_USER === 0)
            players.push(await enter(busy, "/ws/game", stage.token(`crowd-${players.length}`)));
          const player = players.at(-1);
          if (player === undefined) break;
          const made = await served(player, "room:create", {
            game: "arena",
            options: { bots: BOTS, seconds: 600, target: 100 },
          });
          await served(player, "room:start", { room_id: (made.room as { room_id: string }).room_id });
        }
        late = await lateShareOf(busy, PAUSE_MS);
        // One pause of the machine is no overload.
        if (late > LATE_SHARE) late = await lateShareOf(busy, SURE_MS);
      }
      progress(`${rooms} rooms: ${(late * 100).toFixed(0)} % of their steps are late`);
      const since = performance.now();
      let handedAfterMs: number | undefined;
      let relievedAfterMs: number | undefined;
      while (performance.now() - since < RELIEVED_WITHIN_MS) {
        if (handedAfterMs === undefined && (await figuresOf(busy)).handovers > 0)
          handedAfterMs = performance.now() - since;
        late = await lateShareOf(busy, 1_000);
        if (handedAfterMs !== undefined && late <= LATE_SHARE) {
          relievedAfterMs = performance.now() - since;
          break;
        }
      }
      const then = await figuresOf(busy);
      if (then.rooms !== rooms) problems.push(`${then.rooms} of ${rooms} rooms are stepped`);
      if (handedAfterMs === undefined || handedAfterMs > NOTICED_WITHIN_MS)
        problems.push("no room was handed over in time");
      if (relievedAfterMs === undefined)
        problems.push(`${(late * 100).toFixed(0)} % of the steps are still late`);
      const told = [
        `${rooms} rooms`,
        `first hand-over after ${handedAfterMs === undefined ? "never" : ms(handedAfterMs)}`,
        `not late any more after ${relievedAfterMs === undefined ? "never" : ms(relievedAfterMs)}`,
        `${then.handovers} rooms handed over, then ${(late * 100).toFixed(1)} % late`,
      ];
      return { verdict: checkEffects([]), figures: told.join(", "), problems };
    } finally {
      for (const { ws } of players) ws.terminate();
      await stage.close();
    }
  },
};
