/** The matches that users play, or have agreed to play again: what keeps them from a queue. */
import type { UserId } from "../../../core/ids.ts";
import type { Bookings, Engagement, Matches } from "../../../core/ports/matches.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { ChangeRoom } from "./commit.ts";
import { seatOf, shown, unchanged } from "./rules.ts";
import { keys, type Room } from "./stored.ts";

export function createEngagements(
  { store: { documents } }: Services,
  change: ChangeRoom,
): Pick<Matches, "engagementsOf" | "withdrawAgreement"> {
  return {
    async engagementsOf(users) {
      const lists = await documents.loadMany(users.map(keys.ownRooms));
      const own = lists.map((list) => (list?.state.rooms ?? []).filter(({ match }) => match));
      const ids = [...new Set(own.flat().map(({ id }) => id))];
      if (ids.length === 0) return users.map(() => []);
      const loaded = await documents.loadMany(ids.map(keys.room));
      const found = new Map(ids.map((id, at) => [id, loaded[at]?.state]));
      return users.map((user, at) => (own[at] ?? []).flatMap(({ id }) => engagementIn(found.get(id), user)));
    },

    async withdrawAgreement(matchId, user) {
      await change(matchId, (room) => {
        if (room?.phase !== "ended" || !room.rematch.includes(user)) return unchanged;
        return shown({ ...room, rematch: room.rematch.filter((one) => one !== user) });
      });
    },
  };
}

/** Does what may bring the user into a game of a match again, while no queue takes them. */
export async function booked(
  bookings: Bookings | undefined,
  user: UserId,
  { id, match, mode }: Room,
  act: () => Promise<unknown>,
): Promise<void> {
  if (!match || bookings === undefined) {
    await act();
    return;
  }
  const release = await bookings.book(user, { matchId: id, ...(mode !== undefined && { mode }) });
  try {
    await act();
  } finally {
    await release();
  }
}

/** Who has left, or was away for longer than the grace period, plays there no more. */
function engagementIn(room: Room | undefined, user: UserId): Engagement[] {
  if (!room?.match) return [];
  const seat = seatOf(room, user);
  if (seat === undefined) return [];
  const match = { matchId: room.id, ...(room.mode !== undefined && { mode: room.mode }) };
  if (room.phase === "ended") return room.rematch.includes(user) ? [{ ...match, state: "again" }] : [];
  return seat.dropped ? [] : [{ ...match, state: "playing" }];
}
