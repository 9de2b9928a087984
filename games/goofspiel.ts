/**
 * goofspiel, the game of pure strategy: a prize lies open, everybody bids one of their cards in secret, the highest bid takes it.
 * All move at the same time; what is hidden are the bids of the round and the order of the prizes to come.
 */
import { Type } from "typebox";
import { GameError } from "../core/contract/errors.ts";
import type { GameContext, GameEvent, GameResult, GameUpdate } from "../core/games/game.ts";
import { action, defineGame } from "../core/games/game.ts";
import type { UserId } from "../core/ids.ts";

export interface GoofspielPlayer {
  readonly user_id: UserId;
  readonly score: number;
  /** Cards that were not bid in a round that is over. Not hidden: every bid is shown when its round is over. */
  readonly cards: readonly number[];
  /** Rounds in a row without a bid in time. */
  readonly timeouts: number;
  readonly forfeited: boolean;
}

interface Bid {
  readonly user_id: UserId;
  readonly card: number;
}

export interface GoofspielRound {
  readonly pot: readonly number[];
  readonly bids: readonly Bid[];
  /** Null: the highest bids were equal, and the prizes stay for the next round. */
  readonly winner: UserId | null;
}

/** What everybody may see. */
interface Table {
  /** From 1. */
  readonly round: number;
  readonly rounds: number;
  readonly turn_seconds: number;
  /** The prizes of this round: more than one after equal bids. */
  readonly pot: readonly number[];
  readonly players: readonly GoofspielPlayer[];
  readonly last_round: GoofspielRound | null;
  readonly reason: "played" | "forfeit" | null;
}

export interface GoofspielState extends Table {
  /** The prizes to come, the next one first. Hidden. */
  readonly deck: readonly number[];
  /** Of the present round. Hidden, except one's own. */
  readonly bids: readonly Bid[];
}

/** What a player sees, or a spectator. */
export interface GoofspielView extends Table {
  readonly prizes_left: number;
  /** Who has bid already; not what. */
  readonly submitted: readonly UserId[];
  /** The viewer's own bid. */
  readonly bid: number | null;
}

const CARDS = 13;
const TURN_SECONDS = 30;
/** So many rounds in a row without a bid forfeit the game. */
const MOST_TIMEOUTS = 3;

export const goofspiel = defineGame<GoofspielState>({
  name: "goofspiel",
  players: { min: 2, max: 6 },
  options: Type.Object({
    /** Cards of each player, prizes, rounds. */
    cards: Type.Optional(Type.Integer({ minimum: 3, maximum: 20 })),
    turn_seconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 86_400 })),
  }),

  setup(players, options, { random }) {
    const rounds = typeof options.cards === "number" ? options.cards : CARDS;
    const cards = Array.from({ length: rounds }, (_, i) => i + 1);
    const [prize, ...deck] = shuffled(cards, random);
    return {
      round: 1,
      rounds,
      turn_seconds: typeof options.turn_seconds === "number" ? options.turn_seconds : TURN_SECONDS,
      pot: prize === undefined ? [] : [prize],
      deck,
      players: players.map((user_id) => ({ user_id, score: 0, cards, timeouts: 0, forfeited: false })),
      bids: [],
      last_round: null,
      reason: null,
    };
  },

  turnOf: (state) => missing(state).map(({ user_id }) => user_id),
  turnId: ({ round }) => round,
  turnMs: ({ turn_seconds }) => turn_seconds * 1_000,

  actions: {
    bid: action(Type.Object({ card: Type.Integer() }), (state: GoofspielState, by, { card }) => {
      const player = state.players.find(({ user_id }) => user_id === by);
      if (player?.cards.includes(card) !== true)
        throw new GameError("invalid_payload", { message: "bid a card that you have" });
      const players = state.players.map((one) => (one === player ? { ...one, timeouts: 0 } : one));
      const bids = [...state.bids, { user_id: by, card }];
      return resolveIfComplete({ ...state, players, bids }, [{ type: "submitted", user_id: by }]);
    }),
  },

  /** Who has not bid bids their lowest card. */
  onTimeout(state) {
    const late = missing(state);
    const events = late.map(({ user_id }): GameEvent => ({ type: "timed_out", user_id }));
    const bids = late.map(({ user_id, cards }) => ({ user_id, card: Math.min(...cards) }));
    const players = state.players.map((one) => {
      if (!late.includes(one)) return one;
      const timeouts = one.timeouts + 1;
      return { ...one, timeouts, forfeited: timeouts >= MOST_TIMEOUTS };
    });
    return resolveIfComplete({ ...state, players, bids: [...state.bids, ...bids] }, events);
  },

  onDrop(state, dropped) {
    if (state.reason !== null || !active(state).some(({ user_id }) => user_id === dropped)) return { state };
    const players = state.players.map((one) => (one.user_id === dropped ? { ...one, forfeited: true } : one));
    return resolveIfComplete({ ...state, players }, [{ type: "forfeited", user_id: dropped }]);
  },

  result: (state) => resultOf(state),

  view(state, viewer): GoofspielView {
    const { deck, bids, ...table } = state;
    return {
      ...table,
      prizes_left: deck.length,
      submitted: bids.map(({ user_id }) => user_id).sort(),
      bid: bids.find(({ user_id }) => user_id === viewer)?.card ?? null,
    };
  },
});

