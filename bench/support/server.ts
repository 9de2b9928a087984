/** The server process: bare Socket.IO as a beginner writes it, or the application with everything on. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { Type } from "typebox";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { startBareWs } from "../gateway/bare-ws.ts";
import { type Running, startMuster } from "./muster.ts";
import { serve } from "./usage.ts";

/** High enough that no benchmark meets it, and counted all the same. */
const MANY = "1000000/100ms";

/** A command that does nothing but answer. */
const echo = defineEvent({ namespace: "/", name: "echo", schema: Type.Object({}), handle: () => ({}) });

type Answer = (ack: object) => void;

async function startBare(): Promise<Running> {
  const http = createServer();
  const io = new Server(http, { perMessageDeflate: false });
  for (const namespace of NAMESPACES) io.of(namespace);
  io.on("connection", (socket) => {
    socket.on("subscribe", ({ room }: { room: string }, answer: Answer) => {
      void socket.join(room);
      answer({ ok: true });
    });
    socket.on("echo", (_: object, answer: Answer) => answer({ ok: true }));
    socket.on("ping", (_: object, answer: Answer) => {
      socket.emit("pong", { timestamp: Date.now() });
      answer({ ok: true });
    });
    socket.on("publish", ({ room, data }: { room: string; data: unknown }, answer: Answer) => {
      io.to(room).emit("message", { timestamp: Date.now(), room, data, client_id: socket.id });
      answer({ ok: true });
    });
    socket.on("broadcast", ({ data }: { data: unknown }, answer: Answer) => {
      io.emit("message", { timestamp: Date.now(), data, client_id: socket.id });
      answer({ ok: true });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: async () => void (await io.close()) };
}

const { BENCH_KIND, BENCH_SECRET = "", BENCH_REDIS, BENCH_FAST } = process.env;
const { BENCH_PREFIX, BENCH_CONFIRM = "0" } = process.env;
const { BENCH_ADMIN_USER: admin, BENCH_ADMIN_PASSWORD: password } = process.env;
serve(
  await (BENCH_KIND === "bare"
    ? startBare()
    : BENCH_KIND === "ws-once" || BENCH_KIND === "ws-each"
      ? startBareWs({ once: BENCH_KIND === "ws-once" })
      : startMuster(
          {
            JWT_SECRET: BENCH_SECRET,
            RATE_LIMITS_CONNECTION: MANY,
            RATE_LIMITS_USER: MANY,
            RATE_LIMITS_CONNECTION_BYTES: "0",
            RATE_LIMITS_USER_BYTES: "0",
            RATE_LIMITS_EVENTS: `ping=${MANY},echo=${MANY},publish=${MANY},broadcast=${MANY},chat_message=${MANY}`,
            ...(BENCH_REDIS ? { REDIS_URL: BENCH_REDIS } : {}),
            ...(BENCH_PREFIX ? { REDIS_PREFIX: BENCH_PREFIX } : {}),
            REDIS_REPLICAS_CONFIRM: BENCH_CONFIRM,
            ...(BENCH_FAST ? { FAST_BROADCAST: BENCH_FAST } : {}),
            ...(admin && password ? { ADMIN_USERNAME: admin, ADMIN_PASSWORD: password } : {}),
          },
          { events: [echo] },
        )),
);
