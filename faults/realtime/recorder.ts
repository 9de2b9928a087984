/** What one player of a room was told, frame by frame, so that it can be compared with the journal afterwards. */
import { createHash } from "node:crypto";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { RealtimeView } from "../../test/support/realtime.ts";

/** Of a state as others see it: fields of the owner alone, and hidden ones, are left out. */
export function seenHash(game: RealtimeGame, state: RealtimeState): string {
  const seen = Object.entries(game.state).map(([name, { fields }]) => {
    const names = Object.keys(fields).filter((field) => fields[field]?.seenBy === "all");
    const entities = [...(state[name] ?? [])]
      .map(([id, entity]) => [id, ...names.map((field) => entity[field])])
      .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
    return [name, entities];
  });
  return createHash("sha1").update(JSON.stringify(seen)).digest("base64");
}

export interface ToldFrame {
  readonly epoch: number;
  readonly tick: number;
  readonly hash: string;
}

export class Recorder {
  readonly view: RealtimeView;
  readonly told: ToldFrame[] = [];
  readonly problems: string[] = [];
  /** The longest time between two frames since `watchGap`, in milliseconds. */
  longestMs = 0;
  /** The same between two frames of one connection. */
  longestHereMs = 0;
  frames = 0;
  lostInputs = 0;
  readonly #game: RealtimeGame;
  #lastAt: number | undefined;
  #lastHereAt: number | undefined;
  #ack = 0;
  #saved = 0;
  #epoch = 0;

  constructor(game: RealtimeGame) {
    this.#game = game;
    this.view = new RealtimeView(game);
  }

  watchGap(): void {
    this.longestMs = this.longestHereMs = 0;
    this.#lastAt = this.#lastHereAt = performance.now();
  }

  /** Frames come over another connection from now on. */
  connected(): void {
    this.#lastHereAt = undefined;
  }

  /** After each sync and frame that the view has taken. @param isFrame whether it shows that the room goes on */
  note(isFrame: boolean, lost: readonly number[] | undefined): void {
    const { view } = this;
    if (isFrame) {
      this.frames++;
      const now = performance.now();
      if (this.#lastAt !== undefined) this.longestMs = Math.max(this.longestMs, now - this.#lastAt);
      if (this.#lastHereAt !== undefined)
        this.longestHereMs = Math.max(this.longestHereMs, now - this.#lastHereAt);
      this.#lastAt = this.#lastHereAt = now;
    }
    if (lost !== undefined) this.lostInputs += (lost[1] ?? 0) - (lost[0] ?? 0) + 1;
    if (view.epoch < this.#epoch) this.problems.push(`epoch ${view.epoch} after ${this.#epoch}`);
    // What was not durable is consumed again after a take-over; what was is not.
    if (view.ack < (view.epoch > this.#epoch ? this.#saved : this.#ack))
      this.problems.push(
        `ack ${view.ack} in epoch ${view.epoch} after ${this.#ack}, of which ${this.#saved} were saved`,
      );
    this.#epoch = view.epoch;
    this.#ack = view.ack;
    this.#saved = Math.max(this.#saved, view.saved);
    this.told.push({ epoch: view.epoch, tick: view.tick, hash: seenHash(this.#game, view.state) });
  }
}
