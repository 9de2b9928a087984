/**
 * What a ruleset of `/combat` is: a plain object of pure functions. Whose turn it is, what a move does and when a fight is over is
 * the ruleset's; turns, deadlines, time-outs and who is told are the server's. A ruleset imports nothing but this file
 * (and TypeBox for the arguments of its actions).
 */
import type { Static, TSchema } from "typebox";
import type { Random } from "../random.ts";

/** A side of a fight, as whoever created it named it. */
export type Team = number | string;

export interface Combatant {
  /** A user's id, or the name of a monster. */
  readonly id: string;
  readonly kind: "player" | "monster";
  readonly team: Team;
}

/** What one combatant does in its turn. `args` fit the schema of the action. */
export interface Move<A = unknown> {
  readonly action: string;
  readonly target?: string;
  readonly args: A;
}

/** Something that happened, told to everybody who watches: `kind`, and fields in snake_case of the ruleset's own. */
export interface Effect {
  readonly kind: string;
  readonly [field: string]: unknown;
}

export interface Outcome<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}

/** How a fight ended: the team that won (null: nobody), and what else there is to tell, in snake_case. */
export interface Verdict {
  readonly winner: Team | null;
  readonly result: Readonly<Record<string, unknown>>;
}

export interface RulesetAction<S, A extends TSchema = TSchema> {
  readonly summary: string;
  readonly args: A;
  /**
   * What the move does, with the passing of the turn to the next combatant.
   * @throws GameError `invalid_payload` for a target that is none, `conflict` for what is not possible now
   */
  apply(state: S, by: string, move: Move<Static<A>>, random: Random): Outcome<S>;
}

/** `S` is the ruleset's state: plain JSON, changed by nobody, replaced by each move. */
export interface Ruleset<S> {
  /** What `combat_create` names it by: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly combatants: { readonly min: number; readonly max: number };
  /** After so many turns `verdict` is asked with `final`, so that every fight ends. */
  readonly maxTurns: number;
  readonly actions: Readonly<Record<string, RulesetAction<S>>>;
  /** @throws GameError `invalid_payload` where these can't fight one another */
  setup(combatants: readonly Combatant[], random: Random): S;
  /** Whose turn it is. Never asked for once there is a verdict. */
  actor(state: S): string;
  /** Every move that is possible for `by` now; empty where it is not their turn. */
  legal(state: S, by: string): readonly Move[];
  /** What is done for a player whose time is over. */
  defaultMove(state: S, by: string): Move;
  /** What a monster does. */
  monsterMove(state: S, by: string, random: Random): Move;
  /** A player gives up, or is taken out after too many time-outs; it need not be their turn. */
  forfeit(state: S, who: string): Outcome<S>;
  /** Whether this combatant has left the fight alive (fled, forfeited). */
  departed(state: S, who: string): boolean;
  /** The end, or null while it goes on. `final`: it must end now, so null is no answer. */
  verdict(state: S, final: boolean): Verdict | null;
  /** What this viewer may see, in snake_case; null is a spectator. */
  view(state: S, viewer: string | null): unknown;
}

/** Names a ruleset's types without widening them. */
export function defineRuleset<S>(ruleset: Ruleset<S>): Ruleset<S> {
  return ruleset;
}

/** Names an action so that `apply` gets the arguments of its schema. */
export function defineAction<S, A extends TSchema>(action: RulesetAction<S, A>): RulesetAction<S, A> {
  return action;
}
