/** Where an abuse takes place: one process on the embedded store, or two workers as they run in production, under PM2 on one Redis. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive, startPm2 } from "../../test/support/pm2.ts";
import { startRedis } from "../../test/support/redis.ts";
import { clusterAt, openStage, SECRET, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import type { Abuse, Claims, Issuer } from "./target.ts";

/** What is looked at in a worker. Under PM2 all have one address, and the kernel decides who answers. */
export type Watched = Pick<Worker, "url" | "pid" | "alive" | "unexpectedExits" | "tail" | "log">;

export interface Scene {
  readonly name: "embedded" | "PM2 and Redis";
  readonly workers: readonly Watched[];
  readonly redisPid: number | undefined;
  /** Megabytes that each worker holds once it has collected its garbage: its heap, and buffers beside it. */
  heldMb(): Promise<number[]>;
  token(user: string, claims?: Claims): string;
  close(): Promise<void>;
}

/** As a server logs that nobody has told otherwise. */
const LOGGED = { LOG_LEVEL: "info" };
const NO_LIMITS = {
  RATE_LIMITS_CONNECTION: "off",
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION_BYTES: "0",
  RATE_LIMITS_USER_BYTES: "0",
};

type Started = Omit<Scene, "heldMb">;

export async function openScene(
  abuse: Pick<Abuse, "env" | "issuer" | "unlimited">,
  where: Scene["name"],
): Promise<Scene> {
  const issuer = await abuse.issuer?.();
  const folder = await mkdtemp(join(tmpdir(), "muster-settled-"));
  const clean = async () => {
    await issuer?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const hook = fileURLToPath(new URL("settled.cjs", import.meta.url));
    const env = {
      ...LOGGED,
      NODE_OPTIONS: `--require=${hook}`,
      MUSTER_SETTLED: folder,
      ...abuse.env,
      ...issuer?.env,
    };
    const scene = await (where === "embedded"
      ? onEmbedded(env, abuse.unlimited)
      : underPm2(env, abuse.unlimited));
    return {
      ...scene,
      ...(issuer === undefined ? {} : { token: issuer.token }),
      heldMb: () => Promise.all(scene.workers.map(({ pid }) => heldBy(pid, folder))),
      async close() {
        await scene.close();
        await clean();
      },
    };
  } catch (err) {
    await clean();
    throw err;
  }
}

/** A core that is shared with other work may need long to collect twice. */
const SETTLED_WITHIN_MS = 30_000;

async function heldBy(pid: number, folder: string): Promise<number> {
  const file = join(folder, `${pid}.json`);
  await rm(file, { force: true });
  process.kill(pid, "SIGUSR2");
  let text = "";
  await until(
    "a worker has collected its garbage",
    async () => {
      text = await readFile(file, "utf8").catch(() => "");
      return text !== "";
    },
    SETTLED_WITHIN_MS,
  );
  const { heapUsed, external } = JSON.parse(text) as { heapUsed: number; external: number };
  return (heapUsed + external) / 1_048_576;
}

async function onEmbedded(env: Issuer["env"], unlimited: true | undefined): Promise<Started> {
  const limits = unlimited ? {} : { limits: "default" as const };
  const stage = await openStage({ store: "embedded", env, ownSessions: true, ...limits });
  return {
    name: "embedded",
    workers: stage.workers,
    redisPid: undefined,
    token: stage.token,
    close: stage.close,
  };
}

async function underPm2(env: Issuer["env"], unlimited: true | undefined): Promise<Started> {
  const redis = await startRedis({});
  const pm2 = await startPm2({
    redisUrl: redis.url,
    env: { JWT_SECRET: SECRET, ...(unlimited ? NO_LIMITS : {}), ...env },
  }).catch(async (err: unknown) => {
    await redis.close();
    throw err;
  });
  const written = async (pid: number) => {
    const lines = (await pm2.logs()).filter((line) => line["process.pid"] === pid);
    return [...lines.map((line) => JSON.stringify(line)), await pm2.errors()].join("\n");
  };
  const workers = [...(await pm2.pids()).values()].map(
    (pid): Watched => ({
      url: pm2.url,
      pid,
      get alive() {
        return isAlive(pid);
      },
      // Each that ends is another process afterwards.
      get unexpectedExits() {
        return isAlive(pid) ? 0 : 1;
      },
      log: () => written(pid),
      tail: async () => (await written(pid)).slice(-3_000),
    }),
  );
  return {
    name: "PM2 and Redis",
    workers,
    redisPid: redis.pid,
    token: clusterAt(pm2.url, SECRET).token,
    async close() {
      await pm2.stop();
      await redis.close();
    },
  };
}
