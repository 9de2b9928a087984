/** `npm run bench -- game`: actions per second of CPU, on both stores, alone and racing. */
import { startRedis } from "../../test/support/redis.ts";
import type { Part } from "../parts/part.ts";
import type { Row } from "../support/report.ts";
import { benchGameActions, type GameBenchOptions } from "./index.ts";

export const game: Part = {
  name: "game",
  summary:
    "actions of dash-dice through compare-and-set, on both stores; the CPU is the server process's alone",
  async run({ seconds }, add) {
    const measure = async (store: string, options: GameBenchOptions) => {
      for (const [what, races] of [
        ["200 rooms", { rooms: 200 }],
        ["50 rooms, 4 actions race in each", { rooms: 50, atOnce: 4 }],
      ] as const)
        add(row(`${store}, ${what}`, await benchGameActions({ ...options, ...races, seconds })));
    };
    await measure("embedded", {});
    const redis = await startRedis({ appendOnly: "always" });
    try {
      await measure("Redis, fsync always", { redisUrl: redis.url });
    } finally {
      await redis.close();
    }
  },
};

function row(what: string, result: Awaited<ReturnType<typeof benchGameActions>>): Row {
  const perSecond = (result.actions / result.seconds).toFixed(0);
  const refused = result.refused > 0 ? `; ${result.refused} REFUSED` : "";
  return {
    part: "game",
    what,
    muster: result.perCpuSecond,
    unit: "actions/CPU s",
    note: `${perSecond} a second${refused}`,
  };
}
