/**
 * Every event of every transport goes through here: known → allowed → within its rate → valid → act → acknowledge. The one
 * place that turns failures into what a client is told.
 */
import { Compile } from "typebox/compile";
import type { CommandSpec, Contract, RateRule, Role } from "../core/contract.ts";
import { GameError, toWire, type WireError } from "../core/errors.ts";
import type { NamespaceModule } from "../core/namespace.ts";
import type { Log } from "../core/ports/log.ts";
import type { Session } from "../core/session.ts";
import { authorize } from "./authorize.ts";

/** The rate of an event that names none (PROTOCOL §5). */
const DEFAULT_RATE: RateRule = { max: 20, windowMs: 1_000 };

/** One command, ready to be called: its schema compiled, its handler's types erased after the check. */
export interface CompiledCommand {
  readonly name: string;
  /** The namespace, for what is counted by command on every worker. */
  readonly scope: string;
  readonly rate: RateRule;
  readonly roles: readonly Role[] | undefined;
  readonly anonymous: boolean;
  /** Whether `user_id` is a field of this event; else it names the sender. */
  readonly definesUserId: boolean;
  check(raw: unknown): boolean;
  explain(raw: unknown): string;
  act(session: Session, input: unknown): unknown;
}

export type DispatchTable = ReadonlyMap<string, CompiledCommand>;

/** Where a payload that was refused before it got here has been replaced, so that its command can be answered. */
export class RefusedPayload {
  readonly code: "payload_too_large" | "invalid_json" | "invalid_payload" | "forbidden";
  constructor(code: RefusedPayload["code"]) {
    this.code = code;
  }
}

export interface DispatchHooks {
  /** 0: within every limit; else how long to wait, in milliseconds. */
  limit(session: Session, command: CompiledCommand): number;
  /** Told of each command when it is done. */
  observe(session: Session, event: string, outcome: "ok" | WireError["code"], startedAt: number): void;
  readonly log: Log;
}

export type Acknowledge = (ack: object) => void;

export function compileCommand(
  scope: string,
  name: string,
  spec: CommandSpec,
  act: CompiledCommand["act"],
): CompiledCommand {
  const validator = Compile(spec.input);
  const properties: unknown = "properties" in spec.input ? spec.input.properties : undefined;
  return {
    name,
    scope,
    rate: spec.rate ?? DEFAULT_RATE,
    roles: spec.roles,
    anonymous: spec.anonymous === true,
    definesUserId: typeof properties === "object" && properties !== null && "user_id" in properties,
    check: (raw) => validator.Check(raw),
    explain(raw) {
      const [first] = validator.Errors(raw);
      if (!first) return "the payload does not have the form that this event takes";
      return `${first.instancePath === "" ? "payload" : first.instancePath.slice(1).replaceAll("/", ".")}: ${first.message}`;
    },
    act,
  };
}

/** The commands of a module by name. After `check` a payload has the input's type, which the map cannot express. */
export function compileTable<C extends Contract>(module: NamespaceModule<C>): Map<string, CompiledCommand> {
  const table = new Map<string, CompiledCommand>();
  for (const [name, spec] of Object.entries(module.contract.commands)) {
    const act = module.handlers[name] as CompiledCommand["act"];
    table.set(name, compileCommand(module.contract.namespace, name, spec, act));
  }
  return table;
}

/** Calls a command. `acknowledge` is absent where the client asked for none: a failure is then emitted as `error`. */
export function dispatch(
  table: DispatchTable,
  session: Session,
  event: unknown,
  raw: unknown,
  acknowledge: Acknowledge | undefined,
  hooks: DispatchHooks,
): void | Promise<void> {
  const startedAt = performance.now();
  const command = (typeof event === "string" && table.get(event)) || unknownCommand;
  const succeed = (result: unknown) => {
    acknowledge?.({ ok: true, ...(result as object | undefined) });
    hooks.observe(session, command.name, "ok", startedAt);
  };
  const fail = (thrown: unknown) => {
    if (!(thrown instanceof GameError))
      hooks.log.error({ err: thrown, event: command.name, namespace: session.namespace }, "a handler failed");
    const error = toWire(thrown);
    if (acknowledge) acknowledge({ ok: false, error });
    else emitFailure(session, error, typeof event === "string" ? event.slice(0, 128) : undefined);
    hooks.observe(session, command.name, error.code, startedAt);
  };
  let outcome: unknown;
  try {
    const input = admit(command, session, raw, hooks);
    outcome = command.act(session, input);
  } catch (thrown) {
    return fail(thrown);
  }
  if (outcome instanceof Promise) return outcome.then(succeed, fail);
  succeed(outcome);
}

/** Stands for every name that is not in the table: limited and counted as one. */
const unknownCommand: CompiledCommand = {
  name: "(unknown)",
  scope: "",
  rate: DEFAULT_RATE,
  roles: undefined,
  anonymous: true,
  definesUserId: true,
  check: () => true,
  explain: () => "",
  act() {
    throw new GameError("unknown_event");
  },
};

function admit(command: CompiledCommand, session: Session, raw: unknown, hooks: DispatchHooks): unknown {
  const waitMs = hooks.limit(session, command);
  if (waitMs > 0) throw new GameError("rate_limited", { details: { retry_after_ms: Math.ceil(waitMs) } });
  authorize(session.identity, command);
  if (raw instanceof RefusedPayload) throw new GameError(raw.code);
  const input = raw === undefined ? {} : raw;
  if (!command.check(input)) throw new GameError("invalid_payload", { message: command.explain(input) });
  if (!command.definesUserId && claimsAnother(input, session)) throw new GameError("forbidden");
  return input;
}

/** A `user_id` that the event does not define names the sender; another's is refused. */
function claimsAnother(input: unknown, session: Session): boolean {
  if (typeof input !== "object" || input === null || !("user_id" in input)) return false;
  return input.user_id !== undefined && input.user_id !== session.userId;
}

/** The form of a failure that nobody waits for (PROTOCOL §1). */
export function emitFailure(session: Session, error: WireError, event?: string): void {
  const { code, message, ...details } = error;
  session.emit("error", { ...details, error: message, code, ...(event === undefined ? {} : { event }) });
}
