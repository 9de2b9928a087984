/**
 * The server process: `muster`, the application as it is served, with authentication, validation, limits and metrics; or `naive`, bare
 * Socket.IO that passes every movement on to everybody in the zone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "socket.io";
import type { Log } from "../../core/ports/log.ts";
import { createApp } from "../../server/app.ts";
import { loadConfig } from "../../server/config/index.ts";
import type { ServerReply, ServerRequest } from "./messages.ts";

/** The parent knows it too, and makes the players' tokens with it. */
const SECRET = process.env.BENCH_SECRET ?? "";

const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
};

interface Running {
  readonly url: string;
  close(): Promise<void>;
}

async function startMuster(): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "muster-bench-world-"));
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WEBSOCKET_HOST: "127.0.0.1",
      WEBSOCKET_PORT: "0",
      DATA_DIR: join(folder, "data"),
      AUTH_MODE: "jwt",
      JWT_SECRET: SECRET,
      WEBSOCKET_LIMITS_MAX_CONNECTIONS: "10000",
    },
  });
  const tickMs = Number(process.env.BENCH_TICK_MS);
  const app = await createApp(config, { log, world: { tickMs } });
  const { url } = await app.listen();
  return {
    url,
    async close() {
      await app.close({ skip: AbortSignal.abort() });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

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

const reply = (message: ServerReply) => process.send?.(message);

const running = await (process.env.BENCH_KIND === "naive" ? startNaive() : startMuster());
process.on("message", ({ ask }: ServerRequest) => {
  if (ask === "stop") void running.close().finally(() => process.exit(0));
  else {
    const { user, system } = process.cpuUsage();
    reply({ cpuMicros: user + system, atMs: performance.now() });
  }
});
// A parent that is gone leaves nothing behind.
process.on("disconnect", () => process.exit(1));
reply({ ready: { url: running.url } });
