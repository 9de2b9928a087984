/** The course of a room's game: start, actions, turns that time out, players who come late or drop out, the end. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game, GameContext, GameResult, GameUpdate } from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { UserId } from "../../../core/ids.ts";
import { recording } from "../../../core/random.ts";
import { roomView, stateFor } from "../delivery/view.ts";
import type { Decision } from "../rooms/rules.ts";
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
import { nextTurn } from "./turn.ts";

/** The largest state that an action may make, in UTF-16 units of its JSON: a room keeps many of them for late readers. */
const MAX_STATE_LENGTH = 65_536;
/** The largest arguments of an action that is logged: the log keeps thousands of them. */
const MAX_LOGGED_ARGS_LENGTH = 4_096;

/** What the server hands to the rules. */
export type Circumstances = Pick<GameContext, "now" | "random">;

/** A context for the rules that keeps what they draw, and what the log says of it afterwards. */
function openContext({ owner }: Room, { now, random }: Circumstances) {
  const kept = recording(random);
  const context: GameContext = { now, random: kept, owner };
  return { context, circumstance: (version: number) => ({ version, at: now, owner, draws: kept.draws }) };
}

/** @throws GameError `conflict` where it runs already or players are missing */
export function startGame(room: Room, game: Game, circumstances: Circumstances): Decision & { room: Room } {
  if (room.phase !== "lobby") throw new GameError("conflict", { message: "the game has begun already" });
  const { min, max } = game.players;
  if (room.seats.length < min || room.seats.length > max)
    throw new GameError("conflict", { message: `${game.name} is for ${min} to ${max} players` });
  const players = room.seats.map(({ userId }) => userId);
  const { context, circumstance } = openContext(room, circumstances);
  const { options } = room;
  const state = game.setup(players, options, context);
  const version = (room.play?.version ?? 0) + 1;
  const turn = nextTurn(game, undefined, state, version, circumstances.now);
  const play: Play = { players, state, version, round: (room.play?.round ?? 0) + 1, first: version, turn };
  const playing: Room = { ...room, phase: "playing", play, rematch: [], result: null };
  const view = roomView(playing);
  return {
    room: playing,
    entries: [
      { kind: "updated", room: view },
      { kind: "started", game: game.name, room: view, play },
    ],
    log: logged(game, { kind: "start", game: game.name, players, options, ...circumstance(version) }),
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
  const { context, circumstance } = openContext(room, circumstances);
  const { args, ...update } = game.act(play.state, by, move.action, move.args ?? {}, context);
  if (game.logged !== false && JSON.stringify(args).length > MAX_LOGGED_ARGS_LENGTH)
    throw new GameError("payload_too_large", { message: "the action's arguments are too large" });
  if (JSON.stringify(update.state).length > MAX_STATE_LENGTH)
    throw new GameError("payload_too_large", { message: "the game's state would be too large" });
  const decision = advance(room, play, game, update, context.now, (version) => {
    return { kind: "action", by, action: move.action, args, ...circumstance(version) };
  });
  return { ...decision, version: decision.room?.play?.version ?? play.version };
}

/** The turn's time is over, unless it has ended meanwhile. */
export function timeOutTurn(room: Room, game: Game, since: number, circumstances: Circumstances): Decision {
  const { play } = room;
  if (room.phase !== "playing" || play?.turn?.since !== since) return unchanged;
  const { context, circumstance } = openContext(room, circumstances);
  const update = game.onTimeout?.(play.state, context) ?? { state: play.state };
  // Even where the rules change nothing, a new turn begins: its version is what later deadlines are told apart by.
  const version = play.version + 1;
  const turn = nextTurn(game, undefined, update.state, version, context.now);
  return progress(
    { ...room, play: { ...play, state: update.state, version, turn } },
    game,
    update,
    context.now,
    {
      kind: "timeout",
      ...circumstance(version),
    },
  );
}

/** A seat in the lobby, or in a running game that lets others join. */
export function takeSeat(
  room: Room,
  game: Game,
  user: Parameters<typeof newSeat>[0],
  circumstances: Circumstances,
): Decision {
  if (seatOf(room, user.userId) !== undefined) return unchanged;
  checkWelcome(room, user.userId);
  checkFreeSeat(room);
  const seated: Room = { ...room, seats: [...room.seats, newSeat(user)] };
  const { play } = room;
  if (room.phase === "lobby" || play === null) return shown(seated);
  if (game.onJoin === undefined)
    throw new GameError("conflict", { message: "the game has begun; watch it with spectate" });
  const players = play.players.includes(user.userId) ? play.players : [...play.players, user.userId];
  const { context, circumstance } = openContext(room, circumstances);
  const update = game.onJoin(play.state, user.userId, context);
  return then(
    shown(seated),
    advance(seated, { ...play, players }, game, update, context.now, (version) => {
      return { kind: "join", by: user.userId, ...circumstance(version) };
    }),
  );
}

/** The user leaves of their own will: a running game hears of it, the seat is free. */
export function leave(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
  return vacate(room, game, user, circumstances, { kind: "left", userId: user });
}

/** How many a room remembers as kicked. */
const MAX_KICKED = 100;

/**
 * The owner wants the user out, as a player or as somebody who watches: they do not come back.
 * @throws GameError `forbidden` for all but the owner, and in a match; `conflict` for the owner's own seat
 */
export function kick(
  room: Room,
  game: Game,
  by: UserId,
  user: UserId,
  circumstances: Circumstances,
): Decision {
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
  circumstances: Circumstances,
  left: RoomEntry,
): Decision {
  const dropped = dropFromGame(room, game, user, circumstances);
  const gone = then(dropped, unseat(dropped.room ?? room, user, left));
  return gone.room == null ? gone : then(gone, startIfAgreed(gone.room, game, circumstances));
}

/** The grace period is over: a running game's rules decide, and the player may still watch; elsewhere the seat is free. */
export function forfeitSeat(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
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
 * Agrees, or agrees no more, to play again: with the last player who is there the next game starts in the same room and seats.
 * @throws GameError `conflict` where no game is over, or too few players are left
 */
export function agreeRematch(
  room: Room,
  game: Game,
  user: UserId,
  agree: boolean,
  circumstances: Circumstances,
): Decision {
  const seat = seatOf(room, user);
  if (seat === undefined) throw new GameError("not_found");
  if (room.phase !== "ended") throw new GameError("conflict", { message: "the game is not over" });
  if (room.seats.length < game.players.min)
    throw new GameError("conflict", { message: "too few players are left for another game" });
  if (room.rematch.includes(user) === agree) return unchanged;
  const others = room.rematch.filter((one) => one !== user);
  // Who dropped out of the last game and asks for another is back.
  const seats = agree
    ? room.seats.map((one) => (one === seat ? { ...one, dropped: false } : one))
    : room.seats;
  const agreed: Room = { ...room, seats, rematch: agree ? [...others, user] : others };
  return then(shown(agreed), startIfAgreed(agreed, game, circumstances));
}

function startIfAgreed(room: Room, game: Game, circumstances: Circumstances): Decision {
  if (room.phase !== "ended" || room.rematch.length < Math.max(1, game.players.min)) return unchanged;
  const agreed = (one: Seat) => room.rematch.includes(one.userId);
  if (room.seats.some((one) => !one.dropped && !agreed(one))) return unchanged;
  const gone = room.seats.filter((one) => !agreed(one));
  const again = handOver({ ...room, phase: "lobby", seats: room.seats.filter(agreed) });
  const started = startGame(again, game, circumstances);
  const left = gone.map(({ userId }): RoomEntry => ({ kind: "left", userId }));
  return { ...started, entries: [...left, ...started.entries] };
}

function dropFromGame(room: Room, game: Game, user: UserId, circumstances: Circumstances): Decision {
  const { play } = room;
  if (room.phase !== "playing" || play === null || !play.players.includes(user)) return unchanged;
  const { context, circumstance } = openContext(room, circumstances);
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

/**
 * The game after a change of its rules; nothing where they changed nothing.
 * @param note what the log says of it
 */
function advance(
  room: Room,
  before: Play,
  game: Game,
  update: GameUpdate<unknown>,
  now: number,
  note: (version: number) => LogEntry,
): Decision {
  const { state, events = [] } = update;
  if (state === before.state && events.length === 0) {
    if (room.play === before) return unchanged;
    return { room: { ...room, play: before }, entries: [], log: logged(game, note(before.version)) };
  }
  const version = before.version + 1;
  const turn = nextTurn(game, before, state, version, now);
  return progress({ ...room, play: { ...before, state, version, turn } }, game, update, now, note(version));
}

/** Tells of the room's new play, and ends the game where it is over. */
function progress(
  room: Room & { readonly play: Play },
  game: Game,
  { state, events = [] }: GameUpdate<unknown>,
  now: number,
  entry: LogEntry,
): Decision {
  const played: RoomEntry = { kind: "played", game: game.name, play: room.play, events };
  const decided: Decision = { room, entries: [played], log: logged(game, entry) };
  const result = game.result?.(state);
  return result === undefined ? decided : then(decided, end(room, game, result, now));
}

function end(room: Room, game: Game, result: GameResult, now: number): Decision {
  const play = room.play === null ? null : { ...room.play, turn: null };
  const ended: Room = { ...room, phase: "ended", play, result };
  const version = play?.version ?? 0;
  return {
    ...shown(ended, { kind: "ended", result }),
    log: logged(game, { kind: "end", version, at: now, result }),
  };
}

const logged = (game: Game, entry: LogEntry) => (game.logged === false ? [] : [entry]);
