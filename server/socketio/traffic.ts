/** Bytes and messages over the port, counted where the cost is one addition. */
import type http from "node:http";
import type { Socket } from "node:net";
import type { Server } from "socket.io";
import type { Guard } from "../process/guarded.ts";
import { indifferentToMessages } from "./direct-messages.ts";

export interface Traffic {
  /** Counts the bytes of this server's connections. */
  watch(server: http.Server): void;
  bytes(): { readonly received: number; readonly sent: number };
  packetsSent(): number;
  packetsReceived(): number;
}

interface EngineConnection {
  on(event: "packetCreate" | "packet", listener: () => void): void;
}

/** Packets that Engine.IO does not tell of. */
export interface PacketsPastEngine {
  /** In joined writes. */
  sentPast(): number;
  /** As direct messages. */
  receivedPast(): number;
}

export function countTraffic(io: Server, past: PacketsPastEngine, guard: Guard): Traffic {
  const open = new Set<Socket>();
  let received = 0;
  let sent = 0;
  let packetsSent = 0;
  let packetsReceived = 0;
  const onCreate = () => {
    packetsSent++;
  };
  const onPacket = indifferentToMessages(() => {
    packetsReceived++;
  });
  return {
    watch(server) {
      const onConnection = guard((connection: EngineConnection) => {
        connection.on("packetCreate", onCreate);
        connection.on("packet", onPacket);
      });
      const onSocket = guard((socket: Socket) => {
        open.add(socket);
        socket.once("close", () => {
          open.delete(socket);
          received += socket.bytesRead;
          sent += socket.bytesWritten;
        });
      });
      io.engine.on("connection", onConnection);
      server.on("connection", onSocket);
    },
    bytes() {
      const total = { received, sent };
      for (const socket of open) {
        total.received += socket.bytesRead;
        total.sent += socket.bytesWritten;
      }
      return total;
    },
    packetsSent: () => packetsSent + past.sentPast(),
    packetsReceived: () => packetsReceived + past.receivedPast(),
  };
}
