/** Events of an application's own: a schema and a function, served like every other event, on every transport. */
import { type Static, type TSchema, Type } from "typebox";
import {
  type CommandOrder,
  type CommandSpec,
  type Contract,
  type EventSpec,
  NAMESPACES,
  type NamespaceName,
  type RateRule,
  type Role,
} from "../core/contract/contract.ts";
import type { Session } from "../core/contract/session.ts";
import { didYouMean } from "../core/did-you-mean.ts";
import type { Services } from "../core/ports/services.ts";
import { missingIn } from "../core/realtime/definition.ts";
import { type CompiledCommand, compileCommand } from "../middleware/compiled-command.ts";
import { type Notify, payloadFor } from "./delivery/notify.ts";

/** What a handler is given beside its input. */
export interface EventContext {
  readonly session: Session;
  /** Stores, streams, timers: what the built-in namespaces stand on. */
  readonly services: Services;
  /** Sends to users, rooms and namespaces on any worker. */
  readonly notify: Notify;
  /** Sends to this connection alone; on `/` as `{data, timestamp}`, elsewhere as the payload itself. */
  send(event: string, data: object): void;
}

export interface EventDefinition<I extends TSchema, R extends object> {
  readonly namespace: NamespaceName;
  /** Not one of the namespace's own. */
  readonly name: string;
  readonly schema: I;
  readonly summary?: string;
  /** What the acknowledgement has, for the AsyncAPI document and the types that are made of it. It is not checked. */
  readonly result?: TSchema;
  /** What `send` and `notify` are given, by event names; for the same readers as `result`. */
  readonly sends?: Readonly<Record<string, TSchema>>;
  /** Any of these may send it; left out: every user with a token. */
  readonly roles?: readonly Role[];
  /** Connections without a token may send it too. */
  readonly anonymous?: true;
  /** Left out: 20 a second per user. */
  readonly rate?: RateRule;
  /** `read` for an event that changes nothing, `free` for one that need not wait. Default: `in-turn`. */
  readonly order?: Exclude<CommandOrder, "pipelined">;
  /**
   * The result goes into the acknowledgement: an object without `ok`, `type` and `id` at its top level, which belong to the answer's frame.
   * Throw a GameError to refuse; anything else becomes `internal`.
   */
  handle(context: EventContext, input: Static<I>): R | undefined | Promise<R | undefined>;
}

/** Every field of a definition: one that is forgotten here does not compile. */
const FIELDS: { readonly [K in keyof Required<EventDefinition<TSchema, object>>]: true } = {
  ...{ namespace: true, name: true, schema: true, summary: true, result: true, sends: true },
  ...{ roles: true, anonymous: true, rate: true, order: true, handle: true },
};

/** @throws Error that tells each mistake in a definition's fields */
function checkFields(definition: object): void {
  const given = new Map<string, unknown>(Object.entries(definition));
  const namespace = given.get("namespace");
  const problems = [
    ...[...given.keys()]
      .filter((name) => !Object.hasOwn(FIELDS, name))
      .map((name) => `there is no field ${name}${didYouMean(name, Object.keys(FIELDS))}`),
    ...missingIn(definition, { namespace: "string", name: "string", schema: "object", handle: "function" }),
  ];
  if (typeof namespace === "string" && !NAMESPACES.some((each) => each === namespace))
    problems.push(`there is no namespace ${namespace}${didYouMean(namespace, NAMESPACES)}`);
  if (problems.length > 0) throw new Error(`event "${String(given.get("name"))}": ${problems.join("; ")}`);
}

export interface CustomEvent {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly spec: CommandSpec;
  readonly sends: Readonly<Record<string, EventSpec>>;
  compile(contextOf: (session: Session) => EventContext): CompiledCommand;
}

/**
 * @throws Error for a field that there is not, with the nearest name, or one that is missing
 * @example
 * defineEvent({
 *   namespace: "/",
 *   name: "get_user",
 *   schema: Type.Object({ email: Type.String() }),
 *   async handle({ send }, { email }) {
 *     send("user_response", await users.byEmail(email));
 *     return { found: true };
 *   },
 * })
 */
export function defineEvent<I extends TSchema, R extends object>(
  definition: EventDefinition<I, R>,
): CustomEvent {
  checkFields(definition);
  const { namespace, name, schema, summary, result, sends, roles, anonymous, rate, order, handle } =
    definition;
  const spec: CommandSpec = {
    summary: summary ?? `An event of the application: ${name}.`,
    input: schema,
    result: result ?? {},
    ...(roles === undefined ? {} : { roles }),
    ...(anonymous === undefined ? {} : { anonymous }),
    ...(rate === undefined ? {} : { rate }),
    ...(order === undefined ? {} : { order }),
  };
  return {
    namespace,
    name,
    spec,
    sends: Object.fromEntries(
      Object.entries(sends ?? {}).map(([event, data]) => [
        event,
        {
          summary: `An event of the application, which \`${name}\` sends.`,
          payload: namespace === "/" ? Type.Object({ data }) : data,
          delivery: "ordinary",
        },
      ]),
    ),
    // The input has the schema's type: dispatch calls `act` after the check only.
    compile: (contextOf) =>
      compileCommand(namespace, name, spec, (session, input) => {
        const answer = handle(contextOf(session), input as Static<I>);
        return answer instanceof Promise
          ? answer.then((each) => withoutFrame(name, each))
          : withoutFrame(name, answer);
      }),
  };
}

/** Fields of an acknowledgement that a result would overwrite: a plain client could not tell what is answered. */
const FRAME = ["ok", "type", "id"];

/** @throws TypeError for a result that is not one */
function withoutFrame<R extends object>(name: string, result: R | undefined): R | undefined {
  const taken = result && FRAME.find((field) => Object.hasOwn(result, field));
  if (taken !== undefined)
    throw new TypeError(
      `${name}: the result has "${taken}", which belongs to the frame: put it into an object`,
    );
  return result;
}

/** Contracts with the application's own events in them. */
export const withOwnEvents = (contracts: readonly Contract[], events: readonly CustomEvent[]): Contract[] =>
  contracts.map((contract) => {
    const own = events.filter(({ namespace }) => namespace === contract.namespace);
    return {
      ...contract,
      commands: { ...contract.commands, ...Object.fromEntries(own.map(({ name, spec }) => [name, spec])) },
      events: Object.assign({}, contract.events, ...own.map(({ sends }) => sends)) as Contract["events"],
    };
  });

/** The context of one connection's events. */
export const eventContext =
  (services: Services, notify: Notify) =>
  (session: Session): EventContext => ({
    session,
    services,
    notify,
    send: (event, data) => session.emit(event, payloadFor(session.namespace, data)),
  });
