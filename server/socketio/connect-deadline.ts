/**
 * Ends connections that have joined no namespace in time. Socket.IO's own time limit closes in order: a polling client that has gone away
 * would keep its place for half a minute more, and one that was refused until the next ping.
 */
import type { Namespace, Server } from "socket.io";

interface EngineConnection {
  once(event: "close", listener: () => void): void;
  close(discard: boolean): void;
}

export interface ConnectDeadline {
  /** From here on connections have this limit; after the server is attached to its port. */
  watch(): void;
}

export function createConnectDeadline(io: Server, limitMs: number): ConnectDeadline {
  const joined = new WeakSet<object>();
  const note = (nsp: Namespace) => nsp.on("connection", ({ conn }) => void joined.add(conn));
  note(io.sockets);
  io.on("new_namespace", note);
  return {
    watch() {
      io.engine.on("connection", (connection: EngineConnection) => {
        const timer = setTimeout(() => {
          // What is queued for it is no reason to wait: it may never be fetched.
          if (!joined.has(connection)) connection.close(true);
        }, limitMs);
        connection.once("close", () => clearTimeout(timer));
      });
    },
  };
}
