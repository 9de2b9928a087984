/** A namespace's commands, compiled: each with its schema as a function. */
import { Compile } from "typebox/compile";
import type { Aliases } from "../core/contract/aliases.ts";
import type {
  CommandOrder,
  CommandSpec,
  CommandTurn,
  Contract,
  RateRule,
  Role,
} from "../core/contract/contract.ts";
import type { NamespaceModule } from "../core/contract/namespace.ts";
import type { Session } from "../core/contract/session.ts";
import { fieldsOf, firstMistake } from "./explain.ts";

/** The rate of an event that names none. */
export const DEFAULT_RATE: RateRule = { max: 20, windowMs: 1_000 };

/** One command, ready to be called: its schema compiled, its handler's types erased after the check. */
export interface CompiledCommand {
  readonly name: string;
  /** The namespace, for what is counted by command on every worker. */
  readonly scope: string;
  readonly rate: RateRule;
  readonly roles: readonly Role[] | undefined;
  readonly anonymous: boolean;
  readonly order: CommandOrder;
  /** Whether `user_id` is a field of this event; else it names the sender. */
  readonly definesUserId: boolean;
  /** A payload in other words, in the contract's. */
  readonly read: Aliases["read"];
  check(raw: unknown): boolean;
  explain(raw: unknown): string;
  /** The names of fields that the event does not know, ten at most. */
  strangersIn(input: unknown): readonly string[];
  act(session: Session, input: unknown, turn: CommandTurn): unknown;
}

export type DispatchTable = ReadonlyMap<string, CompiledCommand>;

export function compileCommand(
  scope: string,
  name: string,
  spec: CommandSpec,
  act: CompiledCommand["act"],
): CompiledCommand {
  const validator = Compile(spec.input);
  const fields = fieldsOf(spec.input);
  // One that names no fields takes any; and what clients of other protocols say beside it is no mistake of theirs.
  const isOpen = !("properties" in spec.input) || spec.aliases !== undefined;
  return {
    name,
    scope,
    rate: spec.rate ?? DEFAULT_RATE,
    roles: spec.roles,
    anonymous: spec.anonymous === true,
    order: spec.order ?? "in-turn",
    definesUserId: fields.includes("user_id"),
    read: spec.aliases?.read,
    check: (raw) => validator.Check(raw),
    explain(raw) {
      const mistake = firstMistake(validator, raw, fields);
      if (!mistake) return "the payload does not have the form that this event takes";
      return `${mistake.path === "" ? "payload" : mistake.path}: ${mistake.message}`;
    },
    strangersIn(input) {
      if (typeof input !== "object" || input === null || isOpen) return [];
      return Object.keys(input)
        .filter((name) => !fields.includes(name) && !FRAME_FIELDS.has(name))
        .slice(0, MAX_STRANGERS)
        .map((name) => name.slice(0, 64));
    },
    act,
  };
}

const MAX_STRANGERS = 10;
/** Of plain frames, and what says who sends; both are no mistakes. */
const FRAME_FIELDS: ReadonlySet<string> = new Set(["type", "id", "user_id", "timestamp"]);

/** The commands of a module by name. After `check` a payload has the input's type, which the map cannot express. */
export function compileTable<C extends Contract>(module: NamespaceModule<C>): Map<string, CompiledCommand> {
  const table = new Map<string, CompiledCommand>();
  for (const [name, spec] of Object.entries(module.contract.commands)) {
    const act = module.handlers[name] as CompiledCommand["act"];
    const compiled = compileCommand(module.contract.namespace, name, spec, act);
    for (const known of [name, ...(spec.aliases?.names ?? [])]) table.set(known, compiled);
  }
  return table;
}
