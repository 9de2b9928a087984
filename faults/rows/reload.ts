/** Row 18: `pm2 reload` under load. */
import { startPm2 } from "../../test/support/pm2.ts";
import { startRedis } from "../../test/support/redis.ts";
import { converse } from "../conversation.ts";
import type { Row, RowContext } from "../row.ts";
import { clusterAt } from "../stage.ts";

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
      let connections = 0;
      const users = quick ? 10 : 60;
      const { verdict, acknowledged } = await converse(clusterAt(pm2.url, secret), {
        draws,
        users,
        perChannel: 5,
        messages: quick ? 300 : 6_000,
        withinMs: 120_000,
        perSecond: quick ? 100 : 300,
        async during({ talkers }) {
          for (const talker of talkers) talker.onConnect(() => connections++);
          for (let at = 0; at < reloads; at++) {
            await pm2.reload();
            progress(`reload ${at + 1} of ${reloads}`);
          }
        },
      });
      const each = connections / users / reloads;
      return {
        verdict,
        figures: `${acknowledged} acknowledged, ${reloads} reloads, ${each.toFixed(2)} reconnects per client and reload`,
        problems: each > 1.5 ? [`${each.toFixed(2)} reconnects per client and reload`] : [],
      };
    } finally {
      await pm2.stop();
      await redis.close();
    }
  },
};
