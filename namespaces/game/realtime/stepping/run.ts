/** One room that this worker steps: the simulation, the inputs of its seats, and what is to be told and committed of each tick. */
import type { GameResult } from "../../../../core/games/game.ts";
import type { RoomId, UserId } from "../../../../core/ids.ts";
import type { VisibleEntity } from "../../../../core/realtime/delta.ts";
import type { PackedValue } from "../../../../core/realtime/fields.ts";
import type { RealtimeEvent, RealtimeGame } from "../../../../core/realtime/game.ts";
import {
  isHashed,
  type JournalTick,
  type PlayedTick,
  type PlayerPlaces,
  type SnapshotEntry,
  type TicksEntry,
  tickInputOf,
  writeTick,
} from "../../../../core/realtime/journal.ts";
import { SeatInputs } from "../../../../core/realtime/seat-inputs.ts";
import type { SeatChange, Simulation } from "../../../../core/realtime/simulation.ts";
import { hashOf, packEntity, plansOf } from "../../../../core/realtime/state.ts";
import { withMember } from "../../../../core/teams.ts";
import type { Seat } from "../../rooms/stored.ts";
import type { InputBatch, SeatStatus, TickPacket } from "../stored.ts";
import { SeatViews } from "./seat-views.ts";

export interface RunStart {
  readonly id: RoomId;
  readonly game: RealtimeGame;
  readonly epoch: number;
  readonly round: number;
  readonly simulation: Simulation;
  readonly places: PlayerPlaces;
  readonly acks: ReadonlyMap<UserId, number>;
  /** Ticks that nobody stepped before this owner: their inputs may be worked off. */
  readonly gapTicks: number;
}

/** What is to be committed of the ticks since the last commit. */
export interface PendingTicks {
  readonly entry: TicksEntry;
  readonly tick: number;
}

interface RunningSeat {
  readonly inputs: SeatInputs;
  saved: number;
  readonly views: SeatViews;
}

export class Run {
  readonly id: RoomId;
  readonly game: RealtimeGame;
  readonly epoch: number;
  readonly round: number;
  readonly simulation: Simulation;
  readonly #places: PlayerPlaces;
  readonly #seats = new Map<UserId, RunningSeat>();
  readonly #view = new Map<string, Map<string, VisibleEntity>>();
  readonly #slots = new Map<string, { next: number; readonly free: number[] }>();
  readonly #gapTicks: number;
  #changes: SeatChange[] = [];
  #pending: { tick: JournalTick; players: readonly UserId[] }[] = [];
  #hashes: [number, string][] = [];
  #pendingFrom: number;
  #sent: { tick: number; events: RealtimeEvent[]; set: Map<VisibleEntity, string>; gone: [string, string][] };
  #skipped = 0;
  /** Inputs that were dropped and told since somebody asked. */
  #lostInputs = 0;
  result: GameResult | undefined;

  constructor(start: RunStart) {
    this.id = start.id;
    this.game = start.game;
    this.epoch = start.epoch;
    this.round = start.round;
    this.simulation = start.simulation;
    this.#places = start.places;
    this.#gapTicks = start.gapTicks;
    for (const [user, ack] of start.acks) this.#seat(user, ack);
    this.#pendingFrom = start.simulation.tick;
    this.#sent = { tick: start.simulation.tick, events: [], set: new Map(), gone: [] };
    this.#look();
    this.#sent = { tick: start.simulation.tick, events: [], set: new Map(), gone: [] };
  }

  get tick(): number {
    return this.simulation.tick;
  }

  /** Whether a packet would tell of a tick that none has told of. */
  get hasUnsent(): boolean {
    return this.#sent.tick < this.tick;
  }

  /** Ticks that are not committed yet. */
  get pendingTicks(): number {
    return this.#pending.length;
  }

  /** Players, without bots. */
  get players(): number {
    return this.simulation.seats.filter(({ as }) => as === "player").length;
  }

