/** After a backup was put back into Redis by Redis's own means: what makes it another store than the one that went on after it. */
import { newId, randomName, type WorkerId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { systemClock } from "../../../core/time.ts";
import { StartError } from "../../process/usage.ts";
import { createKeyspace, type Keyspace } from "../redis/keys.ts";
import { parseRedisAddress } from "../redis/link/address.ts";
import { connectRedis, type RedisConnection, type RedisOptions } from "../redis/link/connection.ts";
import type { SendCommand } from "../redis/link/node.ts";
import { type RunScript, readScripts } from "../redis/scripts.ts";
import { createStoreTime } from "../redis/time.ts";
import { checkFormat } from "../redis-format.ts";
import type { Renewed } from "./renew.ts";

/** A worker that was silent for so long does not live. */
const ALIVE_MS = 5_000;
/** Keys that a slice of SCAN looks at. */
const SLICE = "500";

export interface RenewRedisOptions extends Omit<RedisOptions, "log" | "name"> {
  readonly prefix: string;
  /** Also where workers live. */
  readonly force: boolean;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Gives all streams new epochs, ends all leases, and lets counters go on from where no one has been. Again, where it was interrupted,
 * does no harm.
 * @throws StartError where Redis does not answer, has nothing of ours, workers live, or a newer server has written there
 */
export async function renewRedis({ prefix, force, ...options }: RenewRedisOptions): Promise<Renewed> {
  const keys = createKeyspace(prefix);
  const time = createStoreTime(systemClock);
  const scripts = readScripts(time, () => 0, parseRedisAddress(options.url).kind === "cluster");
  const connection = await connectRedis(
    { ...options, log: silent, name: newId<WorkerId>("restore") },
    {
      async ready(send) {
        await scripts.load(send);
        await checkFormat(send, { keys, scripts, readsOnly: true });
      },
    },
  );
  try {
    const health = connection.health();
    if (!health.ok) throw new StartError(`${health.reason}: look at REDIS_URL, and whether Redis runs`);
    if (!force) await assertNobodyLives(connection, keys, time.now());
    const run = scripts.runOn(connection, { refused: () => undefined });
    await Promise.all(
      keys.shards.map(({ versions, tokens }) => run("restore_counters", [versions, tokens], [])),
    );
    const counts = await Promise.all(
      connection.primaries().map((send) => renewOn(send, { connection, run, prefix })),
    );
    const streams = counts.reduce((sum, count) => sum + count, 0);
    if (streams === 0)
      throw new StartError(
        `there are no streams of the prefix ${prefix} in Redis: put the backup back first, and look at REDIS_PREFIX`,
      );
    return { streams };
  } finally {
    await connection.close();
  }
}

async function assertNobodyLives(connection: RedisConnection, keys: Keyspace, now: number): Promise<void> {
  const [heartbeats] = keys.workers;
  const living = await connection.ask("ZRANGEBYSCORE", heartbeats, String(now - ALIVE_MS), "+inf");
  const count = Array.isArray(living) ? living.length : 0;
  if (count > 0)
    throw new StartError(
      `${count} workers have told of themselves in the last ${ALIVE_MS / 1_000} seconds: stop them first. ` +
        "Where they are part of a fresh backup, wait a moment. --force goes on nevertheless.",
    );
}

interface Means {
  readonly connection: RedisConnection;
  readonly run: RunScript;
  readonly prefix: string;
}

/** @returns how many streams of this server have a new epoch */
async function renewOn(send: SendCommand, { connection, run, prefix }: Means): Promise<number> {
  let streams = 0;
  let cursor = "0";
  do {
    const reply = await send(["SCAN", cursor, "MATCH", `{${prefix}:*`, "COUNT", SLICE]);
    const [next, found] = Array.isArray(reply) ? reply : [];
    cursor = String(next ?? "0");
    const names = (Array.isArray(found) ? found : []).map(String);
    const kindOf = (name: string) => name.slice(name.indexOf("}:") + 2).split(":", 1)[0];
    const ends = names.filter((name) => kindOf(name) === "end");
    const leases = names.filter((name) => kindOf(name) === "lease");
    // A change whose lease is not known is refused: whoever had one must get another, with a later token.
    await Promise.all([
      ...leases.map((name) => connection.ask("DEL", name)),
      ...ends.map((name) => run("restore_stream", [name], [randomName(9)])),
    ]);
    streams += ends.length;
  } while (cursor !== "0");
  return streams;
}
