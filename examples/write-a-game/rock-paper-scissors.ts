/** Rock, paper, scissors: the game of docs/write-a-game.md, complete in this file. */
import { action, defineGame, Type, type UserId } from "../../server/index.ts";

const HANDS = ["rock", "paper", "scissors"] as const;
type Hand = (typeof HANDS)[number];

/** What beats what. */
const BEATS: Record<Hand, Hand> = { rock: "scissors", paper: "rock", scissors: "paper" };

/** Plain JSON, with the names that clients see. */
interface State {
  players: { user_id: UserId; wins: number }[];
  /** How many wins end the game. */
  to: number;
  round: number;
  /** The hands of this round so far. Each is hidden from the other player until both have shown one. */
  shown: { user_id: UserId; hand: Hand }[];
  winner: UserId | null;
}

export const rockPaperScissors = defineGame<State>({
  name: "rock-paper-scissors",
  players: { min: 2, max: 2 },
  options: Type.Object({ to: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })) }),

  setup: (players, options) => ({
    players: players.map((user_id) => ({ user_id, wins: 0 })),
    to: typeof options.to === "number" ? options.to : 2,
    round: 1,
    shown: [],
    winner: null,
  }),

  // Both players have the turn until they have shown a hand, so nobody shows two and the order does not matter.
  turnOf: ({ players, shown }) =>
    players.map(({ user_id }) => user_id).filter((id) => !shown.some(({ user_id }) => user_id === id)),
  turnId: ({ round }) => round,
  turnMs: () => 15_000,

  actions: {
    show: action(
      Type.Object({
        hand: Type.Union([Type.Literal("rock"), Type.Literal("paper"), Type.Literal("scissors")]),
      }),
      (state: State, by, { hand }) => {
        const shown = [...state.shown, { user_id: by, hand }];
        return shown.length < 2 ? { state: { ...state, shown } } : endRound({ ...state, shown });
      },
    ),
  },

  // The server draws a hand for a player who is too slow.
  onTimeout(state, { random }) {
    const late = state.players.filter(({ user_id }) => !state.shown.some((one) => one.user_id === user_id));
    const drawn = late.map(({ user_id }) => ({ user_id, hand: HANDS[random.int(0, 2)] as Hand }));
    return endRound({ ...state, shown: [...state.shown, ...drawn] });
  },

  onDrop: (state, dropped) => ({
    state: { ...state, winner: state.players.find(({ user_id }) => user_id !== dropped)?.user_id ?? null },
  }),

  result: ({ winner }) => (winner === null ? undefined : { winners: [winner], reason: "won" }),

  // While a round runs, a player sees only their own hand.
  view: (state, viewer) => ({
    ...state,
    shown: state.shown.map(({ user_id, hand }) => (user_id === viewer ? { user_id, hand } : { user_id })),
  }),
});

function endRound(state: State) {
  const [one, two] = state.shown as [State["shown"][0], State["shown"][0]];
  const best = one.hand === two.hand ? null : BEATS[one.hand] === two.hand ? one.user_id : two.user_id;
  const players = state.players.map((player) =>
    player.user_id === best ? { ...player, wins: player.wins + 1 } : player,
  );
  const winner = players.find(({ wins }) => wins >= state.to)?.user_id ?? null;
  return {
    state: { ...state, players, round: state.round + 1, shown: [], winner },
    events: [{ type: "round", hands: state.shown, winner: best }],
  };
}
