/**
 * How much room a worker has, as one number that other workers, balancers and autoscalers can act on. It is made of parts, each in parts
 * of its own bound, and the highest one counts. A worker whose clients would wait is full: it refuses new connections and rooms, before
 * it is so slow that it sheds work.
 */
import { performance } from "node:perf_hooks";
import type { WorkerRoom } from "../../core/ports/outbound.ts";
import type { RealtimeFigures } from "../../namespaces/game/realtime/figures.ts";
import type { Config } from "../config/config.ts";
import { createLoadWatch, LoadLevels, type LoadOptions, type LoadWatch } from "./load.ts";

const LOOK_MS = 500;
/** What each look adds to the load: it follows a change within about five seconds, and a single pause hardly moves it. */
const SHARE_OF_LOOK = 0.1;
/** The part of the bound for unsent bytes that one user can fill, and all guests together. */
const ONE_USERS_PART = 1 / 20;

/** `busy` and `connections` tell how much is left; the others that clients wait already. */
export const LOAD_PARTS = ["delay", "busy", "late_steps", "unsent", "connections"] as const;
type LoadPart = (typeof LOAD_PARTS)[number];

/** What is read at each look; the first one is half a second after the start. */
export interface WorkerLoadOptions extends Pick<LoadOptions, "log" | "delayMs"> {
  readonly config: Pick<Config, "server" | "websocket">;
  realtime(): Pick<RealtimeFigures, "counts" | "lateSteps" | "skippedSteps">;
  /** Bytes that wait for clients. @param mostOfOne what one user can add to it */
  unsentBytes(mostOfOne: number): number;
  connections(): number;
}

export interface WorkerLoad extends LoadWatch, WorkerRoom {
  /** Each from 0 (nothing) to 1 (at its bound) and above, averaged over about five seconds. */
  readonly parts: Readonly<Record<LoadPart, number>>;
}

export function createWorkerLoad(options: WorkerLoadOptions): WorkerLoad {
  const { log, delayMs: given } = options;
  const { overloadDelayMs, overloadAfterMs, loadDelayMs, loadLate, loadUnsent } = options.config.server;
  const { maxConnections } = options.config.websocket;
  const holdMs = overloadAfterMs;
  const watch = createLoadWatch({ boundMs: overloadDelayMs, holdMs, log, delayMs: given });
  const held = new LoadLevels({ boundMs: 1, holdMs, highest: 1 });
  const parts: Record<LoadPart, number> = { delay: 0, busy: 0, late_steps: 0, unsent: 0, connections: 0 };
  let usage = performance.eventLoopUtilization();
  let before = { steps: 0, late: 0 };

  const inParts = (value: number, bound: number) => (bound === 0 ? 0 : value / bound);

  function busyShare(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, usage);
    usage = now;
    // Where a test says how late the event loop is, what it measures of its own process says nothing of this worker.
    return given === undefined ? utilization : 0;
  }

  function lateShare(): number {
    const { counts, lateSteps, skippedSteps } = options.realtime();
    const now = { steps: counts.steps + skippedSteps, late: lateSteps + skippedSteps };
    const share = (now.late - before.late) / Math.max(1, now.steps - before.steps);
    before = now;
    return share;
  }

  function measured(): Record<LoadPart, number> {
    const unsent = loadUnsent === 0 ? 0 : options.unsentBytes(loadUnsent * ONE_USERS_PART);
    return {
      delay: inParts(watch.delayMs, loadDelayMs),
      busy: busyShare(),
      late_steps: inParts(lateShare(), loadLate),
      unsent: inParts(unsent, loadUnsent),
      connections: inParts(options.connections(), maxConnections),
    };
  }

  const looking = setInterval(() => {
    const now = measured();
    for (const part of LOAD_PARTS) parts[part] += (now[part] - parts[part]) * SHARE_OF_LOOK;
    const strain = Math.max(now.delay, now.late_steps, now.unsent);
    if (!held.look(strain, performance.now())) return;
    const fields = { parts: now };
    if (held.level > 0)
      log.warn(fields, "this worker is full: it takes no new connections, and real-time rooms only back");
    else log.info(fields, "this worker has room again");
  }, LOOK_MS);
  looking.unref();

  return {
    parts,
    shed: watch.shed,
    shedding: watch.shedding,
    retryMs: watch.retryMs,
    get level() {
      return watch.level;
    },
    get delayMs() {
      return watch.delayMs;
    },
    get load() {
      return Math.min(1, Math.max(...Object.values(parts)));
    },
    get isFull() {
      return watch.level > 0 || held.level > 0;
    },
    get reason() {
      if (watch.reason !== undefined || held.level === 0) return watch.reason;
      const figures = LOAD_PARTS.map((part) => `${part} ${Math.round(parts[part] * 100)} %`);
      return `this worker is full: ${figures.join(", ")}`;
    },
    close() {
      clearInterval(looking);
      watch.close();
    },
  };
}
