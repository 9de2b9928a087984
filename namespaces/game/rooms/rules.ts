/** The rules of rooms and seats. Pure. A decision is the room as it will be (null: gone) and the entries for its members. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import type { Labels } from "../../../core/games/labels.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { roomView } from "../delivery/view.ts";
import type { Room, RoomEntry, Seat } from "./stored.ts";

export interface RoomDecision {
  /** Undefined: as it was. */
  readonly room: Room | null | undefined;
  readonly entries: readonly RoomEntry[];
  /** Entries for the log that the room's present game is replayed from. */
  readonly log?: readonly LogEntry[];
}

export const unchanged: RoomDecision = { room: undefined, entries: [] };

/** A decision whose last entry shows the room as it is then. */
export function shown(room: Room, ...before: RoomEntry[]): RoomDecision {
  return { room, entries: [...before, { kind: "updated", room: roomView(room) }] };
}

export interface NewRoom {
  readonly id: RoomId;
  readonly game: Game;
  readonly name?: string | undefined;
  readonly maxPlayers?: number | undefined;
  readonly private?: boolean | undefined;
  readonly joinCode: string | null;
  readonly labels?: Labels | undefined;
  readonly options?: unknown;
  readonly now: number;
}

/** @throws GameError `invalid_payload` where the game cannot have that many players, or not these options or labels */
export function openRoom(input: NewRoom, owner: Pick<Seat, "userId" | "name">): Room {
  const { game } = input;
  const maxPlayers = input.maxPlayers ?? game.players.max;
  checkPlaces(game, maxPlayers);
  return {
    id: input.id,
    name: input.name ?? `${owner.name}'s room`,
    game: game.name,
    owner: owner.userId,
    seats: [newSeat(owner)],
    maxPlayers,
    private: input.private ?? false,
    joinCode: input.joinCode,
    match: false,
    phase: "lobby",
    createdAt: input.now,
    options: game.optionsOf(input.options ?? {}),
    labels: game.labelsOf(input.labels ?? {}),
    rematch: [],
    kicked: [],
    play: null,
    result: null,
  };
}

/** @throws GameError `invalid_payload` where the game cannot have that many players */
export function checkPlaces({ name, players: { min, max } }: Game, maxPlayers: number): void {
  if (maxPlayers < min || maxPlayers > max)
    throw new GameError("invalid_payload", { message: `max_players of ${name}: ${min} to ${max}` });
}

export const newSeat = (user: Pick<Seat, "userId" | "name"> & { readonly team?: number }): Seat => ({
  userId: user.userId,
  name: user.name,
  team: user.team ?? null,
  connected: true,
  dropped: false,
});

export const seatOf = (room: Room, user: UserId) => room.seats.find(({ userId }) => userId === user);

/** @throws GameError `forbidden` for a user that the owner has kicked */
export function checkWelcome(room: Room, user: UserId): void {
  if (room.kicked.includes(user))
    throw new GameError("forbidden", { message: "the room's owner has removed you" });
}

/** @throws GameError `conflict` where the room is over, `room_full` where every seat is taken */
export function checkFreeSeat(room: Room): void {
  if (room.phase === "ended") throw new GameError("conflict", { message: "the game in this room is over" });
  if (room.seats.length >= room.maxPlayers) throw new GameError("room_full");
}

/** The seat is shown as held, or as taken again: also by a player who was dropped, where the game takes them back. */
export function markConnected(
  room: Room,
  user: UserId,
  connected: boolean,
  game?: Pick<Game, "takesBack">,
): RoomDecision {
  const seat = seatOf(room, user);
  if (seat === undefined) return unchanged;
  const isBack = connected && game?.takesBack === true && room.phase === "playing";
  const dropped = seat.dropped && !isBack;
  if (seat.connected === connected && seat.dropped === dropped) return unchanged;
  const seats = room.seats.map((one) => (one === seat ? { ...one, connected, dropped } : one));
  return shown({ ...room, seats });
}

/** Frees the seat. The room goes on with another owner, or is gone with its last player. */
export function unseat(
  room: Room,
  user: UserId,
  left: RoomEntry = { kind: "left", userId: user },
): RoomDecision {
  if (seatOf(room, user) === undefined) return unchanged;
  const seats = room.seats.filter(({ userId }) => userId !== user);
  if (seats.length === 0)
    return {
      room: null,
      entries: [left, { kind: "closed", room: roomView({ ...room, seats, phase: "ended" }) }],
    };
  const rematch = room.rematch.filter((one) => one !== user);
  return shown(handOver({ ...room, seats, rematch }), left);
}

/** Two decisions as one; the second was taken on the room of the first. */
export function then(first: RoomDecision, second: RoomDecision): RoomDecision {
  return {
    room: second.room === undefined ? first.room : second.room,
    entries: [...first.entries, ...second.entries],
    log: [...(first.log ?? []), ...(second.log ?? [])],
  };
}

/** Gives the room to another player where its owner has left or dropped out: to a connected one, where there is any. */
export function handOver(room: Room): Room {
  const there = seatOf(room, room.owner);
  if (there !== undefined && !there.dropped) return room;
  const next =
    room.seats.find((seat) => seat.connected && !seat.dropped) ??
    room.seats.find((seat) => !seat.dropped) ??
    room.seats[0];
  return next === undefined ? room : { ...room, owner: next.userId };
}
