/** The steps of a room's game: its start, actions, turns and their time limits, the end. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import {
  type Game,
  type GameContext,
  type GameResult,
  type GameUpdate,
  isTurnMs,
  type TurnOf,
} from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { UserId } from "../../../core/ids.ts";
import { recording } from "../../../core/random.ts";
import { teamNumbers, teamsOf } from "../../../core/teams.ts";
import { roomView, stateFor } from "../delivery/view.ts";
import type { RoomDecision } from "../rooms/rules.ts";
import { seatOf, shown, then, unchanged } from "../rooms/rules.ts";
import type { Play, Room, RoomEntry, RoomTurn } from "../rooms/stored.ts";

/** The largest state that an action may make, in UTF-16 units of its JSON: a room keeps many of them for late readers. */
const MAX_STATE_LENGTH = 65_536;
/** The largest arguments of an action that is logged: the log keeps thousands of them. */
const MAX_LOGGED_ARGS_LENGTH = 4_096;

/** What the server passes to the rules. */
export type MoveCircumstances = Pick<GameContext, "now" | "random">;

/** A context for the rules that records their random draws, and the log's record of it afterwards. */
export function openContext(
  { owner }: Room,
  { players, teams: numbers }: Pick<Play, "players" | "teams">,
  { now, random }: MoveCircumstances,
) {
  const kept = recording(random);
  const context: GameContext = { now, random: kept, owner, teams: teamsOf(players, numbers) };
  return { context, circumstance: (version: number) => ({ version, at: now, owner, draws: kept.draws }) };
}

/** @throws GameError `conflict` where it runs already or players are missing */
export function startGame(
  room: Room,
  game: Game,
  circumstances: MoveCircumstances,
): RoomDecision & { room: Room } {
  if (room.phase !== "lobby") throw new GameError("conflict", { message: "the game has begun already" });
  const { min, max } = game.players;
  if (room.seats.length < min || room.seats.length > max)
    throw new GameError("conflict", { message: `${game.name} is for ${min} to ${max} players` });
  const players = room.seats.map(({ userId }) => userId);
  const numbers = teamNumbers(room.seats);
  const teams = numbers && { teams: numbers };
  const { context, circumstance } = openContext(room, { players, ...teams }, circumstances);
  const { options } = room;
  const state = game.setup(players, options, context);
  const version = (room.play?.version ?? 0) + 1;
  const turn = nextTurn(game, undefined, state, version, circumstances.now);
  const round = (room.play?.round ?? 0) + 1;
  const play: Play = { players, state, version, round, first: version, turn, ...teams };
  const playing: Room = { ...room, phase: "playing", play, rematch: [], result: null };
  const view = roomView(playing);
  return {
    room: playing,
    entries: [
      { kind: "updated", room: view },
      { kind: "started", game: game.name, room: view, play },
    ],
    log: logged(game, {
      kind: "start",
      game: game.name,
      players,
      options,
      ...teams,
      ...circumstance(version),
    }),
  };
}

export interface SubmittedMove {
  readonly action: string;
  readonly args: unknown;
  /** The version that the player acts on. Default: the present one. */
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
  move: SubmittedMove,
  circumstances: MoveCircumstances,
): RoomDecision & { version: number } {
  const { play } = room;
  if (room.phase !== "playing" || play === null)
    throw new GameError("conflict", { message: "no game is running in this room" });
  if (!play.players.includes(by) || seatOf(room, by) === undefined)
    throw new GameError("forbidden", { message: "only players act" });
  if (move.version !== undefined && move.version !== play.version)
    throw new GameError("stale_version", {
      details: { version: play.version, state: stateFor(game, play, by) },
    });
  const { context, circumstance } = openContext(room, play, circumstances);
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
export function timeOutTurn(
  room: Room,
  game: Game,
  since: number,
  circumstances: MoveCircumstances,
): RoomDecision {
  const { play } = room;
  if (room.phase !== "playing" || play?.turn?.since !== since) return unchanged;
  const { context, circumstance } = openContext(room, play, circumstances);
  const update = game.onTimeout?.(play.state, context) ?? { state: play.state };
  // Even where the rules change nothing, a new turn begins: its version distinguishes later deadlines.
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

/**
 * The game after an update by its rules; unchanged where they changed nothing.
 * @param note makes the entry of the log
 */
export function advance(
  room: Room,
  before: Play,
  game: Game,
  update: GameUpdate<unknown>,
  now: number,
  note: (version: number) => LogEntry,
): RoomDecision {
  const { state, events = [] } = update;
  if (state === before.state && events.length === 0) {
    if (room.play === before) return unchanged;
    return { room: { ...room, play: before }, entries: [], log: logged(game, note(before.version)) };
  }
  const version = before.version + 1;
  const turn = nextTurn(game, before, state, version, now);
  return progress({ ...room, play: { ...before, state, version, turn } }, game, update, now, note(version));
}

/** Adds the entry of the room's new play, and ends the game where it is over. */
function progress(
  room: Room & { readonly play: Play },
  game: Game,
  { state, events = [] }: GameUpdate<unknown>,
  now: number,
  entry: LogEntry,
): RoomDecision {
  const played: RoomEntry = { kind: "played", game: game.name, play: room.play, events };
  const decided: RoomDecision = { room, entries: [played], log: logged(game, entry) };
  const teams = teamsOf(room.play.players, room.play.teams);
  const result = game.result?.(state, { teams });
  return result === undefined ? decided : then(decided, end(room, game, result, now));
}

export function end(room: Room, game: Game, result: GameResult, now: number): RoomDecision {
  const play = room.play === null ? null : { ...room.play, turn: null };
  const ended: Room = { ...room, phase: "ended", play, result };
  const version = play?.version ?? 0;
  const teams = teamsOf(play?.players ?? [], play?.teams);
  return {
    ...shown(ended, { kind: "ended", result, ...(teams.length > 0 && { teams }) }),
    log: logged(game, { kind: "end", version, at: now, result }),
  };
}

const logged = (game: Game, entry: LogEntry) => (game.logged === false ? [] : [entry]);

interface TurnBefore {
  readonly state: unknown;
  readonly turn: RoomTurn | null;
}

/**
 * The turn after a change of the game; the same one goes on with the time it has left.
 * @param before undefined at the start, and where the turn before has just timed out: then a new one begins
 * @throws Error where the game gives an invalid time limit
 */
function nextTurn(
  game: Game,
  before: TurnBefore | undefined,
  state: unknown,
  version: number,
  now: number,
): RoomTurn | null {
  const ms = game.turnMs?.(state);
  if (ms === undefined) return null;
  if (before?.turn != null && isSameTurn(game, before.state, state)) return before.turn;
  if (!isTurnMs(ms)) throw new Error(`game "${game.name}": turnMs gave ${ms}`);
  return { since: version, deadline: now + ms };
}

function isSameTurn(game: Game, before: unknown, after: unknown): boolean {
  if (game.turnId !== undefined) return game.turnId(before) === game.turnId(after);
  const waitedFor = new Set(listOf(game.turnOf?.(before)));
  return listOf(game.turnOf?.(after)).every((user) => waitedFor.has(user));
}

function listOf(turn: TurnOf) {
  if (turn === undefined) return [];
  return typeof turn === "string" ? [turn] : turn;
}
