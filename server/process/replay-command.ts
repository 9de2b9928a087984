/** What `npm run replay` does, without the process around it. */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { newId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { systemClock } from "../../core/time.ts";
import { shippedRealtimeGames } from "../../games/index.ts";
import { auditRealtime, type RealtimeAudit } from "../../namespaces/game/realtime/audit.ts";
import type { Config } from "../config/config.ts";
import type { StoreReader } from "../store/embedded-reader.ts";

export const REPLAY_USAGE = `usage: npm run replay -- ROOM [options]
Plays a game of a real-time room again from its journal in the server's store, and compares each hash and the result.
It only reads, also while the server runs. The store is that of config.yaml and the environment.
  ROOM            the room's id
  --round N       which game of the room, from 1; the newest if left out
  --games FILE    a module with real-time games of your own, as exports; may be given again
  --json          the answer as one line of JSON
  -h, --help      this text

Exit codes: 0 proved; 1 refuted; 2 nothing to compare, or no journal of that room; 64 unknown arguments; 78 the configuration has mistakes.`;

export const REPLAY_EXIT = { proved: 0, refuted: 1, unproved: 2 } as const;

/** The arguments are wrong, or a file of games is; the text says what to do. */
export class ReplayCommandError extends Error {}

export interface ReplayArguments {
  readonly room: string;
  readonly round?: number;
  readonly files: readonly string[];
  readonly json: boolean;
}

/** @throws ReplayCommandError */
export function readReplayArguments(args: readonly string[]): ReplayArguments {
  const { values, positionals } = parse(args);
  const [room, ...others] = positionals;
  if (room === undefined) throw new ReplayCommandError("the id of a room is needed");
  if (others.length > 0) throw new ReplayCommandError(`${others.join(" ")}: one room at a time`);
  const round = values.round === undefined ? undefined : Number(values.round);
  if (round !== undefined && !(Number.isInteger(round) && round >= 1))
    throw new ReplayCommandError("--round is a whole number from 1");
  return {
    room,
    files: values.games ?? [],
    json: values.json ?? false,
    ...(round !== undefined && { round }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        round: { type: "string" },
        games: { type: "string", multiple: true },
        json: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new ReplayCommandError(cause instanceof Error ? cause.message : String(cause));
  }
}

const isRealtimeGame = (value: unknown): value is RealtimeGame =>
  typeof value === "object" && value !== null && "isRealtime" in value && value.isRealtime === true;

/** The games that a module exports, in lists too. @throws ReplayCommandError where it can't be loaded, or has none */
async function gamesOf(file: string): Promise<RealtimeGame[]> {
  let module: object;
  try {
    module = (await import(pathToFileURL(file).href)) as object;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayCommandError(`--games ${file} can't be loaded: ${why}`);
  }
  const games = Object.values(module).flat().filter(isRealtimeGame);
  if (games.length === 0)
    throw new ReplayCommandError(`--games ${file} exports no game that defineRealtime has made`);
  return games;
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
    worker: newId<WorkerId>("w"),
    clock: systemClock,
    log,
  });
}

/**
 * @param onProgress called now and then with the ticks that were played so far
 * @returns undefined where no journal of the game is kept
 * @throws ReplayCommandError, StartError
 */
export async function replayCommand(
  { room, round, files }: ReplayArguments,
  config: Config,
  { log, onProgress }: { readonly log: Log; readonly onProgress?: (ticks: number) => void },
): Promise<RealtimeAudit | undefined> {
  const own = (await Promise.all(files.map(gamesOf))).flat();
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
export function replayReport(audit: RealtimeAudit, hz?: number): string {
  const { room, round, game, verdict, from, to, proved, problems, problemCount, result, told } = audit;
  const seconds = hz === undefined ? "" : ` (${((to - from) / hz).toFixed(1)} s of play)`;
  const lines = [
    `room ${room}, game ${round}: ${game}`,
    `ticks ${from + 1} to ${to}${seconds}${from > 0 ? "; what was before is not kept any more" : ""}`,
    `${proved} hashes and snapshots agree`,
    ...problems.map((problem) => `  ${problem}`),
    ...(problemCount > problems.length ? [`  and ${problemCount - problems.length} more`] : []),
    `result by the journal: ${result === undefined ? "none" : JSON.stringify(result)}`,
    `result as told:        ${told === undefined ? "none yet" : JSON.stringify(told)}`,
    verdict,
  ];
  return lines.join("\n");
}
