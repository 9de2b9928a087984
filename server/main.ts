/** The process: configuration in, signals, exit codes. The only file that touches `process` as a whole; PM2 starts it. */

import cluster from "node:cluster";
import { hostname } from "node:os";
import { newId, type WorkerId } from "../core/ids.ts";
import { ModesError } from "../namespaces/matchmaking/mode-config.ts";
import { type App, createApp } from "./app.ts";
import { ConfigError, loadConfig } from "./config/index.ts";
import { packageVersion } from "./package-version.ts";
import { banner } from "./process/banner.ts";
import { createLog } from "./process/log.ts";
import { readArguments, StartError, USAGE, whyNotListening } from "./process/usage.ts";

/** sysexits(3): the configuration is wrong; restarting does not help. */
const EX_CONFIG = 78;
const EX_USAGE = 64;
const BANNER_USER = "ann";
const DAY_MS = 24 * 3_600_000;
/** After the drain: for stores and sockets to close. With the drain time below `kill_timeout` of ecosystem.config.js. */
const CLOSE_LIMIT_MS = 5_000;
/** The same after a second signal. */
const SKIP_LIMIT_MS = 1_000;

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function readConfig() {
  try {
    return loadConfig({ env: process.env });
  } catch (err) {
    if (err instanceof ConfigError) return fail(err.message, EX_CONFIG);
    throw err;
  }
}

/** PM2's workers share their port with the others of the same daemon; a worker keeps its slot when it is reloaded. */
function sharedPort(port: number) {
  const slot = process.env.NODE_APP_INSTANCE;
  if (!cluster.isWorker || slot === undefined) return {};
  return { sharedPort: { group: `${hostname()}:${process.ppid}:${port}`, slot } };
}

const asked = readArguments(process.argv.slice(2));
if (asked === "help") {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (asked !== "start") fail(`muster: ${asked.unknown} is not an argument\n\n${USAGE}`, EX_USAGE);
const { config, warnings } = readConfig();
const worker = newId<WorkerId>("w");
const log = createLog(config.log, process.stdout, { version: packageVersion(), worker });
for (const warning of warnings) log.warn({}, warning);

const skip = new AbortController();
let stopping = false;

let app: App;
try {
  app = await createApp(config, {
    log,
    worker,
    ...sharedPort(config.server.port),
    onStoreLost(reason) {
      process.stderr.write(`muster: ${reason}\n`);
      if (!stopping) void stop("the store is lost", 1);
    },
  });
} catch (err) {
  if (err instanceof ModesError)
    fail(["the configuration has mistakes:", ...err.problems].join("\n  "), EX_CONFIG);
  if (!(err instanceof StartError)) log.error({ err }, "the server could not be put together");
  fail(`muster: ${err instanceof Error ? err.message : String(err)}`, 1);
}

/** Ends the process after this time, whatever is still under way. */
function endWithin(limitMs: number): void {
  setTimeout(() => {
    log.error({ limitMs }, "stopping took too long");
    process.exit(1);
  }, limitMs).unref();
}

async function stop(reason: string, exitCode = 0): Promise<void> {
  if (stopping) {
    log.warn({ reason }, "stopping without waiting");
    skip.abort();
    endWithin(SKIP_LIMIT_MS);
    return;
  }
  stopping = true;
  log.info({ reason }, "stopping");
  endWithin(config.server.drainMs + CLOSE_LIMIT_MS);
  try {
    await app.close({ skip: skip.signal });
    log.info({}, "stopped");
    process.exit(exitCode);
  } catch (err) {
    log.error({ err }, "stopping failed");
    process.exit(1);
  }
}

process.on("SIGINT", () => void stop("SIGINT"));
process.on("SIGTERM", () => void stop("SIGTERM"));
// PM2 with `shutdown_with_message`.
process.on("message", (message) => {
  if (message === "shutdown") void stop("shutdown message");
});
// What clients can cause must not flood the log: this one sums what repeats.
const paced = app.services.log;
process.on("unhandledRejection", (err) => paced.error({ err }, "a promise was rejected and nobody looked"));
// In place of Node's own listener, which writes each to standard error.
process.removeAllListeners("warning");
process.on("warning", (err) => paced.warn({ err }, "a warning of Node's"));
process.on("uncaughtException", (err) => {
  log.error({ err }, "an error that nobody caught: stopping, since the state is not known any more");
  void stop("uncaught error", 1);
});

try {
  const { url } = await app.listen();
  log.info({ url, worker: app.worker, store: app.services.store.kind }, "listening");
  if (config.auth.mode === "dev") {
    const value = await app.mintToken({ userId: BANNER_USER, ttlMs: DAY_MS }).catch(() => undefined);
    const dashboard = await app.dashboardLogin().catch(() => undefined);
    const token = value ? { user: BANNER_USER, value } : undefined;
    process.stdout.write(`${banner({ url, config, token, dashboard })}\n`);
  }
  process.send?.("ready");
} catch (err) {
  await app.close({ skip: AbortSignal.abort() }).catch(() => undefined);
  fail(`muster: ${whyNotListening(err, config.server)}`, 1);
}
