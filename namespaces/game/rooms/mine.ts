/** The rooms and matches that a user is in and that have not ended. */
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Spend } from "../../../core/ports/reading.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { roomView } from "../delivery/view.ts";
import type { GameContract } from "../schema.ts";
import { seatOf } from "./rules.ts";
import { keys, type OwnRooms } from "./stored.ts";

type Mine = ResultOf<GameContract, "room:mine">;
type OwnRoom = OwnRooms["rooms"][number];

/** A page ends with the room that makes it longer than this, in UTF-16 units of its JSON. */
const MAX_PAGE_LENGTH = 131_072;
/** Rooms read at a time: each comes with its game's state. */
const READ_AT_ONCE = 10;
/** About the size of one room with its game. */
const ROOM_BYTES = 16_384;

type Input = InputOf<GameContract, "room:mine">;
export type OwnRoomsPage = (session: GameSession, input: Input) => Promise<Mine>;

export function createOwnRoomsPage({ store: { documents }, reading }: Services): OwnRoomsPage {
  async function page(user: UserId, { cursor }: Input, spend: Spend): Promise<Mine> {
    const after = cursor === undefined ? undefined : entryOf(cursor);
    const own = (await documents.load(keys.ownRooms(user)))?.state.rooms ?? [];
    const left = own.filter((entry) => after === undefined || compare(entry, after) > 0).toSorted(compare);
    const page: Mine = { rooms: [], matches: [] };
    let length = 0;
    while (left.length > 0) {
      const some = left.splice(0, READ_AT_ONCE);
      const loaded = await documents.loadMany(some.map(({ id }) => keys.room(id)));
      await spend(some.length * ROOM_BYTES);
      for (const [at, entry] of some.entries()) {
        const room = loaded[at]?.state;
        if (room === undefined || room.phase === "ended" || seatOf(room, user) === undefined) continue;
        const view = roomView(room);
        if (room.match)
          page.matches.push({
            ...view,
            match_id: room.id,
            ...(room.mode !== undefined && { game_mode: room.mode }),
          });
        else page.rooms.push(view);
        length += JSON.stringify(view).length;
        const more = left.length > 0 || at < some.length - 1;
        if (length >= MAX_PAGE_LENGTH && more) return { ...page, cursor: cursorOf(entry) };
      }
    }
    return page;
  }

  return (session, input) => reading.turn(session, (spend) => page(session.userId, input, spend));
}

const compare = (one: OwnRoom, other: OwnRoom): number =>
  one.at - other.at || (one.id === other.id ? 0 : one.id < other.id ? -1 : 1);

const cursorOf = ({ at, id }: OwnRoom): string => `${at}:${id}`;

/** @throws GameError `invalid_payload` for a text that is no cursor */
function entryOf(cursor: string): OwnRoom {
  const found = /^(\d{1,16}(?:\.\d+)?):(.+)$/.exec(cursor);
  if (!found) throw new GameError("invalid_payload", { message: "cursor: not one of a page before" });
  return { at: Number(found[1]), id: found[2] as OwnRoom["id"] };
}
