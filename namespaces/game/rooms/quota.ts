/** The limit of rooms, and the end of rooms whose owner stays alone. */
import { createGlobalQuota } from "../../../core/consistency/global-quota.ts";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { roomView } from "../delivery/view.ts";
import type { CommitRoom } from "./commit.ts";
import { type RoomDecision, unchanged } from "./rules.ts";
import type { Seats } from "./seats.ts";
import { deadlines, keys, type Room } from "./stored.ts";

/** About what the store keeps for a day of a room and its game. */
const ROOM_BYTES = 4_096;

export type RoomPlaces = ReturnType<typeof createRoomPlaces>;

export function createRoomPlaces(services: Services, change: CommitRoom, seats: Seats) {
  const { store, settings, storageQuotas } = services;
  const { documents } = store;
  const quota = createGlobalQuota(services, {
    kind: "rooms",
    max: settings.limits.gameRooms,
    async exists(id) {
      const room = (await documents.load(keys.room(asId<RoomId>(id))))?.state;
      return room !== undefined && room.phase !== "ended";
    },
  });

  return {
    /**
     * Takes a place for a room that a user is about to make. A place of a room that never came into being is found later.
     * @throws GameError `conflict` where the user is in too many rooms, `server_full`, `rate_limited`
     */
    async take(session: Pick<Session, "userId" | "identity">, id: RoomId): Promise<void> {
      const user = session.userId;
      await storageQuotas.stored(session, ROOM_BYTES);
      await seats.reserve(user, id);
      try {
        await quota.take(id);
      } catch (err) {
        await seats.compareOwn(user, id);
        throw err;
      }
    },

    /** A room has ended, or is gone. */
    give: quota.give,

    /** The deadline of a room that may still be its owner's alone. */
    async endLonely(id: RoomId): Promise<void> {
      let seen: Room | undefined;
      await change(id, (room) => {
        seen = room;
        return room !== undefined && isLonely(room) ? closed(room) : unchanged;
      });
      if (seen?.phase !== "lobby" || isLonely(seen)) return;
      const { partition } = keys.room(id);
      const again = schedule(deadlines.lonely, "lonely", store.now() + settings.limits.lonelyRoomMs, {
        roomId: id,
      });
      await documents.commit({ partition, deadlines: [again] });
    },
  };
}

const isLonely = (room: Room) => room.phase === "lobby" && room.seats.length <= 1;

function closed(room: Room): RoomDecision {
  const view = roomView({ ...room, seats: [], phase: "ended" });
  return { room: null, entries: [{ kind: "closed", room: view }] };
}
