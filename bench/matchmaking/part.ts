/** Matchmaking: pairing of a waiting queue, how it grows, and the time from the second ticket to `match_found` on both stores. */
import { startRedis } from "../../test/support/redis.ts";
import type { Part } from "../parts/part.ts";
import { heard, start, stop } from "../support/processes.ts";
import type { ServerReply } from "../support/usage.ts";
import { measureLatency } from "./latency.ts";
import type { PairingFigure } from "./pairing.ts";

const PAIRING_LIMIT_MS = 90_000;
const START_LIMIT_MS = 20_000;

export const matchmaking: Part = {
  name: "matchmaking",
  summary: "pairing of 1,000, 10,000 and 100,000 tickets that wait; from the second ticket to match_found",
  async run({ quick }, add) {
    const figures = await measurePairing();
    for (const [at, { queue, tickets, look, all }] of figures.entries()) {
      const smaller = figures[at - 1]?.queue === queue ? figures[at - 1] : undefined;
      const measured = [
        { what: "a look", cost: look, before: smaller?.look },
        { what: "all at once", cost: all, before: smaller?.all },
      ];
      for (const { what, cost, before } of measured)
        add({
          part: "matchmaking",
          what: `${queue}, ${tickets} tickets, ${what}`,
          muster: cost.cpuMs,
          unit: "ms CPU",
          note: [
            `${cost.matches} matches in ${cost.ms.toFixed(1)} ms`,
            ...(before === undefined ? [] : [`×${(cost.cpuMs / before.cpuMs).toFixed(1)} for ×10 tickets`]),
          ].join("; "),
        });
    }
    const matches = quick ? 50 : 300;
    const show = (store: string, took: readonly number[]) => {
      const sorted = took.toSorted((a, b) => a - b);
      for (const percent of [50, 99])
        add({
          part: "matchmaking",
          what: `second ticket to match_found, ${store}`,
          muster: sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0,
          unit: `ms p${percent}`,
          note: `${sorted.length} matches`,
        });
    };
    show("embedded", await latencies(matches));
    const redis = await startRedis({ appendOnly: "always" });
    try {
      show("Redis, fsync always", await latencies(matches, redis.url));
    } finally {
      await redis.close();
    }
  },
};

async function measurePairing(): Promise<PairingFigure[]> {
  const child = start(new URL("./pairing.ts", import.meta.url), "server", {});
  const figures: PairingFigure[] = [];
  child.on("message", (message: { figure?: PairingFigure }) => {
    if (message.figure) figures.push(message.figure);
  });
  try {
    await heard(child, PAIRING_LIMIT_MS, (message: { done?: true }) => message.done);
    return figures;
  } finally {
    child.kill();
  }
}

/** @param redisUrl left out: the embedded store */
async function latencies(matches: number, redisUrl?: string): Promise<number[]> {
  const env = redisUrl === undefined ? {} : { BENCH_REDIS: redisUrl };
  const server = start(new URL("./server.ts", import.meta.url), "server", env);
  try {
    const { ready } = await heard(server, START_LIMIT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    return await measureLatency(ready.url, matches);
  } finally {
    await stop(server);
  }
}
