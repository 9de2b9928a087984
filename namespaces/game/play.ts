/** The course of a room's game: start, actions, players who come late or drop out, the end. Pure. */
import { GameError } from "../../core/errors.ts";
import type { Game, GameContext, GameResult, GameUpdate } from "../../core/game.ts";
import type { UserId } from "../../core/ids.ts";
import type { Decision } from "./rules.ts";
import { checkFreeSeat, handOver, newSeat, seatOf, shown, unchanged, unseat } from "./rules.ts";
import type { Play, Room, RoomEntry, Seat } from "./stored.ts";
import { roomView, stateFor } from "./view.ts";

/** The largest state that an action may make, in UTF-16 units of its JSON: a room keeps many of them for late readers. */
const MAX_STATE_LENGTH = 65_536;

/** What the server hands to the rules. */
export type Circumstances = Pick<GameContext, "now" | "random">;

const contextOf = ({ owner }: Room, { now, random }: Circumstances): GameContext => ({ now, random, owner });

/** @throws GameError `conflict` where it runs already or players are missing */
export function startGame(
  room: Room,
  game: Game,
  circumstances: Circumstances,
  options: Readonly<Record<string, unknown>> = {},
): Decision & { room: Room } {
  if (room.phase !== "lobby") throw new GameError("conflict", { message: "the game has begun already" });
  const { min, max } = game.players;
  if (room.seats.length < min || room.seats.length > max)
    throw new GameError("conflict", { message: `${game.name} is for ${min} to ${max} players` });
  const players = room.seats.map(({ userId }) => userId);
  const state = game.setup(players, options, contextOf(room, circumstances));
  const play: Play = { players, state, version: 1, round: (room.play?.round ?? 0) + 1 };
  const playing: Room = { ...room, phase: "playing", play, result: null };
  const view = roomView(playing);
  return {
    room: playing,
    entries: [
      { kind: "updated", room: view },
      { kind: "started", game: game.name, room: view, play },
    ],
  };
}

export interface Move {
  readonly action: string;
  readonly args: unknown;
  /** The version that the player acts on; absent: whatever it is. */
  readonly version?: number | undefined;
}

/**
 * @throws GameError `conflict`, `forbidden`, `stale_version` (with the present version and view), `payload_too_large`, or what the
 *   game refuses with
 */
export function playMove(
  room: Room,
  game: Game,
  by: UserId,
  move: Move,
  circumstances: Circumstances,
): Decision & { version: number } {
  const { play } = room;
  if (room.phase !== "playing" || play === null)
    throw new GameError("conflict", { message: "no game is running in this room" });
  if (!play.players.includes(by) || seatOf(room, by) === undefined)
    throw new GameError("forbidden", { message: "only players act" });
  if (move.version !== undefined && move.version !== play.version)
    throw new GameError("stale_version", {
      details: { version: play.version, state: stateFor(game, play, by) },
    });
  const update = game.act(play.state, by, move.action, move.args ?? {}, contextOf(room, circumstances));
  if (JSON.stringify(update.state).length > MAX_STATE_LENGTH)
    throw new GameError("payload_too_large", { message: "the game's state would be too large" });
  const decision = advance(room, play, game, update);
  return { ...decision, version: decision.room?.play?.version ?? play.version };
}

/** A seat in the lobby, or in a running game that lets others join. */
export function takeSeat(
  room: Room,
  game: Game,
  user: Pick<Seat, "userId" | "name">,
  circumstances: Circumstances,
): Decision {
  if (seatOf(room, user.userId) !== undefined) return unchanged;
  checkFreeSeat(room);
  const seated: Room = { ...room, seats: [...room.seats, newSeat(user)] };
  const { play } = room;
  if (room.phase === "lobby" || play === null) return shown(seated);
  if (game.onJoin === undefined)
    throw new GameError("conflict", { message: "the game has begun; watch it with spectate" });
  const players = play.players.includes(user.userId) ? play.players : [...play.players, user.userId];
  const update = game.onJoin(play.state, user.userId, contextOf(room, circumstances));
  return then(shown(seated), advance(seated, { ...play, players }, game, update));
}

/** The user leaves of their own will: a running game hears of it, the seat is free. */
export function leave(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
  const dropped = dropFromGame(room, game, user, circumstances);
  return then(dropped, unseat(dropped.room ?? room, user));
}

/** The grace period is over: a running game's rules decide, and the player may still watch; elsewhere the seat is free. */
export function forfeitSeat(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
  const seat = seatOf(room, user);
  if (seat === undefined || seat.connected || seat.dropped) return unchanged;
  if (room.phase !== "playing") return unseat(room, user);
  const marked = handOver({
    ...room,
    seats: room.seats.map((one) => (one === seat ? { ...one, dropped: true } : one)),
  });
  return then(shown(marked), dropFromGame(marked, game, user, circumstances));
}

function dropFromGame(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
  const { play } = room;
  if (room.phase !== "playing" || play === null || !play.players.includes(user)) return unchanged;
  const update = game.onDrop?.(play.state, user, contextOf(room, circumstances)) ?? { state: play.state };
  const advanced = advance(room, play, game, update);
  const present = room.seats.some(
    ({ userId, dropped }) => userId !== user && !dropped && play.players.includes(userId),
  );
  const now = advanced.room ?? room;
  if (present || now.phase === "ended") return advanced;
  return then(advanced, end(now, { winners: [], reason: "abandoned" }));
}

/** The game after a change of its rules; nothing where they changed nothing. */
function advance(room: Room, before: Play, game: Game, update: GameUpdate<unknown>): Decision {
  const { state, events = [] } = update;
  if (state === before.state && events.length === 0)
    return room.play === before ? unchanged : { room: { ...room, play: before }, entries: [] };
  const play: Play = { ...before, state, version: before.version + 1 };
  const next: Room = { ...room, play };
  const played: RoomEntry = { kind: "played", game: game.name, play, events };
  const result = game.result?.(state);
  const decided: Decision = { room: next, entries: [played] };
  return result === undefined ? decided : then(decided, end(next, result));
}

function end(room: Room, result: GameResult): Decision {
  const ended: Room = { ...room, phase: "ended", result };
  return shown(ended, { kind: "ended", result });
}

/** Two decisions as one; the second was taken on the room of the first. */
function then(first: Decision, second: Decision): Decision {
  return {
    room: second.room === undefined ? first.room : second.room,
    entries: [...first.entries, ...second.entries],
  };
}
