/**
 * Clients that do not keep up: what is queued for them grows in `writeBuffer`, which nothing bounds (a client that never reads, in a
 * room with 10,000 messages a second, cost 553 MB in 48 s; with this sweep 77 MB). First volatile events pass them by, then they
 * are cut.
 */
import type { Server } from "socket.io";
import type { Log } from "../../core/ports/log.ts";
import { rooms } from "../../core/rooms.ts";
import type { SessionRegistry } from "../sessions/registry.ts";

/** A client is slow with this many packets queued, and cut with this many bytes in them. */
const SLOW_PACKETS = 16;
const MAX_QUEUED_BYTES = 1_000_000;
/** The same where fewer packets are queued: a few large answers take their time on a slow network. */
const SLOW_BYTES = 1_000_000;
const MAX_BYTES_OF_FEW = 4_000_000;
const SWEEP_MS = 100;

interface QueuedPacket {
  readonly data?: unknown;
}

interface EngineConnection {
  readonly id: string;
  readonly writeBuffer: readonly QueuedPacket[];
  close(discard?: boolean): void;
}

function queuedBytes(connection: EngineConnection): number {
  let total = 0;
  for (const { data } of connection.writeBuffer)
    if (typeof data === "string" || data instanceof Uint8Array) total += data.length;
  return total;
}

const isSlow = ({ writeBuffer }: EngineConnection, queued: number): boolean =>
  writeBuffer.length >= SLOW_PACKETS || queued >= SLOW_BYTES;

/** One packet alone is never too much: it is what the application sends. */
const isTooMuch = ({ writeBuffer: { length } }: EngineConnection, queued: number): boolean =>
  queued >= (length >= SLOW_PACKETS ? MAX_QUEUED_BYTES : MAX_BYTES_OF_FEW) && length > 1;

/** What has been handed over to a WebSocket and is not on its way yet: not in the queue any more. */
interface HandedOver {
  readonly bufferedAmount: number;
}

/** Bytes sent to a connection that the network has not taken; undefined where it has ended. */
export function unsentBytes(connection: Engine): number | undefined {
  if (connection.readyState !== "open") return undefined;
  const socket = connection.ws ?? connection.transport.socket;
  return queuedBytes(connection) + (socket?.bufferedAmount ?? 0);
}

/** Engine.IO's connection, or one of the gateway's. */
export interface Engine extends EngineConnection {
  readonly readyState: string;
  readonly transport: { readonly socket?: HandedOver };
  readonly ws?: HandedOver;
}

export interface SlowClientSweep {
  /** Connections cut since the start. */
  readonly cut: number;
  /** Cuts one that is too slow for others to wait for it. */
  end(connection: EngineConnection): void;
  /** Connections that do not keep up now. */
  readonly slow: number;
  close(): void;
}

export function createSlowClientSweep(io: Server, registry: SessionRegistry, log: Log): SlowClientSweep {
  const slow = new Set<EngineConnection>();
  let cut = 0;

  function mark(connection: EngineConnection): void {
    slow.add(connection);
    for (const session of registry.onTransport(connection)) session.join(rooms.slow());
  }

  function unmark(connection: EngineConnection): void {
    slow.delete(connection);
    for (const session of registry.onTransport(connection)) session.leave(rooms.slow());
  }

  const sweep = () => {
    const clients = engineClients(io);
    // One that has ended may keep what was queued for it: nobody will write that any more.
    for (const connection of slow)
      if (clients[connection.id] !== connection || !isSlow(connection, queuedBytes(connection)))
        unmark(connection);
    for (const id in clients) {
      const connection = clients[id];
      if (!connection || connection.writeBuffer.length === 0) continue;
      const queued = queuedBytes(connection);
      if (!isSlow(connection, queued)) continue;
      mark(connection);
      if (isTooMuch(connection, queued)) end(connection, queued);
    }
  };

  function end(connection: EngineConnection, queued: number): void {
    cut++;
    log.warn({ queuedBytes: queued }, "a client that does not read was cut");
    unmark(connection);
    connection.close(true);
  }
  const interval = setInterval(sweep, SWEEP_MS);
  return {
    get cut() {
      return cut;
    },
    end: (connection) => end(connection, queuedBytes(connection)),
    get slow() {
      return slow.size;
    },
    close: () => clearInterval(interval),
  };
}

/** Engine.IO's connections by id: public in its code, private in its types. None before the server has a port. */
function engineClients(io: Server): Readonly<Record<string, EngineConnection>> {
  const engine: object | undefined = io.engine;
  return engine && "clients" in engine ? (engine.clients as Record<string, EngineConnection>) : {};
}
