/** What is shown at a moment: others as they were, the player's own entities as predicted, and what is left of errors. */
import type { EntityValues } from "../../core/realtime/fields.ts";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import type { FrameClock } from "./frame-clock.ts";
import type { Happening } from "./happenings.ts";
import type { InputClock } from "./input-clock.ts";
import type { Interpolation } from "./interpolation.ts";
import type { Prediction } from "./prediction.ts";
import { ErrorSmoothing } from "./smoothing.ts";

/** What is shown at a moment: everybody's entities at a tick, the player's own ahead of it. */
export interface SceneOf<S> {
  /** The tick at which others are shown, with a fraction. */
  readonly tick: number;
  readonly state: S;
  /** Ids of the player's entities in the collection that players move. */
  readonly own: readonly string[];
  /** Since the last call. */
  readonly events: readonly Happening[];
}

interface PictureParts {
  readonly game: RealtimeGame;
  readonly frames: FrameClock;
  readonly clock: InputClock;
  readonly interpolation: Interpolation;
  readonly prediction: Prediction;
}

/** An entity that is off by more than it moves in so many steps jumps. */
const JUMP_STEPS = 15;

const keyOf = (collection: string, id: string) => `${collection} ${id}`;

export class Picture {
  readonly #parts: PictureParts;
  readonly #smoothing = new ErrorSmoothing();

  constructor(parts: PictureParts) {
    this.#parts = parts;
  }

  /** Copies of all entities. @param smoothed with what is left of errors */
  shown(now: number, smoothed = true): RealtimeState {
    const { game, frames, interpolation, prediction } = this.#parts;
    const shown: Record<string, Map<string, EntityValues>> = {};
    const tick = frames.shownAt(now);
    for (const name of Object.keys(game.state)) {
      const map = interpolation.at(name, tick, prediction.quickest);
      if (smoothed) for (const [id, entity] of map) this.#smoothing.apply(keyOf(name, id), entity, now);
      shown[name] = map;
    }
    const { collection = "" } = prediction;
    const own = this.own(now, smoothed);
    for (const [id, entity] of own[collection] ?? []) shown[collection]?.set(id, entity);
    return shown;
  }

  /** Copies of the player's entities alone. */
  own(now: number, smoothed = true): RealtimeState {
    const { clock, prediction } = this.#parts;
    const { collection } = prediction;
    if (collection === undefined) return {};
    const own = new Map<string, EntityValues>();
    const progress = clock.progress(now);
    for (const id of prediction.ids) {
      const entity = prediction.shown(id, progress);
      if (entity === undefined) continue;
      if (smoothed) this.#smoothing.apply(keyOf(collection, id), entity, now);
      own.set(id, entity);
    }
    return { [collection]: own };
  }

  /** Leads over from what was shown before a frame to what would be shown now. */
  leadOver(now: number, before: RealtimeState, after: RealtimeState): void {
    const { game, prediction } = this.#parts;
    const mostOf = (field: string) => {
      const quickest = prediction.quickest(field);
      return quickest > 0 ? quickest * JUMP_STEPS : Number.POSITIVE_INFINITY;
    };
    for (const [name, map] of Object.entries(after))
      for (const [id, entity] of map) {
        const old = before[name]?.get(id);
        const fields = game.state[name]?.fields ?? {};
        if (old !== undefined) this.#smoothing.add(keyOf(name, id), fields, old, entity, now, mostOf);
      }
  }
}
