/**
 * `npm run demo -- --arena`: two workers on a Redis of their own, behind one address, until Ctrl-C. The page's button kills the worker that
 * steps the room; the ships go on, and the worker comes back. All of it is this demo's: the server itself has no such route.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { freePort } from "../../test/support/free-port.ts";
import { startRedis } from "../../test/support/redis.ts";
import type { WorkerReply, WorkerRequest } from "./arena-worker.ts";

const WORKER = new URL("./arena-worker.ts", import.meta.url);
const PORT = 3_000;
const ANSWER_MS = 1_000;
const RESTART_MS = 2_000;
/** For a worker to listen, on a busy machine. */
const START_MS = 30_000;

interface Worker {
  readonly port: number;
  process: ChildProcess | undefined;
  listens: boolean;
}

/** Runs until SIGINT. */
export async function openArena(say: (line: string) => void, wantedPort = PORT): Promise<void> {
  say("starting Redis and two workers …");
  const redis = await startRedis();
  const workers: Worker[] = [];
  const ended = new AbortController();
  try {
    for (let at = 0; at < 2; at++) {
      const worker: Worker = { port: await freePort(), process: undefined, listens: false };
      workers.push(worker);
      run(worker, { REDIS_URL: redis.url, REDIS_PREFIX: "arena" }, ended.signal);
    }
    // All at once: one that is asked later may have said it already.
    await Promise.all(
      workers.map(({ process: child }) => child && heard(child, (reply) => "listens" in reply)),
    );
    const front = await openFront(workers, wantedPort, say);
    say(`open ${front.url}/arena?workers=2 in two windows; Ctrl-C ends it`);
    await once(process, "SIGINT");
    front.close();
  } finally {
    ended.abort();
    for (const { process: child } of workers) child?.kill("SIGKILL");
    await redis.close();
  }
}

/** Starts the worker, and again whenever it was killed. */
function run(worker: Worker, env: Readonly<Record<string, string>>, ended: AbortSignal): void {
  if (ended.aborted) return;
  const child = fork(WORKER, {
    execArgv: ["--import=tsx"],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: "development", AUTH_MODE: "dev", LOG_LEVEL: "error" },
      ...{ WEBSOCKET_HOST: "127.0.0.1", WEBSOCKET_PORT: String(worker.port), ...env },
    },
  });
  worker.process = child;
  child.on("message", (reply: WorkerReply) => {
    if ("listens" in reply) worker.listens = true;
  });
  child.once("exit", () => {
    worker.listens = false;
    setTimeout(() => run(worker, env, ended), RESTART_MS).unref();
  });
}

async function heard(child: ChildProcess, wanted: (reply: WorkerReply) => boolean): Promise<void> {
  const signal = AbortSignal.timeout(START_MS);
  for (;;) {
    const [reply] = (await once(child, "message", { signal })) as [WorkerReply];
    if (wanted(reply)) return;
  }
}

/** @returns whether a worker that steps the room was killed */
async function killOwner(workers: readonly Worker[], room: string): Promise<boolean> {
  for (const { process: child, listens } of workers) {
    if (child === undefined || !listens) continue;
    const request: WorkerRequest = { ask: "steps", room };
    const answer = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS);
      child.once("message", (reply: WorkerReply) => {
        clearTimeout(timer);
        resolve("steps" in reply && reply.steps);
      });
    });
    child.send(request);
    if (await answer) return child.kill("SIGKILL");
  }
  return false;
}

/** One address for both workers, in turns; it knows nothing of sessions. */
async function openFront(workers: readonly Worker[], wantedPort: number, say: (line: string) => void) {
  let turn = 0;
  const next = (): number | undefined => {
    const alive = workers.filter(({ listens }) => listens);
    return alive[turn++ % Math.max(1, alive.length)]?.port;
  };
  const server = http.createServer((req, res) => {
    const url = new URL(req.url ?? "/", "http://demo");
    if (req.method === "POST" && url.pathname === "/demo-control/kill") {
      void killOwner(workers, url.searchParams.get("room") ?? "").then((killed) => {
        if (killed) say("the room's worker was killed; it comes back in two seconds");
        res.writeHead(killed ? 200 : 404).end();
      });
      return;
    }
    const { method, headers } = req;
    const onward = http.request(
      { host: "127.0.0.1", port: next(), path: req.url, method, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on("error", () => (res.headersSent ? res.destroy() : res.writeHead(502).end()));
    req.pipe(onward);
  });
  server.on("upgrade", (req, socket, head) => {
    const onward = net.connect(next() ?? 0, "127.0.0.1", () => {
      const lines = req.rawHeaders.flatMap((name, at, all) =>
        at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : [],
      );
      onward.write(`GET ${req.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
  });
  server.listen(wantedPort, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : wantedPort;
  return {
    url: `http://localhost:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