  /** Inputs that wait, of all players. */
  get waiting(): number {
    let waiting = 0;
    for (const { inputs } of this.#seats.values()) waiting += inputs.waiting;
    return waiting;
  }

  #seat(user: UserId, ack = 0): RunningSeat {
    const known = this.#seats.get(user);
    if (known !== undefined) return known;
    const { input, hz } = this.game;
    const seat = { inputs: new SeatInputs(input, hz, ack), saved: ack, views: new SeatViews(hz) };
    if (this.#gapTicks > 0) seat.inputs.allow(this.#gapTicks);
    this.#seats.set(user, seat);
    return seat;
  }

  /** Compares the seats of the room with those of the game; the next tick begins with what differs. */
  seatsAre(room: readonly Pick<Seat, "userId" | "dropped" | "team">[]): void {
    const changes: SeatChange[] = [];
    let { teams } = this.simulation;
    const playing = new Map(this.simulation.seats.map(({ user, as }) => [user, as]));
    for (const { userId: user, dropped, team } of room) {
      const as = playing.get(user);
      if (as === undefined && !dropped) {
        if (team !== null) teams = withMember(teams, user, team);
        changes.push({ kind: "join", user, ...(team !== null && { teams }) });
      } else if (as !== undefined && as !== "player" && !dropped) changes.push({ kind: "return", user });
      else if (as === "player" && dropped) changes.push({ kind: "drop", user });
    }
    const seated = new Set(room.map(({ userId }) => userId));
    for (const [user, as] of playing)
      if (as === "player" && !seated.has(user)) changes.push({ kind: "drop", user });
    this.#changes = changes;
  }

  take({ user, inputs, got, seen }: InputBatch): void {
    if (this.simulation.playedAs(user) !== "player") return;
    const seat = this.#seat(user);
    for (const entry of inputs) seat.inputs.push(entry);
    const last = inputs.at(-1);
    if (this.game.rewinds.length === 0 || seen === undefined || last === undefined) return;
    seat.views.claim({ upTo: last.seq, now: this.tick, got, seen });
  }

  /** One step of the simulation. @throws what the game throws */
  step(): void {
    const taken = new Map<UserId, { ack: number; inputs: ReturnType<SeatInputs["take"]> }>();
    const views = new Map<UserId, number>();
    for (const [user, { inputs, views: claimed }] of this.#seats) {
      const some = inputs.take();
      if (some.length === 0) continue;
      taken.set(user, { ack: inputs.ack, inputs: some });
      const view = claimed.of(inputs.ack, this.tick);
      if (view > 0) views.set(user, view);
    }
    const played: PlayedTick = { taken, changes: this.#changes, views };
    this.#changes = [];
    const { events, result } = this.simulation.step(tickInputOf(played));
    const known = this.#places.players.length;
    const tick = writeTick(this.game, this.#places, played);
    this.#pending.push({ tick, players: this.#places.players.slice(known) });
    if (isHashed(this.game, this.tick, result))
      this.#hashes.push([this.tick, hashOf(this.game.state, this.simulation.state)]);
    this.#sent.events.push(...events);
    this.#look();
    this.result = result;
  }

  /** The worker was late: ticks are left out, and what players sent for them may be worked off. */
  skip(ticks: number): void {
    this.#skipped += ticks;
    for (const { inputs } of this.#seats.values()) inputs.allow(ticks);
  }

  /** Finds what has changed in the state; an unchanged entity stays the same object. */
  #look(): void {
    for (const plan of plansOf(this.game.state)) {
      const now = this.simulation.state[plan.name] ?? new Map();
      const view = this.#view.get(plan.name) ?? new Map<string, VisibleEntity>();
      this.#view.set(plan.name, view);
      for (const [id, known] of view) {
        if (now.has(id)) continue;
        view.delete(id);
        this.#slotsOf(plan.name).free.push(known.slot);
        this.#sent.set.delete(known);
        this.#sent.gone.push([plan.name, id]);
      }
      for (const [id, entity] of now) {
        const packed = packEntity(plan, entity);
        const known = view.get(id);
        if (known !== undefined && isSame(known.packed, packed)) continue;
        const slot = known?.slot ?? this.#freeSlot(plan.name);
        const visible = { id, slot, packed };
        if (known !== undefined) this.#sent.set.delete(known);
        this.#sent.set.set(visible, plan.name);
        view.set(id, visible);
      }
    }
  }

  #slotsOf(collection: string) {
    const known = this.#slots.get(collection);
    if (known !== undefined) return known;
    const made = { next: 0, free: [] };
    this.#slots.set(collection, made);
    return made;
  }

  #freeSlot(collection: string): number {
    const slots = this.#slotsOf(collection);
    return slots.free.pop() ?? slots.next++;
  }

  /** What has happened since the last packet. */
  packet(end?: TickPacket["end"]): TickPacket {
    const { tick: base, events, set, gone } = this.#sent;
    this.#sent = { tick: this.tick, events: [], set: new Map(), gone: [] };
    const skipped = this.#skipped;
    this.#skipped = 0;
    return {
      ...this.#head(),
      base,
      set: [...set].map(([entity, collection]) => [collection, entity] as const),
      gone,
      events,
      seats: this.#statuses(true),
      ...(skipped > 0 && { skipped }),
      ...(end !== undefined && { end }),
    };
  }

  /** @returns how many inputs were told as lost since the last call */
  takeLostInputs(): number {
    const lost = this.#lostInputs;
    this.#lostInputs = 0;
    return lost;
  }

  /** All that there is, as the packets so far have told it; call it right after `packet`. */
  whole(reason: TickPacket["reason"]): TickPacket {
    return {
      ...this.#head(),
      base: null,
      ...(reason !== undefined && { reason }),
      set: [...this.#view].flatMap(([collection, view]) =>
        [...view.values()].map((entity) => [collection, entity] as const),
      ),
      gone: [],
      events: [],
      seats: this.#statuses(false),
    };
  }

  #head() {
    return { room: this.id, epoch: this.epoch, round: this.round, tick: this.tick };
  }

