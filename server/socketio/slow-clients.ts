/**
 * Cuts clients that do not read: what is queued for them grows in `writeBuffer`, which nothing bounds (FAULTS, row 9: 553 MB in
 * 48 s; with this sweep 77 MB).
 */
import type { Server } from "socket.io";
import type { Log } from "../../core/ports/log.ts";

/** Bytes queued for one connection before it is cut. */
const MAX_QUEUED_BYTES = 1_000_000;
/** Below this many queued packets nothing is added up. */
const LOOK_AT_PACKETS = 16;
const SWEEP_MS = 100;

interface QueuedPacket {
  readonly data?: unknown;
}

interface EngineConnection {
  readonly writeBuffer: readonly QueuedPacket[];
  close(discard?: boolean): void;
}

function queuedBytes(connection: EngineConnection): number {
  let total = 0;
  for (const { data } of connection.writeBuffer)
    if (typeof data === "string" || data instanceof Uint8Array) total += data.length;
  return total;
}

export interface SlowClientSweep {
  /** Connections cut since the start. */
  readonly cut: number;
  close(): void;
}

export function createSlowClientSweep(io: Server, log: Log): SlowClientSweep {
  let cut = 0;
  const sweep = () => {
    const clients: Readonly<Record<string, EngineConnection>> = engineClients(io);
    for (const id in clients) {
      const connection = clients[id];
      if (!connection || connection.writeBuffer.length < LOOK_AT_PACKETS) continue;
      const queued = queuedBytes(connection);
      if (queued < MAX_QUEUED_BYTES) continue;
      cut++;
      log.warn({ queuedBytes: queued }, "a client that does not read was cut");
      connection.close(true);
    }
  };
  const interval = setInterval(sweep, SWEEP_MS);
  return {
    get cut() {
      return cut;
    },
    close: () => clearInterval(interval),
  };
}

/** Engine.IO's connections by id: public in its code, private in its types. */
function engineClients(io: Server): Readonly<Record<string, EngineConnection>> {
  const engine: object = io.engine;
  return "clients" in engine ? (engine.clients as Record<string, EngineConnection>) : {};
}
