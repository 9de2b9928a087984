/** Transport connections as they come and go, counted at the edges only. */
import type { Server } from "socket.io";
import type { Guard } from "../guarded.ts";

export interface ConnectionCounts {
  /** Since the start. */
  readonly opened: number;
  readonly closed: number;
  /** Turned away before a connection came about. */
  readonly refused: number;
  /** Open now and polling. */
  readonly polling: number;
  /** Begins to count; once the engine is there. */
  watch(): void;
}

interface EngineConnection {
  readonly transport: { readonly name: string };
  once(event: "close" | "upgrade", listener: () => void): void;
}

export function countConnections(io: Server, guard: Guard): ConnectionCounts {
  const counts = { opened: 0, closed: 0, refused: 0, polling: 0 };
  return {
    get opened() {
      return counts.opened;
    },
    get closed() {
      return counts.closed;
    },
    get refused() {
      return counts.refused;
    },
    get polling() {
      return counts.polling;
    },
    watch() {
      const onRefused = guard(() => {
        counts.refused++;
      });
      const onConnection = guard((connection: EngineConnection) => {
        counts.opened++;
        let polling = connection.transport.name === "polling";
        if (polling) counts.polling++;
        const noLonger = () => {
          if (polling) counts.polling--;
          polling = false;
        };
        if (polling) connection.once("upgrade", noLonger);
        connection.once("close", () => {
          noLonger();
          counts.closed++;
        });
      });
      io.engine.on("connection_error", onRefused).on("connection", onConnection);
    },
  };
}
