/** How long it takes a client to get a thousand messages that it missed. */

import { checkEffects } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage } from "../stage.ts";
import { device } from "./once.ts";

const MISSED = 1_000;
const GOAL_MS = 250;

export const resumed: Row = {
  id: "resume",
  title: `a client comes back and has missed ${MISSED} messages`,
  async run({ quick, progress }: RowContext) {
    const figures: string[] = [];
    const problems: string[] = [];
    let incomplete = 0;
    for (const store of ["redis", "embedded"] as const) {
      const stage = await openStage({ store });
      try {
        const url = stage.workers.at(-1)?.url;
        const writer = device(stage, "writer", stage.workers[0]?.url);
        const cursor = await writer.rooms.follow("r", { message() {} });
        for (let at = 0; at < MISSED; at += 50)
          await Promise.all(
            Array.from({ length: 50 }, (_, i) => writer.rooms.publish("r", { text: `${at + i}` })),
          );
        const times: number[] = [];
        for (let at = 0; at < (quick ? 20 : 200); at++) {
          const reader = device(stage, `reader-${at}`, url);
          await reader.in("/").call("unsubscribe", { room: "other" });
          const askedAt = performance.now();
          const answer = await reader.in("/").call("subscribe", { room: "r", since: cursor });
          times.push(performance.now() - askedAt);
          if (answer.recovered !== true || answer.messages?.length !== MISSED) incomplete++;
          reader.close();
        }
        writer.close();
        const p99 = percentile(times, 0.99);
        figures.push(`${store} p50 ${ms(percentile(times, 0.5))}, p99 ${ms(p99)}`);
        if (p99 > GOAL_MS) problems.push(`${store}: p99 ${ms(p99)}, the goal is ${GOAL_MS} ms`);
        progress(figures.at(-1) ?? "");
      } finally {
        await stage.close();
      }
    }
    const verdict = checkEffects([
      { id: "resumes", answers: ["recovered"], effects: incomplete === 0 ? 1 : 0 },
    ]);
    return { verdict, figures: figures.join("; "), problems };
  },
};
