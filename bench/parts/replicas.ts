/** What it costs that a replica confirms what is acknowledged: two servers on one primary with a replica, measured in turns. */

import { startRedis } from "../../test/support/redis.ts";
import { ask } from "../../test/support/redis-groups.ts";
import { until } from "../../test/support/until.ts";
import { median, type Row } from "../support/report.ts";
import type { Run, Side } from "../support/side.ts";
import { type Part, withSides } from "./part.ts";

const USERS = 200;
const PACED = 1_000;

const KINDS = ["answered at once", "confirmed by a replica"] as const;

async function compare(
  sides: readonly Side[],
  { what, outstanding, perSecond }: { what: string; outstanding: number; perSecond?: number },
  { rounds, seconds }: { rounds: number; seconds: number },
  add: (row: Row) => void,
): Promise<void> {
  const runs: Run[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [at, side] of sides.entries())
      runs[at]?.push(
        await side.run({
          task: "chat",
          seconds,
          outstanding,
          ...(perSecond === undefined ? {} : { perSecond }),
        }),
      );
  const [first = []] = runs;
  const rateOf = ({ done, seconds: lasted }: Run) => done / lasted;
  for (const [at, of] of runs.entries()) {
    const middle = (value: (run: Run) => number) => median(of.map(value)).toFixed(1);
    const refused = of.reduce((sum, run) => sum + run.refused, 0);
    const perCpu = (run: Run) => run.done / run.cpu;
    add({
      part: "replicas",
      what: `${what}, ${KINDS[at]}`,
      muster: median(of.map(rateOf)),
      unit: "acks/s",
      note: `${Math.round(median(of.map(perCpu)))} per CPU second, × ${median(of.map((run, i) => rateOf(run) / rateOf(first[i] ?? run))).toFixed(2)}; p50 ${middle((run) => run.p50Ms)}, p99 ${middle((run) => run.p99Ms)} ms${refused > 0 ? `; ${refused} REFUSED` : ""}`,
    });
  }
}

export const replicas: Part = {
  name: "replicas",
  summary: "durable chat messages, with and without a replica on the same machine that confirms each",
  async run(budget, add) {
    const primary = await startRedis({ appendOnly: "always", args: ["--repl-diskless-sync-delay", "0"] });
    const follows = ["--replicaof", "127.0.0.1", String(primary.port)];
    const replica = await startRedis({ appendOnly: "always", args: follows });
    try {
      await until("the replica follows", async () =>
        String(await ask(replica, "INFO", "replication")).includes("master_link_status:up"),
      );
      const one = { kind: "muster", redisUrl: primary.url } as const;
      await withSides(
        [
          { ...one, redisPrefix: "alone" },
          { ...one, redisPrefix: "confirmed", replicasConfirm: 1 },
        ],
        async (...sides) => {
          for (const side of sides) {
            await side.run({
              task: "connect",
              count: USERS,
              namespaces: ["/chat"],
              atOnce: 20,
              guildSize: 2,
            });
            await side.run({ task: "chat", seconds: 1, outstanding: 2 });
          }
          await compare(sides, { what: "saturated", outstanding: 2 }, budget, add);
          const paced = { what: `${PACED}/s asked`, outstanding: 1, perSecond: PACED };
          await compare(sides, paced, budget, add);
        },
      );
    } finally {
      await replica.close();
      await primary.close();
    }
  },
};
