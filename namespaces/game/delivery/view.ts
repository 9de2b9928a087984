/** A room in its form on the wire, and the part of its game that each receiver may see. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { Game, GameEvent } from "../../../core/games/game.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Play, Room, RoomEntry, Seat } from "../rooms/stored.ts";
import type { GameContract, RoomView } from "../schema.ts";

function playerView({ userId, name, connected, dropped, team }: Seat): RoomView["players"][number] {
  return {
    user_id: userId,
    name,
    connected,
    ...(dropped ? { dropped: true as const } : {}),
    ...(team === null ? {} : { team }),
  };
}

export function roomView(room: Room): RoomView {
  return {
    room_id: room.id,
    name: room.name,
    game: room.game,
    owner: room.owner,
    players: room.seats.map(playerView),
    max_players: room.maxPlayers,
    private: room.private,
    ...(room.joinCode === null ? {} : { join_code: room.joinCode }),
    phase: room.phase,
    created_at: new Date(room.createdAt).toISOString(),
    ...(room.labels === undefined || Object.keys(room.labels).length === 0 ? {} : { labels: room.labels }),
    ...(Object.keys(room.options).length === 0 ? {} : { options: room.options }),
    ...(room.play === null ? {} : { round: room.play.round }),
    ...(room.phase === "ended" ? { rematch: [...room.rematch] } : {}),
  };
}

/** When the present turn's time is over, as it goes over the wire. */
export const deadlineOf = ({ turn }: Play) =>
  turn === null ? {} : { deadline: new Date(turn.deadline).toISOString() };

/** The state as this user may see it: a player's view, or a spectator's. */
export function stateFor(
  game: Game,
  { state, players }: Pick<Play, "state" | "players">,
  viewer: UserId | null,
): unknown {
  if (game.view === undefined) return state;
  return game.view(state, viewer !== null && players.includes(viewer) ? viewer : null);
}

/** Whether all receivers get the same, so that it can be encoded once. */
export const sameForAll = (game: Game, events: readonly GameEvent[]) =>
  game.view === undefined && events.every(({ only }) => only === undefined);

/** The events that this user may get. */
function eventsFor(events: readonly GameEvent[], viewer: UserId | null): unknown[] {
  return events
    .filter(({ only }) => only === undefined || (viewer !== null && only.includes(viewer)))
    .map(({ only, ...payload }) => payload);
}

export function statePayload(
  roomId: string,
  game: Game,
  { play, events }: Pick<Extract<RoomEntry, { kind: "played" }>, "play" | "events">,
  viewer: UserId | null,
): PayloadOf<GameContract, "game_state"> {
  return {
    room_id: roomId,
    version: play.version,
    state: stateFor(game, play, viewer),
    events: eventsFor(events, viewer),
    ...deadlineOf(play),
  };
}

export const endedPayload = (
  roomId: string,
  { result, teams = [] }: Pick<Extract<RoomEntry, { kind: "ended" }>, "result" | "teams">,
): PayloadOf<GameContract, "game_ended"> => ({
  room_id: roomId,
  result,
  ...(teams.length > 0 && { teams: teams.map((members) => [...members]) }),
});

export function startedPayload(
  room: RoomView,
  game: Game,
  play: Play,
  viewer: UserId,
): PayloadOf<GameContract, "game_started"> {
  return {
    room_id: room.room_id,
    game: room.game,
    players: room.players,
    state: stateFor(game, play, viewer),
    version: play.version,
    ...deadlineOf(play),
  };
}
