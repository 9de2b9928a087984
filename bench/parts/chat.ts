import { startRedis } from "../../test/support/redis.ts";
import type { Row } from "../support/report.ts";
import type { Side } from "../support/side.ts";
import { type Budget, type Part, withSides } from "./part.ts";

const USERS = 200;
const PACED = 2_000;

async function measure(side: Side | undefined, store: string, { seconds }: Budget, add: (row: Row) => void) {
  if (!side) throw new Error("no server");
  await side.run({ task: "connect", count: USERS, namespaces: ["/chat"], atOnce: 20, guildSize: 2 });
  await side.run({ task: "chat", seconds: 1, outstanding: 2 });
  const full = await side.run({ task: "chat", seconds, outstanding: 2 });
  const note = (run: typeof full) =>
    `p50 ${run.p50Ms.toFixed(1)}, p99 ${run.p99Ms.toFixed(1)} ms${run.refused > 0 ? `; ${run.refused} REFUSED` : ""}`;
  const row = { part: "chat" } as const;
  add({
    ...row,
    what: `${store}, saturated`,
    muster: full.done / full.seconds,
    unit: "acks/s",
    note: note(full),
  });
  add({ ...row, what: `${store}, saturated`, muster: full.done / full.cpu, unit: "acks/CPU s" });
  const paced = await side.run({ task: "chat", seconds, outstanding: 1, perSecond: PACED });
  add({
    ...row,
    what: `${store}, ${PACED}/s asked`,
    muster: paced.done / paced.seconds,
    unit: "acks/s",
    note: note(paced),
  });
}

export const chat: Part = {
  name: "chat",
  summary: "chat messages, acknowledged when they are on disk, told to both members of a channel",
  async run(budget, add) {
    await withSides([{ kind: "muster" }], (side) => measure(side, "embedded", budget, add));
    const redis = await startRedis({ appendOnly: "always" });
    try {
      await withSides([{ kind: "muster", redisUrl: redis.url }], (side) =>
        measure(side, "Redis, fsync always", budget, add),
      );
    } finally {
      await redis.close();
    }
  },
};
