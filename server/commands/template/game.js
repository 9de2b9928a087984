// @ts-check
// Twenty-one: players add 1 to MOST in turn, and whoever reaches 21 wins. Change a rule, and run `npm test`.
import { action, defineGame, Type } from "muster-server";

const GOAL = 21;
const MOST = 3;

/**
 * Plain JSON: what is stored, and what players see.
 * @typedef {{ players: string[], turn: string, total: number, winner: string | null }} State
 */

export const twentyOne = defineGame({
  name: "twenty-one",
  players: { min: 2, max: 2 },

  /** @returns {State} */
  setup: (players) => ({ players: [...players], turn: String(players[0]), total: 0, winner: null }),

  turnOf: (/** @type {State} */ { turn }) => turn,
  turnMs: () => 30_000,

  actions: {
    add: action(
      Type.Object({ number: Type.Integer({ minimum: 1, maximum: MOST }) }),
      (/** @type {State} */ state, by, { number }) => {
        const total = state.total + number;
        const winner = total >= GOAL ? by : null;
        return {
          state: { ...state, total, winner, turn: other(state, by) },
          events: [{ type: "added", by, number }],
        };
      },
    ),
  },

  // Who is too slow adds one.
  onTimeout: (/** @type {State} */ state) => ({
    state: { ...state, total: Math.min(state.total + 1, GOAL - 1), turn: other(state, state.turn) },
  }),

  // Who leaves has lost.
  onDrop: (/** @type {State} */ state, player) => ({ state: { ...state, winner: other(state, player) } }),

  result: (/** @type {State} */ { winner }) =>
    winner === null ? undefined : { winners: [winner], reason: "reached" },
});

/** @param {State} state @param {string} player */
function other(state, player) {
  return String(state.players.find((one) => one !== player));
}
