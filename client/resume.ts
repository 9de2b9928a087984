/** Runs a resume until it has succeeded on the present connection; the next connection starts its own. */
import type { Contract } from "../core/contract.ts";
import type { NamespaceClient } from "./namespace.ts";

const WAIT_MS = 500;

/** @param attempt says whether it must be done again at once */
export async function resumeUntilDone<C extends Contract>(
  client: NamespaceClient<C>,
  attempt: () => Promise<boolean>,
  wanted: () => boolean,
): Promise<void> {
  const { id } = client.socket;
  while (wanted() && client.connected && client.socket.id === id) {
    try {
      if (!(await attempt())) return;
    } catch {
      await client.wait(WAIT_MS);
    }
  }
}
