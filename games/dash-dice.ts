/** dash-dice: roll as often as you dare, then bank. A one loses the turn's points and the turn. What wins is the mode's. */
import { Type } from "typebox";
import { GameError } from "../core/contract/errors.ts";
import type { GameEvent, GameUpdate } from "../core/games/game.ts";
import { action, defineGame } from "../core/games/game.ts";
import type { UserId } from "../core/ids.ts";
import { type DashDiceMode, MODES, type ModeRules } from "./dash-dice/modes.ts";

export type { DashDiceMode } from "./dash-dice/modes.ts";

export interface DashDicePlayer {
  readonly user_id: UserId;
  /** What was banked; in `zero_hour` what is left to bank. */
  readonly score: number;
  /** Turns that have ended. */
  readonly turns: number;
  /** Turns in a row that were not played in time. */
  readonly timeouts: number;
  /** Left, or stayed away too long: no turn comes any more. */
  readonly forfeited: boolean;
}

export interface DashDiceState {
  readonly mode: DashDiceMode;
  readonly target: number;
  readonly turn_seconds: number;
  /** Counts the turns, from 1. */
  readonly turn_number: number;
  /** Whose turn it is; of the last one to act once the game is over. */
  readonly turn: UserId;
  /** At stake in this turn. */
  readonly turn_points: number;
  /** The last throw of this turn; null before the first. */
  readonly last_roll: number | null;
  readonly players: readonly DashDicePlayer[];
  readonly winner: UserId | null;
  readonly reason: "target" | "forfeit" | null;
}

const TURN_SECONDS = 120;
/** So many turns in a row that are not played forfeit the game. */
const MOST_TIMEOUTS = 3;
const none = Type.Object({});

export const dashDice = defineGame<DashDiceState>({
  name: "dash-dice",
  players: { min: 2, max: 32 },
  options: Type.Object({
    mode: Type.Optional(
      Type.Union([
        Type.Literal("classic"),
        Type.Literal("quickfire"),
        Type.Literal("zero_hour"),
        Type.Literal("true_grit"),
      ]),
    ),
    /** Left out: the mode's own. */
    target: Type.Optional(Type.Integer({ minimum: 10, maximum: 10_000 })),
    turn_seconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 86_400 })),
  }),

  setup(players, options) {
    const mode = options.mode === undefined ? "classic" : (options.mode as DashDiceMode);
    const rules = MODES[mode];
    const target = typeof options.target === "number" ? options.target : rules.target;
    return {
      mode,
      target,
      turn_seconds: typeof options.turn_seconds === "number" ? options.turn_seconds : TURN_SECONDS,
      turn_number: 1,
      turn: first(players),
      turn_points: 0,
      last_roll: null,
      players: players.map((user_id) => {
        return { user_id, score: rules.startScore(target), turns: 0, timeouts: 0, forfeited: false };
      }),
      winner: null,
      reason: null,
    };
  },

  turnOf: (state) => state.turn,
  turnId: (state) => state.turn_number,
  turnMs: (state) => state.turn_seconds * 1_000,

  actions: {
    roll: action(none, (before: DashDiceState, by, _args, { random }) => {
      const state = awake(before, by);
      const value = random.int(1, 6);
      if (value > 1) {
        const turn_points = state.turn_points + value;
        return {
          state: { ...state, turn_points, last_roll: value },
          events: [{ type: "rolled", user_id: by, value, turn_points }],
        };
      }
      return endTurn({ ...state, last_roll: value }, [
        { type: "rolled", user_id: by, value, turn_points: 0 },
        { type: "lost", user_id: by, points: state.turn_points },
      ]);
    }),

    bank: action(none, (before: DashDiceState, by) => {
      if (before.turn_points === 0)
        throw new GameError("conflict", { message: "there is nothing to bank: roll first" });
      const state = awake(before, by);
      const points = state.turn_points;
      const score = rulesOf(state).bank(playerOf(state, by)?.score ?? 0, points);
      if (score === undefined) return endTurn(state, [{ type: "lost", user_id: by, points }]);
      return endTurn(changed(state, by, { score }), [{ type: "banked", user_id: by, points, score }]);
    }),
  },

  onTimeout(state) {
    const by = state.turn;
    const timeouts = (playerOf(state, by)?.timeouts ?? 0) + 1;
    const events: GameEvent[] = [{ type: "timed_out", user_id: by, points: state.turn_points }];
    const late = changed(state, by, { timeouts });
    return timeouts < MOST_TIMEOUTS ? endTurn(late, events) : forfeit(late, by, events);
  },

  onDrop: (state, dropped) => forfeit(state, dropped, []),

  result: ({ winner, reason, players }) =>
    winner === null
      ? undefined
      : {
          winners: [winner],
          reason: reason ?? "target",
          scores: players.map(({ user_id, score }) => ({ user_id, score })),
        },
});

