/** The part of a server process that answers the benchmark: what it has used, and when to stop. */
import type { Running } from "./muster.ts";
import type { Stalls } from "./stalls.ts";

export interface ServerRequest {
  readonly ask: "usage" | "settled-usage" | "stop";
}

export interface Usage {
  /** CPU used so far, in microseconds, and the time it was read, in milliseconds. */
  readonly cpuMicros: number;
  readonly atMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Where they are watched; the longest one since it was last asked. */
  readonly stalls?: Stalls;
}

export type ServerReply = { readonly ready: { readonly url: string } } | { readonly usage: Usage };

/** Serves until the parent says stop, or is gone. */
export function serve(running: Running, stalls?: () => Stalls): void {
  const reply = (message: ServerReply) => process.send?.(message);
  process.on("message", ({ ask }: ServerRequest) => {
    if (ask === "stop") return void running.close().finally(() => process.exit(0));
    // Memory is read after a collection, or what is waiting for one would count.
    if (ask === "settled-usage") for (let i = 0; i < 3; i++) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    reply({
      usage: {
        ...{ cpuMicros: user + system, atMs: performance.now(), rssBytes: rss, heapBytes: heapUsed },
        ...(stalls !== undefined && { stalls: stalls() }),
      },
    });
  });
  process.on("disconnect", () => process.exit(1));
  reply({ ready: { url: running.url } });
}
