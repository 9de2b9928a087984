/** Entities as they were at a tick between two frames: numbers lie between, all else changes with its frame. */
import type { EntityValues, RealtimeFields } from "../../core/realtime/fields.ts";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { difference, isSmooth } from "./smoothing.ts";

interface TrackSample {
  readonly tick: number;
  readonly values: EntityValues;
}

interface Track {
  /** Ascending by tick; one per change. */
  samples: TrackSample[];
  /** The tick whose frame said that it is gone. */
  goneAt: number | undefined;
}

const MAX_SAMPLES = 64;
/** Faster than so many of the player's own quickest steps it was no movement: it jumps. */
const JUMP_STEPS = 4;

export class Interpolation {
  readonly #game: RealtimeGame;
  readonly #tracks = new Map<string, Map<string, Track>>();
  #tick = 0;

  constructor(game: RealtimeGame) {
    this.#game = game;
  }

  /** Begins anew with a whole state: its entities are there at once, although their tick is shown later. */
  restart(tick: number, state: RealtimeState): void {
    this.#tracks.clear();
    this.frame(Number.NEGATIVE_INFINITY, state);
    this.#tick = tick;
  }

  /** The state after a frame. */
  frame(tick: number, state: RealtimeState): void {
    for (const name of Object.keys(this.#game.state)) {
      const map = state[name] ?? new Map<string, EntityValues>();
      const tracks = this.#tracks.get(name) ?? new Map<string, Track>();
      this.#tracks.set(name, tracks);
      for (const [id, track] of tracks) if (!map.has(id)) track.goneAt ??= tick;
      for (const [id, entity] of map) this.#keep(tracks, id, tick, entity);
    }
    this.#tick = tick;
  }

  #keep(tracks: Map<string, Track>, id: string, tick: number, entity: EntityValues): void {
    const track = tracks.get(id);
    const last = track?.samples.at(-1);
    if (track === undefined || last === undefined || track.goneAt !== undefined) {
      tracks.set(id, { samples: [{ tick, values: { ...entity } }], goneAt: undefined });
      return;
    }
    if (isEqual(last.values, entity)) return;
    // It stood still up to the frame before.
    if (last.tick < this.#tick) track.samples.push({ tick: this.#tick, values: last.values });
    track.samples.push({ tick, values: { ...entity } });
    if (track.samples.length > MAX_SAMPLES) track.samples.splice(0, track.samples.length - MAX_SAMPLES);
  }

  /**
   * The entities of a collection at a tick, as copies. What came later is not there yet, and what was gone by then is forgotten.
   * @param quickest how far the player's own field moves in a step at most; 0 where that is not known
   */
  at(collection: string, tick: number, quickest: (field: string) => number): Map<string, EntityValues> {
    const shown = new Map<string, EntityValues>();
    const tracks = this.#tracks.get(collection);
    const fields = this.#game.state[collection]?.fields;
    if (tracks === undefined || fields === undefined) return shown;
    for (const [id, track] of tracks) {
      if (track.goneAt !== undefined && track.goneAt <= tick) {
        tracks.delete(id);
        continue;
      }
      const { samples } = track;
      let at = samples.length - 1;
      while (at >= 0 && (samples[at]?.tick ?? 0) > tick) at--;
      if (at < 0) continue;
      if (at > 0) samples.splice(0, at);
      const [from, to] = samples;
      if (from === undefined) continue;
      shown.set(id, to === undefined ? { ...from.values } : between(fields, from, to, tick, quickest));
    }
    return shown;
  }
}

function between(
  fields: RealtimeFields,
  from: TrackSample,
  to: TrackSample,
  tick: number,
  quickest: (field: string) => number,
): EntityValues {
  const values = { ...from.values };
  const ticks = to.tick - from.tick;
  const part = (tick - from.tick) / ticks;
  for (const name in fields) {
    const { kind } = fields[name] ?? { kind: "" };
    const [start, end] = [from.values[name], to.values[name]];
    if (!isSmooth(kind) || typeof start !== "number" || typeof end !== "number" || start === end) continue;
    const by = difference(kind, start, end);
    const most = quickest(name);
    if (kind === "fixed" && most > 0 && Math.abs(by) > most * JUMP_STEPS * ticks) continue;
    values[name] = start + by * part;
  }
  return values;
}

function isEqual(one: EntityValues, other: EntityValues): boolean {
  for (const name in other) if (one[name] !== other[name]) return false;
  return true;
}
