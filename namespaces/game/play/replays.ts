/** The action logs of games that are over, for their players. */
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import { asId, type RoomId, type UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { keys } from "../rooms/stored.ts";
import type { GameContract } from "../schema.ts";

type Page = ResultOf<GameContract, "match:replay">;

const DEFAULT_LIMIT = 100;
/** A page ends with the entry that makes it longer than this, in UTF-16 units of its JSON. */
const MAX_PAGE_LENGTH = 131_072;

export type Replays = ReturnType<typeof createReplays>;

export function createReplays({ store: { documents, streams }, reading }: Services) {
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
      const page = await reading.turn(session, async (spend) => {
        const read = await streams.read(keys.log(id, round), { after, limit, maxBytes: MAX_PAGE_LENGTH });
        await spend(read.bytes);
        return read;
      });
      const entries: Page["entries"] = [];
      let last = after;
      let length = 0;
      for (const { offset, entry } of page.entries) {
        entries.push(onWire(entry));
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
        ...(entries.length > 0 && last < page.offset ? { cursor: last } : {}),
      };
    },
  };
}

function onWire(entry: LogEntry): Page["entries"][number] {
  const at = new Date(entry.at).toISOString();
  if (entry.kind === "start") return { ...entry, at, draws: [...entry.draws], players: [...entry.players] };
  return entry.kind === "end" ? { ...entry, at } : { ...entry, at, draws: [...entry.draws] };
}
