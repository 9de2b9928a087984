/**
 * The outbox of a room: what a change brings about later, and in other partitions, as deadlines in its commit. Grace periods, turns, the
 * players' own lists, the lobby, the start and the end of a match. Pure.
 */
import type { RoomId, UserId } from "../../../core/ids.ts";
import { matchEnded } from "../../../core/ports/matches.ts";
import { cancel, type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { deadlines, type Room, type RoomEntry } from "./stored.ts";

/** How long after a room's end its join code is checked: the room must be gone by then. */
const CODE_SLACK_MS = 10_000;

/** The deadlines that a change of a room sets and cancels. */
export function laterOf(
  before: Room | undefined,
  after: Room | null,
  entries: readonly RoomEntry[],
  {
    now,
    seatUntil,
    goneAt,
    lonelyUntil,
    tellsEnds,
  }: {
    readonly now: number;
    readonly seatUntil: number;
    readonly goneAt: number;
    readonly lonelyUntil: number;
    readonly tellsEnds: boolean;
  },
): DeadlineChange[] {
  const room = after ?? before;
  if (room === undefined) return [];
  const { id: roomId, game, joinCode } = room;
  const later = seatOutbox(before, after, now);

  const wasHeld = heldSeats(before);
  const isHeld = heldSeats(after);
  for (const user of wasHeld) if (!isHeld.has(user)) later.push(cancel(deadlines.seat, user));
  for (const user of isHeld)
    if (!wasHeld.has(user)) later.push(schedule(deadlines.seat, user, seatUntil, { roomId }));

  const was = runningTurn(before);
  const is = runningTurn(after);
  if (is !== null && is.since !== was?.since)
    later.push(schedule(deadlines.turn, "turn", is.deadline, { roomId, since: is.since }));
  if (is === null && was !== null) later.push(cancel(deadlines.turn, "turn"));

  const opens = before === undefined && after?.phase === "lobby";
  if (opens) later.push(schedule(deadlines.lonely, "lonely", lonelyUntil, { roomId }));
  if (before?.phase === "lobby" && after?.phase !== "lobby") later.push(cancel(deadlines.lonely, "lonely"));

  for (const entry of entries) {
    if (entry.kind === "started") {
      const { round } = entry.play;
      later.push(schedule(deadlines.started, `round-${round}`, now, { roomId, round }));
    }
    if (entry.kind === "ended" && tellsEnds && room.play !== null) {
      const { round } = room.play;
      later.push(schedule(deadlines.ended, `ended-${round}`, now, { roomId, round }));
    }
    if (entry.kind === "ended" && room.match) {
      const players = room.play?.players ?? [];
      const { result, teams } = entry;
      const ended = { matchId: roomId, players, result, ...(teams && { teams }) };
      later.push(schedule(matchEnded, roomId, now, ended));
    }
  }
  if (!room.private && entries.some(({ kind }) => kind === "updated" || kind === "closed"))
    later.push(schedule(deadlines.listed, "listed", now, { roomId, game }));
  if (joinCode !== null && (after === null || after.phase === "ended"))
    later.push(schedule(deadlines.code, joinCode, after === null ? now : goneAt + CODE_SLACK_MS, { roomId }));
  return later;
}

const runningTurn = (room: Room | null | undefined) =>
  room?.phase === "playing" ? (room.play?.turn ?? null) : null;

/** Users whose seat waits for them. */
function heldSeats(room: Room | null | undefined): Set<UserId> {
  const held = (room?.seats ?? []).filter(({ connected, dropped }) => !connected && !dropped);
  return new Set(held.map(({ userId }) => userId));
}

/** How often the seats of a room are compared without a change, in milliseconds. */
const ROUND_MS = 5 * 60_000;
const SEATS = "seats";

/** What follows from a change of seats: the players' own lists, and a comparison of the seats with presence. */
function seatOutbox(before: Room | undefined, after: Room | null, now: number): DeadlineChange[] {
  const had = takenBy(before);
  const has = takenBy(after);
  const roomId = (after ?? before)?.id;
  if (roomId === undefined) return [];
  const gone = [...had.keys()].filter((user) => !has.has(user));
  const later: DeadlineChange[] = gone.map((userId) =>
    schedule(deadlines.own, userId, now, { roomId, userId }),
  );
  if (after === null) return [...later, cancel(deadlines.seats, SEATS), cancel(deadlines.round, SEATS)];
  if (gone.length === 0 && [...has].every(([user, connected]) => had.get(user) === connected)) return later;
  return [...later, schedule(deadlines.seats, SEATS, now, { roomId }), roundLater(after, now)];
}

/** The next comparison of a room. The last one finds it gone, and takes it off the lists of the users that were in it. */
export function roundLater({ id, seats }: Room, now: number): DeadlineChange {
  const users = seats.map(({ userId }) => userId);
  return schedule(deadlines.round, SEATS, now + ROUND_MS, { roomId: id, users });
}

/** For a seat that is about to be taken: checks whether it was. */
export const ownLater = (roomId: RoomId, userId: UserId, dueAt: number): DeadlineChange =>
  schedule(deadlines.own, roomId, dueAt, { roomId, userId });

const takenBy = (room: Room | null | undefined) =>
  new Map((room?.seats ?? []).map(({ userId, connected }) => [userId, connected]));
