/**
 * Who goes on although refused. A refusal costs about as much as a command, so a connection that collects them is read no faster than
 * a few of them at a time, then it is cut, and its user is not let in again for a while: else who comes back at once could keep a worker
 * busy with refusals.
 */
import { dropOldest } from "../../core/collections.ts";
import { RoughWindow } from "./windows.ts";

const WINDOW_MS = 10_000;
/** Refusals in a window after which a connection is cut. What a client has queued while it was away is below it. */
const CUT_AT = 1_000;
/** Refusals at once after which a connection is not read for `HOLD_MS`: a client that is only a little too fast is never held. */
const HOLD_AT = 50;
const AT_ONCE_MS = 250;
/** Times in a window that a connection is held before it is cut. */
const CUT_AT_HOLDS = 8;
/** For how long it is not read: no longer than a client takes for a hiccup of the network. */
export const HOLD_MS = 500;
/** For how long a user whose connection was cut gets no other one. */
const BANISHED_MS = 10_000;
/** Users that are remembered. */
const MAX_USERS = 20_000;

interface Refusals {
  readonly window: RoughWindow;
  readonly holds: RoughWindow;
  /** Those of the present quarter of a second. */
  atOnce: number;
  since: number;
}

export interface FloodWatch {
  /**
   * A command of the connection was refused.
   * @param subject its user; of a guest the address
   * @returns what is to be done with the connection: nothing, not to read from it for `HOLD_MS`, or to end it
   */
  refused(connection: object, subject: string): "nothing" | "hold" | "cut";
  /** The connection is not read from now on. @returns whether it is to be ended instead, since that was so too often */
  held(connection: object, subject: string): boolean;
  /** The connection was cut for something else that it went on with. */
  cut(subject: string): void;
  /** For how many milliseconds the subject gets no connection; 0: it gets one. */
  waitOf(subject: string): number;
  /** Subjects that are remembered. */
  readonly size: number;
  /** Forgets those whose time is over. */
  sweep(): void;
}

/** @param now in milliseconds; may be set back */
export function createFloodWatch(now: () => number): FloodWatch {
  const connections = new WeakMap<object, Refusals>();
  const banished = new Map<string, number>();

  function cut(subject: string): void {
    banished.delete(subject);
    banished.set(subject, now() + BANISHED_MS);
    dropOldest(banished, MAX_USERS);
  }

  function waitOf(subject: string): number {
    const until = banished.get(subject);
    if (until === undefined) return 0;
    const left = until - now();
    return left > 0 && left <= BANISHED_MS ? left : 0;
  }

  function refusalsOf(connection: object, at: number): Refusals {
    const known = connections.get(connection);
    if (known !== undefined) return known;
    const made = {
      window: new RoughWindow(WINDOW_MS),
      holds: new RoughWindow(WINDOW_MS),
      ...{ atOnce: 0, since: at },
    };
    connections.set(connection, made);
    return made;
  }

  return {
    refused(connection, subject) {
      const at = now();
      const known = refusalsOf(connection, at);
      const used = known.window.used(at);
      known.window.add(1);
      if (used + 1 >= CUT_AT) {
        cut(subject);
        return "cut";
      }
      if (Math.abs(at - known.since) > AT_ONCE_MS) {
        known.since = at;
        known.atOnce = 0;
      }
      if (++known.atOnce < HOLD_AT) return "nothing";
      known.atOnce = 0;
      return "hold";
    },
    held(connection, subject) {
      const at = now();
      const { holds } = refusalsOf(connection, at);
      const used = holds.used(at);
      holds.add(1);
      if (used + 1 < CUT_AT_HOLDS) return false;
      cut(subject);
      return true;
    },
    cut,
    waitOf,
    get size() {
      return banished.size;
    },
    sweep() {
      for (const subject of banished.keys()) if (waitOf(subject) === 0) banished.delete(subject);
    },
  };
}
