/** Asks this machine's server, on the port that is configured, whether it is alive: for Docker's health check. Exit code 0: it is. */
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { ConfigError, loadConfig } from "./config/index.ts";

const LIMIT_MS = 2_500;
const EX_CONFIG = 78;

/** An address of the server that can be connected to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function ask(): Promise<IncomingMessage> {
  const { host, port, tls } = loadConfig({ env: process.env }).config.server;
  const options = { host: reachable(host), port, path: "/health", timeout: LIMIT_MS, agent: false };
  return new Promise((resolve, reject) => {
    // The certificate is for the name that clients use, not for this address.
    const asked = tls
      ? getHttps({ ...options, rejectUnauthorized: false }, resolve)
      : getHttp(options, resolve);
    asked.on("timeout", () => asked.destroy(new Error("no answer in time"))).on("error", reject);
  });
}

try {
  const { statusCode } = await ask();
  if (statusCode !== 200) process.stderr.write(`/health answered with ${statusCode}\n`);
  process.exit(statusCode === 200 ? 0 : 1);
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exit(err instanceof ConfigError ? EX_CONFIG : 1);
}
