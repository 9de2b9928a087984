/**
 * How many bytes of messages are taken: of a connection, and of a user on all workers. Judged before a message is parsed, by counters
 * alone. Events are counted beside it (limiter.ts): a few large messages cost more than many small ones.
 */
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Clock } from "../../core/time.ts";
import { HeavyTalkers } from "./talkers.ts";
import { createSharedWindows, RoughWindow, SharedSubject } from "./windows.ts";

/** Of both budgets: long enough that what a client has queued while it was away is no offence. */
const BYTES_WINDOW_MS = 10_000;
/** A connection that was refused so many times its budget within a window is to be cut. */
const CUT_AT = 3;
const SHORTEST_WAIT_MS = 250;
/** What every user may send in a second while those who send most are refused. */
const LEAST_BYTES = 64_000;
const SWEEP_MS = 1_000;

interface UserBytes {
  readonly window: RoughWindow;
  readonly shared: SharedSubject;
  /** Of this worker, which are there now. */
  connections: number;
}

interface ConnectionBytes {
  readonly window: RoughWindow;
  readonly refused: RoughWindow;
  user: UserBytes | undefined;
}

/** A transport connection. */
interface Connection {
  once(event: "close", listener: () => void): unknown;
}

export interface ByteLimiterOptions {
  /** In ten seconds; Infinity: no limit. */
  readonly connectionBytes: number;
  readonly userBytes: number;
  /** The store's time. */
  readonly clock: Clock;
  /** Absent: this worker is alone. */
  readonly counters?: SharedCounters;
  readonly onRefused: (limit: "connection_bytes" | "user_bytes" | "overload", connection: object) => void;
  /** Whether those who send most are to be refused. */
  readonly isOverloaded?: () => boolean;
  /** Told of a connection that is to be cut. */
  readonly onFlood: (connection: object) => void;
}

export interface ByteLimiter {
  /**
   * From now on the connection's messages are counted.
   * @param userId undefined: they are no user's that could have other connections
   * @returns `take` for this connection, which need not be looked up for each message
   */
  follow(connection: Connection, userId: string | undefined): (bytes: number) => number;
  /** 0: taken, and counted. Else refused, for so many milliseconds; Infinity: the connection is to be cut. */
  take(connection: object, bytes: number): number;
  /** Users that are remembered. */
  readonly size: number;
  /** One exchange with the other workers; done by itself five times a second. */
  sync(): Promise<void>;
  close(): void;
}

export function createByteLimiter(options: ByteLimiterOptions): ByteLimiter {
  const { connectionBytes, userBytes, clock, counters, onRefused, isOverloaded } = options;
  const exchange = counters && createSharedWindows(counters, clock);
  const connections = new WeakMap<object, ConnectionBytes>();
  const users = new Map<string, UserBytes>();
  /** By user, and by connection where it is a guest's. */
  const talkers = new HeavyTalkers<object>(LEAST_BYTES);
  /** Users without a connection here. They are kept until their window has passed: a user who comes back goes on where they were. */
  const away = new Set<string>();
  const rule = { max: userBytes, windowMs: BYTES_WINDOW_MS };

  function userOf(userId: string): UserBytes {
    const known = users.get(userId);
    if (known) return known;
    const shared = new SharedSubject(`bytes:${userId}`, rule);
    const user: UserBytes = { window: new RoughWindow(BYTES_WINDOW_MS), shared, connections: 0 };
    users.set(userId, user);
    return user;
  }

  const usedBy = ({ window, shared }: UserBytes, now: number): number =>
    window.used(now) + (exchange?.elsewhere(shared, now) ?? 0);

  const sweeping = setInterval(() => {
    const now = clock.now();
    if (!isOverloaded?.()) talkers.forget();
    for (const id of away) {
      const user = users.get(id);
      if (user !== undefined && user.connections === 0) {
        if (usedBy(user, now) >= 1) continue;
        users.delete(id);
      }
      away.delete(id);
    }
  }, SWEEP_MS);
  sweeping.unref();

  function refuse(
    connection: object,
    { refused }: ConnectionBytes,
    bytes: number,
    now: number,
    used: number,
    max: number,
  ): number {
    const already = refused.used(now);
    refused.add(bytes);
    if (already + bytes > CUT_AT * max) {
      options.onFlood(connection);
      return Number.POSITIVE_INFINITY;
    }
    const rest = BYTES_WINDOW_MS - (now % BYTES_WINDOW_MS);
    // In the next window that much of this one must have passed.
    const passed = BYTES_WINDOW_MS * Math.max(0, 1 - Math.max(0, max - bytes) / used);
    return Math.max(SHORTEST_WAIT_MS, Math.ceil(rest + passed));
  }

  function take(connection: object, own: ConnectionBytes, bytes: number): number {
    const now = clock.now();
    const used = own.window.used(now);
    // One message alone is never too much: it has a limit of its own.
    if (used > 0 && used + bytes > connectionBytes) {
      onRefused("connection_bytes", connection);
      return refuse(connection, own, bytes, now, used, connectionBytes);
    }
    const { user } = own;
    const overloadWait = isOverloaded?.() ? talkers.take(user ?? own, now, bytes) : 0;
    if (overloadWait > 0) {
      onRefused("overload", connection);
      return overloadWait;
    }
    if (user) {
      const all = usedBy(user, now);
      if (all > 0 && all + bytes > userBytes) {
        onRefused("user_bytes", connection);
        return refuse(connection, own, bytes, now, all, userBytes);
      }
      user.window.add(bytes);
      exchange?.count(user.shared, now, bytes);
    }
    own.window.add(bytes);
    return 0;
  }

  return {
    follow(connection, userId) {
      const own = connections.get(connection) ?? {
        window: new RoughWindow(BYTES_WINDOW_MS),
        refused: new RoughWindow(BYTES_WINDOW_MS),
        user: undefined,
      };
      connections.set(connection, own);
      const takeFrom = (bytes: number) => take(connection, own, bytes);
      if (own.user || userId === undefined || userBytes === Number.POSITIVE_INFINITY) return takeFrom;
      const user = userOf(userId);
      own.user = user;
      user.connections++;
      connection.once("close", () => {
        if (--user.connections === 0) away.add(userId);
      });
      return takeFrom;
    },
    take(connection, bytes) {
      const own = connections.get(connection);
      return own ? take(connection, own, bytes) : 0;
    },
    get size() {
      return users.size;
    },
    sync: async () => exchange?.sync(),
    close() {
      clearInterval(sweeping);
      exchange?.close();
      users.clear();
      away.clear();
    },
  };
}
