import { reword } from "../core/contract/aliases.ts";
import { because } from "../core/contract/cause.ts";
import type { Role } from "../core/contract/contract.ts";
import { GameError, type WireError } from "../core/contract/errors.ts";
import type { Identity, Session } from "../core/contract/session.ts";
import type { Log } from "../core/ports/log.ts";
import { type CommandQueue, roughBytes } from "./command-queue.ts";
import { type CompiledCommand, DEFAULT_RATE, type DispatchTable } from "./compiled-command.ts";

/** Who may call: of a command's contract, or of an HTTP route. */
export interface Permission {
  /** Any of these; absent: every user with a token. */
  readonly roles?: readonly Role[] | undefined;
  readonly anonymous?: boolean | undefined;
}

/** @throws GameError `unauthorized` where a token would be needed, `forbidden` where its roles do not do */
export function authorize(identity: Pick<Identity, "anonymous" | "roles">, permission: Permission): void {
  if (identity.anonymous && permission.anonymous !== true)
    throw new GameError("unauthorized", { cause: because("guest", "guests may not: a token is needed") });
  const { roles } = permission;
  if (roles !== undefined && !identity.roles.some((role) => roles.includes(role)))
    throw new GameError("forbidden", {
      cause: because("role", `${roles.join(" or ")} is needed, not ${identity.roles.join(", ")}`),
    });
}

interface RefusalDetails {
  readonly message?: string;
  /** What exactly is wrong, where the message does not say it. */
  readonly cause?: string;
  readonly retryAfterMs?: number;
}

/** Where a payload that was refused before it got here has been replaced, so that its command can be answered. */
export class RefusedPayload {
  readonly code: "payload_too_large" | "invalid_json" | "invalid_payload" | "forbidden" | "rate_limited";
  readonly #told: RefusalDetails;

  constructor(code: RefusedPayload["code"], told: RefusalDetails = {}) {
    this.code = code;
    this.#told = told;
  }

  get error(): GameError {
    const { message, cause, retryAfterMs } = this.#told;
    return new GameError(this.code, {
      ...(message === undefined ? {} : { message }),
      ...(cause === undefined ? {} : { cause: because("frame", cause) }),
      ...(retryAfterMs === undefined ? {} : { details: { retry_after_ms: retryAfterMs } }),
    });
  }
}

/** What a tracer is told of one command. */
export interface CommandSpan {
  /** Runs a part of the command: what that writes and tells belongs to it. */
  run<T>(part: () => T): T;
  /** Called once. @param outcome `ok`, or the code that the client is told */
  end(outcome: "ok" | WireError["code"]): void;
}

export interface DispatchHooks {
  /** Follows a command from its arrival on; undefined for one that is not followed. Absent: none is. */
  readonly trace?: ((session: Session, command: string) => CommandSpan | undefined) | undefined;
  /** 0: within every limit; else how long to wait, in milliseconds. */
  limit(session: Session, command: CompiledCommand): number;
  /** Told of a command that was refused for more than its limits: too much is under way. */
  crowded(session: Session): void;
  /** Told of each command when it is done; `thrown` refused it. */
  observe(
    session: Session,
    event: string,
    outcome: "ok" | WireError["code"],
    startedAt: number,
    thrown?: unknown,
  ): void;
  /** What stands behind the refusal of an event that is not known: the name that was probably meant, or nothing. */
  nearest(session: Session, event: string): string;
  /** Whether an acknowledgement names the fields of a payload that the event does not know: in development. */
  readonly namesIgnored: boolean;
  /** A failure as the client is told it. */
  wireOf(thrown: unknown): WireError;
  readonly log: Log;
}

type Acknowledge = (ack: object) => void;

/** An event as a transport hands it over. */
export interface Incoming {
  readonly event: unknown;
  readonly raw: unknown;
  /** Absent where the client asked for no acknowledgement: a failure is then emitted as `error`. */
  readonly acknowledge: Acknowledge | undefined;
}

/**
 * Calls a command when it is its turn, and answers it. What it costs its limits is counted when it arrives.
 * @param queue the session's commands
 */
export function dispatch(
  table: DispatchTable,
  session: Session,
  incoming: Incoming,
  hooks: DispatchHooks,
  queue: CommandQueue,
): void | Promise<void> {
  const { event } = incoming;
  const command = (typeof event === "string" && table.get(event)) || unknownCommand;
  const call = new Call(command, session, incoming, hooks, queue, hooks.trace?.(session, command.name));
  const waitMs = hooks.limit(session, command);
  if (waitMs > 0) return call.fail(rateLimited(waitMs));
  const payload = reword(command, incoming.raw);
  return queue.isFree(command.order) ? call.run(payload, false) : call.wait(payload);
}

/** One command from its arrival to its answer. One object without functions of its own: most end in the turn in which they come. */
class Call {
  readonly #command: CompiledCommand;
  readonly #session: Session;
  readonly #incoming: Incoming;
  readonly #hooks: DispatchHooks;
  readonly #queue: CommandQueue;
  readonly #span: CommandSpan | undefined;
  readonly #startedAt = performance.now();
  #ignored: readonly string[] | undefined;
  #isAnswered = false;

  constructor(
    command: CompiledCommand,
    session: Session,
    incoming: Incoming,
    hooks: DispatchHooks,
    queue: CommandQueue,
    span: CommandSpan | undefined,
  ) {
    this.#command = command;
    this.#session = session;
    this.#incoming = incoming;
    this.#hooks = hooks;
    this.#queue = queue;
    this.#span = span;
  }

