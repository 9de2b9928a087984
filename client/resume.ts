/** Runs a resume until it has succeeded on the present connection; the next connection starts its own. */
import type { Contract } from "../core/contract/contract.ts";
import { Backoff } from "./connection/timers.ts";
import { CommandError } from "./errors.ts";
import type { NamespaceClient } from "./namespace.ts";

const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 5_000;

/** @param attempt says whether it must be done again at once */
export async function resumeUntilDone<C extends Contract>(
  client: NamespaceClient<C>,
  attempt: () => Promise<boolean>,
  wanted: () => boolean,
): Promise<void> {
  const { id } = client.socket;
  const isPresent = () => wanted() && client.connected && client.socket.id === id;
  const backoff = new Backoff(FIRST_WAIT_MS, LAST_WAIT_MS);
  while (isPresent()) {
    try {
      if (!(await attempt())) return;
    } catch (thrown) {
      if (!isPresent()) return;
      if (thrown instanceof CommandError) client.report(thrown);
      await client.wait(backoff.next());
    }
  }
}
