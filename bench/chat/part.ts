/** Durable chat delivered to 10, 100 and 1,000 members, on both stores, beside a relay that stores nothing; and how it grows. */
import { startRedis } from "../../test/support/redis.ts";
import type { Part } from "../parts/part.ts";
import type { Row } from "../support/report.ts";
import { benchChat, type ChatBenchRow } from "./index.ts";

const MEMBERS = [10, 100, 1_000] as const;

const perCpu = ({ delivered, cpu }: ChatBenchRow) => delivered / cpu;
const acks = ({ acknowledged, cpu }: ChatBenchRow) => acknowledged / cpu;

/** @param least microseconds of CPU for a message to the fewest members */
function rowsOf(
  store: string,
  members: number,
  bare: ChatBenchRow,
  muster: ChatBenchRow,
  least: number,
): Row[] {
  const what = `${store}, ${members} members`;
  const refused = muster.refused > 0 ? `; ${muster.refused} REFUSED` : "";
  const microsEach = (1e6 * muster.cpu) / muster.delivered;
  return [
    {
      part: "chat-fanout",
      what,
      bare: perCpu(bare),
      muster: perCpu(muster),
      unit: "deliveries/CPU s",
      ratio: perCpu(muster) / perCpu(bare),
      note: `${microsEach.toFixed(1)} µs of CPU each; a message ${((microsEach * members) / least).toFixed(1)} × that to ${MEMBERS[0]}${refused}`,
    },
    {
      part: "chat-fanout",
      what,
      bare: acks(bare),
      muster: acks(muster),
      unit: "acks/CPU s",
      ratio: acks(muster) / acks(bare),
      note: `p50 ${muster.p50Ms.toFixed(1)}, p99 ${muster.p99Ms.toFixed(1)} ms; the relay's is not stored`,
    },
  ];
}

export const chatFanout: Part = {
  name: "chat-fanout",
  summary: "durable chat messages delivered to 10, 100, 1,000 members, beside a relay that stores nothing",
  async run({ seconds }, add) {
    const measureMs = seconds * 1_000;
    const first = new Map<string, number>();
    const redis = await startRedis({ appendOnly: "always" });
    try {
      for (const members of MEMBERS) {
        const bare = await benchChat({ kind: "relay", members, measureMs });
        const stores = [
          ["embedded", {}],
          ["Redis, fsync always", { redisUrl: redis.url }],
        ] as const;
        for (const [store, at] of stores) {
          const muster = await benchChat({ kind: "muster", members, measureMs, ...at });
          const least = first.get(store) ?? (1e6 * muster.cpu * members) / muster.delivered;
          first.set(store, least);
          for (const row of rowsOf(store, members, bare, muster, least)) add(row);
        }
      }
    } finally {
      await redis.close();
    }
  },
};
