/**
 * Ends a user's connections on every worker: a list of what was asked for, which each worker follows. One that misses a notice finds it a
 * second later.
 */
import { followChanges } from "../../core/consistency/change-feed.ts";
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { SessionRegistry } from "../sessions/registry.ts";

interface Disconnect {
  readonly user: UserId;
  readonly namespace?: NamespaceName;
  /** In the store's time: whoever came later is not meant. Absent: written by an older version. */
  readonly at?: number;
}

const key = streamKey<Disconnect>(partitions.system(), "disconnects");
/** A worker that was away for longer has no connections left. */
const KEEP = { maxLength: 10_000, ttlMs: 60_000 };
/** How often following is tried while the store is away. */
const RETRY_MS = 1_000;

export interface Disconnects {
  /** Never rejects: while the store is away, connections of this worker end. */
  ask(user: UserId, namespace?: NamespaceName): void;
  close(): void;
}

export function createDisconnects(options: {
  readonly store: Store;
  readonly registry: SessionRegistry;
  readonly log: Log;
}): Disconnects {
  const { store, registry, log } = options;
  let end: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Also the worker that was asked hears of it, when the user may be back. */
  function disconnect({ user, namespace, at }: Disconnect): void {
    for (const session of [...registry.ofUser(user, namespace, at)])
      session.close("forbidden", "disconnected by the server");
  }

  function follow(): void {
    followChanges({ store, log, key }, { heard: disconnect }).then(
      (stop) => {
        if (closed) stop();
        else end = stop;
      },
      (err: unknown) => {
        log.debug({ err }, "it cannot be followed who is to be disconnected; tried again");
        if (!closed) timer = setTimeout(follow, RETRY_MS).unref();
      },
    );
  }
  follow();

  return {
    ask(user, namespace) {
      const wanted: Disconnect = { user, at: store.now(), ...(namespace !== undefined && { namespace }) };
      disconnect(wanted);
      store.streams
        .append(key, wanted, KEEP)
        .catch((err: unknown) => log.warn({ err, user }, "a user is disconnected on this worker only"));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      end?.();
    },
  };
}
