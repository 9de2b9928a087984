/** `muster health`: asks this machine's server, on the port that is configured, whether it is alive. For Docker's health check. */
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { type Command, EXIT, readConfig, say, takesNothing } from "./command.ts";

const LIMIT_MS = 2_500;

/** An address of the server that can be connected to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function ask(): Promise<IncomingMessage> {
  const { host, port, tls } = readConfig().config.server;
  const options = { host: reachable(host), port, path: "/health", timeout: LIMIT_MS, agent: false };
  return new Promise((resolve, reject) => {
    // The certificate is for the name that clients use, not for this address.
    const asked = tls
      ? getHttps({ ...options, rejectUnauthorized: false }, resolve)
      : getHttp(options, resolve);
    asked.on("timeout", () => asked.destroy(new Error("no answer in time"))).on("error", reject);
  });
}

export const health: Command = {
  usage: `usage: muster health
Asks the server of this machine, on the port that is configured, for /health: with TLS where that is configured.
  -h, --help      this text

Exit codes: 0 it is alive; 1 it is not, or does not answer within ${LIMIT_MS / 1_000} s; 78 the configuration has mistakes.`,
  async run(args) {
    takesNothing(args);
    const { statusCode } = await ask();
    if (statusCode === 200) return EXIT.ok;
    say(`/health answered with ${statusCode}`);
    return EXIT.failed;
  },
};
