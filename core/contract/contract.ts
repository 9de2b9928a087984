/**
 * The contract of a namespace: every event a client may send and every event it may get. Handler types, validation,
 * who may call, rate cost, the typed client and the generated documents are all derived from this one value.
 */
import type { Static, TSchema } from "typebox";
import type { Aliases } from "./aliases.ts";
import type { Session } from "./session.ts";

export const NAMESPACES = ["/", "/game", "/chat", "/combat", "/world", "/matchmaking"] as const;
export type NamespaceName = (typeof NAMESPACES)[number];

export const ROLES = ["player", "moderator", "admin", "service"] as const;
export type Role = (typeof ROLES)[number];

/** Roles that watch over what users say: they sanction, delete, and read reports. */
export const MODERATORS = ["moderator", "admin"] as const satisfies readonly Role[];
/** Roles that make named channels, and enter every named channel and the channel of every room. */
export const STAFF = [...MODERATORS, "service"] as const satisfies readonly Role[];
/** Roles of game services and of those who run the server: they act for all users, and read statistics and metrics. */
export const OPERATORS = ["service", "admin"] as const satisfies readonly Role[];

/** At most `max` events in any `windowMs` (a sliding window). */
export interface RateRule {
  readonly max: number;
  readonly windowMs: number;
}

/**
 * How a command stands to the others of its session (connection and namespace). Commands start in the order in which they were sent.
 * - `in-turn`: when all before it have ended; those after it wait. The default.
 * - `read`: changes nothing. It waits for what changes something, and runs beside other reads.
 * - `pipelined`: several are under way; each puts its effect behind that of the one before (`Turn`).
 * - `free`: has nothing to do with the others, and waits for none.
 */
export type CommandOrder = "in-turn" | "read" | "pipelined" | "free";

/** What a pipelined command needs to keep its place. Others get one that asks for nothing. */
export interface CommandTurn {
  /** Wait for it before the effect is placed; undefined where it is this command's turn already. */
  readonly mine: Promise<void> | undefined;
  /** The effect is on its way to the store: the next may place its own. Done by itself when the command ends. */
  placed(): void;
}

/** What a client may ask for. The acknowledgement is `{ok: true, ...result}` or `{ok: false, error}`. */
export interface CommandSpec<I extends TSchema = TSchema, R extends TSchema = TSchema> {
  readonly summary: string;
  readonly input: I;
  readonly result: R;
  /** Any of these may call; left out: every user with a token. */
  readonly roles?: readonly Role[];
  /** Anonymous connections may call too. */
  readonly anonymous?: true;
  /** Default: 20 a second per user. */
  readonly rate?: RateRule;
  /** Default: `in-turn`. */
  readonly order?: CommandOrder;
  /** Other words for it that are taken too. */
  readonly aliases?: Aliases;
}

/** volatile: newest wins · ordinary: in order, at most once · stream: resumable · reliable: until acknowledged. */
type DeliveryClass = "volatile" | "ordinary" | "stream" | "reliable";

/** What a client may get. `timestamp` is added to every payload when it is sent. */
export interface EventSpec<P extends TSchema = TSchema> {
  readonly summary: string;
  readonly payload: P;
  readonly delivery: DeliveryClass;
}

export interface Contract {
  readonly namespace: NamespaceName;
  /** `token`: a token is needed · `anonymous`: read-only without one · `open-in-dev`: needed, except under AUTH_MODE=dev. */
  readonly access: "token" | "anonymous" | "open-in-dev";
  readonly commands: Readonly<Record<string, CommandSpec>>;
  readonly events: Readonly<Record<string, EventSpec>>;
}

/** Names a contract without widening it. */
export function defineContract<const C extends Contract>(contract: C): C {
  return contract;
}

export function command<I extends TSchema, R extends TSchema>(spec: CommandSpec<I, R>): CommandSpec<I, R> {
  return spec;
}

export function event<P extends TSchema>(spec: EventSpec<P>): EventSpec<P> {
  return spec;
}

export type CommandName<C extends Contract> = keyof C["commands"] & string;
export type EventName<C extends Contract> = keyof C["events"] & string;
export type InputOf<C extends Contract, K extends CommandName<C>> = Static<C["commands"][K]["input"]>;
export type ResultOf<C extends Contract, K extends CommandName<C>> = Static<C["commands"][K]["result"]>;
export type PayloadOf<C extends Contract, K extends EventName<C>> = Static<C["events"][K]["payload"]>;

/** One function per command: a forgotten one does not compile. It gets checked input and returns the result. */
export type Handlers<C extends Contract> = {
  readonly [K in CommandName<C>]: (
    session: Session<C>,
    input: InputOf<C, K>,
    turn: CommandTurn,
  ) => ResultOf<C, K> | Promise<ResultOf<C, K>>;
};

/** What an acknowledgement carries. */
export type Ack<R> =
  | ({ readonly ok: true } & R)
  | { readonly ok: false; readonly error: import("./errors.ts").WireError };
type AckFunction<R> = (ack: Ack<R>) => void;

/** Event maps for `socket.io-client`'s type parameters. */
export type ClientToServer<C extends Contract> = {
  [K in CommandName<C>]: (input: InputOf<C, K>, ack?: AckFunction<ResultOf<C, K>>) => void;
};
export type ServerToClient<C extends Contract> = {
  [K in EventName<C>]: (payload: PayloadOf<C, K> & { readonly timestamp: string | number }) => void;
};
