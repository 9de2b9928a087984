/**
 * The inputs of one player: a small ring by `seq`, and which of them a tick takes.
 *
 * A tick takes exactly one. Where none is there the last one is held for three ticks without its edges, then the player idles. When
 * those inputs come late, they are skipped as far as they were held for (their edges go into the next one); for ticks that were idle
 * there is a bucket, from which a tick takes one input more while too many wait. So a player is moved once per tick in all, however
 * fast a client sends. What waits beyond that is dropped from the oldest on, and told as lost.
 */
import type { EntityValues, RealtimeFields } from "./fields.ts";
import { idled, joined, type NumberedInput, withoutEdges } from "./inputs.ts";

export const HOLD_TICKS = 3;
/** Inputs that may wait after a tick has taken its own, before more are worked off. */
export const TARGET_WAITING = 2;
/** Idle ticks that the bucket counts, in seconds; what a player can catch up after a stall. */
const BUCKET_SECONDS = 0.25;
/** Inputs that may wait while the bucket is empty, in seconds. */
const WAITING_SECONDS = 0.5;
/** Inputs that may wait at all, in seconds: as many as a client sends again after a take-over. */
const RING_SECONDS = 2;

/** What a tick took: no input where none was there, two where it works off what waits. */
export type TakenInputs = readonly EntityValues[];

/** What a tick moves a player by; kept in snapshots, so that a replay holds and idles as the first run did. */
export interface HeldInput {
  readonly last: EntityValues;
  /** Ticks in a row without an input. */
  readonly missed: number;
}

/**
 * Which inputs move the player in this tick. The same on the server and in every replay.
 * @param taken as `SeatInputs.take` gave them
 */
export function effectiveInputs(
  fields: RealtimeFields,
  held: HeldInput | undefined,
  taken: TakenInputs,
): { readonly inputs: readonly EntityValues[]; readonly held: HeldInput | undefined } {
  const last = taken.at(-1);
  if (last !== undefined) return { inputs: taken, held: { last, missed: 0 } };
  if (held === undefined) return { inputs: [], held };
  const missed = held.missed + 1;
  const input = missed <= HOLD_TICKS ? withoutEdges(fields, held.last) : idled(fields, held.last);
  return { inputs: [input], held: { last: held.last, missed } };
}

export class SeatInputs {
  readonly #fields: RealtimeFields;
  readonly #hz: number;
  /** Ascending by seq, all above `ack`. */
  #ring: NumberedInput[] = [];
  #ack: number;
  #missed = 0;
  /** Ticks that were held for, and whose inputs have not come. */
  #heldFor = 0;
  #bucket = 0;
  #lost: [from: number, to: number] | undefined;

  /** @param ack the last input that was consumed, as of a journal */
  constructor(fields: RealtimeFields, hz: number, ack = 0) {
    this.#fields = fields;
    this.#hz = hz;
    this.#ack = ack;
  }

  /** The last input that was consumed. */
  get ack(): number {
    return this.#ack;
  }

  /** Inputs that wait. */
  get waiting(): number {
    return this.#ring.length;
  }

  /** The inputs that were dropped since the last call, for the next frame to tell; undefined for none. */
  takeLost(): readonly [from: number, to: number] | undefined {
    const lost = this.#lost;
    this.#lost = undefined;
    return lost;
  }

  /** @returns whether it is new: no repeat, and not consumed or dropped already */
  push(entry: NumberedInput): boolean {
    const { seq } = entry;
    if (seq <= this.#ack) return false;
    let at = this.#ring.length;
    while (at > 0 && (this.#ring[at - 1] as NumberedInput).seq > seq) at--;
    if (at > 0 && (this.#ring[at - 1] as NumberedInput).seq === seq) return false;
    this.#ring.splice(at, 0, entry);
    this.#dropTo(this.#seconds(RING_SECONDS));
    return true;
  }

  /** Ticks that were not played, in a gap or after a stall of the server: their inputs may be worked off. */
  allow(ticks: number): void {
    this.#bucket = Math.min(this.#bucket + ticks, this.#seconds(RING_SECONDS));
  }

  /** Once per tick. */
  take(): TakenInputs {
    const first = this.#ring.shift();
    if (first === undefined) {
      this.#miss();
      return [];
    }
    this.#missed = 0;
    let input = first.input;
    this.#ack = first.seq;
    while (this.#heldFor > 0 && this.#ring.length > TARGET_WAITING) {
      this.#heldFor--;
      input = joined(this.#fields, input, this.#next());
    }
    const taken = [input];
    if (this.#bucket >= 1 && this.#ring.length > TARGET_WAITING) {
      this.#bucket--;
      taken.push(this.#next());
    }
    this.#dropTo(Math.floor(this.#bucket) + this.#seconds(WAITING_SECONDS));
    return taken;
  }

  #miss(): void {
    // Before the first input there is nothing to hold, and nothing to catch up.
    if (this.#ack === 0) return;
    this.#missed++;
    if (this.#missed <= HOLD_TICKS) this.#heldFor = Math.min(this.#heldFor + 1, HOLD_TICKS);
    else this.#bucket = Math.max(this.#bucket, Math.min(this.#bucket + 1, this.#seconds(BUCKET_SECONDS)));
  }

  #next(): EntityValues {
    const { seq, input } = this.#ring.shift() as NumberedInput;
    this.#ack = seq;
    return input;
  }

  #dropTo(most: number): void {
    const over = this.#ring.length - most;
    if (over <= 0) return;
    const [first, ...others] = this.#ring.splice(0, over).map(({ seq }) => seq);
    if (first === undefined) return;
    this.#lost = [this.#lost?.[0] ?? first, others.at(-1) ?? first];
  }

  #seconds(seconds: number): number {
    return Math.max(4, Math.ceil(seconds * this.#hz));
  }
}
