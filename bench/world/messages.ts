/** What the processes of this benchmark tell each other. */

export type ServerKind = "muster" | "naive";

/** Players of the zone walk here; with a view distance of 100 a viewer's cell hears of about a sixteenth of it. */
export const ZONE_SIZE = 1_000;

/**
 * Which zone a player of which worker is in: `mixed`, of each zone's players as many on each worker; `apart`, a zone's players all on one
 * worker.
 */
export type Spread = "mixed" | "apart";

export interface LoadOptions {
  readonly kind: ServerKind;
  /** Of the workers; players go to them in turn. */
  readonly urls: readonly string[];
  readonly zones: number;
  readonly spread: Spread;
  readonly players: number;
  /** Between two movements of a player. */
  readonly moveEveryMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** The load's own share of a core tells whether it was the load that was too slow. */
export interface Delivery {
  /** Frames or events that all clients together got in a second. */
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  /** From the moment a player sends its position to the moment an observer has it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
  readonly corrections: number;
  readonly loadCpu: number;
}

export type LoadReply =
  | { readonly phase: "measuring" }
  | { readonly delivery: Delivery }
  | { readonly failed: string };
