/** Row 19: a worker with thousands of clients is killed, and all of them come back at once. */
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { checkEffects } from "../effects.ts";
import { ms, percentile, seconds } from "../figures.ts";
import type { Draws } from "../random.ts";
import type { Row } from "../row.ts";
import { openStage } from "../stage.ts";
import { until } from "../waiting.ts";
import { openScene } from "./scene.ts";

const BACK_WITHIN_MS = 20_000;
const MOST_LAG_MS = 200;
const LOOK_EVERY_MS = 250;
/** As many as come at once at the beginning: that is not what is measured. */
const AT_ONCE = 200;
/** socket.io-client's own: a second, twice as long each time up to five, half as much more or less. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;

/** A client with the waits of socket.io-client, at a tenth of its cost. */
class HerdClient {
  isIn = false;
  /** Refusals and closes that it was told, by their code. */
  readonly told: Map<string, number>;
  readonly #url: string;
  readonly #token: string;
  readonly #draws: Draws;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #onIn: () => void = () => undefined;

  constructor(url: string, token: string, draws: Draws, told: Map<string, number>) {
    this.#url = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
    this.#token = token;
    this.#draws = draws;
    this.told = told;
  }

  connect(): Promise<void> {
    this.#open();
    return new Promise((resolve) => {
      this.#onIn = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #open(): void {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#socket = socket;
    let waitMs: number | undefined;
    socket.on("message", (data: Buffer) => {
      const text = data.toString("latin1");
      if (text[0] === "0") socket.send(`40/chat,${JSON.stringify({ token: this.#token })}`);
      else if (text === "2") socket.send("3");
      else if (text.startsWith("40/chat,")) {
        this.isIn = true;
        this.#attempts = 0;
        this.#onIn();
      } else if (text.startsWith("44/chat,")) {
        const { data: refused } = JSON.parse(text.slice("44/chat,".length)) as {
          data?: { code?: string; retry_after_ms?: number };
        };
        this.#tell(refused?.code ?? "refused");
        waitMs = refused?.retry_after_ms;
        socket.close();
      }
    });
    socket.on("unexpected-response", (_request, response) => {
      this.#tell(String(response.statusCode));
      const after = Number(response.headers["retry-after"]);
      if (after > 0) waitMs = after * 1_000;
      socket.terminate();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isIn = false;
      if (!this.#ended) this.#timer = setTimeout(() => this.#open(), this.#wait(waitMs));
    });
  }

  #tell(code: string): void {
    this.told.set(code, (this.told.get(code) ?? 0) + 1);
  }

  #wait(least = 0): number {
    const own = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts++);
    return Math.max(least, own * (0.5 + this.#draws.below(1_000) / 1_000));
  }
}

/** The worst of all workers in the last half second. */
export async function lagOf(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/metrics`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(2_000),
    });
    const found = /^muster_event_loop_delay_p99_seconds(?:\{[^}]*\})? (\S+)/m.exec(await response.text());
    return Number(found?.[1] ?? 0) * 1_000;
  } catch {
    // Nobody listens: the worker is being started.
    return 0;
  }
}

export const herd: Row = {
  id: "19",
  title: "a worker with thousands of clients is killed",
  group: "abuse",
  tried:
    "5,000 clients with socket.io-client's waits; kill -9 of the only process, and of one of two PM2 workers",
  mustHold: `all back within ${BACK_WITHIN_MS / 1_000} s, event-loop delay p99 at most ${MOST_LAG_MS} ms`,
  async run({ draws, quick, progress }) {
    const count = quick ? 200 : 5_000;
    const figures: string[] = [];
    const problems: string[] = [];
    for (const place of quick ? (["embedded"] as const) : (["embedded", "PM2 and Redis"] as const)) {
      const stage =
        place === "embedded" ? await openStage({ store: "embedded", limits: "default" }) : undefined;
      const scene = stage ? undefined : await openScene({}, "PM2 and Redis");
      const [worker] = stage?.workers ?? scene?.workers ?? [];
      const token = stage?.token ?? scene?.token;
      const told = new Map<string, number>();
      const herd: HerdClient[] = [];
      try {
        if (!worker || !token) throw new Error("there is no worker");
        for (let at = 0; at < count; at += AT_ONCE) {
          const some = Array.from(
            { length: Math.min(AT_ONCE, count - at) },
            (_, i) => new HerdClient(worker.url, token(`herd-${at + i}`), draws.fork(`${at + i}`), told),
          );
          herd.push(...some);
          await Promise.all(some.map((client) => client.connect()));
        }
        progress(`${place}: ${count} are in`);
        await delay(1_000);
        told.clear();
        const lags: number[] = [];
        process.kill(worker.pid, "SIGKILL");
        if (stage) await until("it is gone", () => !worker.alive, 5_000);
        const killedAt = performance.now();
        await until("its clients know", () => herd.some(({ isIn }) => !isIn), 5_000);
        const lost = herd.filter(({ isIn }) => !isIn).length;
        await stage?.workers[0]?.start();
        let looks = true;
        const looking = (async () => {
          for (; looks; await delay(LOOK_EVERY_MS)) lags.push(await lagOf(worker.url));
        })();
        const back = until("all are back", () => herd.every(({ isIn }) => isIn), 2 * BACK_WITHIN_MS);
        const tookMs = await back.then(
          () => performance.now() - killedAt,
          () => Number.POSITIVE_INFINITY,
        );
        await delay(1_000);
        looks = false;
        await looking;
        const lag = percentile(lags, 0.99);
        const out = herd.filter(({ isIn }) => !isIn).length;
        const text = [
          `${place}: ${count} clients, ${lost} at once without a worker`,
          out > 0
            ? `${out} not back after ${seconds(2 * BACK_WITHIN_MS)}`
            : `all back after ${seconds(tookMs)}`,
          `event-loop delay p99 ${ms(lag)}, median ${ms(percentile(lags, 0.5))}`,
          ...[...told].map(([code, times]) => `${code}: ${times}`),
        ].join(", ");
        progress(text);
        figures.push(text);
        if (tookMs > BACK_WITHIN_MS) problems.push(`${place}: all back after ${seconds(tookMs)}, ${out} not`);
        if (!quick && lag > MOST_LAG_MS) problems.push(`${place}: an event-loop delay p99 of ${ms(lag)}`);
      } finally {
        for (const client of herd) client.end();
        await stage?.close();
        await scene?.close();
      }
    }
    return { verdict: checkEffects([]), figures: figures.join("; "), problems };
  },
};
