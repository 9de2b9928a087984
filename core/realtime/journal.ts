/**
 * The journal of a running real-time game: what is committed of its ticks, and the game again from it. Whoever has the game's rules
 * gets the same states from it, tick by tick; hashes in it prove that they are the same.
 */
import type { GameResult } from "../games/game.ts";
import type { UserId } from "../ids.ts";
import type { EntityValues } from "./fields.ts";
import type { RealtimeGame } from "./game.ts";
import { readInput, writeInput } from "./inputs.ts";
import type { TakenInputs } from "./seat-inputs.ts";
import { type SeatChange, Simulation, type SimulationSnapshot, type TickInput } from "./simulation.ts";
import { hashOf } from "./state.ts";

/** What one tick of the journal took: `[place of the player, ack, …inputs in their array form without seq]`. */
export type JournalTaken = readonly [
  player: number,
  ack: number,
  ...inputs: readonly (readonly (number | string | null)[])[],
];

export interface JournalTick {
  /** What was taken; players without an entry missed the tick. */
  readonly in?: readonly JournalTaken[];
  readonly changes?: readonly SeatChange[];
  /** How many ticks old the view was that a player acted on. */
  readonly views?: readonly (readonly [player: number, ticks: number])[];
}

/** Everything that the simulation goes on from: the first entry, and one every few seconds. */
export interface SnapshotEntry {
  readonly kind: "snapshot";
  readonly game: string;
  /** Four whole numbers from 0 to 2^32 - 1. */
  readonly seed: readonly number[];
  readonly options: EntityValues;
  /** The store's time in milliseconds since the epoch. */
  readonly at: number;
  /** Grows with each worker that steps the room. */
  readonly epoch: number;
  /** Places of players count in this order. */
  readonly players: readonly UserId[];
  readonly acks: readonly number[];
  readonly snapshot: SimulationSnapshot;
}

/** Ticks after `from`, one after the other. */
export interface TicksEntry {
  readonly kind: "ticks";
  readonly epoch: number;
  readonly from: number;
  /** Players that came with these ticks: their places follow those of the others. */
  readonly players?: readonly UserId[];
  readonly ticks: readonly JournalTick[];
  /** Of the states after whole seconds of ticks, and after the last one. */
  readonly hashes?: readonly (readonly [tick: number, hash: string])[];
}

export type JournalEntry = SnapshotEntry | TicksEntry;

/** The players of a journal by their places. */
export class PlayerPlaces {
  readonly players: UserId[];
  readonly #placeOf: Map<UserId, number>;

  constructor(players: readonly UserId[]) {
    this.players = [...players];
    this.#placeOf = new Map(players.map((user, place) => [user, place]));
  }

  /** The player's place: a new one for a newcomer. */
  of(user: UserId): number {
    const known = this.#placeOf.get(user);
    if (known !== undefined) return known;
    this.#placeOf.set(user, this.players.length);
    return this.players.push(user) - 1;
  }
}

/** What a tick took, for its simulation and for the journal. */
export interface PlayedTick {
  readonly taken: ReadonlyMap<UserId, { readonly ack: number; readonly inputs: TakenInputs }>;
  readonly changes: readonly SeatChange[];
  readonly views: ReadonlyMap<UserId, number>;
}

export const tickInputOf = ({ taken, changes, views }: PlayedTick): TickInput => ({
  taken: new Map([...taken].map(([user, { inputs }]) => [user, inputs])),
  changes,
  views,
});

export function writeTick(
  { input }: RealtimeGame,
  places: PlayerPlaces,
  { taken, changes, views }: PlayedTick,
): JournalTick {
  const written = [...taken].map(
    ([user, { ack, inputs }]): JournalTaken => [
      places.of(user),
      ack,
      ...inputs.map((one) => writeInput(input, 0, one).slice(1)),
    ],
  );
  return {
    ...(written.length > 0 && { in: written }),
    ...(changes.length > 0 && { changes }),
    ...(views.size > 0 && { views: [...views].map(([user, ticks]) => [places.of(user), ticks] as const) }),
  };
}

function readTick({ input }: RealtimeGame, { players }: PlayerPlaces, tick: JournalTick): PlayedTick {
  const at = (place: number) => players[place] as UserId;
  const read = (values: readonly unknown[]): EntityValues => {
    const entry = readInput(input, [1, ...values]);
    if (typeof entry === "string") throw new Error(`journal: ${entry}`);
    return entry.input;
  };
  return {
    taken: new Map(
      (tick.in ?? []).map(([place, ack, ...inputs]) => [at(place), { ack, inputs: inputs.map(read) }]),
    ),
    changes: tick.changes ?? [],
    views: new Map((tick.views ?? []).map(([place, ticks]) => [at(place), ticks])),
  };
}

/** Problems that are kept as texts; the rest is counted. */
const MAX_TOLD = 20;

