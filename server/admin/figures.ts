/** What the dashboard's diagrams show, read from counters that are there anyway: nothing is counted for it per packet. */
import type { ConnectionCounts } from "../metrics/connections.ts";
import type { Traffic } from "../socketio/traffic.ts";

/** In the Admin UI's form. */
export interface AggregatedEvent {
  /** Milliseconds since the epoch, of the second. */
  readonly timestamp: number;
  readonly type: string;
  readonly count: number;
}

export interface Figures {
  /** What has happened since it was asked last. */
  take(now: number): AggregatedEvent[];
}

export function createFigures(traffic: Traffic, connections: ConnectionCounts): Figures {
  const read = () => {
    const bytes = traffic.bytes();
    return new Map([
      ["rawConnection", connections.opened],
      ["rawDisconnection", connections.closed],
      ["packetsIn", traffic.packetsReceived()],
      ["packetsOut", traffic.packetsSent()],
      ["bytesIn", bytes.received],
      ["bytesOut", bytes.sent],
    ]);
  };
  let last = read();
  return {
    take(now) {
      const current = read();
      const timestamp = Math.floor(now / 1_000) * 1_000;
      const events = [...current].flatMap(([type, total]) => {
        const count = total - (last.get(type) ?? 0);
        return count > 0 ? [{ timestamp, type, count }] : [];
      });
      last = current;
      return events;
    },
  };
}
