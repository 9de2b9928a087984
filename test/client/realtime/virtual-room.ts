/** A real-time room in virtual time: the pure parts of the server, bad links, and sessions of the client. */
import assert from "node:assert/strict";
import { BadLink, type SimulatedLink } from "../../../client/realtime/bad-link.ts";
import { RealtimeSession, type SessionOptions } from "../../../client/realtime/session.ts";
import type { FrameForm, FrameMessage, InputMessage, SyncMessage } from "../../../client/realtime/wire.ts";
import type { UserId } from "../../../core/ids.ts";
import { columnsDelta, columnsOfView } from "../../../core/realtime/columns.ts";
import {
  diffViews,
  objectsDelta,
  objectsOfView,
  type RealtimeView,
  type VisibleEntity,
} from "../../../core/realtime/delta.ts";
import type { EntityValues } from "../../../core/realtime/fields.ts";
import type { RealtimeEvent, RealtimeGame } from "../../../core/realtime/game.ts";
import { readInput } from "../../../core/realtime/inputs.ts";
import { SeatInputs } from "../../../core/realtime/seat-inputs.ts";
import { Simulation, type SimulationSnapshot } from "../../../core/realtime/simulation.ts";
import { startOf } from "../../../core/realtime/start.ts";
import { packEntity, plansOf } from "../../../core/realtime/state.ts";

const SEED = [1, 2, 3, 4];
/** The journal is committed so often. */
const COMMIT_TICKS = 8;

/** What is left when an owner is gone. */
interface Committed {
  readonly snapshot: SimulationSnapshot;
  readonly acks: ReadonlyMap<UserId, number>;
}

interface Seat {
  readonly user: UserId;
  inputs: SeatInputs;
  saved: number;
  /** Every number that has come, and those that were told as lost. */
  readonly pushed: Set<number>;
  readonly lost: Set<number>;
}

interface Viewer {
  readonly client: VirtualClient;
  form: FrameForm;
  known: RealtimeView | undefined;
  tick: number;
}

export class VirtualRoom {
  readonly game: RealtimeGame;
  readonly #options: EntityValues;
  readonly seats = new Map<UserId, Seat>();
  readonly clients: VirtualClient[] = [];
  simulation: Simulation;
  epoch = 1;
  now = 1_000;
  /** Whether every input up to the last one must have come, or been told as lost. */
  checksGaps = true;
  #nextTickAt = 1_000;
  #committed: Committed;
  #isDown = false;
  readonly #viewers = new Map<VirtualClient, Viewer>();
  #view: RealtimeView = new Map();
  readonly #slots = new Map<string, number>();

  constructor(game: RealtimeGame, users: readonly UserId[], options: EntityValues) {
    this.game = game;
    this.#options = options;
    const snapshot = startOf(game, { players: users, options, seed: SEED });
    this.simulation = new Simulation(game, snapshot, { seed: SEED, options, checks: true });
    this.#committed = { snapshot, acks: new Map() };
    for (const user of users)
      this.seats.set(user, {
        user,
        inputs: new SeatInputs(game.input, game.hz),
        saved: 0,
        pushed: new Set(),
        lost: new Set(),
      });
    this.#view = this.#look();
  }

  /** Runs to a time. @param each called once per millisecond */
  run(ms: number, each: (now: number) => void = () => undefined): void {
    for (const until = this.now + ms; this.now < until; this.now++) {
      each(this.now);
      for (const client of this.clients) client.advance(this.now);
      if (this.#isDown || this.now < this.#nextTickAt) continue;
      this.#nextTickAt += 1_000 / this.game.hz;
      this.#step();
    }
  }

  #step(): void {
    const taken = new Map<UserId, readonly EntityValues[]>();
    for (const { user, inputs, pushed, lost } of this.seats.values()) {
      const before = inputs.ack;
      const some = inputs.take();
      if (some.length > 0) taken.set(user, some);
      if (before > 0 && this.checksGaps)
        for (let seq = before + 1; seq <= inputs.ack; seq++)
          assert.ok(pushed.has(seq) || lost.has(seq), `input ${seq} of ${user} was skipped`);
    }
    const { events } = this.simulation.step({ taken });
    if (this.simulation.tick % COMMIT_TICKS === 0) this.#commit();
    this.#view = this.#look();
    for (const viewer of this.#viewers.values()) this.#frame(viewer, events);
  }

  #commit(): void {
    const acks = new Map([...this.seats.values()].map(({ user, inputs }) => [user, inputs.ack]));
    this.#committed = { snapshot: this.simulation.snapshot(), acks };
    for (const seat of this.seats.values()) seat.saved = seat.inputs.ack;
  }