  run(input: unknown, isChecked: boolean): void | Promise<void> {
    const command = this.#command;
    const turn = this.#queue.begin(command.order);
    let outcome: unknown;
    try {
      const admitted = admit(command, this.#session, input, isChecked);
      if (this.#hooks.namesIgnored && this.#incoming.acknowledge)
        this.#ignored = command.strangersIn(admitted);
      const span = this.#span;
      outcome =
        span === undefined
          ? command.act(this.#session, admitted, turn)
          : span.run(() => command.act(this.#session, admitted, turn));
    } catch (thrown) {
      turn.placed();
      return this.fail(thrown);
    }
    if (!(outcome instanceof Promise)) {
      turn.placed();
      return this.#succeed(outcome);
    }
    const done = outcome.then(
      (result: unknown) => this.#succeed(result),
      (thrown: unknown) => this.fail(thrown),
    );
    this.#queue.track(command.order, done, () => this.#abandon());
    return done;
  }

  /** Judged before it is kept, and answered in its turn: who may send it can change with the commands before it. */
  wait(payload: unknown): void | Promise<void> {
    const { order } = this.#command;
    const queue = this.#queue;
    if (!queue.hasRoom()) return this.#failCrowded();
    const kept = keep(this.#command, payload);
    const bytes = roughBytes(kept);
    if (!queue.hasRoom(bytes)) return this.#failCrowded();
    return new Promise((resolve) => {
      queue.wait({
        order,
        bytes,
        start: () => resolve(this.run(kept, true)),
        abandon: () => {
          this.#abandon();
          resolve();
        },
      });
    });
  }

  fail(failure: unknown): void {
    const { event, acknowledge } = this.#incoming;
    const session = this.#session;
    const command = this.#command;
    const hooks = this.#hooks;
    const thrown =
      command === unknownCommand && failure === UNKNOWN && typeof event === "string"
        ? unknownEvent(hooks.nearest(session, event))
        : failure;
    if (!(thrown instanceof GameError))
      hooks.log.error(
        { err: thrown, command: command.name, namespace: session.namespace },
        "a handler failed",
      );
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const error = hooks.wireOf(thrown);
    if (acknowledge) acknowledge({ ok: false, error });
    else emitFailure(session, error, typeof event === "string" ? event.slice(0, 128) : undefined);
    hooks.observe(session, command.name, error.code, this.#startedAt, thrown);
    this.#span?.end(error.code);
  }

  #succeed(result: unknown): void {
    if (this.#isAnswered) return;
    const { acknowledge } = this.#incoming;
    const ignored = this.#ignored;
    try {
      acknowledge?.({
        ok: true,
        ...(result as object | undefined),
        ...(ignored && ignored.length > 0 && { ignored }),
      });
    } catch (thrown) {
      // A result that cannot be written, as one with a circle in it: nothing of it has left.
      this.fail(thrown);
      return;
    }
    this.#isAnswered = true;
    this.#hooks.observe(this.#session, this.#command.name, "ok", this.#startedAt);
    this.#span?.end("ok");
  }

  #abandon(): void {
    this.fail(new GameError("unavailable"));
  }

  #failCrowded(): void {
    this.#hooks.crowded(this.#session);
    this.fail(rateLimited(RETRY_FULL_MS));
  }
}

/** For a client that has too much under way: as long as a slow command takes. */
const RETRY_FULL_MS = 1_000;

const rateLimited = (waitMs: number) =>
  new GameError("rate_limited", { details: { retry_after_ms: Math.ceil(waitMs) } });

/** Stands for every name that is not in the table: limited and counted as one. */
const unknownCommand: CompiledCommand = {
  name: "(unknown)",
  scope: "",
  rate: DEFAULT_RATE,
  roles: undefined,
  anonymous: true,
  order: "free",
  definesUserId: true,
  read: undefined,
  check: () => true,
  explain: () => "",
  strangersIn: () => [],
  act() {
    throw UNKNOWN;
  },
};

const UNKNOWN = new GameError("unknown_event");
const unknownEvent = (meant: string) =>
  meant === "" ? UNKNOWN : new GameError("unknown_event", { message: `${UNKNOWN.message}${meant}` });

/** The payload of a command that waits, checked, or why it will be refused. */
function keep(command: CompiledCommand, raw: unknown): unknown {
  if (raw instanceof RefusedPayload) return raw;
  const input = raw === undefined ? {} : raw;
  return command.check(input)
    ? input
    : new RefusedPayload("invalid_payload", { message: command.explain(input) });
}

function admit(command: CompiledCommand, session: Session, raw: unknown, isChecked: boolean): unknown {
  authorize(session.identity, command);
  if (raw instanceof RefusedPayload) throw raw.error;
  const input = raw === undefined ? {} : raw;
  if (!isChecked && !command.check(input))
    throw new GameError("invalid_payload", { message: command.explain(input) });
  if (!command.definesUserId && namesAnother(input, session)) throw anotherSender();
  return input;
}

/** A `user_id` that the event does not define names the sender; another's is refused. */
function namesAnother(input: unknown, { userId }: Session): boolean {
  if (typeof input !== "object" || input === null || !("user_id" in input)) return false;
  return input.user_id !== undefined && !isUser(input.user_id, userId);
}

/** Whether a client's word for a user is this one's id; where ids are numbers, clients write them as such. */
export const isUser = (given: unknown, userId: string): boolean =>
  given === userId || (typeof given === "number" && String(given) === userId);

const anotherSender = () =>
  new GameError("forbidden", { cause: because("user", "its user_id is not the sender's") });

/** The form of a failure without an acknowledgement. */
export function emitFailure(session: Session, error: WireError, event?: string): void {
  const { code, message, ...details } = error;
  session.emit("error", { ...details, error: message, code, ...(event === undefined ? {} : { event }) });
}
