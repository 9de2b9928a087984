/** What a client of a real-time room knows from its frames, written as a client by hand would: for tests that compare it. */
import type { PayloadOf } from "../../core/contract/contract.ts";
import { type ColumnsDelta, type ColumnsForm, ColumnsReader } from "../../core/realtime/columns.ts";
import { applyObjects, type ObjectsDelta, type ObjectsForm } from "../../core/realtime/delta.ts";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { emptyState } from "../../core/realtime/state.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import type { TestClient } from "./client.ts";
import { WAIT_MS } from "./patience.ts";

export type Frame = PayloadOf<GameContract, "game_frame">;
export type Sync = PayloadOf<GameContract, "game_sync">;

/** Follows one room over one connection. */
export class RealtimeView {
  readonly #game: RealtimeGame;
  readonly #columns: ColumnsReader;
  #form: "objects" | "columns" = "objects";
  #state: RealtimeState;
  #looks = new Set<() => void>();
  epoch = 0;
  tick = -1;
  ack = 0;
  saved = 0;
  lead = 0;
  own: Record<string, Record<string, Record<string, unknown>>> = {};
  readonly syncs: Sync[] = [];
  readonly frames: Frame[] = [];
  /** Frames that did not continue what was known. */
  readonly faults: string[] = [];

  constructor(game: RealtimeGame) {
    this.#game = game;
    this.#columns = new ColumnsReader(game.state);
    this.#state = emptyState(game.state);
  }

  get state(): RealtimeState {
    return this.#form === "columns" ? this.#columns.state : this.#state;
  }

  sync(sync: Sync): void {
    this.syncs.push(sync);
    if (sync.epoch < this.epoch) this.faults.push(`a sync of epoch ${sync.epoch} after ${this.epoch}`);
    this.#form = sync.form ?? "objects";
    if (this.#form === "columns") this.#columns.reset(sync.state as ColumnsForm);
    else {
      this.#state = emptyState(this.#game.state);
      applyObjects(this.#game.state, this.#state, { set: sync.state as ObjectsForm });
    }
    Object.assign(this, {
      epoch: sync.epoch,
      tick: sync.tick,
      ack: sync.ack,
      saved: sync.saved,
      lead: sync.lead,
    });
    this.own = (sync.own ?? {}) as typeof this.own;
    this.#look();
  }

  frame(frame: Frame): void {
    this.frames.push(frame);
    if (frame.epoch < this.epoch) return;
    if (frame.tick <= this.tick) this.faults.push(`frame ${frame.tick} again`);
    if (frame.base !== this.tick) this.faults.push(`frame ${frame.tick} on ${frame.base} after ${this.tick}`);
    if (this.#form === "columns") this.#columns.apply(frame as unknown as ColumnsDelta);
    else applyObjects(this.#game.state, this.#state, frame as unknown as ObjectsDelta);
    Object.assign(this, { tick: frame.tick, ack: frame.ack, lead: frame.lead });
    if (frame.saved !== undefined) this.saved = frame.saved;
    if (frame.own !== undefined) this.own = frame.own as typeof this.own;
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }

  /** The entity of the first collection that belongs to a player. */
  shipOf(user: string): Record<string, unknown> | undefined {
    const [first] = Object.values(this.state);
    return [...(first?.values() ?? [])].find(({ owner }) => owner === user);
  }

  /** Waits until a sync or a frame shows it. */
  until<T>(what: string, check: (view: this) => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`the room does not show ${what} within ${WAIT_MS} ms, at tick ${this.tick}`));
      }, WAIT_MS);
      const look = () => {
        const found = check(this);
        if (found === undefined || found === false) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }
}

/** What a client of the tests knows of a room. */
export function viewOf(client: TestClient<GameContract>, room_id: string, game: RealtimeGame): RealtimeView {
  const view = new RealtimeView(game);
  client.socket.on("game_sync", (sync: Sync) => {
    if (sync.room_id === room_id) view.sync(sync);
  });
  client.socket.on("game_frame", (frame: Frame) => {
    if (frame.room_id === room_id) view.frame(frame);
  });
  return view;
}

/** Entities in the order of their ids, as plain data. */
export const plain = (state: RealtimeState): unknown =>
  JSON.parse(
    JSON.stringify(
      Object.entries(state).map(([name, map]) => [name, [...map].sort(([a], [b]) => (a < b ? -1 : 1))]),
    ),
  );