/** A game played again from the entries of its journal, which are added in their order. */
export class JournalReplay {
  readonly game: RealtimeGame;
  readonly acks = new Map<UserId, number>();
  /** Hashes and snapshots that agree with the game played again. */
  proved = 0;
  /** What contradicts the journal, of the first ones. */
  readonly problems: string[] = [];
  problemCount = 0;
  /** The first tick that was played again. */
  from: number | undefined;
  result: GameResult | undefined;
  readonly #checks: boolean;
  #simulation: Simulation | undefined;
  #places = new PlayerPlaces([]);
  #epoch = 0;

  /** @param checks whether a step that breaks the state's declaration throws, as in development */
  constructor(game: RealtimeGame, checks = false) {
    this.game = game;
    this.#checks = checks;
  }

  /** @throws Error before the first snapshot */
  get simulation(): Simulation {
    if (this.#simulation === undefined) throw new Error("journal: it has no snapshot");
    return this.#simulation;
  }

  get places(): PlayerPlaces {
    return this.#places;
  }

  /**
   * @param onTick called after each tick
   * @throws Error where the entry can't follow: a gap, no snapshot before it, another game, an input that the game does not take
   */
  add(entry: JournalEntry, onTick?: (simulation: Simulation) => void): void {
    if (entry.epoch < this.#epoch)
      this.#problem(`epoch ${this.#epoch} is followed by epoch ${entry.epoch}: two workers wrote`);
    this.#epoch = entry.epoch;
    if (entry.kind === "snapshot") this.#addSnapshot(entry);
    else this.#addTicks(entry, onTick);
  }

  #problem(text: string): void {
    this.problemCount++;
    if (this.problems.length < MAX_TOLD) this.problems.push(text);
  }

  #addSnapshot(entry: SnapshotEntry): void {
    const { game, seed, options, players, snapshot } = entry;
    if (game !== this.game.name) throw new Error(`journal: it is of the game ${game}`);
    if (this.#simulation === undefined) {
      this.#simulation = new Simulation(this.game, snapshot, { seed, options, checks: this.#checks });
      this.#places = new PlayerPlaces(players);
      this.from = snapshot.tick;
      for (const [place, user] of players.entries()) this.acks.set(user, entry.acks[place] ?? 0);
      return;
    }
    const replayed = JSON.stringify([this.#simulation.snapshot(), this.#places.players]);
    if (replayed === JSON.stringify([snapshot, players])) this.proved++;
    else
      this.#problem(`the snapshot after tick ${snapshot.tick} is another than the game played again gives`);
  }

  #addTicks(entry: TicksEntry, onTick: ((simulation: Simulation) => void) | undefined): void {
    const { simulation, game } = this;
    if (entry.from !== simulation.tick)
      throw new Error(`journal: tick ${simulation.tick} is followed by ticks after ${entry.from}`);
    for (const user of entry.players ?? []) this.#places.of(user);
    const hashes = new Map(entry.hashes);
    for (const tick of entry.ticks) {
      if (this.result !== undefined) this.#problem(`tick ${simulation.tick + 1} comes after the end`);
      const played = readTick(game, this.#places, tick);
      for (const [user, { ack }] of played.taken) this.acks.set(user, ack);
      this.result = simulation.step(tickInputOf(played)).result;
      this.#compare(hashes.get(simulation.tick));
      onTick?.(simulation);
    }
  }

  #compare(hash: string | undefined): void {
    const { game, simulation, result } = this;
    if (hash === undefined) {
      if (isHashed(game, simulation.tick, result)) this.#problem(`tick ${simulation.tick} has no hash`);
    } else if (hash === hashOf(game.state, simulation.state)) this.proved++;
    else this.#problem(`the state after tick ${simulation.tick} is another than the one that was hashed`);
  }
}

/**
 * Plays the journal of a game again, as `match:replay` gives it: all pages' `journal`, one after the other.
 * @param onTick called after each tick, with the state in `simulation.state`
 * @returns the game as it is then; `problemCount` is 0 where every hash in the journal agrees
 * @throws Error where a part is no journal's, or can't follow the one before
 */
export function replayJournal(
  game: RealtimeGame,
  parts: Iterable<unknown>,
  onTick?: (simulation: Simulation) => void,
): JournalReplay {
  const replay = new JournalReplay(game);
  for (const part of parts) {
    if (!isJournalEntry(part)) throw new Error("journal: this is no part of one");
    replay.add(part, onTick);
  }
  return replay;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export function isJournalEntry(value: unknown): value is JournalEntry {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("epoch" in value)) return false;
  if (value.kind === "ticks") return "from" in value && "ticks" in value && isList(value.ticks);
  return (
    value.kind === "snapshot" &&
    "seed" in value &&
    "players" in value &&
    "acks" in value &&
    "snapshot" in value &&
    [value.seed, value.players, value.acks].every(isList)
  );
}

/** Whether the journal has a hash of the state after this tick: once a second, and at the end. */
export const isHashed = ({ hz }: RealtimeGame, tick: number, result: GameResult | undefined): boolean =>
  tick % hz === 0 || result !== undefined;
