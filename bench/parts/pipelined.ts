import { startRedis } from "../../test/support/redis.ts";
import type { PipelinedWork } from "../support/messages.ts";
import { median, type Row, shown } from "../support/report.ts";
import type { Run, Side, SideOptions } from "../support/side.ts";
import { type Budget, type Part, withSides } from "./part.ts";

const OUTSTANDING = 64;
/** Private messages come last: they are delivered after they are acknowledged. */
const WORKS = ["publish", "global", "named", "private"] as const satisfies readonly PipelinedWork[];
const TITLES = {
  publish: "publish",
  global: "chat in global",
  named: "chat in a named channel",
  private: "private chat",
} as const;
/** Of bare Socket.IO, which stores nothing. */
const BESIDE = "echo" satisfies PipelinedWork;

const perCpu = ({ done, cpu }: Run) => done / cpu;
const perSecond = ({ done, seconds }: Run) => done / seconds;

async function measure(bare: Side, muster: Side, store: string, budget: Budget, add: (row: Row) => void) {
  const seconds = budget.quick ? budget.seconds / 2 : budget.seconds;
  const run = (side: Side, work: PipelinedWork, length = seconds) =>
    side.run({ task: "pipelined", work, seconds: length, outstanding: OUTSTANDING });
  await run(bare, BESIDE, budget.seconds);
  for (const work of WORKS) {
    // Both in turn, so that what else the machine does meets both alike.
    const runs = { bare: [] as Run[], muster: [] as Run[] };
    await run(muster, work, budget.seconds);
    for (let round = 0; round < budget.rounds; round++) {
      runs.bare.push(await run(bare, BESIDE));
      runs.muster.push(await run(muster, work));
    }
    const refused = runs.muster.reduce((sum, { refused }) => sum + refused, 0);
    const of = (side: keyof typeof runs, rate: (run: Run) => number) => median(runs[side].map(rate));
    add({
      part: "pipelined",
      what: `${TITLES[work]}, ${store}`,
      bare: of("bare", perCpu),
      muster: of("muster", perCpu),
      unit: "acks/CPU s",
      ratio: median(runs.muster.map((one, at) => perCpu(one) / perCpu(runs.bare[at] ?? one))),
      note: `${shown(of("bare", perSecond))} and ${shown(of("muster", perSecond))} acks/s; bare's are echoes${refused > 0 ? `; ${refused} REFUSED` : ""}`,
    });
  }
}

export const pipelined: Part = {
  name: "pipelined",
  summary: `one connection with ${OUTSTANDING} commands under way, each stored, beside echoes of bare Socket.IO`,
  async run(budget, add) {
    const both = (store: string, muster: Omit<SideOptions, "kind">) =>
      withSides([{ kind: "bare" }, { kind: "muster", ...muster }], async (bare, ours) => {
        if (bare && ours) await measure(bare, ours, store, budget, add);
      });
    await both("embedded", {});
    const redis = await startRedis({ appendOnly: "always" });
    try {
      await both("Redis, fsync always", { redisUrl: redis.url });
    } finally {
      await redis.close();
    }
  },
};
