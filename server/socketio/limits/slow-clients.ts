/**
 * Clients that do not keep up: nothing else bounds what waits for them (a client that never reads, in a room with 10,000 messages a
 * second, cost 553 MB in 48 s; with this sweep 77 MB). First volatile events pass them by, then they are cut, for the bytes that
 * wait or for the time that they have waited.
 */
import type { Server } from "socket.io";
import type { UserId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { rooms } from "../../../core/rooms.ts";
import type { SessionRegistry } from "../../sessions/registry.ts";
import type { Engine, Unsent } from "./unsent.ts";

/** A client is slow with this many packets queued, and cut with this many bytes waiting. */
const SLOW_PACKETS = 16;
const MAX_BYTES = 1_000_000;
/** The same where fewer packets are queued: a few large answers take their time on a slow network. */
const SLOW_BYTES = 1_000_000;
const MAX_BYTES_OF_FEW = 4_000_000;
const SWEEP_MS = 100;

/** Something waits for a client. */
interface Waiting {
  readonly since: number;
  /** What the client's progress must be by the end of its time. */
  readonly goal: number;
}

export interface SlowClientSweep {
  /** From here on connections are looked at; after the server is attached to its port. */
  watch(): void;
  /** Something was written to a connection, past Engine.IO's own events: it is looked at until nothing waits for it. */
  readonly wrote: (connection: object) => void;
  /** Connections cut since the start. */
  readonly cut: number;
  /** Cuts one that is too slow for others to wait for it. */
  end(connection: Engine): void;
  /** Bytes sent to a connection that the network has not taken; undefined where it has ended. */
  unsentBytes(connection: Engine): number | undefined;
  /** Bytes that wait for clients, of one user at most `mostOfOne`: nobody makes it large alone. Guests together count as one user. */
  unsentInAll(mostOfOne: number): number;
  /** Connections that do not keep up now. */
  readonly slow: number;
  close(): void;
}

export interface SlowClientOptions {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly unsent: Unsent;
  readonly log: Log;
  /** How long a client may take to read what was sent to it. */
  readonly writeWaitMs: number;
  /** Bounds leave room for two messages of this size, where that is more. */
  readonly maxMessageBytes: number;
}

export function createSlowClientSweep(options: SlowClientOptions): SlowClientSweep {
  const { io, registry, unsent, log, writeWaitMs, maxMessageBytes } = options;
  const maxBytes = Math.max(MAX_BYTES, 2 * maxMessageBytes);
  const maxBytesOfFew = Math.max(MAX_BYTES_OF_FEW, 2 * maxMessageBytes);
  const connections = new Set<object>();
  /** Written to since the last look. */
  let written = new Set<Engine>();
  /** Those for which something waits: an idle connection costs nothing. */
  const unread = new Set<Engine>();
  const slow = new Set<Engine>();
  const waiting = new Map<Engine, Waiting>();
  let cut = 0;

  const isSlow = ({ writeBuffer }: Engine, bytes: number): boolean =>
    writeBuffer.length >= SLOW_PACKETS || bytes >= SLOW_BYTES;

  /** One packet alone is never too much: it is what the application sends. */
  const isTooMuch = ({ writeBuffer: { length } }: Engine, bytes: number): boolean =>
    bytes >= (length >= SLOW_PACKETS ? maxBytes : maxBytesOfFew) && length > 1;

  function mark(connection: Engine): void {
    slow.add(connection);
    for (const session of registry.onTransport(connection)) session.join(rooms.slow());
  }

  function unmark(connection: Engine): void {
    slow.delete(connection);
    for (const session of registry.onTransport(connection)) session.leave(rooms.slow());
  }

  /** Whether the client has not read, in its time, what waited for it then. */
  function isLate(connection: Engine, bytes: number, now: number): boolean {
    const { read, whenAll } = unsent.progress(connection, bytes);
    const before = waiting.get(connection);
    if (before && read < before.goal) return now - before.since > writeWaitMs;
    waiting.set(connection, { since: now, goal: whenAll });
    return false;
  }

  /** @returns whether something waits for the client */
  function look(connection: Engine, now: number): boolean {
    const bytes = unsent.bytes(connection);
    if (bytes === 0) {
      waiting.delete(connection);
      return false;
    }
    if (isSlow(connection, bytes)) mark(connection);
    if (isTooMuch(connection, bytes)) end(connection, bytes, "bytes");
    else if (isLate(connection, bytes, now)) end(connection, bytes, "write_wait");
    return true;
  }

  const sweep = () => {
    const now = performance.now();
    for (const connection of slow) if (!isSlow(connection, unsent.bytes(connection))) unmark(connection);
    for (const connection of unread) if (!look(connection, now)) unread.delete(connection);
    if (written.size === 0) return;
    const latest = written;
    written = new Set();
    for (const connection of latest) {
      look(connection, now);
      // What was handed over may be written at the end of this turn only: it is looked at once more.
      if (connections.has(connection)) unread.add(connection);
    }
  };

  const isWatched = (connection: object): connection is Engine => connections.has(connection);

  function wrote(connection: object): void {
    if (isWatched(connection)) written.add(connection);
  }

  /** One function for all connections, called with the connection as `this`. */
  function onPacket(this: Engine): void {
    wrote(this);
  }

  function end(connection: Engine, bytes: number, reason: "bytes" | "write_wait" | "readers"): void {
    cut++;
    log.warn({ unsentBytes: bytes, reason }, "a client that does not read was cut");
    // Once, also where its transport takes its time to close.
    forget(connection);
    connection.close(true);
    unsent.release(connection);
  }

  /** It may keep what was queued for it: nobody will write that any more. */
  function forget(connection: Engine): void {
    connections.delete(connection);
    written.delete(connection);
    unread.delete(connection);
    waiting.delete(connection);
    if (slow.has(connection)) unmark(connection);
  }

  const interval = setInterval(sweep, SWEEP_MS);
  return {
    watch() {
      io.engine.on("connection", (connection: Engine) => {
        connections.add(connection);
        connection.on("packetCreate", onPacket);
        connection.once("close", () => forget(connection));
      });
    },
    wrote,
    get cut() {
      return cut;
    },
    end: (connection) => end(connection, unsent.bytes(connection), "readers"),
    unsentBytes: (connection) => (connection.readyState === "open" ? unsent.bytes(connection) : undefined),
    unsentInAll(mostOfOne) {
      const byUser = new Map<UserId | undefined, number>();
      for (const connection of unread) {
        const [session] = registry.onTransport(connection);
        const user = session?.identity.anonymous === false ? session.identity.userId : undefined;
        byUser.set(user, Math.min(mostOfOne, (byUser.get(user) ?? 0) + unsent.bytes(connection)));
      }
      return [...byUser.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
    get slow() {
      return slow.size;
    },
    close: () => clearInterval(interval),
  };
}
