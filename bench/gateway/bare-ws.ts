/** The least that a server of the Go relay's frames can be: `ws`, a set of sockets per room, no tokens, no checks, no store. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Running } from "../support/muster.ts";

interface Frame {
  readonly type: string;
  readonly id: number;
  readonly room?: string;
  readonly data?: unknown;
}

/** @param once the text of a message is made once, not for each recipient */
export async function startBareWs({ once: buildOnce }: { readonly once: boolean }): Promise<Running> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  const rooms = new Map<string, Set<WebSocket>>();
  server.on("connection", (ws) => {
    const client_id = randomUUID();
    ws.send(JSON.stringify({ type: "connected", data: { client_id }, timestamp: Date.now() }));
    ws.on("message", (bytes) => {
      const { type, id, room = "", data } = JSON.parse(String(bytes)) as Frame;
      if (type === "subscribe") {
        const members = rooms.get(room) ?? new Set();
        rooms.set(room, members.add(ws));
      } else {
        const message = { type: "message", room, data, client_id, timestamp: Date.now() };
        const text = JSON.stringify(message);
        const recipients = type === "broadcast" ? server.clients : (rooms.get(room) ?? []);
        for (const recipient of recipients) recipient.send(buildOnce ? text : JSON.stringify(message));
      }
      ws.send(JSON.stringify({ type: "ack", id, ok: true }));
    });
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const ws of server.clients) ws.terminate();
      server.close();
    },
  };
}
