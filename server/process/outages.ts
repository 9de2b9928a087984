/** What is done when the store goes away, and when it is back: then everything that could be missed meanwhile is looked at. */
import type { Log } from "../../core/ports/log.ts";
import { isFinal, type Store, type StoreHealth } from "../../core/ports/store/store.ts";
import type { Heartbeat } from "../cluster/heartbeat.ts";
import type { RunningInbox } from "../delivery/inbox/inbox.ts";
import type { RunningLive } from "../delivery/live.ts";

export interface Concerned {
  readonly heartbeat: Heartbeat;
  readonly live: RunningLive;
  readonly inbox: RunningInbox;
  readonly log: Log;
  /** It does not come back: only a new process can go on. */
  lost(reason: string): void;
}

export function watchOutages(
  store: Store,
  { heartbeat, live, inbox, log, lost }: Concerned,
): { close(): void } {
  const close = store.onHealth(changed);
  // What came before there was a listener.
  const first = store.health();
  if (isFinal(first)) changed(first);

  function changed(health: StoreHealth): void {
    if (!health.ok) {
      live.verifyAfterFailover();
      if (health.final) lost(health.reason);
      return;
    }
    void heartbeat.beat();
    void live.check().catch((err: unknown) => log.debug({ err }, "positions could not be read"));
    void inbox.rescan().catch((err: unknown) => log.debug({ err }, "inboxes could not be read"));
  }
  return { close };
}
