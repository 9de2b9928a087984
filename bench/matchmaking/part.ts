/** Matchmaking: pairing of a waiting queue, how it grows, and the time from the second ticket to `match_found`. */
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
    for (const { queue, tickets, look, all } of await measurePairing())
      add({
        part: "matchmaking",
        what: `${queue}, ${tickets} tickets`,
        muster: look.cpuMs,
        unit: "ms CPU a look",
        note: `${look.ms.toFixed(0)} ms of time; all ${all.matches} matches at once: ${all.cpuMs.toFixed(0)} ms CPU`,
      });
    const took = (await latencies(quick ? 50 : 300)).toSorted((a, b) => a - b);
    for (const percent of [50, 99])
      add({
        part: "matchmaking",
        what: "second ticket to match_found",
        muster: took[Math.min(took.length - 1, Math.floor((took.length * percent) / 100))] ?? 0,
        unit: `ms p${percent}`,
        note: `${took.length} matches, embedded store`,
      });
  },
};

export async function measurePairing(): Promise<PairingFigure[]> {
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

async function latencies(matches: number): Promise<number[]> {
  const server = start(new URL("./server.ts", import.meta.url), "server", {});
  try {
    const { ready } = await heard(server, START_LIMIT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    return await measureLatency(ready.url, matches);
  } finally {
    await stop(server);
  }
}