const rulesOf = ({ mode }: DashDiceState): ModeRules => MODES[mode];
const playerOf = ({ players }: DashDiceState, id: UserId) => players.find(({ user_id }) => user_id === id);

const changed = (state: DashDiceState, id: UserId, change: Partial<DashDicePlayer>): DashDiceState => ({
  ...state,
  players: state.players.map((one) => (one.user_id === id ? { ...one, ...change } : one)),
});

/** Who acts has not slept. */
const awake = (state: DashDiceState, by: UserId) =>
  playerOf(state, by)?.timeouts === 0 ? state : changed(state, by, { timeouts: 0 });

/** The turn is over: the game is won, or the turn passes on and what was at stake is gone. */
function endTurn(before: DashDiceState, events: readonly GameEvent[]): GameUpdate<DashDiceState> {
  const turns = (playerOf(before, before.turn)?.turns ?? 0) + 1;
  const state = { ...changed(before, before.turn, { turns }), turn_points: 0 };
  const rules = rulesOf(state);
  const winner = rules.winner(active(state), state);
  if (winner !== undefined) return { state: { ...state, winner, reason: "target" }, events };
  return passTurn(state, events);
}

/** The turn goes to the next player in order of seats to whom the mode gives one. */
function passTurn(state: DashDiceState, events: readonly GameEvent[]): GameUpdate<DashDiceState> {
  const { players } = state;
  const from = players.findIndex((player) => player.user_id === state.turn);
  const inOrder = [...players.slice(from + 1), ...players.slice(0, from + 1)];
  const next = rulesOf(state).next(inOrder.filter((player) => !player.forfeited));
  const turn = next?.user_id ?? state.turn;
  return {
    state: { ...state, turn, turn_points: 0, turn_number: state.turn_number + 1 },
    events: [...events, { type: "turn", user_id: turn }],
  };
}

function forfeit(
  before: DashDiceState,
  dropped: UserId,
  earlier: readonly GameEvent[],
): GameUpdate<DashDiceState> {
  const player = playerOf(before, dropped);
  if (player === undefined || player.forfeited || before.winner !== null) return { state: before };
  const state = changed(before, dropped, { forfeited: true });
  const events: GameEvent[] = [...earlier, { type: "forfeited", user_id: dropped }];
  const [last, ...others] = active(state);
  if (last !== undefined && others.length === 0)
    return { state: { ...state, winner: last.user_id, reason: "forfeit" }, events };
  // In a mode of few turns the others may have had all of theirs.
  const winner = rulesOf(state).winner(active(state), state);
  if (winner !== undefined) return { state: { ...state, winner, reason: "target" }, events };
  return state.turn === dropped ? passTurn(state, events) : { state, events };
}

const active = ({ players }: DashDiceState) => players.filter(({ forfeited }) => !forfeited);

function first(players: readonly UserId[]): UserId {
  const [one] = players;
  if (one === undefined) throw new GameError("conflict", { message: "dash-dice needs players" });
  return one;
}
