/** The modes of dash-dice: how points are banked, who is next, and who has won. */
import type { UserId } from "../../core/ids.ts";

export type DashDiceMode = "classic" | "quickfire" | "zero_hour" | "true_grit";

/** What a mode looks at in a player. */
interface Standing {
  readonly user_id: UserId;
  readonly score: number;
  readonly turns: number;
}

export interface ModeRules {
  /** Where the room names none. */
  readonly target: number;
  startScore(target: number): number;
  /** The score after banking; undefined: the points are lost. */
  bank(score: number, points: number): number | undefined;
  /** Who has won, of those who still play; looked at after each turn. */
  winner(players: readonly Standing[], game: { readonly target: number }): UserId | undefined;
  /** Whose turn is next, of those who still play, in order of seats from the one who has just had it. */
  next<P extends Standing>(inOrder: readonly P[]): P | undefined;
}

/** The first to the target wins, at once. */
const race = (target: number): ModeRules => ({
  target,
  startScore: () => 0,
  bank: (score, points) => score + points,
  winner: (players, game) => players.find(({ score }) => score >= game.target)?.user_id,
  next: ([player]) => player,
});

/** From the target down to exactly zero; who banks more than is left loses the points. */
const zeroHour: ModeRules = {
  target: 100,
  startScore: (target) => target,
  bank: (score, points) => (points > score ? undefined : score - points),
  winner: (players) => players.find(({ score }) => score === 0)?.user_id,
  next: ([player]) => player,
};

/**
 * One turn each, and the highest score wins; while the best are equal, everybody has another turn. The target means nothing
 * here.
 */
const trueGrit: ModeRules = {
  target: 100,
  startScore: () => 0,
  bank: (score, points) => score + points,
  winner(players) {
    const turns = players[0]?.turns ?? 0;
    if (turns === 0 || players.some((player) => player.turns !== turns)) return undefined;
    const best = Math.max(...players.map(({ score }) => score));
    const [leader, ...equal] = players.filter(({ score }) => score === best);
    return equal.length === 0 ? leader?.user_id : undefined;
  },
  next(inOrder) {
    const fewest = Math.min(...inOrder.map(({ turns }) => turns));
    return inOrder.find(({ turns }) => turns === fewest);
  },
};

export const MODES: Readonly<Record<DashDiceMode, ModeRules>> = {
  classic: race(100),
  quickfire: race(50),
  zero_hour: zeroHour,
  true_grit: trueGrit,
};
