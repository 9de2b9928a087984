/** Events for the application: the game's own when their tick is shown, and optimistic ones at once, until the server confirms or refuses them. */
import type { EntityValues } from "../../core/realtime/fields.ts";
import type { RealtimeEvent } from "../../core/realtime/game.ts";

/**
 * `told`: by the server. `predicted`: by this client, at once. `confirmed`: what was predicted has happened; `event` is the server's.
 * `refused`: it has not; `event` is the predicted one.
 */
export type HappeningPhase = "told" | "predicted" | "confirmed" | "refused";

export interface Happening {
  readonly phase: HappeningPhase;
  readonly event: RealtimeEvent;
  /** Of a predicted event, and of what became of it: the same. */
  readonly id?: number;
}

/** An optimistic event of one of the player's entities: called for each step, once, with the entity before it. */
export type Foresee = (
  entity: Readonly<EntityValues>,
  input: Readonly<EntityValues>,
  emit: (event: RealtimeEvent) => void,
  id: string,
) => void;

interface PredictedEvent {
  readonly id: number;
  readonly seq: number;
  readonly event: RealtimeEvent;
}

const MAX_WAITING = 256;

export class Happenings {
  #predicted: PredictedEvent[] = [];
  /** The server's, until their tick is shown. */
  #later: { readonly tick: number; readonly event: RealtimeEvent }[] = [];
  #now: Happening[] = [];
  #nextId = 1;

  /** Shown at once. @param seq of the input that made it */
  predict(seq: number, event: RealtimeEvent): void {
    const id = this.#nextId++;
    this.#predicted.push({ id, seq, event });
    if (this.#predicted.length > MAX_WAITING) this.#predicted.shift();
    this.#push({ phase: "predicted", event, id });
  }

  /** A frame has these events, and contains the inputs up to `ack`. */
  frame(tick: number, events: readonly RealtimeEvent[], ack: number): void {
    for (const event of events) {
      const at = this.#predicted.findIndex((one) => one.seq <= ack && confirms(event, one.event));
      const [predicted] = at < 0 ? [] : this.#predicted.splice(at, 1);
      if (predicted !== undefined) this.#push({ phase: "confirmed", event, id: predicted.id });
      else this.#later.push({ tick, event });
    }
    if (this.#later.length > MAX_WAITING) this.#later.splice(0, this.#later.length - MAX_WAITING);
    const refused = this.#predicted.filter(({ seq }) => seq <= ack);
    if (refused.length === 0) return;
    this.#predicted = this.#predicted.filter(({ seq }) => seq > ack);
    for (const { event, id } of refused) this.#push({ phase: "refused", event, id });
  }

  /** What has happened up to the shown tick since the last call. */
  take(shownTick: number): readonly Happening[] {
    const due = this.#later.filter(({ tick }) => tick <= shownTick);
    if (due.length > 0) {
      this.#later = this.#later.filter(({ tick }) => tick > shownTick);
      for (const { event } of due) this.#push({ phase: "told", event });
    }
    const now = this.#now;
    this.#now = [];
    return now;
  }

  /** Frames were missed: nobody knows what became of what was predicted, nor what else happened. */
  clear(): void {
    this.#later = [];
    this.#predicted = [];
  }

  #push(happening: Happening): void {
    this.#now.push(happening);
    if (this.#now.length > MAX_WAITING) this.#now.shift();
  }
}

/** The same kind of event about the same things: texts are names, numbers may be off. */
function confirms(told: RealtimeEvent, predicted: RealtimeEvent): boolean {
  for (const name of Object.keys(predicted))
    if (typeof predicted[name] === "string" && told[name] !== predicted[name]) return false;
  return true;
}
