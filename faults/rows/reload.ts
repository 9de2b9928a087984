/** Row 18: `pm2 reload` under load. */
import { startPm2 } from "../../test/support/pm2.ts";
import { startRedis } from "../../test/support/redis.ts";
import { talkerOver } from "../chatter.ts";
import { converse } from "../conversation.ts";
import type { Row, RowContext } from "../row.ts";
import { clusterAt } from "../stage.ts";
import { until } from "../waiting.ts";

const BACK_WITHIN_MS = 10_000;

/** Those of the clients, in turn: their connections are spread over the workers in different ways. */
const TRANSPORTS: readonly ("polling" | "websocket")[][] = [
  ["websocket"],
  ["polling", "websocket"],
  ["polling"],
];

export const reloaded: Row = {
  id: "18",
  title: "pm2 reload under load",
  async run({ draws, quick, progress }: RowContext) {
    const redis = await startRedis({ appendOnly: "always" });
    const secret = "the secret of the reloaded, longer than 32 bytes";
    const pm2 = await startPm2({
      redisUrl: redis.url,
      env: { JWT_SECRET: secret, RATE_LIMITS_EVENTS: "chat_message=off", RATE_LIMITS_USER: "off" },
    });
    try {
      const reloads = quick ? 1 : 3;
      const users = quick ? 10 : 60;
      /** Of each client, since the first reload began. */
      const connections = new Map<string, number>();
      let next = 0;
      const { verdict, acknowledged } = await converse(clusterAt(pm2.url, secret), {
        draws,
        users,
        perChannel: 5,
        messages: quick ? 300 : 6_000,
        withinMs: 120_000,
        perSecond: quick ? 100 : 300,
        connect: (...talker) => talkerOver(TRANSPORTS[next++ % TRANSPORTS.length] ?? [])(...talker),
        async during({ talkers }) {
          for (const { name, onConnect } of talkers) {
            connections.set(name, 0);
            onConnect(() => void connections.set(name, (connections.get(name) ?? 0) + 1));
          }
          for (let at = 0; at < reloads; at++) {
            await pm2.reload();
            await until(
              "everybody is back",
              () => talkers.every(({ connected }) => connected),
              BACK_WITHIN_MS,
            );
            progress(`reload ${at + 1} of ${reloads}`);
          }
        },
      });
      const counts = [...connections.values()];
      const each = counts.reduce((sum, count) => sum + count, 0) / users / reloads;
      const most = Math.max(...counts);
      return {
        verdict,
        figures: `${acknowledged} acknowledged, ${reloads} reloads, ${each.toFixed(2)} reconnects per client and reload, at most ${most} of a client in all`,
        problems: most > reloads ? [`a client reconnected ${most} times in ${reloads} reloads`] : [],
      };
    } finally {
      await pm2.stop();
      await redis.close();
    }
  },
};
