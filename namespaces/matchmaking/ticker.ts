/** Ticks every mode's queue: a few times a second, and at once when one changes. */
import { newId, type WorkerId } from "../../core/ids.ts";
import type { Context } from "./context.ts";
import type { Backfilling } from "./match/backfill.ts";
import { wakeTopic } from "./store.ts";
import { createQueueTick, type QueueTick } from "./tick/tick.ts";

const EVERY_MS = 250;
/** Those who queue within this time are looked at together. */
const WAKE_MS = 10;

export interface Ticker {
  /** Looks at every queue that this worker may tick, whatever is due, and resolves when that is done. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export function createTicker(context: Context, backfilling: Pick<Backfilling, "look">): Ticker {
  const { store, log } = context.services;
  const owner = newId<WorkerId>("mm");
  const queues = new Map<string, QueueTick>(
    [...context.modes.values()].map((mode) => [
      mode.name,
      createQueueTick(context, mode, owner, backfilling),
    ]),
  );
  let closed = false;
  let failing = false;
  let listening: Promise<() => void> | undefined;
  let woken: NodeJS.Timeout | undefined;
  const interval = setInterval(look, EVERY_MS);
  listen();

  return {
    async tick() {
      for (const queue of queues.values()) {
        // One that is under way may have read the queue before what the caller wants looked at.
        await queue.run(true);
        await queue.run(true);
      }
    },
    async close() {
      closed = true;
      clearInterval(interval);
      clearTimeout(woken);
      const stop = await listening?.catch(() => undefined);
      stop?.();
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };

  function look(): void {
    if (!listening) listen();
    for (const [mode, queue] of queues) {
      queue.run(false).then(
        () => {
          failing = false;
        },
        (err: unknown) => {
          // Once, not four times a second for as long as a store is away.
          if (!failing && !closed) log.warn({ err, mode }, "a queue could not be looked at");
          failing = true;
        },
      );
    }
  }

  function listen(): void {
    listening = store.bus.subscribe(wakeTopic, ({ mode }) => {
      queues.get(mode)?.mark();
      woken ??= setTimeout(() => {
        woken = undefined;
        if (!closed) look();
      }, WAKE_MS);
    });
    listening.catch(() => {
      // Tried again by the next look.
      listening = undefined;
    });
  }
}
