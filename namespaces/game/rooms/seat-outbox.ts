/** What follows from a change of a room's seats in other partitions: the players' own lists, and what presence says of them. Pure. */
import type { RoomId, UserId } from "../../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import type { Room } from "./stored.ts";
import { deadlines } from "./stored.ts";

/** How often the seats of a room are compared without a change, in milliseconds. */
const ROUND_MS = 5 * 60_000;
const ID = "seats";

export function seatOutbox(before: Room | undefined, after: Room | null, now: number): DeadlineChange[] {
  const had = takenBy(before);
  const has = takenBy(after);
  const roomId = (after ?? before)?.id;
  if (roomId === undefined) return [];
  const gone = [...had.keys()].filter((user) => !has.has(user));
  const later: DeadlineChange[] = gone.map((userId) =>
    schedule(deadlines.own, userId, now, { roomId, userId }),
  );
  if (after === null) return [...later, cancel(deadlines.seats, ID), cancel(deadlines.round, ID)];
  if (gone.length === 0 && [...has].every(([user, connected]) => had.get(user) === connected)) return later;
  return [...later, schedule(deadlines.seats, ID, now, { roomId }), roundLater(after, now)];
}

/** The next comparison of a room: the last one finds it gone, and takes it off the lists of those who were in it. */
export function roundLater({ id, seats }: Room, now: number): DeadlineChange {
  const users = seats.map(({ userId }) => userId);
  return schedule(deadlines.round, ID, now + ROUND_MS, { roomId: id, users });
}

/** For a seat that is about to be taken: looks whether it was. */
export const ownLater = (roomId: RoomId, userId: UserId, dueAt: number): DeadlineChange =>
  schedule(deadlines.own, roomId, dueAt, { roomId, userId });

const takenBy = (room: Room | null | undefined) =>
  new Map((room?.seats ?? []).map(({ userId, connected }) => [userId, connected]));
