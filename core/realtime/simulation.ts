/** A running real-time game without clock and sockets: the server's, a replay's, and a test's. */
import type { GameResult } from "../games/game.ts";
import type { UserId } from "../ids.ts";
import type { Teams } from "../teams.ts";
import { checkEntities, problemsOfState } from "./check.ts";
import type { EntityValues, FieldValue } from "./fields.ts";
import type { PastState, RealtimeEvent, RealtimeGame, RealtimeState, StepContext } from "./game.ts";
import { joined } from "./inputs.ts";
import { effectiveInputs, type HeldInput, type TakenInputs } from "./seat-inputs.ts";
import { seededRandom } from "./seeded-random.ts";
import {
  plansOf,
  roundEntity,
  roundState,
  type StateSnapshot,
  snapshotOf,
  stateOfSnapshot,
} from "./state.ts";

/** A seat of the running game. */
export interface SimulatedSeat {
  readonly user: UserId;
  /** `bot`: the game plays. `away`: the player was dropped and their inputs idle. */
  readonly as: "player" | "bot" | "away";
}

/** Everything that a simulation goes on from, as JSON. */
export interface SimulationSnapshot {
  readonly tick: number;
  readonly state: StateSnapshot;
  readonly seats: readonly SimulatedSeat[];
  readonly held: readonly (readonly [user: UserId, held: HeldInput])[];
  /** Absent: the game has no teams. */
  readonly teams?: Teams;
  /** Of the collections that the game rewinds to, oldest first: so that a replay from here rewinds as the first run did. */
  readonly past?: readonly StateSnapshot[];
}

/** What happens to a seat before a tick. */
export type SeatChange =
  /** `teams` with the newcomer in them, where the game has teams. */
  | { readonly kind: "join"; readonly user: UserId; readonly teams?: Teams }
  /** Left, or stayed away too long: the game's `drop` decides. */
  | { readonly kind: "drop"; readonly user: UserId }
  /** Is back from having been dropped. */
  | { readonly kind: "return"; readonly user: UserId };

export interface TickInput {
  /** What was taken of each player's inputs, as `SeatInputs.take` gives it. A player who is left out missed the tick. */
  readonly taken: ReadonlyMap<UserId, TakenInputs>;
  readonly changes?: readonly SeatChange[];
  /** How many states back the one is that a player saw: 1 is the state before this step. Default 0: the present one. */
  readonly views?: ReadonlyMap<UserId, number>;
}

export interface TickOutput {
  readonly events: readonly RealtimeEvent[];
  readonly result: GameResult | undefined;
}

export interface SimulationOptions {
  /** Checked ones of the game. */
  readonly options: EntityValues;
  /** Four whole numbers from 0 to 2^32 - 1. */
  readonly seed: readonly number[];
  /** Throws where a step breaks the state's declaration; otherwise the state is rounded to it. For development and tests. */
  readonly checks?: boolean;
}

/** How far back `rewind` goes. */
const MAX_REWIND_MS = 250;

export class Simulation {
  readonly game: RealtimeGame;
  readonly #options: SimulationOptions;
  readonly #held: Map<UserId, HeldInput>;
  /** What `rewind` goes back to, oldest first. */
  readonly #past: RealtimeState[];
  readonly #rewindTicks: number;
  #seats: readonly SimulatedSeat[];
  #teams: Teams;
  /** How each seat is played; made anew where seats have changed. */
  #roles:
    | { readonly of: readonly SimulatedSeat[]; readonly as: ReadonlyMap<string, SimulatedSeat["as"]> }
    | undefined;
  state: RealtimeState;
  /** Of the last step: 0 before the first. */
  tick: number;

  /** Goes on from a snapshot. */
  constructor(game: RealtimeGame, snapshot: SimulationSnapshot, options: SimulationOptions) {
    this.game = game;
    this.#options = options;
    this.tick = snapshot.tick;
    this.state = stateOfSnapshot(game.state, snapshot.state);
    this.#seats = snapshot.seats;
    this.#teams = snapshot.teams ?? [];
    this.#held = new Map(snapshot.held);
    this.#past = (snapshot.past ?? []).map((past) => this.#rewindable(stateOfSnapshot(game.state, past)));
    this.#rewindTicks = game.rewinds.length === 0 ? 0 : Math.floor((MAX_REWIND_MS * game.hz) / 1_000);
  }

  get seats(): readonly SimulatedSeat[] {
    return this.#seats;
  }

