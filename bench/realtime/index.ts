/** One number of players on one server: how old their frames are, what the server spends on it, and how much each player is sent. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { heard, start, stop } from "../support/processes.ts";
import type { Stalls } from "../support/stalls.ts";
import type { ServerReply, ServerRequest, Usage } from "../support/usage.ts";
import type {
  FrameDelivery,
  PlayerOptions,
  RealtimeLoadOptions,
  RealtimeLoadReply,
  Scene,
} from "./messages.ts";

export interface RealtimeBenchRow extends FrameDelivery {
  /** Seconds of CPU that the server used per second. */
  readonly serverCpu: number;
  /** Steps that began more than half a step late, and those that were left out; not known of a peer. */
  readonly lateSteps: number | undefined;
  /** While it was measured; not known of a peer. */
  readonly stalls: Stalls | undefined;
}

export interface RealtimeMeasurement extends PlayerOptions {
  readonly scene: Scene;
  readonly players: number;
  readonly measureMs: number;
  /** The folder of Colyseus, to measure that one. */
  readonly peer?: string | undefined;
}

/** Until what is called often is compiled, which takes its time on a busy core. */
const WARM_UP_MS = 6_000;
/** Beside the measurement itself. */
const ROW_LIMIT_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** @returns undefined where the server does not say */
async function lateStepsOf(url: string, peer: string | undefined): Promise<number | undefined> {
  if (peer !== undefined) return undefined;
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ROW_LIMIT_MS) });
  const text = await answer.text();
  const counts = ["late", "skipped"].map((name) =>
    new RegExp(`^muster_realtime_${name}_steps_total(?:\\{[^}]*\\})? (\\d+)`, "m").exec(text),
  );
  return counts.every((count) => count !== null)
    ? counts.reduce((sum, count) => sum + Number(count?.[1]), 0)
    : undefined;
}

/** @throws Error where a process fails or takes too long */
export async function measureRealtime(measurement: RealtimeMeasurement): Promise<RealtimeBenchRow> {
  const { peer, measureMs, ...players } = measurement;
  const secret = randomBytes(32).toString("hex");
  const source =
    peer === undefined
      ? new URL("./server.ts", import.meta.url)
      : pathToFileURL(path.join(peer, "server.mjs"));
  const server = start(source, "server", {
    BENCH_SECRET: secret,
    BENCH_PORT: String(await freePort()),
  });
  let load: ChildProcess | undefined;
  try {
    const { ready } = await heard(server, ROW_LIMIT_MS, (reply: ServerReply) =>
      "ready" in reply ? reply : undefined,
    );
    const options: RealtimeLoadOptions = {
      ...players,
      url: ready.url,
      ...(peer !== undefined && { peer }),
      ...{ measureMs, warmUpMs: WARM_UP_MS },
    };
    load = start(new URL("./load.ts", import.meta.url), "load", {
      BENCH_SECRET: secret,
      BENCH_LOAD: JSON.stringify(options),
    });
    await heard(load, ROW_LIMIT_MS, (reply: RealtimeLoadReply) => ("phase" in reply ? reply : undefined));
    const before = await usageOf(server);
    const lateBefore = await lateStepsOf(ready.url, peer);
    const { frames } = await heard(load, measureMs + ROW_LIMIT_MS, (reply: RealtimeLoadReply) =>
      "frames" in reply ? reply : undefined,
    );
    const after = await usageOf(server);
    const lateAfter = await lateStepsOf(ready.url, peer);
    return {
      ...frames,
      lateSteps: lateAfter === undefined || lateBefore === undefined ? undefined : lateAfter - lateBefore,
      stalls: stallsBetween(before, after),
      serverCpu: (after.cpuMicros - before.cpuMicros) / 1_000 / (after.atMs - before.atMs),
    };
  } finally {
    load?.kill("SIGKILL");
    await stop(server);
  }
}

function stallsBetween({ stalls: before }: Usage, { stalls: after }: Usage): Stalls | undefined {
  if (before === undefined || after === undefined) return undefined;
  return {
    own: after.own - before.own,
    longestOwnMs: after.longestOwnMs,
    starved: after.starved - before.starved,
    waitedMs: after.waitedMs - before.waitedMs,
  };
}

function usageOf(server: ChildProcess) {
  const request: ServerRequest = { ask: "usage" };
  const answer = heard(server, ROW_LIMIT_MS, (reply: ServerReply) =>
    "usage" in reply ? reply.usage : undefined,
  );
  server.send(request);
  return answer;
}