  /** The owner is gone with what it had not committed. */
  kill(): void {
    this.#isDown = true;
  }

  /** The owner was out of reach and goes on; what came meanwhile is lost. */
  resume(): void {
    const gap = Math.ceil(((this.now - this.#nextTickAt) * this.game.hz) / 1_000);
    for (const { inputs } of this.seats.values()) inputs.allow(gap);
    this.#nextTickAt = this.now;
    this.#isDown = false;
  }

  /** Another owner goes on. */
  takeOver(): void {
    const { snapshot, acks } = this.#committed;
    this.#isDown = false;
    this.epoch++;
    const gap = Math.ceil(((this.now - this.#nextTickAt) * this.game.hz) / 1_000) + COMMIT_TICKS;
    this.simulation = new Simulation(this.game, JSON.parse(JSON.stringify(snapshot)), {
      seed: SEED,
      options: this.#options,
      checks: true,
    });
    for (const seat of this.seats.values()) {
      const ack = acks.get(seat.user) ?? 0;
      seat.inputs = new SeatInputs(this.game.input, this.game.hz, ack);
      seat.inputs.allow(gap);
      seat.saved = ack;
      for (const seq of seat.pushed) if (seq > ack) seat.pushed.delete(seq);
    }
    this.#nextTickAt = this.now;
    this.#view = this.#look();
    for (const viewer of this.#viewers.values()) this.sync(viewer.client, "takeover");
  }

  take(user: UserId, { epoch, inputs }: InputMessage): void {
    const seat = this.seats.get(user);
    if (this.#isDown || seat === undefined || epoch < this.epoch) return;
    for (const given of inputs) {
      const entry = readInput(this.game.input, given);
      assert.ok(typeof entry !== "string", String(entry));
      if (seat.inputs.push(entry)) seat.pushed.add(entry.seq);
    }
  }

  sync(client: VirtualClient, reason: SyncMessage["reason"]): void {
    if (this.#isDown) return;
    const { form, user } = client;
    const viewer = { client, form, known: this.#view, tick: this.simulation.tick };
    this.#viewers.set(client, viewer);
    const seat = this.seats.get(user);
    client.down.send(
      json({
        kind: "sync",
        room_id: "r",
        epoch: this.epoch,
        tick: this.simulation.tick,
        state:
          form === "columns"
            ? columnsOfView(this.game.state, this.#view)
            : objectsOfView(this.game.state, this.#view),
        ...(form === "columns" && { form }),
        own: this.#ownOf(user),
        you: seat === undefined ? null : user,
        ack: seat?.inputs.ack ?? 0,
        lead: seat?.inputs.waiting ?? 0,
        saved: seat?.saved ?? 0,
        hz: this.game.hz,
        send_every: 1,
        reason,
      }),
      this.now,
    );
  }

  leave(client: VirtualClient): void {
    this.#viewers.delete(client);
  }

  #frame(viewer: Viewer, events: readonly RealtimeEvent[]): void {
    const { client, form, known = new Map() } = viewer;
    const deltas = diffViews(this.game.state, known, this.#view);
    const seat = this.seats.get(client.user);
    const lost = seat?.inputs.takeLost();
    for (let seq = lost?.[0] ?? 1; seq <= (lost?.[1] ?? 0); seq++) seat?.lost.add(seq);
    client.down.send(
      json({
        kind: "frame",
        room_id: "r",
        epoch: this.epoch,
        tick: this.simulation.tick,
        base: viewer.tick,
        ...(form === "columns" ? columnsDelta(deltas) : objectsDelta(deltas)),
        own: this.#ownOf(client.user),
        events,
        ack: seat?.inputs.ack ?? 0,
        lead: seat?.inputs.waiting ?? 0,
        saved: seat?.saved ?? 0,
        ...(lost && { lost }),
      }),
      this.now,
    );
    viewer.known = this.#view;
    viewer.tick = this.simulation.tick;
  }

  #ownOf(user: UserId) {
    const own: Record<string, Record<string, EntityValues>> = {};
    for (const { name, fields, names, ownerAt } of plansOf(this.game.state))
      for (const [id, entity] of this.simulation.state[name] ?? []) {
        if (entity[names[ownerAt] ?? ""] !== user) continue;
        const mine = names.filter((_, at) => fields[at]?.seenBy === "owner");
        own[name] ??= {};
        own[name][id] = Object.fromEntries(mine.map((field) => [field, entity[field] ?? null]));
      }
    return own;
  }

  #look(): RealtimeView {
    const view = new Map<string, Map<string, VisibleEntity>>();
    for (const plan of plansOf(this.game.state)) {
      const before = this.#view.get(plan.name);
      const entities = new Map<string, VisibleEntity>();
      for (const [id, entity] of this.simulation.state[plan.name] ?? []) {
        const slot = this.#slots.get(`${plan.name} ${id}`) ?? this.#slots.size;
        this.#slots.set(`${plan.name} ${id}`, slot);
        const packed = packEntity(plan, entity);
        const known = before?.get(id);
        const isSame = known?.packed.every((value, at) => value === packed[at]) ?? false;
        entities.set(id, known !== undefined && isSame ? known : { id, slot, packed });
      }
      view.set(plan.name, entities);
    }
    return view;
  }
}

type Downward = ({ readonly kind: "sync" } & SyncMessage) | ({ readonly kind: "frame" } & FrameMessage);
type Upward = { readonly kind: "ask" } | { readonly kind: "input"; readonly message: InputMessage };

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Downward;

export interface VirtualClientOptions extends Partial<Pick<SessionOptions, "batch" | "foresee">> {
  readonly form?: FrameForm;
  readonly link?: SimulatedLink;
  readonly random?: () => number;
}

export class VirtualClient {
  readonly user: UserId;
  readonly form: FrameForm;
  readonly session: RealtimeSession;
  readonly down: BadLink<Downward>;
  readonly up: BadLink<Upward>;
  readonly #room: VirtualRoom;
  /** Everything that was sent up. */
  readonly sent: InputMessage[] = [];

  constructor(room: VirtualRoom, user: UserId, options: VirtualClientOptions = {}) {
    const { link = {}, random = Math.random, form = "columns", batch = 1, foresee } = options;
    this.#room = room;
    this.user = user;
    this.form = form;
    this.down = new BadLink(link, (message, now) => this.#take(message, now), random);
    this.up = new BadLink(
      link,
      (message) => (message.kind === "ask" ? room.sync(this, "asked") : room.take(user, message.message)),
      random,
    );
    this.session = new RealtimeSession({
      roomId: "r",
      game: room.game,
      batch,
      foresee,
      link: {
        send: (message) => {
          this.sent.push(message);
          this.up.send({ kind: "input", message }, room.now);
        },
        ask: () => this.up.send({ kind: "ask" }, room.now),
      },
    });
    room.clients.push(this);
    this.connect();
  }

  connect(): void {
    this.session.connected(this.#room.now);
    this.up.send({ kind: "ask" }, this.#room.now);
  }

  /** What is on its way is lost. */
  disconnect(): void {
    this.up.drop();
    this.down.drop();
    this.#room.leave(this);
    this.session.disconnected();
  }

  set link(link: SimulatedLink) {
    this.up.link = link;
    this.down.link = link;
  }

  #take(message: Downward, now: number): void {
    if (message.kind === "sync") this.session.sync(now, message);
    else this.session.frame(now, message);
  }

  advance(now: number): void {
    this.up.advance(now);
    this.down.advance(now);
    this.session.advance(now);
  }
}

/** A repeatable random number generator. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
