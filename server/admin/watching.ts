/** Whether anybody looks at the dashboard, on any worker: workers tell and measure for it only then. */
import type { WorkerId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Guard } from "../process/guarded.ts";

/** Told anew this often while somebody watches; a worker that is silent for three times as long has no watchers any more. */
export const ROUND_MS = 2_000;
const FORGOTTEN_AFTER_MS = 3 * ROUND_MS;

interface Watch {
  readonly worker: WorkerId;
  readonly watchers: number;
  /** Somebody has just come, and wants the figures now. */
  readonly fresh: boolean;
}

const watchTopic = topic<Watch>("admin:watch");

export interface Watching {
  /** This worker's own watchers have come or gone. */
  tell(fresh: boolean): void;
  close(): void;
}

export interface WatchingOptions {
  readonly store: Store;
  readonly worker: WorkerId;
  /** Around what the bus and the timer call. */
  readonly guard: Guard;
  /** Watchers connected to this worker. */
  watchers(): number;
  /** The first watcher in the cluster has come; the last one has gone. */
  started(): void;
  stopped(): void;
  /** Every two seconds while somebody watches, and when somebody new comes. */
  round(): void;
}

export async function createWatching(options: WatchingOptions): Promise<Watching> {
  const { store, worker, guard } = options;
  /** By worker, until when its watchers count. */
  const known = new Map<WorkerId, number>();
  let interval: NodeJS.Timeout | undefined;
  let closed = false;

  function tell(fresh: boolean): void {
    if (closed) return;
    void store.bus.publish(watchTopic, { worker, watchers: options.watchers(), fresh });
  }

  function stop(): void {
    clearInterval(interval);
    interval = undefined;
    options.stopped();
  }

  const onRound = guard(() => {
    const now = performance.now();
    for (const [other, until] of known) if (until < now) known.delete(other);
    if (options.watchers() > 0) tell(false);
    if (known.size === 0) stop();
    else options.round();
  });

  const onWatch = guard(({ worker: by, watchers, fresh }: Watch) => {
    if (watchers > 0) known.set(by, performance.now() + FORGOTTEN_AFTER_MS);
    else known.delete(by);
    if (known.size > 0 && interval === undefined) {
      interval = setInterval(onRound, ROUND_MS);
      options.started();
      options.round();
    } else if (known.size === 0 && interval !== undefined) stop();
    else if (fresh) options.round();
  });
  const end = await store.bus.subscribe(watchTopic, onWatch);

  return {
    tell,
    close() {
      closed = true;
      end();
      if (interval !== undefined) stop();
    },
  };
}
