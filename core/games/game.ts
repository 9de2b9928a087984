/** A game as a plain object: pure functions over a JSON state. It knows no sockets, no store and no clock. */
import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { GameError } from "../contract/errors.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { UserId } from "../ids.ts";
import type { Random } from "../random.ts";
import { missingIn } from "../realtime/definition.ts";
import type { Teams } from "../teams.ts";
import { parserOf } from "./arguments.ts";
import { jsonProblemOf } from "./json-state.ts";
import { labelsParser, type ParseLabels, problemsOfLabels } from "./labels.ts";

/** What a rule may know besides the state. */
export interface GameContext {
  /** The store's time in milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** Who owns the room: the creator, or whom it was handed to. */
  readonly owner: UserId;
  readonly teams: Teams;
}

/** Something that happened, told to the members with the new state. Its other fields are the game's own. */
export interface GameEvent {
  readonly type: string;
  /** Told to these players alone; left out: to everybody. Not sent itself. */
  readonly only?: readonly UserId[];
  readonly [detail: string]: unknown;
}

export interface GameUpdate<S> {
  readonly state: S;
  readonly events?: readonly GameEvent[];
}

/** How a game ended. */
export interface GameResult {
  /** Empty: a draw, or nobody was left. */
  readonly winners: readonly UserId[];
  /** The number of the team that won, in a game of teams. */
  readonly winning_team?: number;
  readonly reason: string;
  readonly scores?: readonly { readonly user_id: UserId; readonly score: number }[];
}

export interface GameAction<S> {
  /** An object schema; what does not fit is `invalid_payload`. */
  readonly args: TSchema;
  /** @throws GameError to refuse; then nothing changes */
  apply(state: S, by: UserId, args: unknown, context: GameContext): GameUpdate<S>;
}

/** Names an action's arguments for `apply`. */
export function action<S, A extends TSchema>(
  args: A,
  apply: (state: S, by: UserId, args: Static<A>, context: GameContext) => GameUpdate<S>,
): GameAction<S> {
  return { args, apply: (state, by, given, context) => apply(state, by, given as Static<A>, context) };
}

/** Whose turn it is: one player, or several who act at the same time in any order. Undefined: any player may act. */
export type TurnOf = UserId | readonly UserId[] | undefined;

/**
 * What the author of a game writes. `S` must survive JSON: no Map, Date, undefined or functions in it. What clients see of it is
 * `view`'s answer, else the state itself, so name its fields as they go over the wire.
 */
export interface GameDefinition<S> {
  readonly name: string;
  readonly players: { readonly min: number; readonly max: number };
  /** Of the options that a room or a matchmaking mode may give; `{}` must fit. Left out: none. */
  readonly options?: TSchema;
  /**
   * Of the labels that a room may have, by which others find it: strings, numbers and booleans, each optional or with a default. Left out:
   * any labels.
   */
  readonly labels?: TSchema;
  setup(players: readonly UserId[], options: Readonly<Record<string, unknown>>, context: GameContext): S;
  readonly actions: Readonly<Record<string, GameAction<S>>>;
  /**
   * Whose turn it is: anybody else's action is `not_your_turn`. For simultaneous moves: all who have not moved yet; the action of the
   * last one resolves the round.
   */
  turnOf?(state: S): TurnOf;
  /** How long the present turn may take, in milliseconds; undefined: as long as it likes. Goes with `onTimeout`. */
  turnMs?(state: S): number | undefined;
  /**
   * Tells turns apart: time starts again when this changes. Left out: when `turnOf` names somebody whom it did not name before.
   * After a time-out it starts again in any case.
   */
  turnId?(state: S): string | number;
  /** The turn's time is over: what happens instead of a move. Called once per turn, by one worker. */
  onTimeout?(state: S, context: GameContext): GameUpdate<S>;
  /** The result once the game is over; looked at after each change. */
  result?(state: S, context: Pick<GameContext, "teams">): GameResult | undefined;
  /** What one player, or a spectator (null), may see. Left out: everybody sees the whole state. */
  view?(state: S, viewer: UserId | null): unknown;
  /** How much later than the players spectators see the game, in milliseconds. Default 0. */
  readonly spectatorDelayMs?: number;
  /** `false`: no action log is kept, so the game cannot be replayed. For states that players send whole. Default true. */
  readonly logged?: boolean;
  /** A player left or stayed away too long. Left out: the game goes on without a change. */
  onDrop?(state: S, player: UserId, context: GameContext): GameUpdate<S>;
  /** A player who was away for too long and comes back plays on. Default: they may only watch. */
  readonly takesBack?: boolean;
  /** Somebody takes a seat while the game runs. Left out: nobody can. */
  onJoin?(state: S, player: UserId, context: GameContext): GameUpdate<S>;
}

