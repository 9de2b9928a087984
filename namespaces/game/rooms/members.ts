/** Who has a seat in which room, for other namespaces. */
import type { RoomId, UserId } from "../../../core/ids.ts";
import type { RoomMembers } from "../../../core/ports/room-members.ts";
import type { Services } from "../../../core/ports/services.ts";
import { seatOf } from "./rules.ts";
import { idOf, type Seats } from "./seats.ts";
import { keys, membersTopic } from "./stored.ts";

/** Rooms loaded at a time: each comes with its game's state. */
const LOADED_AT_ONCE = 32;

export function createMembers({ store: { documents, bus } }: Services, seats: Seats): RoomMembers {
  const load = async (room: RoomId) => (await documents.load(keys.room(room)))?.state;
  return {
    membersOf: async (room) => (await load(room))?.seats.map(({ userId }) => userId),
    async isMember(room, user) {
      const found = await load(room);
      return found !== undefined && seatOf(found, user) !== undefined;
    },
    roomsOf: (user) => seats.roomsOf(user, idOf),
    async roomsOfEach(users) {
      const own = (await documents.loadMany(users.map(keys.ownRooms))).map(
        (found) => found?.state.rooms.map(({ id }) => id) ?? [],
      );
      const ids = [...new Set(own.flat())];
      if (ids.length === 0) return own;
      const seated = new Map<RoomId, ReadonlySet<UserId>>();
      for (let at = 0; at < ids.length; at += LOADED_AT_ONCE) {
        const some = ids.slice(at, at + LOADED_AT_ONCE);
        const loaded = await documents.loadMany(some.map(keys.room));
        for (const [i, id] of some.entries())
          seated.set(id, new Set(loaded[i]?.state.seats.map(({ userId }) => userId)));
      }
      return users.map((user, at) => (own[at] ?? []).filter((id) => seated.get(id)?.has(user)));
    },
    onChange: (listener) => bus.subscribe(membersTopic, ({ roomId, users }) => listener(roomId, users)),
  };
}
