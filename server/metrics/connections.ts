/** Transport connections as they come and go, counted at the edges only. */
import type { IncomingMessage } from "node:http";
import type { Server } from "socket.io";
import type { Guard } from "../process/guarded.ts";

export interface ConnectionCounts {
  /** Since the start. */
  readonly opened: number;
  readonly closed: number;
  /** Open now and polling. */
  readonly polling: number;
  /** Begins to count; once the engine is there. */
  watch(): void;
}

/** As Engine.IO tells of it. */
export interface EngineRefusal {
  readonly req: IncomingMessage | undefined;
  readonly code: number;
  readonly message: string;
}

interface EngineConnection {
  readonly transport: { readonly name: string };
  once(event: "close" | "upgrade", listener: () => void): void;
}

/** @param refused told of what Engine.IO turns away before a connection comes about */
export function countConnections(
  io: Server,
  guard: Guard,
  refused: (err: EngineRefusal) => void,
): ConnectionCounts {
  const counts = { opened: 0, closed: 0, polling: 0 };
  return {
    get opened() {
      return counts.opened;
    },
    get closed() {
      return counts.closed;
    },
    get polling() {
      return counts.polling;
    },
    watch() {
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
      io.engine.on("connection_error", guard(refused)).on("connection", onConnection);
    },
  };
}
