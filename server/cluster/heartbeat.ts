/** Tells the others that this worker lives, sweeps up after those that do not, and mends what was missed while the store was away. */
import { every, singleFlight } from "../../core/async.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { Leases } from "../../core/ports/store/leases.ts";
import type { Presence, PresenceScope } from "../../core/ports/store/presence.ts";
import type { RunningConnectionPresence } from "../delivery/connection-presence.ts";

/** A worker that was silent for this long is dead to the others. */
const DEAD_AFTER_MS = 5_000;
const BEAT_MS = 1_000;
/** A turn at sweeping: over before the next beat, so that a worker that died with it keeps nobody waiting. */
const SWEEP_TURN_MS = 900;

export interface HeartbeatOptions {
  readonly presence: Presence;
  readonly connectionPresence: RunningConnectionPresence;
  readonly scopes: readonly PresenceScope[];
  readonly log: Log;
  /** Figures that the other workers may show. */
  info(): Readonly<Record<string, unknown>>;
  /** After each heartbeat that was stored. */
  beaten?(): Promise<void>;
  /**
   * What workers on one store take turns with at sweeping. A sweep reads the list of workers for each scope: by every worker each second
   * that would grow with the square of their number. Left out: every beat sweeps.
   */
  readonly turns?: { readonly leases: Leases; readonly worker: WorkerId };
}

export interface Heartbeat {
  /** Beats for the first time, and from then on every second. */
  start(): Promise<void>;
  /** Beats now, and sweeps whoever's turn it is. */
  beat(): Promise<void>;
  close(): Promise<void>;
}

export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { presence, connectionPresence, scopes, log, turns } = options;
  let first = true;
  /** By this process's monotonic clock. While the store was away nobody could tell it anything: that is not death. */
  let sweepFrom = 0;
  let endBeats: (() => void) | undefined;

  async function once(sweepsAnyway: boolean): Promise<void> {
    try {
      const known = await presence.heartbeat(options.info());
      if (!known && !first) {
        log.warn({}, "this worker was taken for dead, or the store forgot it: its connections are told anew");
        await connectionPresence.retellAll();
      }
      first = false;
      await options.beaten?.();
      if (connectionPresence.pending > 0) await connectionPresence.retry();
      if (performance.now() < sweepFrom) return;
      if (!sweepsAnyway && !(await isMyTurn())) return;
      const swept = await presence.sweep(scopes, DEAD_AFTER_MS);
      if (swept.length > 0) log.warn({ workers: swept }, "workers died; their connections were swept");
    } catch (err) {
      sweepFrom = performance.now() + DEAD_AFTER_MS;
      log.debug({ err }, "the heartbeat could not be stored");
    }
  }

  async function isMyTurn(): Promise<boolean> {
    if (turns === undefined) return true;
    const { leases, worker } = turns;
    return (await leases.acquire(partitions.system(), "sweep", worker, SWEEP_TURN_MS)) !== undefined;
  }

  /** Neither rejects. */
  const beat = singleFlight(() => once(true));
  const regularBeat = singleFlight(() => once(false));

  return {
    async start() {
      await beat();
      endBeats = every(BEAT_MS, regularBeat, () => undefined);
    },
    beat,
    async close() {
      endBeats?.();
      await Promise.all([beat.idle(), regularBeat.idle()]);
      try {
        await presence.retire();
      } catch (err) {
        log.debug({ err }, "this worker could not be taken off the list; the others sweep it");
      }
    },
  };
}
