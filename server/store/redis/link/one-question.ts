/** One question to a server that this worker has no lasting connection to. */
import { endsWithin } from "../../../../core/async.ts";
import type { HostPort, Login } from "./address.ts";
import { clientOptions, createLike } from "./node.ts";

// On a cluster some of the servers can be away: what the others answer counts.

/** What was answered; what failed is left out. @throws the first failure where all failed */
export async function settled<T>(asks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(asks);
  const answered = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (answered.length === 0 && failed !== undefined) throw failed.reason;
  return answered;
}

const ANSWER_WITHIN_MS = 1_000;

/** @throws Error where it does not answer within a second */
export async function sendOnce(at: HostPort, login: Login, words: readonly string[]): Promise<unknown> {
  const base = clientOptions(at, login);
  const client = createLike({ ...base, socket: { ...base.socket, reconnectStrategy: false } });
  // Its errors come out of the promises too.
  client.on("error", () => undefined);
  const asked = client.connect().then(() => client.sendCommand([...words]));
  asked.catch(() => undefined);
  try {
    if (!(await endsWithin(ANSWER_WITHIN_MS, asked)))
      throw new Error(`${at.host}:${at.port} does not answer`);
    return await asked;
  } finally {
    client.destroy();
  }
}
