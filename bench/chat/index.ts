/**
 * Chat messages that are on disk when they are acknowledged, delivered to every member of a channel, beside a bare Socket.IO relay
 * that stores nothing, knows nobody and checks nothing. Server and load are processes of their own; the CPU is the server's.
 */
import { randomBytes } from "node:crypto";
import { heard, start, stop } from "../support/processes.ts";
import type { ServerReply, ServerRequest } from "../support/usage.ts";
import type { ChatLoad, ChatLoadReply, Delivered } from "./messages.ts";

export interface ChatBenchOptions {
  /** Bare Socket.IO, or the application. */
  readonly kind: ChatLoad["kind"];
  /** Left out: the embedded store. */
  readonly redisUrl?: string;
  readonly members: number;
  readonly measureMs: number;
}

export interface ChatBenchRow extends Delivered {
  /** Seconds of CPU that the server used while it was measured. */
  readonly cpu: number;
}

const SENDERS = 8;
const OUTSTANDING = 2;
const WARM_UP_MS = 1_000;
const TIMEOUT_MS = 60_000;

/** @throws Error where a process fails or takes too long */
export async function benchChat({
  kind,
  redisUrl,
  members,
  measureMs,
}: ChatBenchOptions): Promise<ChatBenchRow> {
  const secret = randomBytes(32).toString("hex");
  const server = start(new URL("../support/server.ts", import.meta.url), "server", {
    BENCH_KIND: kind === "muster" ? "muster" : "bare",
    BENCH_SECRET: secret,
    ...(redisUrl === undefined ? {} : { BENCH_REDIS: redisUrl }),
  });
  const usage = () => {
    const request: ServerRequest = { ask: "usage" };
    const answer = heard(server, TIMEOUT_MS, (reply: ServerReply) =>
      "usage" in reply ? reply.usage : undefined,
    );
    server.send(request);
    return answer;
  };
  try {
    const { ready } = await heard(server, TIMEOUT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    const options: ChatLoad = {
      kind,
      url: ready.url,
      members,
      senders: Math.min(SENDERS, members),
      outstanding: OUTSTANDING,
      warmUpMs: WARM_UP_MS,
      measureMs,
    };
    const load = start(new URL("./load.ts", import.meta.url), "load", {
      BENCH_LOAD: JSON.stringify(options),
      ...(kind === "muster" ? { BENCH_SECRET: secret } : {}),
    });
    try {
      await heard(load, TIMEOUT_MS, (reply: ChatLoadReply) => ("phase" in reply ? reply : undefined));
      const before = await usage();
      const { delivered } = await heard(load, TIMEOUT_MS, (reply: ChatLoadReply) =>
        "delivered" in reply ? reply : undefined,
      );
      const after = await usage();
      return { ...delivered, cpu: (after.cpuMicros - before.cpuMicros) / 1e6 };
    } finally {
      await stop(load);
    }
  } finally {
    await stop(server);
  }
}
