/** The journal of a running game: what is committed of its ticks, and the game again from it. */
import type { UserId } from "../../../../core/ids.ts";
import type { EntityValues } from "../../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import { readInput, writeInput } from "../../../../core/realtime/inputs.ts";
import type { TakenInputs } from "../../../../core/realtime/seat-inputs.ts";
import { type SeatChange, Simulation, type TickInput } from "../../../../core/realtime/simulation.ts";
import { hashOf } from "../../../../core/realtime/state.ts";
import type { JournalEntry, JournalTaken, JournalTick } from "../stored.ts";

/** The players of a journal by their places. */
export class Places {
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
  places: Places,
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

function readTick({ input }: RealtimeGame, { players }: Places, tick: JournalTick): PlayedTick {
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

/** A game as its journal has it, and what goes on from there. */
export interface ReplayedRun {
  readonly simulation: Simulation;
  readonly places: Places;
  readonly acks: Map<UserId, number>;
  /** Ticks whose state has another hash than the journal says. */
  readonly wrong: readonly number[];
  /** Hashes that were compared. */
  readonly proved: number;
}

export interface ReplayedTick {
  readonly tick: number;
  readonly simulation: Simulation;
}

/**
 * Plays a journal from its first snapshot on.
 * @param onTick called after each tick
 * @throws Error where it has no snapshot, or a gap
 */
export function replayJournal(
  game: RealtimeGame,
  { seed, options }: { readonly seed: readonly number[]; readonly options: EntityValues },
  entries: Iterable<JournalEntry>,
  onTick?: (played: ReplayedTick) => void,
): ReplayedRun {
  let simulation: Simulation | undefined;
  let places = new Places([]);
  const acks = new Map<UserId, number>();
  const wrong: number[] = [];
  let proved = 0;
  for (const entry of entries) {
    if (entry.kind === "start") continue;
    if (entry.kind === "snapshot") {
      if (simulation !== undefined) continue;
      simulation = new Simulation(game, entry.snapshot, { seed, options });
      places = new Places(entry.players);
      for (const [place, user] of entry.players.entries()) acks.set(user, entry.acks[place] ?? 0);
      continue;
    }
    if (simulation === undefined) throw new Error("journal: it does not begin with a snapshot");
    if (entry.from !== simulation.tick)
      throw new Error(`journal: tick ${simulation.tick} is followed by ticks after ${entry.from}`);
    for (const user of entry.players ?? []) places.of(user);
    const hashes = new Map(entry.hashes);
    for (const tick of entry.ticks) {
      const played = readTick(game, places, tick);
      for (const [user, { ack }] of played.taken) acks.set(user, ack);
      simulation.step(tickInputOf(played));
      const hash = hashes.get(simulation.tick);
      if (hash !== undefined) {
        proved++;
        if (hash !== hashOf(game.state, simulation.state)) wrong.push(simulation.tick);
      }
      onTick?.({ tick: simulation.tick, simulation });
    }
  }
  if (simulation === undefined) throw new Error("journal: it has no snapshot");
  return { simulation, places, acks, wrong, proved };
}
