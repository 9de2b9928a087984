/** The application as it is served, in a folder of its own, for the server processes of benchmarks. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../../core/ports/log.ts";
import { type AppOptions, createApp } from "../../server/app.ts";
import { loadConfig } from "../../server/config/index.ts";

const log: Log = {
  isLevelEnabled: (level) => level !== "debug",
  debug() {},
  info() {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
};

export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

/** With tokens, validation, limits and metrics; `env` goes over the defaults. */
export async function startMuster(
  env: Readonly<Record<string, string>>,
  options: Omit<AppOptions, "log"> = {},
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "muster-bench-"));
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WEBSOCKET_HOST: "127.0.0.1",
      WEBSOCKET_PORT: "0",
      DATA_DIR: join(folder, "data"),
      AUTH_MODE: "jwt",
      WEBSOCKET_LIMITS_MAX_CONNECTIONS: "20000",
      // What is measured is all of the work, not what is left when some is shed.
      OVERLOAD_DELAY: "0",
      ...env,
    },
  });
  const app = await createApp(config, { log, ...options });
  const { url } = await app.listen();
  return {
    url,
    async close() {
      await app.close({ skip: AbortSignal.abort() });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
