/** The limit of rooms, and the end of rooms whose owner stays alone. */
import { createGlobalQuota } from "../../../core/consistency/global-quota.ts";
import { reconcile } from "../../../core/consistency/reconcile.ts";
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
    exists: async (id) => isOpen((await documents.load(keys.room(asId<RoomId>(id))))?.state),
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

    /**
     * Takes a place again for a room whose game is over and may have another. One that does not begin is found later.
     * @throws GameError `server_full`
     */
    takeAgain: (id: RoomId) => quota.take(id),

    /** A room that has ended, or is gone, has no place; one with a further game has one again. */
    async compare(id: RoomId): Promise<void> {
      await reconcile({
        look: async () => (await documents.load(keys.room(id)))?.state,
        nameOf: (room) => String(isOpen(room)),
        async mend(room) {
          if (!isOpen(room)) await quota.give(id);
          else if (!room.match && (room.play?.round ?? 0) > 1) await quota.hold(id);
          else return false;
          return true;
        },
      });
    },

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

const isOpen = (room: Room | undefined): room is Room => room !== undefined && room.phase !== "ended";
const isLonely = (room: Room) => room.phase === "lobby" && room.seats.length <= 1;

function closed(room: Room): RoomDecision {
  const view = roomView({ ...room, seats: [], phase: "ended" });
  return { room: null, entries: [{ kind: "closed", room: view }] };
}