  #statuses(tellLost: boolean): SeatStatus[] {
    return [...this.#seats].map(([user, { inputs, saved }]) => {
      const lost = tellLost ? inputs.takeLost() : undefined;
      if (lost !== undefined) this.#lostInputs += lost[1] - lost[0] + 1;
      return { user, ack: inputs.ack, lead: inputs.waiting, saved, ...(lost && { lost }) };
    });
  }

  /** The ticks since the last commit; undefined for none. They stay until `committed`. */
  pending(): PendingTicks | undefined {
    if (this.#pending.length === 0) return undefined;
    const players = this.#pending.flatMap((one) => one.players);
    return {
      tick: this.#pendingFrom + this.#pending.length,
      entry: {
        kind: "ticks",
        epoch: this.epoch,
        from: this.#pendingFrom,
        ...(players.length > 0 && { players }),
        ticks: this.#pending.map(({ tick }) => tick),
        ...(this.#hashes.length > 0 && { hashes: [...this.#hashes] }),
      },
    };
  }

  /** All ticks up to this one are in the journal. */
  committed(tick: number, acks: ReadonlyMap<UserId, number>): void {
    this.#pending.splice(0, tick - this.#pendingFrom);
    this.#pendingFrom = tick;
    this.#hashes = this.#hashes.filter(([at]) => at > tick);
    for (const [user, ack] of acks) this.#seat(user).saved = ack;
  }

  acks(): Map<UserId, number> {
    return new Map([...this.#seats].map(([user, { inputs }]) => [user, inputs.ack]));
  }

  /** Where the game is now, for the journal. @param at the store's time */
  snapshot(at: number): SnapshotEntry {
    const { players } = this.#places;
    const { seed, options } = this.simulation;
    return {
      kind: "snapshot",
      game: this.game.name,
      ...{ seed, options, at },
      epoch: this.epoch,
      players: [...players],
      acks: players.map((user) => this.#seats.get(user)?.inputs.ack ?? 0),
      snapshot: this.simulation.snapshot(),
    };
  }
}

function isSame(one: readonly PackedValue[], other: readonly PackedValue[]): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
