/** dash-dice: roll as often as you dare, then bank. A one loses the turn's points and the turn; the first to the target wins. */
import { Type } from "typebox";
import { GameError } from "../core/errors.ts";
import type { GameEvent, GameUpdate } from "../core/game.ts";
import { action, defineGame } from "../core/game.ts";
import type { UserId } from "../core/ids.ts";

export interface DashDicePlayer {
  readonly user_id: UserId;
  /** What was banked. */
  readonly score: number;
  /** Left, or stayed away too long: no turn comes any more. */
  readonly forfeited: boolean;
}

export interface DashDiceState {
  readonly target: number;
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

const TARGET = 100;
const none = Type.Object({});

export const dashDice = defineGame<DashDiceState>({
  name: "dash-dice",
  players: { min: 2, max: 32 },
  options: Type.Object({ target: Type.Optional(Type.Integer({ minimum: 10, maximum: 10_000 })) }),

  setup: (players, options) => ({
    target: typeof options.target === "number" ? options.target : TARGET,
    turn: first(players),
    turn_points: 0,
    last_roll: null,
    players: players.map((user_id) => ({ user_id, score: 0, forfeited: false })),
    winner: null,
    reason: null,
  }),

  turnOf: (state) => state.turn,

  actions: {
    roll: action(none, (state: DashDiceState, by, _args, { random }) => {
      const value = random.int(1, 6);
      if (value > 1) {
        const turn_points = state.turn_points + value;
        return {
          state: { ...state, turn_points, last_roll: value },
          events: [{ type: "rolled", user_id: by, value, turn_points }],
        };
      }
      return passTurn({ ...state, last_roll: value }, [
        { type: "rolled", user_id: by, value, turn_points: 0 },
        { type: "lost", user_id: by, points: state.turn_points },
      ]);
    }),

    bank: action(none, (state: DashDiceState, by) => {
      if (state.turn_points === 0)
        throw new GameError("conflict", { message: "there is nothing to bank: roll first" });
      const players = state.players.map((player) =>
        player.user_id === by ? { ...player, score: player.score + state.turn_points } : player,
      );
      const score = players.find((player) => player.user_id === by)?.score ?? 0;
      const banked: GameEvent = { type: "banked", user_id: by, points: state.turn_points, score };
      if (score >= state.target)
        return {
          state: { ...state, players, turn_points: 0, winner: by, reason: "target" },
          events: [banked],
        };
      return passTurn({ ...state, players }, [banked]);
    }),
  },

  result: ({ winner, reason, players }) =>
    winner === null
      ? undefined
      : {
          winners: [winner],
          reason: reason ?? "target",
          scores: players.map(({ user_id, score }) => ({ user_id, score })),
        },

  onDrop(state, dropped) {
    const player = state.players.find((one) => one.user_id === dropped);
    if (player === undefined || player.forfeited || state.winner !== null) return { state };
    const players = state.players.map((one) => (one === player ? { ...one, forfeited: true } : one));
    const events: GameEvent[] = [{ type: "forfeited", user_id: dropped }];
    const [last, ...others] = players.filter((one) => !one.forfeited);
    if (last !== undefined && others.length === 0)
      return { state: { ...state, players, winner: last.user_id, reason: "forfeit" }, events };
    return state.turn === dropped
      ? passTurn({ ...state, players }, events)
      : { state: { ...state, players }, events };
  },
});

/** The turn goes to the next player in order of seats who still plays; what was at stake is gone. */
function passTurn(state: DashDiceState, events: readonly GameEvent[]): GameUpdate<DashDiceState> {
  const { players } = state;
  const from = players.findIndex((player) => player.user_id === state.turn);
  const inOrder = [...players.slice(from + 1), ...players.slice(0, from + 1)];
  const turn = inOrder.find((player) => !player.forfeited)?.user_id ?? state.turn;
  return {
    state: { ...state, turn, turn_points: 0 },
    events: [...events, { type: "turn", user_id: turn }],
  };
}

function first(players: readonly UserId[]): UserId {
  const [one] = players;
  if (one === undefined) throw new GameError("conflict", { message: "dash-dice needs players" });
  return one;
}
