/** Row 1: kill -9 of one of two workers, again and again, under acknowledged chat messages. */
import { setTimeout as delay } from "node:timers/promises";
import { converse } from "../conversation.ts";
import { ms, percentile, seconds } from "../figures.ts";
import type { Row } from "../row.ts";
import { openStage } from "../stage.ts";
import { until } from "../waiting.ts";

/** Everybody of a killed worker is back within this. */
const BACK_WITHIN_MS = 10_000;
const NOTICE_MS = 100;

export const killedWorker: Row = {
  id: "1",
  title: "kill -9 of one of two workers",
  async run({ draws, quick, progress }) {
    const stage = await openStage({ env: { RETENTION_MAX_LENGTH: "1000000" } });
    const back: number[] = [];
    try {
      const kills = quick ? 1 : 5;
      const { verdict, acknowledged } = await converse(stage, {
        draws,
        users: quick ? 20 : 200,
        perChannel: 10,
        messages: quick ? 500 : 20_000,
        withinMs: quick ? 8_000 : 120_000,
        ...(quick ? { perSecond: 200 } : {}),
        async during({ talkers }) {
          await delay(500);
          for (let at = 0; at < kills; at++) {
            const worker = draws.pick(stage.workers);
            await worker.end("SIGKILL");
            // Until the clients have noticed.
            await delay(NOTICE_MS);
            back.push(
              NOTICE_MS +
                (await until(
                  "all clients are back",
                  () => talkers.every(({ connected }) => connected),
                  BACK_WITHIN_MS,
                )),
            );
            await worker.start();
            // The next one falls when both have clients again, as after a deployment.
            stage.balancer.cutAll();
            await until("all clients are back", () => talkers.every(({ connected }) => connected), 10_000);
            progress(`kill ${at + 1} of ${kills}: all back after ${seconds(back.at(-1) ?? 0)}`);
            await delay(draws.below(1_000));
          }
        },
      });
      return {
        verdict,
        figures: `${acknowledged} acknowledged, ${kills} kills, all back within ${seconds(Math.max(...back))} (p50 ${ms(percentile(back, 0.5))})`,
        problems: [],
      };
    } finally {
      await stage.close();
    }
  },
};
