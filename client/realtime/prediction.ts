/**
 * The player's own entities before the server has moved them: what the last frame says, moved on by every input that the server has not
 * consumed, with the game's own `move`. Right as long as nothing but `move` moves them.
 */
import type { EntityValues, RealtimeFields } from "../../core/realtime/fields.ts";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { roundEntity } from "../../core/realtime/state.ts";
import { difference, isSmooth } from "./smoothing.ts";

interface PredictedEntity {
  /** Before the last input. */
  before: EntityValues;
  now: EntityValues;
}

export class Prediction {
  readonly #game: RealtimeGame;
  readonly #fields: RealtimeFields;
  readonly #ownerField: string | undefined;
  #own = new Map<string, PredictedEntity>();
  /** Fields that `move` has changed, and by how much at most. */
  readonly #moved = new Map<string, number>();

  constructor(game: RealtimeGame) {
    this.#game = game;
    this.#fields = (game.controls && game.state[game.controls]?.fields) || {};
    this.#ownerField = Object.keys(this.#fields).find((name) => this.#fields[name]?.kind === "player");
  }

  /** The collection whose entities players move. */
  get collection(): string | undefined {
    return this.#game.controls;
  }

  get ids(): Iterable<string> {
    return this.#own.keys();
  }

  /** As it will be when the server has consumed all inputs; undefined where it is not the player's. */
  get(id: string): EntityValues | undefined {
    return this.#own.get(id)?.now;
  }

  /** How far a step has moved a field at most so far. */
  readonly quickest = (field: string): number => this.#moved.get(field) ?? 0;

  /** Whether any of the state's entities is the player's. */
  ownIds(state: RealtimeState, you: string): string[] {
    if (this.#ownerField === undefined || this.#game.controls === undefined) return [];
    const ids: string[] = [];
    for (const [id, entity] of state[this.#game.controls] ?? [])
      if (entity[this.#ownerField] === you) ids.push(id);
    return ids;
  }

  /** One step with this input. */
  step(input: EntityValues): void {
    for (const entity of this.#own.values()) {
      entity.before = entity.now;
      entity.now = this.#next(entity.now, input);
    }
  }

  #next(entity: EntityValues, input: EntityValues): EntityValues {
    const next = { ...entity };
    this.#game.move?.(next, { ...input }, this.#game.dt);
    roundEntity(this.#fields, next);
    for (const name in next) {
      const [from, to] = [entity[name], next[name]];
      if (from === to || typeof from !== "number" || typeof to !== "number") continue;
      const by = Math.abs(difference(this.#fields[name]?.kind ?? "", from, to));
      if (by > this.quickest(name)) this.#moved.set(name, by);
    }
    return next;
  }

  /**
   * Predicts anew from a frame.
   * @param unacked the inputs that it does not contain yet, oldest first
   * @returns the entities that moved otherwise than predicted
   */
  reconcile(
    state: RealtimeState,
    you: string,
    unacked: readonly { readonly input: EntityValues }[],
  ): string[] {
    const wrong: string[] = [];
    const own = new Map<string, PredictedEntity>();
    for (const id of this.ownIds(state, you)) {
      const entity = state[this.#game.controls ?? ""]?.get(id);
      if (entity === undefined) continue;
      let now: EntityValues = { ...entity };
      let before = now;
      for (const { input } of unacked) {
        before = now;
        now = this.#next(now, input);
      }
      const known = this.#own.get(id);
      if (known !== undefined && this.#isWrong(known.now, now)) wrong.push(id);
      own.set(id, { before, now });
    }
    this.#own = own;
    return wrong;
  }

  #isWrong(predicted: EntityValues, now: EntityValues): boolean {
    for (const name of this.#moved.keys())
      if (this.#fields[name]?.kind === "fixed" && predicted[name] !== now[name]) return true;
    return false;
  }

  clear(): void {
    this.#own.clear();
  }

  /** A copy as it is shown between two steps. @param progress of the step, from 0 to 1 */
  shown(id: string, progress: number): EntityValues | undefined {
    const entity = this.#own.get(id);
    if (entity === undefined) return undefined;
    const values = { ...entity.now };
    for (const name of this.#moved.keys()) {
      const { kind } = this.#fields[name] ?? { kind: "" };
      const [from, to] = [entity.before[name], entity.now[name]];
      // A direction is the player's hand: it is shown at once.
      if (kind === "angle" || !isSmooth(kind) || typeof from !== "number" || typeof to !== "number") continue;
      values[name] = from + difference(kind, from, to) * progress;
    }
    return values;
  }
}
