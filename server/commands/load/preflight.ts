/** Before many users come: whether the server is there, and lets one of them in. */
import type { TokenSupply } from "../../../load/engine/crowd.ts";
import { codeOf } from "../../../load/failure.ts";
import { LoadRunError, textOf } from "./failures.ts";

const LIMIT_MS = 10_000;
/** A namespace that takes guests too. */
const NAMESPACE = "/game";

type Client = typeof import("socket.io-client");

/** The client is not installed with the server, which needs none. @throws LoadRunError `client_missing` */
export async function findClient(): Promise<Client> {
  try {
    return await import("socket.io-client");
  } catch (cause) {
    throw new LoadRunError(
      "client_missing",
      "socket.io-client is not installed: npm install --save-dev socket.io-client@4",
      { cause },
    );
  }
}

/** @throws LoadRunError `unreachable`, `refused` or `token_failed` */
export async function tryServer(
  url: string,
  { tokens, user, client }: { readonly tokens: TokenSupply; readonly user: string; readonly client: Client },
): Promise<void> {
  let token: string | undefined;
  try {
    if (tokens.identity === "token") token = await tokens.tokenFor(user, {});
  } catch (cause) {
    throw new LoadRunError("token_failed", textOf(cause), { cause });
  }
  await askForHealth(url);
  const { origin, pathname } = new URL(url);
  const socket = client.io(`${origin}${NAMESPACE}`, {
    ...{ path: `${pathname.replace(/\/+$/, "")}/socket.io/`, transports: ["websocket"] },
    ...{ forceNew: true, reconnection: false, timeout: LIMIT_MS },
    auth: { ...(token !== undefined && { token }), ...(tokens.identity === "name" && { user_id: user }) },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("it did not answer in time")), LIMIT_MS);
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once("connect_error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  } catch (cause) {
    throw new LoadRunError(
      "refused",
      `the server at ${url} lets no user in (${codeOf(cause)}): ${textOf(cause)}${token !== undefined ? " (`muster check-token` says more)" : ""}`,
      { cause },
    );
  } finally {
    socket.disconnect();
  }
}

async function askForHealth(url: string): Promise<void> {
  const address = `${url.replace(/\/+$/, "")}/health`;
  let status: number;
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) });
    await answer.body?.cancel();
    ({ status } = answer);
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new LoadRunError("unreachable", `no server answers at ${url} (${codeOf(inner)})`, { cause });
  }
  if (status !== 200)
    throw new LoadRunError(
      "unreachable",
      `${address} answered with ${status}: is it a Muster server, and is it well?`,
    );
}