/** What an action did, and the arguments that it took. */
interface ActionUpdate extends GameUpdate<unknown> {
  readonly args: unknown;
}

/** A checked game. Only its own functions know the type of its state. */
export interface Game extends GameDefinition<unknown> {
  /** The options, without those that the game does not have. @throws GameError `invalid_payload` */
  optionsOf(given: unknown): Readonly<Record<string, unknown>>;
  /** The labels of a room, with their defaults. @throws GameError `invalid_payload` */
  readonly labelsOf: ParseLabels;
  /** @throws GameError `invalid_payload` where the options do not fit */
  setup(
    players: readonly UserId[],
    options: Readonly<Record<string, unknown>>,
    context: GameContext,
  ): unknown;
  /** @param context default: no teams */
  result?(state: unknown, context?: Pick<GameContext, "teams">): GameResult | undefined;
  /**
   * @returns the update, and the arguments without those that the action does not take
   * @throws GameError `not_found` (no such action), `invalid_payload`, `not_your_turn`, or what the game refuses with
   */
  act(state: unknown, by: UserId, name: string, args: unknown, context: GameContext): ActionUpdate;
}

const GAME_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const ACTION_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const MOST_PLAYERS = 1000;
const MAX_SPECTATOR_DELAY_MS = 3_600_000;
const MIN_TURN_MS = 100;
const MAX_TURN_MS = 30 * 86_400_000;

export const isTurnMs = (ms: number) => ms >= MIN_TURN_MS && ms <= MAX_TURN_MS;

/**
 * Checks a game once and gives it the form that the server runs.
 * @throws Error that names the game and every mistake in it
 */
export function defineGame<S>(definition: GameDefinition<S>): Game {
  const problems = problemsOf(definition);
  if (problems.length > 0) throw new Error(`game "${String(definition?.name)}": ${problems.join("; ")}`);
  const parseOptions = parserOf(definition.options ?? Type.Object({}));
  const actions = new Map(
    Object.entries(definition.actions).map(([name, rule]) => [name, { parse: parserOf(rule.args), rule }]),
  );
  const game: GameDefinition<unknown> = definition;
  const optionsOf = (given: unknown) =>
    parseOptions(given, `these are no options of ${game.name}`) as Readonly<Record<string, unknown>>;

  return {
    ...game,
    optionsOf,
    labelsOf: labelsParser(definition.labels, definition.name),
    setup: (players, given, context) => game.setup(players, optionsOf(given), context),
    ...(game.result && {
      result: (state: unknown, context = { teams: [] as Teams }) => game.result?.(state, context),
    }),
    act(state, by, name, given, context) {
      const action = actions.get(name);
      if (action === undefined)
        throw new GameError("not_found", { message: `${game.name} has no such action` });
      const args = action.parse(given, `these are no arguments of ${name}`);
      const turn = game.turnOf?.(state);
      if (turn !== undefined && !(typeof turn === "string" ? turn === by : turn.includes(by)))
        throw new GameError("not_your_turn");
      const { events, state: next } = action.rule.apply(state as S, by, args, context);
      return { state: next, args, ...(events && { events }) };
    },
  };
}

/** Every field of a definition: one that is forgotten here does not compile. */
const FIELDS: { readonly [K in keyof Required<GameDefinition<never>>]: true } = {
  name: true,
  players: true,
  options: true,
  labels: true,
  setup: true,
  actions: true,
  turnOf: true,
  turnMs: true,
  turnId: true,
  onTimeout: true,
  onDrop: true,
  onJoin: true,
  result: true,
  view: true,
  spectatorDelayMs: true,
  logged: true,
  takesBack: true,
};

/** What a game has beside its definition: one may be made of another, with some fields in place of its own. */
const MADE: ReadonlySet<string> = new Set<keyof Game>(["optionsOf", "labelsOf", "act"]);

const NEEDED = { name: "string", players: "object", setup: "function", actions: "object" } as const;

