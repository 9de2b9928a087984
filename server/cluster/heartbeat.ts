/** Tells the others that this worker lives, sweeps up after those that do not, and mends what was missed while the store was away. */
import { every, singleFlight } from "../../core/async.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Presence, PresenceScope } from "../../core/ports/store/presence.ts";
import type { RunningConnectionPresence } from "../delivery/connection-presence.ts";

/** A worker that was silent for this long is dead to the others. */
const DEAD_AFTER_MS = 5_000;
const BEAT_MS = 1_000;

export interface HeartbeatOptions {
  readonly presence: Presence;
  readonly connectionPresence: RunningConnectionPresence;
  readonly scopes: readonly PresenceScope[];
  readonly log: Log;
  /** Figures that the other workers may show. */
  info(): Readonly<Record<string, unknown>>;
}

export interface Heartbeat {
  /** Beats for the first time, and from then on every second. */
  start(): Promise<void>;
  beat(): Promise<void>;
  close(): Promise<void>;
}

export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { presence, connectionPresence, scopes, log } = options;
  let first = true;
  /** By this process's monotonic clock. While the store was away nobody could tell it anything: that is not death. */
  let sweepFrom = 0;
  let endBeats: (() => void) | undefined;

  async function once(): Promise<void> {
    try {
      const known = await presence.heartbeat(options.info());
      if (!known && !first) {
        log.warn({}, "this worker was taken for dead, or the store forgot it: its connections are told anew");
        await connectionPresence.retellAll();
      }
      first = false;
      if (connectionPresence.pending > 0) await connectionPresence.retry();
      if (performance.now() < sweepFrom) return;
      const swept = await presence.sweep(scopes, DEAD_AFTER_MS);
      if (swept.length > 0) log.warn({ workers: swept }, "workers died; their connections were swept");
    } catch (err) {
      sweepFrom = performance.now() + DEAD_AFTER_MS;
      log.debug({ err }, "the heartbeat could not be stored");
    }
  }

  /** Never rejects. */
  const beat = singleFlight(once);

  return {
    async start() {
      await beat();
      endBeats = every(BEAT_MS, beat, () => undefined);
    },
    beat,
    async close() {
      endBeats?.();
      await beat.idle();
      try {
        await presence.retire();
      } catch (err) {
        log.debug({ err }, "this worker could not be taken off the list; the others sweep it");
      }
    },
  };
}
