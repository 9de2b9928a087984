/** Watches how full a store is, so that messages are refused while there is still room for what games and queues need. */
import { every, singleFlight } from "../../core/async.ts";
import type { Log } from "../../core/ports/log.ts";
import type { StoreSpace } from "../../core/ports/store/space.ts";

const LOOK_MS = 1_000;
/** A store that is now low and now not is told of once in this time. */
const WARN_MS = 60_000;
/** Looks that claims ask for are no closer together than this. */
const MIN_PAUSE_MS = 10;
/** While only the reserve is left. */
const LOW_PAUSE_MS = 250;
/** After so much of the room was claimed, there is a look before the next second. */
const LOOK_AFTER = 1 / 16;
/** So much of the room may be claimed and not measured yet: other workers claim some too. */
const LARGEST_CLAIM = 1 / 2;
/** What was claimed so long before a look, and some times as long as the look took, is stored by then: a slow store is slow for both. */
const STORED_AFTER_MS = 100;
const STORED_AFTER_LOOKS = 4;
/** Claims this close together are remembered as one. */
const TOGETHER_MS = 50;
/** With less room than this beside the reserve it is low: a large message would not fit. Of a small store, half of the reserve. */
const MARGIN_BYTES = 2 ** 20;

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
  /** In milliseconds. Default: the process's own. */
  now?(): number;
}

export interface SpaceWatch {
  space(): StoreSpace;
  /** As `Store.claimSpace`. */
  claim(bytes: number): boolean;
  /** The store has refused a write because it is full. */
  refused(): void;
  /** Asks now. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

export function createSpaceWatch({ look, reserveOf, log, now = systemNow }: SpaceWatchOptions): SpaceWatch {
  let measured: Measured = { usedBytes: 0, capacityBytes: undefined };
  /** What messages could still take, when that was measured. */
  let room = Number.POSITIVE_INFINITY;
  /** Claims that may not be part of what was measured, oldest first; and their sum. */
  let claims: { readonly at: number; bytes: number }[] = [];
  let claimed = 0;
  let sinceLook = 0;
  let isLow = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let warnedAt = Number.NEGATIVE_INFINITY;
  let isWarned = false;
  let isClosed = false;

  function turn(next: boolean): void {
    if (next === isLow) return;
    isLow = next;
    const { usedBytes, capacityBytes } = measured;
    if (next && now() - warnedAt >= WARN_MS) {
      warnedAt = now();
      isWarned = true;
      log.warn({ usedBytes, capacityBytes }, "the store is nearly full: messages are refused");
    } else if (!next && isWarned) {
      isWarned = false;
      log.info({ usedBytes, capacityBytes }, "the store has room again");
    }
  }

  const measure = singleFlight(async () => {
    const at = now();
    lookedAt = at;
    sinceLook = 0;
    const found = await look();
    if (isClosed) return;
    measured = found;
    const stored = at - STORED_AFTER_MS - STORED_AFTER_LOOKS * (now() - at);
    claims = claims.filter((claim) => claim.at > stored);
    claimed = claims.reduce((sum, { bytes }) => sum + bytes, 0);
    const { capacityBytes = Number.POSITIVE_INFINITY } = found;
    const reserve = Number.isFinite(capacityBytes) ? reserveOf(capacityBytes) : 0;
    room = capacityBytes - reserve - found.usedBytes;
    // By what was measured alone, so that all workers see the same.
    turn(room <= Math.min(MARGIN_BYTES, reserve / 2));
  });
  const lookNow = () =>
    measure().catch((err: unknown) => {
      log.debug({ err }, "how full the store is could not be measured");
      // It never could be: the next refusal tells again.
      if (measured.capacityBytes === undefined) turn(false);
    });
  const lookSoon = () => {
    if (now() - lookedAt >= (isLow ? LOW_PAUSE_MS : MIN_PAUSE_MS)) void lookNow();
  };
  const end = every(LOOK_MS, lookNow, () => undefined);

  return {
    space: () => ({ ...measured, isLow }),
    claim(bytes) {
      if (room === Number.POSITIVE_INFINITY) return !isLow;
      sinceLook += bytes;
      if (sinceLook > room * LOOK_AFTER) lookSoon();
      if (isLow || claimed + bytes > room * LARGEST_CLAIM) return false;
      claimed += bytes;
      const at = now();
      const last = claims.at(-1);
      if (last && at - last.at < TOGETHER_MS) last.bytes += bytes;
      else claims.push({ at, bytes });
      return true;
    },
    refused() {
      turn(true);
      lookSoon();
    },
    look: lookNow,
    close() {
      isClosed = true;
      end();
    },
  };
}

const systemNow = () => performance.now();

/** A part of a capacity, in percent. */
export const partOf =
  (percent: number) =>
  (capacityBytes: number): number =>
    (capacityBytes * percent) / 100;
