/**
 * The speed limit. Between two accepted reports a player may go as far as the limit allows in the time between them, plus a credit:
 * reports that the network held back arrive together, and the credit pays for the time that seems to be missing. Unused distance is
 * kept only up to the credit. A refused report changes nothing, so a player that stays above the limit for longer than the credit lasts
 * is refused until the limit would have brought them there.
 */

/** The movement credit of a player at the last accepted report. */
export interface MovementPace {
  /** Distance that may be gone at once, in units. */
  readonly credit: number;
  /** When that report was accepted, in milliseconds. */
  readonly at: number;
}

/** The one that a viewer keeps, which each of its moves changes. */
export interface OwnPace {
  credit: number;
  at: number;
}

export interface SpeedLimit {
  /** Units a second; 0: no limit. */
  readonly unitsPerSecond: number;
  /** The longest delay of a report that the credit makes up for. */
  readonly creditMs: number;
}

/** Rounding in the client's arithmetic must not be taken for cheating. */
const TOLERANCE = 1e-6;

/** The pace of a player that has just appeared. */
export function freshPace(limit: SpeedLimit, now: number): MovementPace {
  return { credit: (limit.unitsPerSecond * limit.creditMs) / 1_000, at: now };
}

/** The pace after a move of this distance, or undefined where it was too fast. */
export function step(
  pace: MovementPace,
  distance: number,
  now: number,
  limit: SpeedLimit,
): MovementPace | undefined {
  if (limit.unitsPerSecond === 0) return { credit: 0, at: now };
  const earned = (Math.max(0, now - pace.at) * limit.unitsPerSecond) / 1_000;
  const left = pace.credit + earned - distance;
  if (left < -TOLERANCE * (1 + distance)) return undefined;
  const most = (limit.unitsPerSecond * limit.creditMs) / 1_000;
  return { credit: Math.min(most, Math.max(0, left)), at: Math.max(now, pace.at) };
}

/** Where a player was at a time, and the pace there. */
export interface LastPosition extends MovementPace {
  readonly x: number;
  readonly y: number;
  /** They left the zone from here. Default: they were still in it, and may have walked on since. */
  readonly left?: true;
}

/**
 * The last position with the time that it earns credit from. Of a player that left, that is all the time since; else at most `mostMs`, as
 * the player may have spent the time on a way that was not recorded.
 */
export function movementCredit(last: LastPosition, now: number, mostMs: number): LastPosition {
  return last.left ? last : { ...last, at: Math.max(last.at, now - mostMs) };
}

export interface AcceptedMove {
  readonly x: number;
  readonly y: number;
  readonly pace: MovementPace;
  /** It is not where the player wanted to be. */
  readonly corrected: boolean;
}

/**
 * Where a player appears that enters a zone: where they ask to, if they could have gone there from their last position in that zone; else
 * at that position. Nobody gains credit by entering again.
 */
export function arrive(
  wish: { readonly x: number; readonly y: number },
  last: LastPosition | undefined,
  now: number,
  limit: SpeedLimit,
): AcceptedMove {
  const { x, y } = wish;
  if (!last || limit.unitsPerSecond === 0) return { x, y, pace: freshPace(limit, now), corrected: false };
  const pace = step(last, Math.hypot(x - last.x, y - last.y), now, limit);
  if (pace) return { x, y, pace, corrected: false };
  return { x: last.x, y: last.y, pace: { credit: last.credit, at: last.at }, corrected: true };
}
