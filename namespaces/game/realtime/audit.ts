/** The audit of a real-time game that is over, or still runs: its journal is played again, and compared with what was hashed and told. */
import type { GameResult } from "../../../core/games/game.ts";
import { asId, type RoomId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { RealtimeGame } from "../../../core/realtime/game.ts";
import { JournalReplay } from "../../../core/realtime/journal.ts";
import { keys } from "../rooms/stored.ts";
import { runKeys } from "./stored.ts";

/** Entries read at a time, of about a quarter of a second of play each. */
const PAGE = 200;

export interface RealtimeAudit {
  readonly room: string;
  /** Which game of the room, from 1. */
  readonly round: number;
  readonly game: string;
  /**
   * `proved`: every hash and snapshot agrees, and so does the result where the game came to one. `refuted`: something contradicts.
   * `unproved`: there was nothing to compare yet.
   */
  readonly verdict: "proved" | "refuted" | "unproved";
  /** Ticks that were played again: after `from`, up to `to`. `from` is not 0 where the beginning is not kept any more. */
  readonly from: number;
  readonly to: number;
  /** Hashes and snapshots that agree. */
  readonly proved: number;
  /** What contradicts, the first 20 of `problemCount`. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** What the game played again came to; undefined where its journal ends before. */
  readonly result: GameResult | undefined;
  /** What the players were told; undefined while the game runs. */
  readonly told: GameResult | undefined;
}

export interface AuditOptions {
  /** Which game of the room. Default: the newest. */
  readonly round?: number;
  /** Called after each page. @param ticks played again so far */
  readonly onProgress?: (ticks: number) => void;
}

/** The games of a room that have a journal: the newest one, where none is named. */
async function roundOf(store: Pick<Store, "documents">, id: RoomId, given: number | undefined) {
  if (given !== undefined) return given;
  const room = (await store.documents.load(keys.room(id)))?.state;
  return room?.play?.round ?? (await store.documents.load(runKeys.run(id)))?.state.round ?? 1;
}

/**
 * Plays a game of a room again from its journal.
 * @param games the real-time games that it may be of
 * @param room the room's id
 * @returns undefined where no journal of it is kept
 * @throws Error where none of the games is the journal's; GameError `unavailable` from the store
 */
export async function auditRealtime(
  store: Pick<Store, "documents" | "streams">,
  games: Iterable<RealtimeGame>,
  room: string,
  { round: given, onProgress }: AuditOptions = {},
): Promise<RealtimeAudit | undefined> {
  const id = asId<RoomId>(room);
  const round = await roundOf(store, id, given);
  const journal = runKeys.journal(id, round);
  let replay: JournalReplay | undefined;
  let broken: string | undefined;
  for (let after = 0; broken === undefined; ) {
    const page = await store.streams.read(journal, { after, limit: PAGE });
    for (const { offset, entry } of page.entries) {
      after = offset;
      // The beginning was trimmed: ticks before the first snapshot that is kept can't be played.
      if (replay === undefined && entry.kind !== "snapshot") continue;
      replay ??= new JournalReplay(gameOf(games, entry.kind === "snapshot" ? entry.game : ""));
      try {
        replay.add(entry);
      } catch (err) {
        broken = err instanceof Error ? err.message : String(err);
        break;
      }
    }
    if (page.entries.length === 0 || after >= page.offset) break;
    onProgress?.(replay?.simulation.tick ?? 0);
  }
  if (replay === undefined) return undefined;
  const told = (await store.documents.load(keys.ended(id, round)))?.state.result;
  return verdictOf(replay, { room, round, told, broken });
}

function gameOf(games: Iterable<RealtimeGame>, name: string): RealtimeGame {
  for (const game of games) if (game.name === name) return game;
  throw new Error(`the journal is of the game "${name}", which is not among the given ones`);
}

/** Why a room ends a game that came to no result of its own. */
const ENDS_OF_ROOM: readonly (string | undefined)[] = [
  "abandoned",
  "error",
  "state_too_large",
  "too_many_entities",
];

/** @returns why what the players were told can't be */
function contradiction(told: GameResult | undefined, { result }: JournalReplay): string | undefined {
  if (told === undefined) return undefined;
  if (result === undefined)
    return ENDS_OF_ROOM.includes(told.reason)
      ? undefined
      : "the players were told a result, and the game played again comes to none";
  return sorted(told) === sorted(result)
    ? undefined
    : "the players were told another result than the game played again gives";
}

function verdictOf(
  replay: JournalReplay,
  ended: Pick<RealtimeAudit, "room" | "round" | "told"> & { readonly broken: string | undefined },
): RealtimeAudit {
  const { room, round, told, broken } = ended;
  const { proved, result, simulation, from = 0 } = replay;
  const problems = [...replay.problems];
  for (const found of [broken, contradiction(told, replay)]) if (found !== undefined) problems.push(found);
  const problemCount = replay.problemCount + problems.length - replay.problems.length;
  const verdict = problemCount > 0 ? "refuted" : proved > 0 ? "proved" : "unproved";
  return {
    ...{ room, round, game: replay.game.name, verdict, from, to: simulation.tick },
    ...{ proved, problems, problemCount, result, told },
  };
}

/** As text, in whatever order the keys of objects are. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
