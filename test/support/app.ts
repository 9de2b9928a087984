/**
 * Started applications for tests, on every setup: the embedded store in one process, and Redis with two workers (in one process,
 * so that they are quick to start and share a clock that can be moved). Real sockets on free ports; all closed after each test.
 */
import { createSecretKey } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contract, NAMESPACES, type Role } from "../../core/contract/contract.ts";
import { asId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Random } from "../../core/random.ts";
import type { Clock } from "../../core/time.ts";
import { type App, type AppOptions, createApp } from "../../server/app.ts";
import { mintToken } from "../../server/auth/mint.ts";
import { loadConfig } from "../../server/config/index.ts";
import { connectClient, type TestClient } from "./client.ts";
import { uniquePrefix } from "./redis.ts";
import { workersRedisUrl } from "./shared-redis.ts";

export { TestClient } from "./client.ts";

export const SECRET = "a secret of the tests, longer than 32 bytes";
/** The clock is moved in steps no longer than this, with heartbeats in between: workers must not seem dead. */
const STEP_MS = 2_000;

export interface StartOptions {
  /** Environment variables over the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** The text of `config.yaml`. */
  readonly yaml?: string;
  readonly app?: Omit<AppOptions, "log" | "clock" | "worker" | "redisPrefix" | "random" | "wrapStore">;
  /** What each worker uses in place of its store. */
  readonly wrapStore?: (store: Store, worker: number) => Store;
  /** How late the event loop of a worker is, in milliseconds. */
  readonly delayOf?: (worker: number) => number;
  readonly random?: Random;
  readonly log?: Log;
}

export interface ConnectAs {
  /** Which worker, where there are several. Default 0. */
  readonly worker?: 0 | 1;
  readonly claims?: {
    readonly name?: string;
    readonly roles?: readonly Role[];
    readonly skill?: number;
    readonly guild_id?: string;
    readonly client_id?: string;
    readonly ttlMs?: number;
  };
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly transports?: ("websocket" | "polling")[];
}

export interface TestApp {
  readonly workers: readonly App[];
  /** Of each worker. */
  readonly urls: readonly string[];
  readonly url: string;
  token(user: string, claims?: ConnectAs["claims"]): string;
  /** A connected client; `user` null: without a token. Throws what refuses it. */
  connect<C extends Contract>(contract: C, user: string | null, as?: ConnectAs): Promise<TestClient<C>>;
  /** Milliseconds since the epoch, as moved. */
  now(): number;
  /** Moves every clock, the stores' too. */
  advance(ms: number): Promise<void>;
  /** The same in one step, without signs of life in between: for when nobody is connected. */
  jump(ms: number): Promise<void>;
  /** Runs what is due on every worker. */
  runDue(): Promise<void>;
  /** Ends the connections of all clients, and resolves when the store knows. */
  leaveAll(): Promise<void>;
  close(): Promise<void>;
}

export interface Setup {
  readonly name: "embedded, one process" | "Redis, two workers";
  start(options?: StartOptions): Promise<TestApp>;
}

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
/** With TEST_LOG set, what the servers log. */
const printing: Log = {
  ...quiet,
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
};

const opened: (() => Promise<void>)[] = [];

