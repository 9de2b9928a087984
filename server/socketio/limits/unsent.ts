/**
 * What waits for a client to read it, in one place: packets that are queued (broadcasts and acknowledgements alike), those that are held
 * until its namespace is set up, what a WebSocket was handed (pongs too) and the network has not taken, and the answer of a poll that
 * is not read.
 */
import { queuedPastStream } from "../direct-writes.ts";
import { networkOf } from "./guarded-websocket.ts";
import type { PolledAnswers } from "./polling.ts";

interface QueuedPacket {
  readonly data?: unknown;
}

/** A WebSocket. */
interface HandedOver {
  readonly bufferedAmount: number;
}

/** Engine.IO's connection, or one of the gateway's. */
export interface Engine {
  readonly readyState: string;
  readonly writeBuffer: readonly QueuedPacket[];
  readonly transport: { readonly name?: string; readonly socket?: HandedOver };
  readonly ws?: HandedOver;
  on(event: "packetCreate", listener: (this: Engine) => void): unknown;
  once(event: "close", listener: () => void): unknown;
  close(discard?: boolean): void;
}

export interface Unsent {
  /** Bytes that wait for the client. */
  bytes(connection: Engine): number;
  /** A count that rises as the client reads, and what it will be when all that waits now is read. */
  progress(connection: Engine, waiting: number): { readonly read: number; readonly whenAll: number };
  /** Gives back what a connection that was ended may still hold. */
  release(connection: Engine): void;
}

/** No character takes more in UTF-8. */
const MOST_BYTES_A_UNIT = 3;
/** Where a queue has fewer, a rough count is good enough. */
const EXACT_FROM = 256 * 1_024;

function queuedBytes({ writeBuffer }: Engine): number {
  let rough = 0;
  for (const { data } of writeBuffer)
    if (typeof data === "string" || data instanceof Uint8Array) rough += data.length;
  if (rough * MOST_BYTES_A_UNIT < EXACT_FROM) return rough;
  let bytes = 0;
  for (const { data } of writeBuffer)
    if (typeof data === "string" || data instanceof Uint8Array) bytes += Buffer.byteLength(data);
  return bytes;
}

/** What a WebSocket was handed and the network has not taken, past its stream too. */
function unsentOf(ws: HandedOver): number {
  const network = networkOf(ws);
  return ws.bufferedAmount + (network ? queuedPastStream(network) : 0);
}

const webSocketOf = (connection: Engine): HandedOver | undefined =>
  connection.ws ?? connection.transport.socket;

/** @param held bytes of packets that a connection will be sent as soon as its namespace is set up */
export function createUnsent(held: (connection: Engine) => number, polled: PolledAnswers): Unsent {
  return {
    bytes(connection) {
      const ws = webSocketOf(connection);
      const handedOver = ws ? unsentOf(ws) : polled.unread(connection);
      const queued = connection.writeBuffer.length === 0 ? 0 : queuedBytes(connection);
      return queued + handedOver + held(connection);
    },
    progress(connection, waiting) {
      const ws = webSocketOf(connection);
      const network = ws && networkOf(ws);
      if (network) {
        const read = network.bytesWritten - network.writableLength - queuedPastStream(network);
        return { read, whenAll: read + waiting };
      }
      // In answers: the one that is being read, and the next.
      const read = polled.readBy(connection);
      const answers = Number(polled.unread(connection) > 0) + Number(connection.writeBuffer.length > 0);
      return { read, whenAll: read + Math.max(1, answers) };
    },
    release(connection) {
      polled.drop(connection);
      const ws = webSocketOf(connection);
      // Behind what it does not read no goodbye reaches it.
      if (ws && unsentOf(ws) > 0) networkOf(ws)?.destroy();
    },
  };
}
