/**
 * The rules of games as the server calls them. A rule that fails is named, and in development each state is frozen before a rule gets
 * it and checked after: what would fail on another worker, or in a replay, fails at once.
 */
import { GameError } from "../contract/errors.ts";
import type { Game } from "./game.ts";
import { jsonProblemOf } from "./json-state.ts";
import type { Ruleset } from "./ruleset.ts";

/** A rule threw what is no refusal: a mistake of the game's author. Its cause is what was thrown. */
export class RuleFailed extends Error {
  readonly game: string;
  readonly rule: string;

  constructor(game: string, rule: string, cause: unknown) {
    super(`game "${game}": ${rule} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = "RuleFailed";
    this.game = game;
    this.rule = rule;
  }
}

export interface RuleWatch {
  /** For development: a frozen state makes a rule throw that changes it in place. */
  readonly checks: boolean;
}

type Rule<A extends readonly unknown[], R> = (...args: A) => R;

/** @param returns what a checked rule's answer has: a state, an update with one, or neither */
function watch<A extends readonly unknown[], R>(
  game: string,
  rule: string | ((args: A) => string),
  call: Rule<A, R>,
  { checks }: RuleWatch,
  returns: "state" | "update" | "other" = "other",
): Rule<A, R> {
  return (...args) => {
    try {
      if (checks) freeze(args[0]);
      const answer = call(...args);
      if (checks && returns !== "other") check(answer, returns);
      return answer;
    } catch (err) {
      if (err instanceof GameError || err instanceof RuleFailed) throw err;
      throw new RuleFailed(game, typeof rule === "string" ? rule : rule(args), err);
    }
  };
}

function check(answer: unknown, returns: "state" | "update"): void {
  const state = returns === "state" ? answer : (answer as { readonly state?: unknown } | undefined)?.state;
  const problem = jsonProblemOf(state);
  if (problem !== undefined) throw new Error(`the state that it gives does not survive JSON: ${problem}`);
}

/** Freezes plain JSON in place, at every depth. Bytes can't be frozen. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || value instanceof Uint8Array)
    return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}

/** Rules may use what stands beside them (`this`): they are called as the game's own. */
export function watchedGame(game: Game, options: RuleWatch): Game {
  const { name } = game;
  const { onTimeout, onDrop, onJoin, turnOf, turnMs, turnId, result, view } = game;
  return {
    ...game,
    setup: watch(name, "setup", game.setup.bind(game), options, "state"),
    act: watch(name, ([, , action]) => `action ${action}`, game.act.bind(game), options, "update"),
    ...(onTimeout && { onTimeout: watch(name, "onTimeout", onTimeout.bind(game), options, "update") }),
    ...(onDrop && { onDrop: watch(name, "onDrop", onDrop.bind(game), options, "update") }),
    ...(onJoin && { onJoin: watch(name, "onJoin", onJoin.bind(game), options, "update") }),
    ...(turnOf && { turnOf: watch(name, "turnOf", turnOf.bind(game), options) }),
    ...(turnMs && { turnMs: watch(name, "turnMs", turnMs.bind(game), options) }),
    ...(turnId && { turnId: watch(name, "turnId", turnId.bind(game), options) }),
    ...(result && { result: watch(name, "result", result.bind(game), options) }),
    ...(view && { view: watch(name, "view", view.bind(game), options) }),
  };
}

export function watchedRuleset(ruleset: Ruleset<unknown>, options: RuleWatch): Ruleset<unknown> {
  const { name, combatants, maxTurns } = ruleset;
  return {
    // Field by field: a spread would leave out the methods of a class.
    ...{ name, combatants, maxTurns },
    actions: Object.fromEntries(
      Object.entries(ruleset.actions).map(([action, one]) => [
        action,
        {
          summary: one.summary,
          args: one.args,
          apply: watch(name, `action ${action}`, one.apply.bind(one), options, "update"),
        },
      ]),
    ),
    setup: watch(name, "setup", ruleset.setup.bind(ruleset), options, "state"),
    forfeit: watch(name, "forfeit", ruleset.forfeit.bind(ruleset), options, "update"),
    actor: watch(name, "actor", ruleset.actor.bind(ruleset), options),
    legal: watch(name, "legal", ruleset.legal.bind(ruleset), options),
    defaultMove: watch(name, "defaultMove", ruleset.defaultMove.bind(ruleset), options),
    monsterMove: watch(name, "monsterMove", ruleset.monsterMove.bind(ruleset), options),
    departed: watch(name, "departed", ruleset.departed.bind(ruleset), options),
    verdict: watch(name, "verdict", ruleset.verdict.bind(ruleset), options),
    view: watch(name, "view", ruleset.view.bind(ruleset), options),
  };
}
