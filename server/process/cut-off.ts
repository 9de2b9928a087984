/**
 * A worker that is cut from the store, and not from its clients, is of little use to them. Where another worker is better off it says so:
 * it is not ready, takes no new clients, and lets those that it has go to the others. Where the store is away for all, it keeps them.
 */
import { every, singleFlight } from "../../core/async.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { InFlight } from "../../middleware/command-queue.ts";
import { type DrainableSession, drainSessions } from "./drain.ts";

const LOOK_MS = 500;
/** For letting clients go: they come back spread over 0.4 of it. */
const LET_GO_MS = 5_000;
/** When a client that was turned away may try again: its next try goes to another worker. */
const RETRY_MS = 500;

export interface CutOffOptions {
  readonly store: Pick<Store, "health">;
  readonly registry: { all(): Iterable<DrainableSession> };
  readonly inFlight: Pick<InFlight, "size" | "idle">;
  readonly log: Log;
  /** How long others must have had the store and this worker not, in milliseconds. 0: clients are kept however long it is. */
  readonly afterMs: number;
  /** Whether another worker is ready and has the store. Must not reject. */
  anyIsWell(): Promise<boolean>;
}

export interface CutOff {
  /** Why clients should go to another worker; undefined: they may stay, and come. */
  readonly reason: string | undefined;
  readonly retryMs: number;
  readonly counts: CutOffCounts;
  /** Looks now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

interface CutOffCounts {
  /** Clients that were let go since the start. */
  readonly released: number;
  /** Connections that were turned away meanwhile. */
  refused: number;
}

export function createCutOff({ store, afterMs, log, anyIsWell, ...clients }: CutOffOptions): CutOff {
  const counts = { released: 0, refused: 0 };
  /** Since when others have had the store and this worker has not. */
  let worseSince: number | undefined;
  let isCutOff = false;
  const stop = new AbortController();

  const letGo = singleFlight(async () => {
    counts.released += new Set([...clients.registry.all()].map(({ socket }) => socket.conn)).size;
    const same = { amongOthers: true, drainMs: LET_GO_MS, skip: stop.signal };
    await drainSessions({ ...clients, ...same, log, onClosing: () => undefined });
  });

  function turn(next: boolean): void {
    if (isCutOff === next) return;
    isCutOff = next;
    const { reason } = { reason: "", ...store.health() };
    if (next)
      log.warn(
        { reason },
        "this worker is cut from the store and others are not: it lets its clients go to them",
      );
    else log.info({ ...counts }, "this worker takes clients again");
  }

  async function look(): Promise<void> {
    if (store.health().ok) {
      worseSince = undefined;
      turn(false);
      return;
    }
    const isWorse = (await anyIsWell()) && !store.health().ok;
    if (stop.signal.aborted) return;
    worseSince = isWorse ? (worseSince ?? performance.now()) : undefined;
    // When the store comes back for all, some have it a little before the others.
    turn(worseSince !== undefined && performance.now() - worseSince >= afterMs);
    const [session] = clients.registry.all();
    if (isCutOff && session !== undefined && !letGo.isRunning)
      void letGo().catch((err: unknown) => log.warn({ err }, "clients could not be let go"));
  }

  const end =
    afterMs === 0
      ? () => undefined
      : every(LOOK_MS, look, (err) => log.warn({ err }, "whether others have the store is not known"));
  return {
    get reason() {
      return isCutOff ? "cut from the store, which other workers have" : undefined;
    },
    retryMs: RETRY_MS,
    counts,
    look,
    async close() {
      end();
      stop.abort();
      await letGo.idle();
    },
  };
}
