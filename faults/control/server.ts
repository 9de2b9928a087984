/** The control: rooms over Socket.IO and its Redis adapter, and nothing else. What the checker finds here shows that it can see. */
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const publisher = createClient({ url: process.env.REDIS_URL ?? "" });
const subscriber = publisher.duplicate();
for (const client of [publisher, subscriber]) client.on("error", () => undefined);
await Promise.all([publisher.connect(), subscriber.connect()]);

const server = createServer();
const io = new Server(server, { adapter: createAdapter(publisher, subscriber) });
io.on("connection", (socket) => {
  const room = String(socket.handshake.auth.room);
  void socket.join(room);
  socket.on("say", (id: unknown, acknowledge: unknown) => {
    io.to(room).emit("message", id);
    if (typeof acknowledge === "function") acknowledge();
  });
});
server.listen(Number(process.env.WEBSOCKET_PORT), "127.0.0.1", () => process.send?.("ready"));
