/** `muster restore [FOLDER]`: puts a backup back, so that nothing of the time after it is taken for what comes now. */
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { type Command, EXIT, onlyFolder, print, readConfig, readOptions, UsageError } from "./command.ts";

export const restore: Command = {
  usage: `usage: muster restore FOLDER [options]      with the embedded store
       muster restore [options]             with REDIS_URL, after the backup was put back into Redis
Puts the backup of muster backup into DATA_DIR while no server runs there. With Redis the data is put back by Redis's own means before.
Streams get new epochs, so that clients that come back are told of the gap. Leases end, and counters go on where none has been.
  --force         embedded: moves a store that is there aside; Redis: also while workers live
  -h, --help      this text

Exit codes: 0 done; 1 it could not be done; 64 wrong arguments; 78 the configuration has mistakes.`,
  async run(args) {
    const { values, positionals } = readOptions({
      args: [...args],
      allowPositionals: true,
      options: { force: { type: "boolean" } },
    });
    const force = values.force ?? false;
    const { store } = readConfig().config;
    if (store.redisUrl !== undefined) {
      if (positionals.length > 0)
        throw new UsageError(
          "with REDIS_URL there is no folder: put the data back into Redis first, as docs/operations.md says",
        );
      print(await restoreRedis(store, store.redisUrl, force));
      return EXIT.ok;
    }
    const folder = onlyFolder(positionals);
    const embedded = await import("../store/backup/embedded.ts");
    const { manifest, streams, aside } = await embedded.restore(folder, store.dataDir, { force });
    if (aside !== undefined) print(`the store that was there is ${aside} now`);
    print(
      `${resolve(store.dataDir)}: the backup of ${manifest.at}, ${manifest.bytes} bytes, ${streams} streams with a new epoch`,
    );
    return EXIT.ok;
  },
};

async function restoreRedis(store: Config["store"], url: string, force: boolean): Promise<string> {
  const { renewRedis } = await import("../store/backup/redis.ts");
  const { redisPassword, redisSentinelPassword, redisPrefix } = store;
  const { streams } = await renewRedis({
    url,
    ...(redisPassword === undefined ? {} : { password: redisPassword }),
    ...(redisSentinelPassword === undefined ? {} : { sentinelPassword: redisSentinelPassword }),
    prefix: redisPrefix,
    force,
  });
  return `the store in Redis: ${streams} streams with a new epoch`;
}