  /** Undefined for who has no seat. */
  playedAs(user: UserId): SimulatedSeat["as"] | undefined {
    if (this.#roles?.of !== this.#seats)
      this.#roles = { of: this.#seats, as: new Map(this.#seats.map((seat) => [seat.user, seat.as])) };
    return this.#roles.as.get(user);
  }

  get teams(): Teams {
    return this.#teams;
  }

  get seed(): readonly number[] {
    return this.#options.seed;
  }

  get options(): EntityValues {
    return this.#options.options;
  }

  snapshot(): SimulationSnapshot {
    return {
      tick: this.tick,
      state: snapshotOf(this.game.state, this.state),
      seats: this.#seats,
      held: [...this.#held],
      ...(this.#teams.length > 0 && { teams: this.#teams }),
      ...(this.#past.length > 0 && {
        past: this.#past.map((past) => snapshotOf(this.game.state, past)),
      }),
    };
  }

  /** @throws what the game's own functions throw; RealtimeLimitReached; with `checks` an Error that names what breaks the declaration */
  step({ taken, changes = [], views }: TickInput): TickOutput {
    const { game } = this;
    this.#remember();
    this.tick++;
    const events: RealtimeEvent[] = [];
    const context: StepContext = {
      tick: this.tick,
      dt: game.dt,
      options: this.#options.options,
      teams: this.#teams,
      random: seededRandom(this.#options.seed, this.tick),
      players: this.#seats.map(({ user }) => user),
      emit: (event) => events.push(event),
      rewind: (user) => this.#rewound(views?.get(user) ?? 0),
    };
    for (const change of changes) this.#change(change, context);
    const seated = { ...context, teams: this.#teams, players: this.#seats.map(({ user }) => user) };
    const inputs = new Map<string, EntityValues>();
    const moved = this.#controlled();
    for (const { user, as } of this.#seats) {
      const mine = as === "bot" ? [this.#botInput(user, seated)] : (taken.get(user) ?? []);
      const { inputs: effective, held } = effectiveInputs(game.input, this.#held.get(user), mine);
      if (held !== undefined) this.#held.set(user, held);
      for (const entity of moved?.get(user) ?? []) this.#move(entity, effective);
      const [first, ...others] = effective;
      if (first !== undefined)
        inputs.set(
          user,
          others.reduce((older, newer) => joined(game.input, older, newer), first),
        );
    }
    game.step(this.state, inputs, seated);
    this.#settle();
    return { events, result: game.result?.(this.state, seated) };
  }

  #settle(): void {
    const { game } = this;
    checkEntities(game.state, this.state);
    if (this.#options.checks === true) {
      const problems = problemsOfState(game.state, this.state);
      if (problems.length > 0)
        throw new Error(`${game.name}: after step ${this.tick}: ${problems.join("; ")}`);
    }
    roundState(game.state, this.state);
  }

  #botInput(user: UserId, context: StepContext): EntityValues {
    const { game } = this;
    const input = { ...game.bot?.(this.state, user, context) };
    roundEntity(game.input, input);
    return input;
  }

  /** The entities that inputs move, by the player whose they are; undefined where inputs move none. */
  #controlled(): Map<FieldValue, EntityValues[]> | undefined {
    const { controls, move } = this.game;
    if (move === undefined || controls === undefined) return undefined;
    const plan = plansOf(this.game.state).find(({ name }) => name === controls);
    const owner = plan?.names[plan.ownerAt] ?? "";
    const controlled = new Map<FieldValue, EntityValues[]>();
    for (const entity of this.state[controls]?.values() ?? []) {
      const user = entity[owner] ?? null;
      const others = controlled.get(user);
      if (others === undefined) controlled.set(user, [entity]);
      else others.push(entity);
    }
    return controlled;
  }

  #move(entity: EntityValues, inputs: readonly EntityValues[]): void {
    const { controls = "", dt } = this.game;
    const fields = this.game.state[controls]?.fields ?? {};
    for (const input of inputs) {
      this.game.move?.(entity, input, dt);
      roundEntity(fields, entity);
    }
  }

  #change(change: SeatChange, context: StepContext): void {
    const { kind, user } = change;
    const seat = this.#seats.find((one) => one.user === user);
    if (kind === "join") {
      if (seat === undefined) {
        this.#seats = [...this.#seats, { user, as: "player" }];
        this.#teams = change.teams ?? this.#teams;
        this.game.join?.(this.state, user, { ...context, teams: this.#teams });
        roundState(this.game.state, this.state);
      } else this.#setAs(user, "player");
      return;
    }
    if (kind === "return") {
      this.#setAs(user, "player");
      return;
    }
    this.#held.delete(user);
    switch (this.game.drop) {
      case "bot":
        this.#setAs(user, "bot");
        return;
      case "hold":
        this.#setAs(user, "away");
        return;
      case "remove":
        this.#seats = this.#seats.filter((one) => one.user !== user);
        this.#removeEntitiesOf(user);
    }
  }

  #setAs(user: UserId, as: SimulatedSeat["as"]): void {
    this.#seats = this.#seats.map((one) => (one.user === user ? { user, as } : one));
  }

  #removeEntitiesOf(user: UserId): void {
    for (const [name, { fields }] of Object.entries(this.game.state)) {
      const owner = Object.keys(fields).find((field) => fields[field]?.kind === "player");
      if (owner === undefined) continue;
      for (const [id, entity] of this.state[name] ?? [])
        if (entity[owner] === user) this.state[name]?.delete(id);
    }
  }

  /** Keeps the state as it is before a step. */
  #remember(): void {
    if (this.#rewindTicks === 0) return;
    const copies = this.game.rewinds.map((name) => {
      const copy = new Map([...(this.state[name] ?? [])].map(([id, entity]) => [id, { ...entity }]));
      return [name, copy] as const;
    });
    this.#past.push(Object.fromEntries(copies));
    if (this.#past.length > this.#rewindTicks) this.#past.shift();
  }

  /** Only the collections that the game rewinds to. */
  #rewindable(state: RealtimeState): RealtimeState {
    return Object.fromEntries(this.game.rewinds.map((name) => [name, state[name] ?? new Map()]));
  }

  /** @param ticks states back from the one in this step: 1 is the state before it */
  #rewound(ticks: number): PastState<RealtimeState> {
    const back = Math.min(ticks, this.#past.length);
    return back <= 0 ? this.state : { ...this.state, ...this.#past[this.#past.length - back] };
  }
}
