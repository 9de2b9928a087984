/** `muster replay ROOM`: proves or refutes the result of a real-time game by playing its journal again. */
import { newId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { systemClock } from "../../core/time.ts";
import { shippedRealtimeGames } from "../../games/index.ts";
import { auditRealtime, type RealtimeAudit } from "../../namespaces/game/realtime/audit.ts";
import type { Config } from "../config/config.ts";
import { createLog } from "../process/log.ts";
import type { StoreReader } from "../store/embedded-reader.ts";
import { type Command, print, readConfig, readOptions, say, UsageError } from "./command.ts";
import { gamesOf } from "./own-games.ts";

const USAGE = `usage: muster replay ROOM [options]
Plays a game of a real-time room again from its journal in the server's store, and compares each hash and the result.
It only reads, also while the server runs. The store is that of config.yaml and the environment.
  ROOM            the room's id
  --round N       which game of the room, from 1; the newest if left out
  --games FILE    a module with real-time games of your own, as exports; may be given again
  --json          the answer as one line of JSON
  -h, --help      this text

Exit codes: 0 proved; 1 refuted; 2 nothing to compare, or no journal of that room; 64 unknown arguments; 78 the configuration has mistakes.`;

const PROGRESS_MS = 1_000;
const VERDICT_EXIT = { proved: 0, refuted: 1, unproved: 2 } as const;

interface ReplayArguments {
  readonly room: string;
  readonly round?: number;
  readonly files: readonly string[];
  readonly json: boolean;
}

/** @throws UsageError */
function readArguments(args: readonly string[]): ReplayArguments {
  const { values, positionals } = parse(args);
  const [room, ...others] = positionals;
  if (room === undefined) throw new UsageError("the id of a room is needed");
  if (others.length > 0) throw new UsageError(`${others.join(" ")}: one room at a time`);
  const round = values.round === undefined ? undefined : Number(values.round);
  if (round !== undefined && !(Number.isInteger(round) && round >= 1))
    throw new UsageError("--round is a whole number from 1");
  return {
    room,
    files: values.games ?? [],
    json: values.json ?? false,
    ...(round !== undefined && { round }),
  };
}

function parse(args: readonly string[]) {
  return readOptions({
    args: [...args],
    allowPositionals: true,
    options: {
      round: { type: "string" },
      games: { type: "string", multiple: true },
      json: { type: "boolean" },
    },
  });
}

/** A store for reading. @throws StartError where there is none */
async function openReader({ store }: Config, log: Log): Promise<StoreReader> {
  const { redisUrl, redisPassword, redisSentinelPassword, redisPrefix, dataDir } = store;
  if (redisUrl === undefined) {
    const { openEmbeddedReader } = await import("../store/embedded-reader.ts");
    return openEmbeddedReader({ dataDir, clock: systemClock, log });
  }
  const { openRedisStore } = await import("../store/redis/index.ts");
  return openRedisStore({
    url: redisUrl,
    ...(redisPassword === undefined ? {} : { password: redisPassword }),
    ...(redisSentinelPassword === undefined ? {} : { sentinelPassword: redisSentinelPassword }),
    prefix: redisPrefix,
    readsOnly: true,
    worker: newId<WorkerId>("w"),
    clock: systemClock,
    log,
  });
}

/**
 * @param onProgress called now and then with the ticks that were played so far
 * @returns undefined where no journal of the game is kept
 * @throws UsageError, StartError
 */
async function audit(
  { room, round, files }: ReplayArguments,
  config: Config,
  { log, onProgress }: { readonly log: Log; readonly onProgress?: (ticks: number) => void },
): Promise<RealtimeAudit | undefined> {
  const own = (await gamesOf(files)).realtimeGames;
  const store = await openReader(config, log);
  try {
    return await auditRealtime(store, [...own, ...shippedRealtimeGames], room, {
      ...(round !== undefined && { round }),
      ...(onProgress && { onProgress }),
    });
  } finally {
    await store.close();
  }
}

/** For people. */
function reportOf(found: RealtimeAudit): string {
  const { room, round, game, verdict, from, to, proved, problems, problemCount, result, told } = found;
  const lines = [
    `room ${room}, game ${round}: ${game}`,
    `ticks ${from + 1} to ${to}${from > 0 ? "; what was before is not kept any more" : ""}`,
    `${proved} hashes and snapshots agree`,
    ...problems.map((problem) => `  ${problem}`),
    ...(problemCount > problems.length ? [`  and ${problemCount - problems.length} more`] : []),
    `result by the journal: ${result === undefined ? "none" : JSON.stringify(result)}`,
    `result as told:        ${told === undefined ? "none yet" : JSON.stringify(told)}`,
    verdict,
  ];
  return lines.join("\n");
}

export const replay: Command = {
  usage: USAGE,
  async run(args) {
    const given = readArguments(args);
    const { config } = readConfig();
    let saidAt = performance.now();
    try {
      const found = await audit(given, config, {
        log: createLog({ ...config.log, level: "fatal" }),
        onProgress(ticks) {
          if (performance.now() - saidAt < PROGRESS_MS) return;
          saidAt = performance.now();
          say(`${ticks} ticks played …`);
        },
      });
      if (found !== undefined) {
        print(given.json ? JSON.stringify(found) : reportOf(found));
        return VERDICT_EXIT[found.verdict];
      }
      say(
        `muster replay: no journal of a real-time game in room ${given.room} is kept: look at the id, --round and the retention`,
      );
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      say(`muster replay: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
    return VERDICT_EXIT.unproved;
  },
};