/** Every mistake in a definition, as a person would say it; also tries a setup with the fewest players. */
function problemsOf<S>(game: GameDefinition<S>): string[] {
  if (typeof game !== "object" || game === null) return missingIn(game, NEEDED);
  const problems: string[] = [];
  for (const name of Object.keys(game))
    if (!Object.hasOwn(FIELDS, name) && !MADE.has(name))
      problems.push(`there is no field ${name}${didYouMean(name, Object.keys(FIELDS))}`);
  // A game is a copy of the definition's own fields: a class would lose its methods, a view that hides something among them.
  for (const name of Object.keys(FIELDS))
    if (name in game && !Object.hasOwn(game, name))
      problems.push(`${name} is inherited: a definition is a plain object`);
  const missing = missingIn(game, NEEDED);
  if (missing.length > 0) return [...problems, ...missing];
  const { min, max } = game.players;
  if (!GAME_NAME.test(game.name)) problems.push("the name must be lower case letters, digits and dashes");
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min || max > MOST_PLAYERS)
    problems.push(`players must be whole numbers with 1 ≤ min ≤ max ≤ ${MOST_PLAYERS}`);
  const actions = Object.entries(game.actions);
  if (actions.length === 0) problems.push("it needs at least one action");
  for (const [name, rule] of actions) {
    if (!ACTION_NAME.test(name)) problems.push(`action "${name}" must be lower case letters, digits and _`);
    const wrong = missingIn(rule, { args: "object", apply: "function" });
    if (wrong.length > 0)
      problems.push(`action "${name}" is made with action(args, apply): ${wrong.join(", ")}`);
    else if ((rule.args as { type?: unknown }).type !== "object")
      problems.push(`the args of action "${name}" must be an object schema`);
  }
  if (game.options !== undefined && !Compile(game.options).Check({}))
    problems.push("each option must be optional");
  problems.push(...problemsOfLabels(game.labels));
  if ((game.turnMs === undefined) !== (game.onTimeout === undefined))
    problems.push("turnMs and onTimeout go together");
  if (game.turnMs !== undefined && game.turnOf === undefined && game.turnId === undefined)
    problems.push("turnMs needs turnOf or turnId, which tell turns apart");
  const { spectatorDelayMs = 0 } = game;
  if (
    !Number.isInteger(spectatorDelayMs) ||
    spectatorDelayMs < 0 ||
    spectatorDelayMs > MAX_SPECTATOR_DELAY_MS
  )
    problems.push(`spectatorDelayMs must be a whole number from 0 to ${MAX_SPECTATOR_DELAY_MS}`);
  if (spectatorDelayMs > 0 && game.logged === false)
    problems.push("spectatorDelayMs needs the action log: the past is shown from it");
  return problems.length > 0 ? problems : problemsOfSetup(game);
}

function problemsOfSetup<S>(game: GameDefinition<S>): string[] {
  const players = Array.from({ length: game.players.min }, (_, i) => `player-${i + 1}` as UserId);
  const owner = players[0] as UserId;
  const state = game.setup(players, {}, { now: 0, random: { int: (min) => min }, owner, teams: [] });
  const problems: string[] = [];
  const notJson = jsonProblemOf(state);
  if (notJson !== undefined) problems.push(`the state of setup does not survive JSON: ${notJson}`);
  const turn = game.turnOf?.(state);
  const named = turn === undefined ? [] : typeof turn === "string" ? [turn] : turn;
  if (!named.every((user) => players.includes(user)))
    problems.push("turnOf names somebody who does not play");
  if (game.turnOf !== undefined && game.onDrop === undefined && players.length > 1)
    problems.push("a game with turns needs onDrop: a turn of somebody who is gone would never end");
  const ms = game.turnMs?.(state);
  if (ms !== undefined && !isTurnMs(ms))
    problems.push(`turnMs must be from ${MIN_TURN_MS} to ${MAX_TURN_MS}`);
  for (const viewer of [...players, null])
    if (game.view !== undefined && jsonProblemOf(game.view(state, viewer)) !== undefined) {
      problems.push(`the view of ${viewer === null ? "a spectator" : "a player"} does not survive JSON`);
      break;
    }
  if (game.result?.(state, { teams: [] }) !== undefined) problems.push("it is over before it has begun");
  return problems;
}
