/**
 * What the author of a real-time game writes: a plain object with one step, which the server runs at a fixed rate. The client predicts
 * with the same `move`. It knows no sockets, no store and no clock.
 */
import type { GameResult } from "../games/game.ts";
import type { UserId } from "../ids.ts";
import type { Teams } from "../teams.ts";
import { controlledIn, problemsOf } from "./check.ts";
import type { EntityCollection, EntityValues, RealtimeFields, ValuesOf } from "./fields.ts";
import type { SeededRandom } from "./seeded-random.ts";

export type RealtimeCollections = Readonly<Record<string, EntityCollection>>;

/** The state: a map of entities for each collection. Maps keep their order, in snapshots and replays too. */
export type StateOf<S extends RealtimeCollections> = {
  readonly [K in keyof S]: Map<string, ValuesOf<S[K]["fields"]>>;
};

/** A state of a game that is known only as the server runs. */
export type RealtimeState = Readonly<Record<string, Map<string, EntityValues>>>;

/** Something that happened in a tick, sent with its frame. Its other fields are the game's own, and JSON. */
export interface RealtimeEvent {
  readonly type: string;
  /** Sent to these players alone; left out: to everybody. Not sent itself. */
  readonly only?: readonly UserId[];
  /** Sent to those who see this entity: its collection and id. Not sent itself. */
  readonly at?: readonly [collection: string, id: string];
  readonly [detail: string]: unknown;
}

/** How an entity looked in a past tick; its fields can't be changed. */
export type PastState<S> = {
  readonly [K in keyof S]: S[K] extends Map<string, infer V> ? ReadonlyMap<string, Readonly<V>> : never;
};

export interface SetupContext {
  /** The same draws in a replay. Use no other source of chance, and no clock. */
  readonly random: SeededRandom;
  /** As matchmaking made them. Bots that fill a match are in none. */
  readonly teams: Teams;
}

export interface StepContext<S = RealtimeState, O = EntityValues> extends SetupContext {
  /** As the room or the matchmaking mode gave them, with the initial values of the others. */
  readonly options: Readonly<O>;
  /** Counts the steps, from 1. */
  readonly tick: number;
  /** Seconds of a step: one over the game's `hz`. */
  readonly dt: number;
  /** The players that are in the game now, bots among them. */
  readonly players: readonly UserId[];
  emit(event: RealtimeEvent): void;
  /**
   * The state as this player saw it when they made the present input: at most 250 ms ago, and checked against the measured round trip.
   * Collections that the game's `rewinds` does not name, and all of them for a bot, are as they are now.
   */
  rewind(user: UserId): PastState<S>;
}

/** Who sees which entities. */
export type Visibility =
  | { readonly kind: "everyone" }
  /** Entities of the collection are seen by the players whose entity there has the same value in the field. */
  | { readonly kind: "byTeam"; readonly collection: string; readonly field: string }
  /** Entities of all collections with `x` and `y` are seen from the cell of the player's entity in this collection, and from the cells around it. */
  | { readonly kind: "byCell"; readonly collection: string; readonly size: number };

export const everyone = (): Visibility => ({ kind: "everyone" });
/**
 * Each team sees the entities of its own in this collection; those with `null`, 0 or `""` in the field are seen by all, and so are the
 * other collections.
 */
export const byTeam = (collection: string, field: string): Visibility => ({
  kind: "byTeam",
  collection,
  field,
});
/** @param size of a cell, in units of `x` and `y`; a player sees its own cell and the eight around it */
export const byCell = (collection: string, size: number): Visibility => ({
  kind: "byCell",
  collection,
  size,
});

/** What becomes of a player who left, or was away for longer than the grace period. */
export type OnDrop = "hold" | "remove" | "bot";

export interface RealtimeDefinition<
  I extends RealtimeFields,
  S extends RealtimeCollections,
  O extends RealtimeFields,
  C extends keyof S & string = keyof S & string,
