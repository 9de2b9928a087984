/** One server with its load process: tasks are run on it one after the other, each with what the server spent on it. */
import { randomBytes } from "node:crypto";
import type { LoadReply, Outcome, Task } from "./messages.ts";
import { heard, start, stop } from "./processes.ts";
import type { ServerReply, ServerRequest, Usage } from "./usage.ts";

const START_TIMEOUT_MS = 20_000;
const TASK_TIMEOUT_MS = 60_000;

export interface Run extends Outcome {
  /** Seconds of CPU that the server used. */
  readonly cpu: number;
}

export interface Side {
  readonly url: string;
  run(task: Task): Promise<Run>;
  /** What the server has used so far. */
  usage(): Promise<Usage>;
  /** The same after a collection. */
  memory(): Promise<Usage>;
  close(): Promise<void>;
}

export interface SideOptions {
  /** Bare Socket.IO, the application, or a bare `ws` server that builds a frame once, or for each recipient. */
  readonly kind: "bare" | "muster" | "ws-once" | "ws-each";
  /** Clients speak plain WebSocket. */
  readonly plain?: boolean;
  readonly redisUrl?: string;
  /** Another one for each of several servers on one Redis. */
  readonly redisPrefix?: string;
  /** `store.redis_replicas_confirm` */
  readonly replicasConfirm?: number;
  /** Without the joined writes, to see what they give. */
  readonly plainBroadcast?: boolean;
  /** The login of dashboard and console. Left out: they are not there. */
  readonly admin?: { readonly username: string; readonly password: string };
}

export async function startSide({
  kind,
  redisUrl,
  redisPrefix,
  replicasConfirm = 0,
  plainBroadcast,
  plain,
  admin,
}: SideOptions): Promise<Side> {
  const secret = randomBytes(32).toString("hex");
  const server = start(new URL("./server.ts", import.meta.url), "server", {
    BENCH_KIND: kind,
    BENCH_SECRET: secret,
    ...(redisUrl === undefined ? {} : { BENCH_REDIS: redisUrl }),
    ...(redisPrefix === undefined ? {} : { BENCH_PREFIX: redisPrefix }),
    BENCH_CONFIRM: String(replicasConfirm),
    ...(plainBroadcast ? { BENCH_FAST: "false" } : {}),
    ...adminEnv(admin),
  });
  const usage = (ask: ServerRequest["ask"]) => {
    const answer = heard(server, START_TIMEOUT_MS, (reply: ServerReply) =>
      "usage" in reply ? reply.usage : undefined,
    );
    server.send({ ask });
    return answer;
  };
  const { ready } = await heard(server, START_TIMEOUT_MS, (reply: ServerReply) =>
    "ready" in reply ? reply : undefined,
  );
  const load = start(new URL("./load.ts", import.meta.url), "load", {
    BENCH_URL: ready.url,
    ...(kind === "muster" ? { BENCH_SECRET: secret } : {}),
    ...(plain ? { BENCH_PLAIN: "true" } : {}),
  });
  const loadReady = () =>
    heard(load, TASK_TIMEOUT_MS, (reply: LoadReply) => ("ready" in reply ? reply : undefined));
  try {
    await loadReady();
  } catch (err) {
    await Promise.all([stop(load), stop(server)]);
    throw err;
  }
  return {
    url: ready.url,
    async run(task) {
      const before = await usage("usage");
      const settled = loadReady();
      const answer = heard(load, TASK_TIMEOUT_MS, (reply: LoadReply) =>
        "outcome" in reply ? reply.outcome : undefined,
      );
      load.send(task);
      const [outcome] = await Promise.all([
        answer.then(async (o) => ({ o, after: await usage("usage") })),
        settled,
      ]);
      return { ...outcome.o, cpu: (outcome.after.cpuMicros - before.cpuMicros) / 1e6 };
    },
    usage: () => usage("usage"),
    memory: () => usage("settled-usage"),
    async close() {
      await stop(load);
      await stop(server);
    },
  };
}

/** The server's own settings, which it reads beside those of the benchmark. */
function adminEnv(admin: SideOptions["admin"]): Readonly<Record<string, string>> {
  if (admin === undefined) return {};
  return { BENCH_ADMIN_USER: admin.username, BENCH_ADMIN_PASSWORD: admin.password };
}
