/** The control: row 1's and row 6's faults on Socket.IO with its Redis adapter alone. The checker must find loss. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectPlain } from "../chatter.ts";
import { converse } from "../conversation.ts";
import type { Row } from "../row.ts";
import { openStage } from "../stage.ts";
import { until } from "../waiting.ts";

const PROGRAM = fileURLToPath(new URL("../control/server.ts", import.meta.url));

export const control: Row = {
  id: "control",
  title: "the same on Socket.IO and its Redis adapter alone",
  mustFail: true,
  async run({ draws, quick, progress }) {
    const stage = await openStage({ program: ["--import", TSX, PROGRAM] });
    try {
      const rounds = quick ? 1 : 3;
      const { verdict, acknowledged } = await converse(stage, {
        draws,
        users: quick ? 20 : 60,
        perChannel: 10,
        messages: quick ? 400 : 5_000,
        withinMs: quick ? 6_000 : 60_000,
        perSecond: quick ? 200 : 600,
        connect: connectPlain,
        readable: false,
        async during({ talkers }) {
          await delay(500);
          for (let at = 0; at < rounds; at++) {
            const worker = draws.pick(stage.workers);
            await worker.end("SIGKILL");
            await worker.start();
            await until("all clients are back", () => talkers.every(({ connected }) => connected), 20_000);
            await stage.redis?.command("CLIENT", "KILL", "TYPE", "pubsub");
            progress(`kill ${at + 1} of ${rounds}`);
            await delay(300);
          }
        },
      });
      return {
        verdict,
        figures: `${acknowledged} acknowledged, ${rounds} kills and cut links`,
        problems: [],
      };
    } finally {
      await stage.close();
    }
  },
};

const TSX = import.meta.resolve("tsx");
