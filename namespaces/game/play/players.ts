/** Players of a room and its game: they come late, leave, are kicked, drop out, and agree to play again. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import type { UserId } from "../../../core/ids.ts";
import type { RoomDecision } from "../rooms/rules.ts";
import {
  checkFreeSeat,
  checkWelcome,
  handOver,
  newSeat,
  seatOf,
  shown,
  then,
  unchanged,
  unseat,
} from "../rooms/rules.ts";
import type { Play, Room, RoomEntry, Seat } from "../rooms/stored.ts";
import { advance, end, type MoveCircumstances, openContext, startGame } from "./play.ts";

/** A seat in the lobby, or in a running game that lets others join. */
export function takeSeat(
  room: Room,
  game: Game,
  user: Parameters<typeof newSeat>[0],
  circumstances: MoveCircumstances,
): RoomDecision {
  if (seatOf(room, user.userId) !== undefined) return unchanged;
  checkWelcome(room, user.userId);
  checkFreeSeat(room);
  const seated: Room = { ...room, seats: [...room.seats, newSeat(user)] };
  const { play } = room;
  if (room.phase === "lobby" || play === null) return shown(seated);
  if (game.onJoin === undefined)
    throw new GameError("conflict", { message: "the game has begun; watch it with spectate" });
  const players = play.players.includes(user.userId) ? play.players : [...play.players, user.userId];
  const team = user.team === undefined ? undefined : { team: user.team };
  const joined: Play = {
    ...{ ...play, players },
    ...(team && { teams: { ...play.teams, [user.userId]: team.team } }),
  };
  const { context, circumstance } = openContext(room, joined, circumstances);
  const update = game.onJoin(play.state, user.userId, context);
  return then(
    shown(seated),
    advance(seated, joined, game, update, context.now, (version) => {
      return { kind: "join", by: user.userId, ...team, ...circumstance(version) };
    }),
  );
}

/** The user leaves: a running game's rules decide what follows, and the seat is free. */
export function leave(room: Room, game: Game, user: UserId, circumstances: MoveCircumstances): RoomDecision {
  return vacate(room, game, user, circumstances, { kind: "left", userId: user });
}

/** How many kicked users a room remembers. */
const MAX_KICKED = 100;

/**
 * The owner kicks a user that plays or watches, who cannot come back.
 * @throws GameError `forbidden` for all but the owner, and in a match; `conflict` for the owner's own seat
 */
export function kick(
  room: Room,
  game: Game,
  by: UserId,
  user: UserId,
  circumstances: MoveCircumstances,
): RoomDecision {
  if (room.owner !== by) throw new GameError("forbidden", { message: "only the room's owner kicks" });
  if (room.match) throw new GameError("forbidden", { message: "nobody is kicked out of a match" });
  if (user === by) throw new GameError("conflict", { message: "to go oneself there is room:leave" });
  const kicked = [...room.kicked.filter((one) => one !== user), user].slice(-MAX_KICKED);
  const left: RoomEntry = { kind: "left", userId: user, kicked: true };
  const marked: Room = { ...room, kicked };
  if (seatOf(room, user) === undefined) return { room: marked, entries: [left] };
  return vacate(marked, game, user, circumstances, left);
}

function vacate(
  room: Room,
  game: Game,
  user: UserId,
  circumstances: MoveCircumstances,
  left: RoomEntry,
): RoomDecision {
  const dropped = dropFromGame(room, game, user, circumstances);
  const gone = then(dropped, unseat(dropped.room ?? room, user, left));
  return gone.room == null ? gone : then(gone, startIfAgreed(gone.room, game, circumstances));
}

/** The grace period is over. A running game's rules decide what follows, and the player may still watch; else the seat is free. */
export function forfeitSeat(
  room: Room,
  game: Game,
  user: UserId,
  circumstances: MoveCircumstances,
): RoomDecision {
  const seat = seatOf(room, user);
  if (seat === undefined || seat.connected || seat.dropped) return unchanged;
  if (room.phase !== "playing") return leave(room, game, user, circumstances);
  const marked = handOver({
    ...room,
    seats: room.seats.map((one) => (one === seat ? { ...one, dropped: true } : one)),
  });
  return then(shown(marked), dropFromGame(marked, game, user, circumstances));
}

/**
 * Agrees to play again, or withdraws that. When the last present player agrees, the next game starts in the same room and seats.
 * @throws GameError `conflict` where no game is over, or too few players are left
 */
export function agreeRematch(
  room: Room,
  game: Game,
  user: UserId,
  agree: boolean,
  circumstances: MoveCircumstances,
): RoomDecision {
  const seat = seatOf(room, user);
  if (seat === undefined) throw new GameError("not_found");
  if (room.phase !== "ended") throw new GameError("conflict", { message: "the game is not over" });
  if (room.seats.length < game.players.min)
    throw new GameError("conflict", { message: "too few players are left for another game" });
  if (room.rematch.includes(user) === agree) return unchanged;
  const others = room.rematch.filter((one) => one !== user);
  // A player that dropped out of the last game and agrees to another is back.
  const seats = agree
    ? room.seats.map((one) => (one === seat ? { ...one, dropped: false } : one))
    : room.seats;
  const agreed: Room = { ...room, seats, rematch: agree ? [...others, user] : others };
  return then(shown(agreed), startIfAgreed(agreed, game, circumstances));
}

function startIfAgreed(room: Room, game: Game, circumstances: MoveCircumstances): RoomDecision {
  if (room.phase !== "ended" || room.rematch.length < Math.max(1, game.players.min)) return unchanged;
  const agreed = (one: Seat) => room.rematch.includes(one.userId);
  if (room.seats.some((one) => !one.dropped && !agreed(one))) return unchanged;
  const gone = room.seats.filter((one) => !agreed(one));
  const again = handOver({ ...room, phase: "lobby", seats: room.seats.filter(agreed) });
  const started = startGame(again, game, circumstances);
  const left = gone.map(({ userId }): RoomEntry => ({ kind: "left", userId }));
  return { ...started, entries: [...left, ...started.entries] };
}

function dropFromGame(room: Room, game: Game, user: UserId, circumstances: MoveCircumstances): RoomDecision {
  const { play } = room;
  if (room.phase !== "playing" || play === null || !play.players.includes(user)) return unchanged;
  const { context, circumstance } = openContext(room, play, circumstances);
  const update = game.onDrop?.(play.state, user, context) ?? { state: play.state };
  const advanced = advance(room, play, game, update, context.now, (version) => {
    return { kind: "drop", by: user, ...circumstance(version) };
  });
  const present = room.seats.some(
    ({ userId, dropped }) => userId !== user && !dropped && play.players.includes(userId),
  );
  const now = advanced.room ?? room;
  if (present || now.phase === "ended") return advanced;
  return then(advanced, end(now, game, { winners: [], reason: "abandoned" }, context.now));
}
