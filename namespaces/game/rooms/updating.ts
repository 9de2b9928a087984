/** What the owner changes of a room. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import type { Label, Labels } from "../../../core/games/labels.ts";
import type { UserId } from "../../../core/ids.ts";
import { checkPlaces, type RoomDecision, seatOf, shown, unchanged } from "./rules.ts";
import type { Room } from "./stored.ts";

/** What is left out stays as it is. */
export interface RoomUpdate {
  readonly name?: string | undefined;
  /** Null: the label goes, or has the game's default again. */
  readonly labels?: Readonly<Record<string, Label | null>> | undefined;
  readonly max_players?: number | undefined;
}

/**
 * @throws GameError `not_found` without a seat, `forbidden` for who is not the owner, `conflict` in a match or after the game,
 * `invalid_payload` for labels or places that the game does not have
 */
export function updateRoom(room: Room, game: Game, user: UserId, wish: RoomUpdate): RoomDecision {
  if (seatOf(room, user) === undefined) throw new GameError("not_found");
  if (room.match) throw new GameError("conflict", { message: "a match cannot be changed" });
  if (room.owner !== user) throw new GameError("forbidden", { message: "only the room's owner changes it" });
  if (room.phase === "ended") throw new GameError("conflict", { message: "the game in this room is over" });
  const { name = room.name, max_players: maxPlayers = room.maxPlayers } = wish;
  if (maxPlayers !== room.maxPlayers) checkResize(room, game, maxPlayers);
  const labels = wish.labels === undefined ? room.labels : game.labelsOf(merged(room.labels, wish.labels));
  const next: Room = { ...room, name, maxPlayers, ...(labels !== undefined && { labels }) };
  return JSON.stringify(next) === JSON.stringify(room) ? unchanged : shown(next);
}

function checkResize(room: Room, game: Game, maxPlayers: number): void {
  if (room.phase !== "lobby")
    throw new GameError("conflict", { message: "max_players changes in the lobby only" });
  checkPlaces(game, maxPlayers);
  if (maxPlayers < room.seats.length)
    throw new GameError("conflict", { message: `${room.seats.length} seats are taken` });
}

function merged(before: Labels = {}, changed: NonNullable<RoomUpdate["labels"]>): Labels {
  const all = Object.entries({ ...before, ...changed });
  return Object.fromEntries(all.filter((one): one is [string, Label] => one[1] !== null));
}
