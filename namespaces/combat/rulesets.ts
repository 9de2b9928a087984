/** The rulesets of this server: checked once at the start, with a parser for the arguments of each action. */
import { GameError } from "../../core/contract/errors.ts";
import { parserOf } from "../../core/games/arguments.ts";
import type { Ruleset } from "../../core/games/ruleset.ts";
import { type RuleWatch, watchedRuleset } from "../../core/games/watched.ts";

export interface LoadedRuleset {
  readonly rules: Ruleset<unknown>;
  /** The arguments without fields that the action does not take. @throws GameError `invalid_payload` */
  parseArgs(action: string, args: unknown): unknown;
}

export interface Rulesets {
  /** The ruleset of a fight that names none: the first in the list. */
  readonly defaultName: string;
  get(name: string): LoadedRuleset | undefined;
}

const FUNCTIONS = [
  "setup",
  "actor",
  "legal",
  "defaultMove",
  "monsterMove",
  "forfeit",
  "departed",
  "verdict",
  "view",
] as const;

/** @throws Error that names the ruleset and its fault */
export function loadRulesets(
  list: readonly Ruleset<unknown>[],
  options: RuleWatch = { checks: true },
): Rulesets {
  const loaded = new Map<string, LoadedRuleset>();
  for (const rules of list) {
    for (const fault of faultsOf(rules)) throw new Error(`ruleset ${String(rules.name)}: ${fault}`);
    if (loaded.has(rules.name)) throw new Error(`ruleset ${rules.name}: there are two of this name`);
    loaded.set(rules.name, { rules: watchedRuleset(rules, options), parseArgs: argsParser(rules) });
  }
  const [first] = list;
  if (!first) throw new Error("combat needs at least one ruleset");
  return { defaultName: first.name, get: (name) => loaded.get(name) };
}

/** Faults that types can't show, or that only a ruleset written in JavaScript can have. */
function* faultsOf(rules: Ruleset<unknown>): Generator<string> {
  if (typeof rules.name !== "string" || !/^[\w-]{1,64}$/.test(rules.name))
    yield "name must be 1 to 64 letters, digits, - or _";
  const { min, max } = rules.combatants ?? {};
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min)
    yield "combatants must be {min, max}, whole numbers with 1 ≤ min ≤ max";
  if (!Number.isInteger(rules.maxTurns) || rules.maxTurns < 1)
    yield "maxTurns must be a whole number above 0";
  for (const name of FUNCTIONS) if (typeof rules[name] !== "function") yield `${name} must be a function`;
  const actions = Object.entries(rules.actions ?? {});
  if (actions.length === 0) yield "actions must hold at least one";
  for (const [name, action] of actions) {
    if (typeof action.apply !== "function") yield `actions.${name}.apply must be a function`;
    if (typeof action.args !== "object" || action.args === null)
      yield `actions.${name}.args must be a TypeBox schema`;
  }
}

function argsParser(rules: Ruleset<unknown>): LoadedRuleset["parseArgs"] {
  const parsers = new Map(Object.entries(rules.actions).map(([name, { args }]) => [name, parserOf(args)]));
  return (name, args) => {
    const parse = parsers.get(name);
    if (!parse)
      throw new GameError("invalid_payload", { message: `action: one of ${[...parsers.keys()].join(", ")}` });
    return parse(args, `args: not what ${name} takes`);
  };
}
