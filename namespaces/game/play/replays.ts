/** The logs of games that are over, for their players: of their actions, or of the ticks of real-time games. */
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import { asId, type RoomId, type UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { StreamKey } from "../../../core/ports/store/keys.ts";
import type { JournalEntry } from "../../../core/realtime/journal.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { runKeys } from "../realtime/stored.ts";
import { keys } from "../rooms/stored.ts";
import type { GameContract } from "../schema.ts";

type Page = ResultOf<GameContract, "match:replay">;

const DEFAULT_LIMIT = 100;
/** A page ends with the entry that makes it longer than this, in UTF-16 units of its JSON. */
const MAX_PAGE_LENGTH = 131_072;

export type Replays = ReturnType<typeof createReplays>;

/** @param isRealtime whether the game of this name is stepped at a fixed rate */
export function createReplays(
  { store: { documents, streams }, reading }: Services,
  isRealtime: (game: string) => boolean,
) {
  /** The last game of the room that is over. */
  async function lastRound(id: RoomId): Promise<number> {
    const room = (await documents.load(keys.room(id)))?.state;
    if (room?.play == null) return 1;
    return room.phase === "ended" ? room.play.round : room.play.round - 1;
  }

  return {
    /** @throws GameError `not_found` for all but players of a game that is over, and whose log is still kept */
    async page(session: GameSession, input: InputOf<GameContract, "match:replay">): Promise<Page> {
      const user: UserId = session.userId;
      const { cursor: after = 0, limit = DEFAULT_LIMIT } = input;
      const id = asId<RoomId>(input.room_id);
      const round = input.round ?? (await lastRound(id));
      const over = (await documents.load(keys.ended(id, round)))?.state;
      if (over === undefined || !over.players.includes(user)) throw new GameError("not_found");
      const log: StreamKey<LogEntry | JournalEntry> = isRealtime(over.game)
        ? runKeys.journal(id, round)
        : keys.log(id, round);
      const page = await reading.turn(session, async (spend) => {
        const read = await streams.read(log, { after, limit, maxBytes: MAX_PAGE_LENGTH });
        await spend(read.bytes);
        return read;
      });
      const entries: Page["entries"] = [];
      const journal: NonNullable<Page["journal"]> = [];
      let last = after;
      let length = 0;
      for (const { offset, entry } of page.entries) {
        if (entry.kind === "ticks" || entry.kind === "snapshot") journal.push(partOnWire(entry));
        else entries.push(onWire(entry));
        last = offset;
        length += JSON.stringify(entry).length;
        if (length > MAX_PAGE_LENGTH) break;
      }
      const { game, players, result } = over;
      return {
        room_id: id,
        round,
        game,
        players: [...players],
        result,
        complete: page.first === 1,
        entries,
        ...(isRealtime(game) && { journal }),
        ...(last > after && last < page.offset ? { cursor: last } : {}),
      };
    },
  };
}

const isoOf = (at: number) => new Date(at).toISOString();

function onWire(entry: LogEntry): Page["entries"][number] {
  const at = isoOf(entry.at);
  if (entry.kind === "start") return { ...entry, at, draws: [...entry.draws], players: [...entry.players] };
  return entry.kind === "end" ? { ...entry, at } : { ...entry, at, draws: [...entry.draws] };
}

function partOnWire(entry: JournalEntry): NonNullable<Page["journal"]>[number] {
  if (entry.kind === "snapshot")
    return {
      ...entry,
      at: isoOf(entry.at),
      seed: [...entry.seed],
      players: [...entry.players],
      acks: [...entry.acks],
    };
  const { players, hashes, ...rest } = entry;
  return {
    ...rest,
    ticks: [...rest.ticks],
    ...(players !== undefined && { players: [...players] }),
    ...(hashes !== undefined && { hashes: [...hashes] }),
  };
}
