/** Rows 43: real-time rooms whose worker, store or machine fails while they are played. */
import { setTimeout as delay } from "node:timers/promises";
import { startPm2 } from "../../test/support/pm2.ts";
import { startRedis } from "../../test/support/redis.ts";
import { checkEffects } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { clusterAt, openStage, type Stage } from "../stage.ts";
import { overloadedRooms } from "./overloaded.ts";
import { type Played, playRooms } from "./play.ts";

const SECRET = "the secret of the real-time rows, longer than 32 bytes";
const ROOMS = { quick: 2, full: 10 };

/** Two ticks, 67 ms, and what a busy machine adds. */
const TWO_TICKS_MS = 150;

interface RealtimeFault {
  readonly id: string;
  readonly title: string;
  readonly tried: string;
  readonly store?: "embedded";
  /** The longest time that a player who stayed may be without a frame, in milliseconds. */
  readonly maxGapMs: number;
  break(stage: Stage, quick: boolean): Promise<void>;
  stays(worker: number): boolean;
}

const BREAKS: readonly RealtimeFault[] = [
  {
    id: "43",
    title: "the worker that steps rooms is killed",
    tried: "kill -9 of one of two workers",
    maxGapMs: 1_500,
    break: async ({ workers }) => workers[0]?.end("SIGKILL"),
    stays: (worker) => worker === 1,
  },
  {
    id: "43b",
    title: "the worker that steps rooms stands still, and goes on later",
    tried: "SIGSTOP of one of two workers for 4 s",
    maxGapMs: 1_500,
    async break({ workers }) {
      workers[0]?.freeze();
      await delay(4_000);
      workers[0]?.thaw();
    },
    stays: (worker) => worker === 1,
  },
  {
    id: "43c",
    title: "Redis is away for two seconds",
    tried: "SIGSTOP of Redis for 2 s",
    maxGapMs: 1_000,
    async break({ redis }) {
      redis?.freeze();
      await delay(2_000);
      redis?.thaw();
    },
    stays: () => true,
  },
  {
    id: "43d",
    title: "the worker that steps rooms is stopped in order, and started again",
    tried: "SIGTERM of one of two workers, then a start",
    maxGapMs: TWO_TICKS_MS,
    async break({ workers }) {
      await workers[0]?.end("SIGTERM");
      if ((await workers[0]?.log())?.includes("commands under way"))
        throw new Error("the worker stopped with commands under way");
      await workers[0]?.start();
    },
    stays: (worker) => worker === 1,
  },
  {
    id: "43e",
    title: "the only process, with the embedded store, is killed and started again",
    tried: "kill -9 and a start",
    store: "embedded",
    maxGapMs: 10_000,
    async break({ workers }) {
      await workers[0]?.end("SIGKILL");
      await workers[0]?.start();
    },
    stays: () => false,
  },
];

const MUST_HOLD =
  "every frame is the journal's, or of a tick that was not durable; no durable tick lost, acks never go back, no input lost of players who stayed";

function reportOf(played: Played, maxGapMs: number) {
  const { ticks, agreed, undone, proved, inputs, gapsMs } = played;
  const worst = Math.max(0, ...gapsMs);
  const problems = [...played.problems];
  if (worst > maxGapMs) problems.push(`a player who stayed was ${ms(worst)} without a frame`);
  const verdict = checkEffects([
    { id: "frames", answers: ["all"], effects: problems.length === 0 && agreed > 0 ? 1 : 0 },
  ]);
  return {
    verdict,
    figures: `gap p50 ${ms(percentile(gapsMs, 0.5))}, worst ${ms(worst)}; ${inputs} inputs, ${ticks} ticks, ${agreed} frames as the journal has them, ${undone} of ticks that were stepped again, ${proved} hashes agree`,
    problems: problems.slice(0, 8),
  };
}

function rowOf(fault: RealtimeFault): Row {
  const { id, title, tried } = fault;
  return {
    id,
    title,
    tried,
    group: "realtime",
    mustHold: `${MUST_HOLD}; a gap of ${ms(fault.maxGapMs)} at most`,
    async run({ draws, quick, progress }: RowContext) {
      const stage = await openStage({
        ...(fault.store === undefined ? {} : { store: fault.store }),
        env: { DRAIN_TIME: "2s" },
      });
      try {
        const played = await playRooms({
          urls: stage.workers.map(({ url }) => url),
          rooms: quick ? ROOMS.quick : ROOMS.full,
          ...{ draws, progress },
          token: (user) => stage.token(user),
          during: () => fault.break(stage, quick),
          stays: fault.stays,
        });
        return reportOf(played, fault.maxGapMs);
      } finally {
        await stage.close();
      }
    },
  };
}

/** All workers share one port: nobody's player is known to stay, and rooms move while they are reloaded one by one. */
const reloadedRooms: Row = {
  id: "43f",
  title: "pm2 reload of both workers",
  tried: "`pm2 reload` with real PM2",
  group: "realtime",
  mustHold: `${MUST_HOLD}; a gap of ${ms(TWO_TICKS_MS)} at most in a connection`,
  async run({ draws, quick, progress }: RowContext) {
    const redis = await startRedis({ appendOnly: "always" });
    const pm2 = await startPm2({ redisUrl: redis.url, env: { JWT_SECRET: SECRET, RATE_LIMITS_USER: "off" } });
    try {
      const played = await playRooms({
        urls: [pm2.url, pm2.url],
        rooms: quick ? ROOMS.quick : ROOMS.full,
        ...{ draws, progress },
        token: (user) => clusterAt(pm2.url, SECRET).token(user),
        during: () => pm2.reload(),
        stays: () => false,
      });
      const report = reportOf(played, 0);
      const here = played.longestMs.map((gap) => gap.here);
      const all = played.longestMs.map((gap) => gap.all);
      const worst = Math.max(...here);
      return {
        ...report,
        figures: `without a frame while connected p50 ${ms(percentile(here, 0.5))}, worst ${ms(worst)}; with the reconnect p50 ${ms(percentile(all, 0.5))}, worst ${ms(Math.max(...all))}; ${report.figures}`,
        problems:
          worst > TWO_TICKS_MS
            ? [...report.problems, `a player was ${ms(worst)} without a frame while connected`]
            : report.problems,
      };
    } finally {
      await pm2.stop();
      await redis.close();
    }
  },
};

export const realtimeRows: readonly Row[] = [...BREAKS.map(rowOf), reloadedRooms, overloadedRooms];