function active({ players }: GoofspielState): GoofspielPlayer[] {
  return players.filter(({ forfeited }) => !forfeited);
}

/** Who has yet to bid in this round. */
function missing(state: GoofspielState): GoofspielPlayer[] {
  if (state.reason !== null) return [];
  return active(state).filter(({ user_id }) => !state.bids.some((bid) => bid.user_id === user_id));
}

function resolveIfComplete(state: GoofspielState, events: readonly GameEvent[]): GameUpdate<GoofspielState> {
  if (active(state).length <= 1) return { state: { ...state, reason: "forfeit" }, events };
  return missing(state).length > 0 ? { state, events } : resolve(state, events);
}

/** The highest bid takes the pot; the cards are gone, and the next prize is opened. */
function resolve(state: GoofspielState, events: readonly GameEvent[]): GameUpdate<GoofspielState> {
  const playing = new Set(active(state).map(({ user_id }) => user_id));
  const counted = state.bids.filter(({ user_id }) => playing.has(user_id));
  const highest = Math.max(...counted.map(({ card }) => card));
  const [top, ...equal] = counted.filter(({ card }) => card === highest);
  const winner = equal.length === 0 ? (top?.user_id ?? null) : null;
  const worth = state.pot.reduce((sum, prize) => sum + prize, 0);
  const players = state.players.map((one) => {
    const bid = state.bids.find(({ user_id }) => user_id === one.user_id)?.card;
    const cards = one.cards.filter((card) => card !== bid);
    return { ...one, cards, score: one.user_id === winner ? one.score + worth : one.score };
  });
  const round: GoofspielRound = { pot: state.pot, bids: state.bids, winner };
  const [prize, ...deck] = state.deck;
  const over = prize === undefined;
  const carried = winner === null ? state.pot : [];
  const next: GoofspielState = {
    ...state,
    players,
    deck,
    bids: [],
    last_round: round,
    round: over ? state.round : state.round + 1,
    pot: over ? carried : [...carried, prize],
    reason: over ? "played" : null,
  };
  return { state: next, events: [...events, { type: "resolved", ...round }] };
}

function resultOf(state: GoofspielState): GameResult | undefined {
  if (state.reason === null) return undefined;
  const left = active(state);
  const best = Math.max(...left.map(({ score }) => score));
  return {
    winners: left.filter(({ score }) => score === best).map(({ user_id }) => user_id),
    reason: state.reason,
    scores: state.players.map(({ user_id, score }) => ({ user_id, score })),
  };
}

/** Fisher and Yates: every order is equally likely. */
function shuffled(cards: readonly number[], random: GameContext["random"]): number[] {
  const deck = [...cards];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [deck[i], deck[j]] = [deck[j] as number, deck[i] as number];
  }
  return deck;
}
