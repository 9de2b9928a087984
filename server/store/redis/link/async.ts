/** One question to a server that this worker has no lasting connection to. */
import type { HostPort, Login } from "./address.ts";
import { clientOptions, createLike, waitUnref } from "./node.ts";

const ANSWER_WITHIN_MS = 1_000;

/** @throws Error where it does not answer within a second */
export async function askOnce(at: HostPort, login: Login, words: readonly string[]): Promise<unknown> {
  const base = clientOptions(at, login);
  const client = createLike({ ...base, socket: { ...base.socket, reconnectStrategy: false } });
  // Its errors come out of the promises too.
  client.on("error", () => undefined);
  const asked = client.connect().then(() => client.sendCommand([...words]));
  asked.catch(() => undefined);
  const late = waitUnref(ANSWER_WITHIN_MS).then(() => {
    throw new Error(`${at.host}:${at.port} does not answer`);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    late.catch(() => undefined);
    client.destroy();
  }
}
