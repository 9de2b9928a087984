/** The server that the demo plays on: its own in this process, several workers under PM2, or one that runs already. */
import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../core/contract/contract.ts";
import { mintToken } from "../../server/auth/mint.ts";
import { loadConfig } from "../../server/config/index.ts";
import type { Stage } from "./stage.ts";

/** The mode of the match between a party of two and two strangers. */
export const DUOS = "demo-duos";

/** What a server is started with so that it has that mode. */
export const DUOS_ENV = {
  MATCHMAKING_MODES: JSON.stringify({
    [DUOS]: {
      game: "dash-dice",
      options: { mode: "quickfire" },
      teams: 2,
      players_per_team: 2,
      ready_check: { accept_s: 10 },
    },
  }),
} as const;

const TOKEN_TTL_MS = 3_600_000;
const LIMIT_MS = 5_000;

export interface Venue extends Pick<Stage, "url" | "apart" | "token"> {
  close(): Promise<void>;
}

type Say = Stage["say"];

/** Signs tokens with the secret that the servers were started with. */
export function tokensOf(secret: string): Stage["token"] {
  const key = createSecretKey(Buffer.from(secret));
  return async (userId, claims) =>
    mintToken(key, { algorithms: ["HS256"] }, { userId, ttlMs: TOKEN_TTL_MS, ...claims });
}

const newSecret = () => randomBytes(32).toString("base64url");

/** One process, no service: the embedded store in a folder that is removed afterwards. */
export async function embedded(say: Say): Promise<Venue> {
  const { createApp } = await import("../../server/app.ts");
  const { createLog } = await import("../../server/process/log.ts");
  const folder = await mkdtemp(join(tmpdir(), "muster-demo-"));
  const secret = newSecret();
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WEBSOCKET_HOST: "127.0.0.1",
      WEBSOCKET_PORT: "0",
      DATA_DIR: join(folder, "data"),
      JWT_SECRET: secret,
      LOG_LEVEL: "warn",
      ...DUOS_ENV,
    },
  });
  const remove = () => rm(folder, { recursive: true, force: true });
  const app = await createApp(config, { log: createLog(config.log) }).catch(async (err: unknown) => {
    await remove();
    throw err;
  });
  const { url } = await app.listen();
  say(`a server of its own, embedded store, no service: ${url}`);
  return {
    url,
    apart: false,
    token: tokensOf(secret),
    async close() {
      await app.close();
      await remove();
    },
  };
}

/** Redis and PM2 of its own, ended afterwards. */
export async function clustered(workers: number, say: Say): Promise<Venue> {
  const { startRedis } = await import("../../test/support/redis.ts");
  const { startPm2 } = await import("../../test/support/pm2.ts");
  const secret = newSecret();
  say(`starting Redis and ${workers} workers under PM2 …`);
  const redis = await startRedis();
  try {
    const pm2 = await startPm2({ redisUrl: redis.url, workers, env: { JWT_SECRET: secret, ...DUOS_ENV } });
    say(`${workers} workers on one port, no sticky proxy: ${pm2.url}`);
    return {
      url: pm2.url,
      apart: workers > 1,
      token: tokensOf(secret),
      async close() {
        await pm2.stop();
        await redis.close();
      },
    };
  } catch (err) {
    await redis.close();
    throw err;
  }
}

/** One that runs: JWT_SECRET signs the tokens, or the server itself hands them out (AUTH_MODE=dev). */
export function running(url: string, secret: string | undefined): Venue {
  const close = async () => undefined;
  if (secret !== undefined) return { url, apart: false, token: tokensOf(secret), close };
  return { url, apart: false, token: (userId, claims) => askForToken(url, userId, claims), close };
}

async function askForToken(
  url: string,
  userId: string,
  claims: { readonly name: string; readonly roles?: readonly Role[] },
): Promise<string> {
  const answer = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: userId, ...claims }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!answer.ok)
    throw new Error(
      `${url} hands out no tokens (${answer.status}): set JWT_SECRET to the secret it runs with`,
    );
  const { token } = (await answer.json()) as { token: string };
  return token;
}
