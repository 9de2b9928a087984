/** Games of the author's own that a command is told of by the file that exports them. */
import { pathToFileURL } from "node:url";
import type { Game } from "../../core/games/game.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { UsageError } from "./command.ts";

export interface OwnGames {
  readonly games: readonly Game[];
  readonly realtimeGames: readonly RealtimeGame[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isRealtimeGame = (value: unknown): value is RealtimeGame =>
  isObject(value) && value.isRealtime === true;
const isGame = (value: unknown): value is Game =>
  isObject(value) &&
  value.isRealtime !== true &&
  typeof value.setup === "function" &&
  isObject(value.players);

/** What the modules export, in lists too. @throws UsageError where one can't be loaded, or has no game */
export async function gamesOf(files: readonly string[]): Promise<OwnGames> {
  const found = await Promise.all(files.map(exportsOf));
  return { games: found.flat().filter(isGame), realtimeGames: found.flat().filter(isRealtimeGame) };
}

async function exportsOf(file: string): Promise<unknown[]> {
  let module: object;
  try {
    module = (await import(pathToFileURL(file).href)) as object;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--games ${file} can't be loaded: ${why}`);
  }
  const exported = Object.values(module).flat();
  if (!exported.some((value) => isGame(value) || isRealtimeGame(value)))
    throw new UsageError(`--games ${file} exports no game that defineGame or defineRealtime has made`);
  return exported;
}