> {
  readonly name: string;
  readonly players: { readonly min: number; readonly max: number };
  /** Steps a second: 1 to 60. */
  readonly hz: number;
  /** A frame is sent every so many steps. Default 1. */
  readonly sendEvery?: number;
  /** An input's fields, in the order in which they go over the wire. */
  readonly input: I;
  readonly state: S;
  /** Of the options that a room or a matchmaking mode may give, each with an initial value. Default: none. */
  readonly options?: O;
  /** Of the labels that others find a room by, each with an initial value. Default: any labels. */
  readonly labels?: RealtimeFields;
  setup(players: readonly UserId[], options: ValuesOf<O>, context: SetupContext): StateOf<S>;
  /**
   * The collection whose entities players move: each has a `player()` field. Default: the first collection that has one. A player moves
   * every entity of their own there.
   */
  readonly controls?: C;
  /**
   * One input applied to one entity of the player, in place. It runs before `step`, on the server and in the client that predicts, so it
   * may look at nothing else and must draw nothing.
   */
  move?(entity: ValuesOf<S[C]["fields"]>, input: ValuesOf<I>, dt: number): void;
  /** Once per tick, in place. A player without an entry has just joined. */
  step(
    state: StateOf<S>,
    inputs: ReadonlyMap<string, ValuesOf<I>>,
    context: StepContext<StateOf<S>, ValuesOf<O>>,
  ): void;
  /** The collections that `rewind` goes back to; each costs a copy per tick. Default: none. */
  readonly rewinds?: readonly (keyof S & string)[];
  /** Default: everyone sees everything. */
  readonly sees?: Visibility;
  /**
   * `hold`: the player's entities stay, their inputs idle. `remove`: entities of theirs are deleted. `bot`: the game's `bot` plays until
   * they return. Default `hold`.
   */
  readonly drop?: OnDrop;
  /** An input for a player who is away, or for a bot, at each tick. It may read the state and must not change it. */
  bot?(state: StateOf<S>, me: UserId, context: StepContext<StateOf<S>, ValuesOf<O>>): ValuesOf<I>;
  /** How many bots fill the match as it starts. Default: none. */
  bots?(options: ValuesOf<O>, players: number): number;
  /** Somebody takes a seat while the game runs. Left out: nobody can. */
  join?(state: StateOf<S>, player: UserId, context: StepContext<StateOf<S>, ValuesOf<O>>): void;
  /** The result, once the game is over; looked at after each step. */
  result?(
    state: StateOf<S>,
    context: Pick<StepContext<StateOf<S>, ValuesOf<O>>, "tick" | "dt" | "options" | "teams">,
  ): GameResult | undefined;
  /** How much later than the players spectators see the game, in milliseconds: up to 60,000. Default 0. */
  readonly spectatorDelayMs?: number;
}

/** A checked real-time game, with its defaults. */
export interface RealtimeGame<
  I extends RealtimeFields = RealtimeFields,
  S extends RealtimeCollections = RealtimeCollections,
  O extends RealtimeFields = RealtimeFields,
  C extends keyof S & string = keyof S & string,
> extends RealtimeDefinition<I, S, O, C> {
  readonly isRealtime: true;
  readonly sendEvery: number;
  readonly options: O;
  readonly rewinds: readonly (keyof S & string)[];
  readonly sees: Visibility;
  readonly drop: OnDrop;
  readonly spectatorDelayMs: number;
  /** Undefined where no collection has a `player()` field. */
  readonly controls?: C;
  /** Seconds of a step. */
  readonly dt: number;
}

/**
 * Checks a real-time game once and fills in its defaults.
 * @throws Error that names the game and every mistake in it
 */
export function defineRealtime<
  const I extends RealtimeFields,
  const S extends RealtimeCollections,
  const O extends RealtimeFields = Record<never, never>,
  const C extends keyof S & string = keyof S & string,
>(definition: RealtimeDefinition<I, S, O, C>): RealtimeGame<I, S, O, C> {
  const problems = problemsOf(definition);
  if (problems.length > 0)
    throw new Error(`real-time game "${String(definition?.name)}": ${problems.join("; ")}`);
  const controls = definition.controls ?? (controlledIn(definition.state) as C | undefined);
  return {
    sendEvery: 1,
    rewinds: [],
    sees: everyone(),
    drop: "hold",
    spectatorDelayMs: 0,
    ...definition,
    options: definition.options ?? ({} as O),
    isRealtime: true,
    dt: 1 / definition.hz,
    ...(controls !== undefined && { controls }),
  };
}
