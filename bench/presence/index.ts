/**
 * What one user's change of presence costs the server, with more and more users there: their status, and their coming and going (the
 * connection itself included). Ten watch those who change. Server and load are processes of their own; the CPU is the server's.
 */
import { randomBytes } from "node:crypto";
import { heard, start, stop } from "../support/processes.ts";
import type { ServerReply, ServerRequest } from "../support/usage.ts";
import type { Changed, PresenceLoad, PresenceLoadReply } from "./messages.ts";

export interface PresenceBenchRow extends Changed {
  readonly kind: "status" | "churn";
  readonly users: number;
  /** Microseconds of the server's CPU. */
  readonly microsPerChange: number;
}

const WATCHERS = 10;
const WARM_UP_MS = 1_000;
const TIMEOUT_MS = 60_000;

/** @throws Error where a process fails or takes too long */
export async function benchPresence(users: number, measureMs: number): Promise<PresenceBenchRow[]> {
  const secret = randomBytes(32).toString("hex");
  const server = start(new URL("./server.ts", import.meta.url), "server", { BENCH_SECRET: secret });
  const cpuMicros = async () => {
    const request: ServerRequest = { ask: "usage" };
    const answer = heard(server, TIMEOUT_MS, (reply: ServerReply) =>
      "usage" in reply ? reply.usage : undefined,
    );
    server.send(request);
    return (await answer).cpuMicros;
  };
  try {
    const { ready } = await heard(server, TIMEOUT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    const options: PresenceLoad = {
      url: ready.url,
      users,
      watchers: WATCHERS,
      warmUpMs: WARM_UP_MS,
      measureMs,
    };
    const load = start(new URL("./load.ts", import.meta.url), "load", {
      BENCH_LOAD: JSON.stringify(options),
      BENCH_SECRET: secret,
    });
    try {
      const rows: PresenceBenchRow[] = [];
      for (const kind of ["status", "churn"] as const) {
        await heard(load, TIMEOUT_MS, (reply: PresenceLoadReply) =>
          "begins" in reply && reply.begins === kind ? reply : undefined,
        );
        const before = await cpuMicros();
        const { ended } = await heard(load, TIMEOUT_MS, (reply: PresenceLoadReply) =>
          "ended" in reply ? reply : undefined,
        );
        const spent = (await cpuMicros()) - before;
        rows.push({ ...ended, kind, users, microsPerChange: spent / Math.max(1, ended.changes) });
      }
      return rows;
    } finally {
      await stop(load);
    }
  } finally {
    await stop(server);
  }
}
