import type { Row } from "../support/report.ts";
import { benchWorld } from "../world/index.ts";
import type { Part } from "./part.ts";

export const world: Part = {
  name: "world",
  summary: "players at 10 Hz in one zone, beside a broadcast of every movement",
  async run({ quick, seconds }, add) {
    await benchWorld({
      players: quick ? [100, 400] : [100, 200, 400, 800, 1_600, 2_500],
      measureMs: seconds * 1_000,
      onRow(row) {
        const shown: Row = {
          part: "world",
          what: `${row.players} players, ${row.server}`,
          muster: row.p99Ms,
          unit: "ms p99",
          client: row.loadCpu,
          growth: { of: "players", at: row.players, line: row.server },
          note: `${row.serverCpu.toFixed(2)} of a core, ${(row.framesPerSecond / 1_000).toFixed(1)}k frames/s`,
        };
        add(shown);
        add({ ...shown, muster: 100 * row.serverCpu, unit: "% of a core" });
      },
    });
  },
};
