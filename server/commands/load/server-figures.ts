/** CPU, memory, event-loop delay and connections of the server during a run, read from its `/metrics`. */
import type { ServerPoint, ServerResult } from "../../../load/report/result.ts";
import { textOf } from "./failures.ts";

const EVERY_MS = 2_000;
const LIMIT_MS = 4_000;
const SHORTEST_S = 0.5;
const MOST_POINTS = 1_800;
const MOST_BYTES = 8_000_000;
/** So many failures in a row end it. */
const MOST_FAILURES = 5;

export interface ServerFigures {
  readonly newest: ServerPoint | undefined;
  /** Ends it. */
  close(): Promise<ServerResult>;
}

export interface FiguresOptions {
  /** Of the server; `/metrics` comes behind it. */
  readonly url: string;
  /** Where the server asks for one. */
  readonly token: () => Promise<string | undefined>;
  /** Milliseconds since the epoch. */
  readonly beganAt: number;
}

interface Sample {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly point: Omit<ServerPoint, "t" | "cpu">;
  readonly refused: ReadonlyMap<string, number>;
}

const LINE = /^(\w+)(?:\{([^}]*)\})?\s+([\d.e+-]+)$/gm;
const REFUSALS: Readonly<Record<string, string>> = {
  muster_connections_refused_total: "connections",
  muster_rate_limited_total: "events",
  muster_shed_total: "shed",
};

/** What is needed of the Prometheus text. */
export function readMetrics(text: string, atMs: number): Sample {
  const sums = new Map<string, number>();
  const refused = new Map<string, number>();
  for (const [, name = "", labels = "", value] of text.matchAll(LINE)) {
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
    const kind = REFUSALS[name];
    if (kind !== undefined) {
      const label = /="([^"]*)"/.exec(labels)?.[1] ?? "";
      refused.set(`${kind}: ${label}`, Number(value));
    }
  }
  const of = (name: string) => sums.get(name) ?? 0;
  return {
    ...{ atMs, refused, cpuSeconds: of("process_cpu_seconds_total") },
    point: {
      rss_bytes: of("process_resident_memory_bytes"),
      event_loop_delay_ms: of("muster_event_loop_delay_p99_seconds") * 1_000,
      connections: of("websocket_clients_total"),
    },
  };
}

export function watchServer({ url, token, beganAt }: FiguresOptions): ServerFigures {
  const address = `${url.replace(/\/+$/, "")}/metrics`;
  const points: ServerPoint[] = [];
  const ended = new AbortController();
  let problem: string | undefined;
  let failures = 0;
  let first: Sample | undefined;
  let last: Sample | undefined;

  async function ask(): Promise<Sample> {
    const bearer = await token();
    const answer = await fetch(address, {
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(LIMIT_MS)]),
      headers: { accept: "text/plain", ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`${address} answered with ${answer.status}${HINTS[answer.status] ?? ""}`);
    }
    return readMetrics(await boundedText(answer), Date.now());
  }

  async function look(): Promise<void> {
    try {
      const sample = await ask();
      failures = 0;
      problem = undefined;
      first ??= sample;
      const seconds = last === undefined ? 0 : (sample.atMs - last.atMs) / 1_000;
      // The share of a moment says nothing.
      if (last !== undefined && seconds >= SHORTEST_S && points.length < MOST_POINTS) {
        // A worker that went takes its part of the sum along.
        const cpu = Math.max(0, sample.cpuSeconds - last.cpuSeconds) / seconds;
        points.push({ t: (sample.atMs - beganAt) / 1_000, cpu, ...sample.point });
      }
      last = sample;
    } catch (thrown) {
      if (ended.signal.aborted) return;
      failures++;
      problem = textOf(thrown);
    }
  }

  let next: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  function go(): void {
    looking = look().then(() => {
      if (!ended.signal.aborted && failures < MOST_FAILURES) next = setTimeout(go, EVERY_MS);
    });
  }
  go();

  return {
    get newest() {
      return points.at(-1);
    },
    async close() {
      clearTimeout(next);
      await looking;
      // What came since the last look.
      if (failures === 0) await look();
      ended.abort();
      const refused = [...(last?.refused ?? [])].map(([reason, count]) => {
        return [reason, Math.max(0, count - (first?.refused.get(reason) ?? 0))] as const;
      });
      return {
        ...{ url, points, refused: Object.fromEntries(refused.filter(([, count]) => count > 0)) },
        ...(problem !== undefined && { problem }),
      };
    },
  };
}

/** @throws Error where it is longer than what is kept of it */
async function boundedText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`${answer.url} is longer than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

const HINTS: Readonly<Record<number, string>> = {
  401: ": set METRICS_TOKEN to an API key or a token with the role service",
  403: ": set METRICS_TOKEN to an API key or a token with the role service",
};