/** Ends what the tests of this file have started; called in `afterEach` by `onEachSetup`. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

async function startWorkers(
  count: 1 | 2,
  redisUrl: string | undefined,
  options: StartOptions,
): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), "muster-test-"));
  const prefix = uniquePrefix();
  let offset = 0;
  const clock: Clock = { now: () => Date.now() + offset };
  if (options.yaml !== undefined)
    await (await import("node:fs/promises")).writeFile(join(folder, "config.yaml"), options.yaml);
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WEBSOCKET_HOST: "127.0.0.1",
      WEBSOCKET_PORT: "0",
      DATA_DIR: join(folder, "data"),
      JWT_SECRET: SECRET,
      LOG_LEVEL: "silent",
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      // A busy machine is no overload that a test is about.
      OVERLOAD_DELAY: "0",
      LOAD_DELAY: "0",
      LOAD_LATE: "0",
      ...options.env,
    },
  });
  const { wrapStore } = options;
  const workers: App[] = [];
  const urls: string[] = [];
  const clients: TestClient<Contract>[] = [];
  for (let at = 0; at < count; at++) {
    const app = await createApp(config, {
      ...options.app,
      log: options.log ?? (process.env.TEST_LOG ? printing : quiet),
      clock,
      timeOffsetMs: () => offset,
      worker: asId<WorkerId>(`w${at}-${prefix}`),
      redisPrefix: prefix,
      ...(options.delayOf === undefined ? {} : { eventLoopDelayMs: () => options.delayOf?.(at) ?? 0 }),
      ...(wrapStore === undefined ? {} : { wrapStore: (store: Store) => wrapStore(store, at) }),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    workers.push(app);
    urls.push((await app.listen()).url);
  }
  let moving: Promise<void> = Promise.resolve();

  async function move(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      offset += Math.min(left, STEP_MS);
      // A worker whose store does not answer tells of nothing, and is dead to the others.
      await Promise.allSettled(workers.map((app) => app.services.store.presence.heartbeat({})));
    }
  }

  const app: TestApp = {
    workers,
    urls,
    url: urls[0] ?? "",
    now: () => clock.now(),
    token: (user, claims = {}) =>
      mintToken(
        createSecretKey(Buffer.from(SECRET)),
        { algorithms: ["HS256"] },
        {
          userId: user,
          issuedAt: Math.floor(clock.now() / 1_000),
          ttlMs: claims.ttlMs ?? 3_600_000,
          ...(claims.name === undefined ? {} : { name: claims.name }),
          ...(claims.roles === undefined ? {} : { roles: claims.roles }),
          ...(claims.skill === undefined ? {} : { skill: claims.skill }),
          ...(claims.guild_id === undefined ? {} : { guildId: claims.guild_id }),
          ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
        },
      ),
    async connect<C extends Contract>(contract: C, user: string | null, as: ConnectAs = {}) {
      const client = await connectClient<C>({
        url: urls[Math.min(as.worker ?? 0, count - 1)] ?? "",
        namespace: contract.namespace,
        name: user ?? "(nobody)",
        auth: { ...(user === null ? {} : { token: app.token(user, as.claims) }), ...as.auth },
        ...(as.transports === undefined ? {} : { transports: as.transports }),
      });
      clients.push(client as unknown as TestClient<Contract>);
      return client;
    },
    advance(ms) {
      moving = moving.then(() => move(ms));
      return moving;
    },
    jump(ms) {
      moving = moving.then(async () => {
        offset += ms;
        await Promise.all(workers.map((app) => app.services.store.presence.heartbeat({})));
      });
      return moving;
    },
    async leaveAll() {
      for (const client of clients.splice(0)) client.disconnect();
      const { presence } = workers[0]?.services.store ?? {};
      for (const namespace of NAMESPACES) {
        const scope = { name: presenceScope(namespace), online: [], offline: [] };
        while (((await presence?.size(scope))?.connections ?? 0) > 0) await new Promise(setImmediate);
      }
    },
    async runDue() {
      await moving;
      for (const worker of workers) await worker.runDue();
    },
    async close() {
      for (const client of clients) client.disconnect();
      // Nothing is under way that would be worth waiting for.
      const skip = AbortSignal.abort();
      await Promise.all(workers.map((worker) => worker.close({ skip })));
      await rm(folder, { recursive: true, force: true });
    },
  };
  opened.push(() => app.close());
  return app;
}

/** One process with the embedded store. */
export const startEmbedded = (options: StartOptions = {}) => startWorkers(1, undefined, options);

/** Two workers on a real Redis. */
export const startTwoWorkers = async (options: StartOptions = {}) =>
  startWorkers(2, await workersRedisUrl(), options);

const setups: readonly Setup[] = [
  { name: "embedded, one process", start: startEmbedded },
  { name: "Redis, two workers", start: startTwoWorkers },
];

/** Runs a suite on every setup. */
export function onEachSetup(suite: (setup: Setup) => void): void {
  for (const setup of setups)
    describe(setup.name, () => {
      afterEach(closeAll);
      suite(setup);
    });
}
