/** What this worker's real-time rooms have come to, for its metrics. */

/** Upper bounds of how old a frame was when it left, in seconds. */
const AGE_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const;
/** The same for the time in which nobody stepped a room. */
const GAP_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2, 5, 30] as const;

export class Durations {
  readonly bounds: readonly number[];
  /** How many were at most as long as each bound and longer than the one before; the last are longer than all. */
  readonly counts: number[];
  sumS = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  add(seconds: number): void {
    let at = 0;
    while (at < this.bounds.length && seconds > (this.bounds[at] as number)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sumS += seconds;
  }
}

/**
 * What a limit of real-time rooms has stopped: a start that was refused, a game that was ended, an input that was refused, changes and
 * events that had no place in a frame, viewers whose frame waited because too many groups see different things.
 */
export const REALTIME_LIMITS = ["rooms", "entities", "state", "input", "frame", "events", "groups"] as const;
export type RealtimeLimit = (typeof REALTIME_LIMITS)[number];

/** Counted since the start. */
export class RealtimeCounts {
  /** From when a step was due to when its frames were handed on. */
  readonly frameAges = new Durations(AGE_BUCKETS_S);
  /** At take-overs and hand-overs: from the last commit of the owner before to this one's first. */
  readonly gaps = new Durations(GAP_BUCKETS_S);
  steps = 0;
  takeovers = 0;
  /** Rooms that another worker handed over to this one. */
  handovers = 0;
  /** Rooms given up because another worker had taken them. */
  fenced = 0;
  inputs = 0;
  /** Inputs that were dropped, and told as lost. */
  lostInputs = 0;
  /** Frames left out for connections that did not keep up. */
  skippedFrames = 0;
  readonly limited = Object.fromEntries(REALTIME_LIMITS.map((limit) => [limit, 0])) as Record<
    RealtimeLimit,
    number
  >;
  /** Times that this worker missed what a room's owner had sent. */
  missedPackets = 0;
}

/** As they are now. */
export interface RealtimeFigures {
  readonly counts: RealtimeCounts;
  /** That this worker steps. */
  readonly rooms: number;
  /** Seats of players in them, without bots. */
  readonly players: number;
  /** That connections of this worker follow. */
  readonly followed: number;
  readonly waitingInputs: number;
  readonly lateSteps: number;
  readonly skippedSteps: number;
}

/** Of the rooms that a worker steps. */
export function figuresOf(
  runs: readonly { readonly players: number; readonly waiting: number }[],
  counts: RealtimeCounts,
  steps: { readonly late: number; readonly skipped: number },
): Omit<RealtimeFigures, "followed"> {
  return {
    counts,
    rooms: runs.length,
    players: runs.reduce((sum, { players }) => sum + players, 0),
    waitingInputs: runs.reduce((sum, { waiting }) => sum + waiting, 0),
    lateSteps: steps.late,
    skippedSteps: steps.skipped,
  };
}
