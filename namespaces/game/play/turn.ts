/** Time limits of turns: when a new turn begins, and when its time is over. Pure. */
import { type Game, isTurnMs, type TurnOf } from "../../../core/games/game.ts";
import type { Turn } from "../rooms/stored.ts";

export interface TurnBefore {
  readonly state: unknown;
  readonly turn: Turn | null;
}

/**
 * The turn after a change of the game; the same one goes on with the time it has left.
 * @param before undefined at the start, and where the turn before has just timed out: then a new one begins
 * @throws Error where the game gives a time limit that is none
 */
export function nextTurn(
  game: Game,
  before: TurnBefore | undefined,
  state: unknown,
  version: number,
  now: number,
): Turn | null {
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
