/** Watches how full a store is, so that messages are refused while there is still room for what games and queues need. */
import { every, singleFlight } from "../../core/async.ts";
import type { Log } from "../../core/ports/log.ts";
import type { StoreSpace } from "../../core/ports/store/space.ts";

const LOOK_MS = 1_000;
/** Looks that writes ask for are no closer together than this. */
const MIN_PAUSE_MS = 10;
/** While only the reserve is left. */
const LOW_PAUSE_MS = 250;
/** After so much of the room was written, there is a look before the next second. */
const LOOK_AFTER = 1 / 16;
/** So much of the reserve must be free again beside it, lest the state changes with every message. */
const BACK_AT = 0.1;

export interface Measured {
  readonly usedBytes: number;
  readonly capacityBytes: number | undefined;
}

export interface SpaceWatchOptions {
  /** Asks the store. A failure changes nothing. */
  look(): Promise<Measured>;
  /** What of a capacity messages may not take. */
  reserveOf(capacityBytes: number): number;
  readonly log: Log;
}

export interface SpaceWatch {
  space(): StoreSpace;
  /** So many bytes are on their way to the store. */
  wrote(bytes: number): void;
  /** It has refused a write because it is full. */
  refused(): void;
  /** Asks now. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

export function createSpaceWatch({ look, reserveOf, log }: SpaceWatchOptions): SpaceWatch {
  let measured: Measured = { usedBytes: 0, capacityBytes: undefined };
  /** What messages could still take, when that was measured. */
  let room = Number.POSITIVE_INFINITY;
  let reserve = 0;
  /** Since then. */
  let written = 0;
  let isLow = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  function turn(next: boolean): void {
    if (next === isLow) return;
    isLow = next;
    const { usedBytes, capacityBytes } = measured;
    if (next) log.warn({ usedBytes, capacityBytes }, "the store is nearly full: messages are refused");
    else log.info({ usedBytes, capacityBytes }, "the store has room again");
  }

  const measure = singleFlight(async () => {
    lookedAt = performance.now();
    const before = written;
    const found = await look();
    if (isClosed) return;
    // What was sent meanwhile may not be in it yet.
    written -= before;
    measured = found;
    const { capacityBytes } = found;
    reserve = capacityBytes === undefined ? 0 : reserveOf(capacityBytes);
    room = capacityBytes === undefined ? Number.POSITIVE_INFINITY : capacityBytes - reserve - found.usedBytes;
    turn(room - written <= (isLow ? reserve * BACK_AT : 0));
  });
  const lookNow = () =>
    measure().catch((err: unknown) => log.debug({ err }, "how full the store is could not be measured"));
  const end = every(LOOK_MS, lookNow, () => undefined);

  return {
    space: () => ({ ...measured, isLow }),
    wrote(bytes) {
      written += bytes;
      if (written <= room * LOOK_AFTER) return;
      if (written >= room) turn(true);
      if (performance.now() - lookedAt >= (isLow ? LOW_PAUSE_MS : MIN_PAUSE_MS)) void lookNow();
    },
    refused() {
      turn(true);
      if (performance.now() - lookedAt >= LOW_PAUSE_MS) void lookNow();
    },
    look: lookNow,
    close() {
      isClosed = true;
      end();
    },
  };
}

/** A part of a capacity, in percent. */
export const partOf =
  (percent: number) =>
  (capacityBytes: number): number =>
    (capacityBytes * percent) / 100;
