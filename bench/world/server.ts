/**
 * The server process: `muster`, the application as it is served, with authentication, validation, limits and metrics; or `naive`, bare
 * Socket.IO that passes every movement on to everybody in the zone.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { type Running, startMuster } from "../support/muster.ts";
import { serve } from "../support/usage.ts";

async function startNaive(): Promise<Running> {
  const http = createServer();
  const io = new Server(http, { perMessageDeflate: false });
  io.on("connection", (socket) => {
    void socket.join("zone");
    socket.on("player_movement", (position: object) => {
      io.to("zone").emit("player_movement", { ...position, zone: "zone" });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await io.close();
    },
  };
}

const { BENCH_KIND, BENCH_SECRET = "", BENCH_TICK_MS, BENCH_REDIS } = process.env;
serve(
  await (BENCH_KIND === "naive"
    ? startNaive()
    : startMuster(
        { JWT_SECRET: BENCH_SECRET, ...(BENCH_REDIS && { REDIS_URL: BENCH_REDIS }) },
        { world: { tickMs: Number(BENCH_TICK_MS) } },
      )),
);
