import { startRedis } from "../../test/support/redis.ts";
import { median } from "../support/report.ts";
import { benchWorld, type WorldBenchRow, type WorldWorkers } from "../world/index.ts";
import type { Part } from "./part.ts";

const PLAYERS = 1_200;

/** What is compared with one worker that has as many zones. */
const SPREADS: readonly (Pick<WorldWorkers, "zones" | "spread"> & { readonly what: string })[] = [
  { what: "two zones, each on a worker of its own", zones: 2, spread: "apart" },
  { what: "two zones, players of both on each worker", zones: 2, spread: "mixed" },
  { what: "one zone, its players on both workers", zones: 1, spread: "mixed" },
];

const framesPerCpuSecond = ({ framesPerSecond, serverCpu }: WorldBenchRow) => framesPerSecond / serverCpu;

export const zones: Part = {
  name: "zones",
  summary: `${PLAYERS} players at 10 Hz on two workers beside one, per CPU second of the workers, on Redis`,
  async run({ quick, seconds }, add) {
    const redis = await startRedis();
    const measure = async (count: number, { zones, spread }: (typeof SPREADS)[number]) => {
      const [row] = await benchWorld({
        players: [PLAYERS],
        servers: ["muster"],
        measureMs: seconds * 1_000,
        workers: { count, redisUrl: redis.url, zones, spread },
      });
      if (!row) throw new Error("nothing was measured");
      return row;
    };
    try {
      for (const setting of SPREADS) {
        const turns: { readonly one: WorldBenchRow; readonly two: WorldBenchRow }[] = [];
        for (let round = 0; round < (quick ? 1 : 3); round++)
          turns.push({ one: await measure(1, setting), two: await measure(2, setting) });
        const one = median(turns.map((turn) => framesPerCpuSecond(turn.one)));
        add({
          part: "zones",
          what: setting.what,
          unit: "frames per CPU second",
          muster: median(turns.map((turn) => framesPerCpuSecond(turn.two))),
          client: Math.max(...turns.flatMap((turn) => [turn.one.loadCpu, turn.two.loadCpu])),
          note: `one worker ${Math.round(one)}; two of one ${median(
            turns.map((turn) => framesPerCpuSecond(turn.two) / framesPerCpuSecond(turn.one)),
          ).toFixed(2)}; p99 ${median(turns.map((turn) => turn.two.p99Ms)).toFixed(0)} ms`,
        });
      }
    } finally {
      await redis.close();
    }
  },
};
