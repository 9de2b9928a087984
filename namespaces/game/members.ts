/** Who has a seat in which room, for other namespaces. */
import type { RoomMembers } from "../../core/ports/room-members.ts";
import type { Services } from "../../core/ports/services.ts";
import { seatOf } from "./rules.ts";
import type { Seats } from "./seats.ts";
import { keys, membersTopic } from "./stored.ts";

export function createMembers({ store }: Services, seats: Seats): RoomMembers {
  return {
    async isMember(room, user) {
      const found = await store.documents.load(keys.room(room));
      return found !== undefined && seatOf(found.state, user) !== undefined;
    },
    roomsOf: async (user) => (await seats.roomsOf(user)).map(({ id }) => id),
    onChange: (listener) => store.bus.subscribe(membersTopic, ({ roomId, users }) => listener(roomId, users)),
  };
}
