/** What a real-time room sends and takes, and a player's copy of the state made of it. */
import { type ColumnsDelta, type ColumnsForm, ColumnsReader } from "../../core/realtime/columns.ts";
import { applyObjects, type ObjectsDelta, type ObjectsForm } from "../../core/realtime/delta.ts";
import type { RealtimeEvent, RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { emptyState } from "../../core/realtime/state.ts";

/** `columns` is the compact form; with `objects` the values of a frame are absolute and named. */
export type FrameForm = "columns" | "objects";

/** `game_frame`: what changed since the frame `base`. */
export interface FrameMessage {
  readonly room_id: string;
  readonly epoch: number;
  readonly tick: number;
  readonly base: number;
  readonly set?: ObjectsForm | ColumnsForm;
  readonly gone?: Readonly<Record<string, readonly (string | number)[]>>;
  /** Changed fields of the player's own that others are not sent. */
  readonly own?: ObjectsForm;
  readonly events?: readonly RealtimeEvent[];
  /** The last input that was consumed. */
  readonly ack: number;
  /** Inputs that wait at the server. */
  readonly lead: number;
  /** The last input that outlives the room's owner. */
  readonly saved?: number;
  /** Inputs that were dropped. */
  readonly lost?: readonly [from: number, to: number];
}

type SyncReason = "joined" | "gap" | "takeover" | "asked";

/** `game_sync`: everything that this player may see. */
export interface SyncMessage {
  readonly room_id: string;
  readonly epoch: number;
  readonly tick: number;
  readonly state: ObjectsForm | ColumnsForm;
  /** Of this and of the frames that follow. Default: `objects`. */
  readonly form?: FrameForm;
  /** As in a frame, of all entities of the player. */
  readonly own?: ObjectsForm;
  /** The player's user id; null for a spectator. */
  readonly you: string | null;
  readonly ack: number;
  readonly lead?: number;
  readonly saved?: number;
  readonly hz: number;
  /** A frame comes every so many ticks. */
  readonly send_every: number;
  readonly reason: SyncReason;
}

/** `game:input`. */
export interface InputMessage {
  readonly room_id: string;
  readonly epoch: number;
  readonly inputs: readonly (readonly (number | string | null)[])[];
  /** The newest frame that has come. */
  readonly got?: number;
  /** The tick at which the player sees others. */
  readonly seen?: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hasNumbers = (value: Readonly<Record<string, unknown>>, ...names: string[]) =>
  names.every((name) => Number.isFinite(value[name]));

/** A server is trusted with what its frames say, not with being one of this version: another form is no frame. */
export function isFrame(value: unknown): value is FrameMessage {
  return isRecord(value) && hasNumbers(value, "epoch", "tick", "base");
}

export function isSync(value: unknown): value is SyncMessage {
  return isRecord(value) && hasNumbers(value, "epoch", "tick", "hz") && isRecord(value.state);
}

/** The player's copy of the state: whole after a `game_sync`, and moved on by frames. */
export class StateCopy {
  readonly #game: RealtimeGame;
  #form: FrameForm = "objects";
  readonly #columns: ColumnsReader;
  #objects: RealtimeState;

  constructor(game: RealtimeGame) {
    this.#game = game;
    this.#columns = new ColumnsReader(game.state);
    this.#objects = emptyState(game.state);
  }

  get state(): RealtimeState {
    return this.#form === "columns" ? this.#columns.state : this.#objects;
  }

  /** Whether a frame continues what is there: absolute values may come again, differences may not. */
  continues(base: number, tick: number): boolean {
    return this.#form === "columns" ? base === tick : base <= tick;
  }

  sync({ state, own, form = "objects" }: SyncMessage): void {
    this.#form = form;
    if (this.#form === "columns") this.#columns.reset(state as ColumnsForm);
    else {
      this.#objects = emptyState(this.#game.state);
      applyObjects(this.#game.state, this.#objects, { set: state as ObjectsForm });
    }
    this.#applyOwn(own);
  }

  /** @throws Error where the frame does not continue what is there */
  frame({ set, gone, own }: FrameMessage): void {
    const delta = { ...(set && { set }), ...(gone && { gone }) };
    if (this.#form === "columns") this.#columns.apply(delta as ColumnsDelta);
    else applyObjects(this.#game.state, this.#objects, delta as ObjectsDelta);
    this.#applyOwn(own);
  }

  /** Only of entities that are there: those that the player sees. */
  #applyOwn(own: ObjectsForm | undefined): void {
    for (const name of Object.keys(own ?? {}))
      for (const [id, values] of Object.entries(own?.[name] ?? {})) {
        const entity = this.state[name]?.get(id);
        if (entity !== undefined) Object.assign(entity, values);
      }
  }
}
