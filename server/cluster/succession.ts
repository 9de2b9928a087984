/**
 * In a rolling reload workers that share a port are replaced one after the other. An old one that goes on to take connections would
 * get the clients of those before it, only to send them away again; so it leaves new connections to its successors, and serves
 * those that it has until its own turn comes. A client then reconnects once per reload.
 */
import type { WorkerId } from "../../core/ids.ts";
import { type Bus, topic } from "../../core/ports/bus.ts";
import type { Log } from "../../core/ports/log.ts";

/** A worker that came longer ago has not come to replace another that stops now. */
const RECENT_MS = 30_000;
/** After this long without its own turn the reload has been given up: new connections are taken again. */
const GIVEN_UP_MS = 30_000;

/** A worker's place among those that listen on the same port. */
export interface SharedPort {
  /** The same for all of them, and for no others. */
  readonly group: string;
  /** The same for a worker and the one that replaces it. */
  readonly slot: string;
}

interface News extends SharedPort {
  readonly worker: WorkerId;
  readonly event: "arrived" | "leaving";
}

const newsTopic = topic<News>("worker-succession");

export interface SuccessionOptions {
  readonly bus: Bus;
  readonly worker: WorkerId;
  readonly port: SharedPort;
  readonly log: Log;
  /** Takes no new connections. */
  pause(): void;
  /** Takes them again. */
  resume(): Promise<void>;
}

export interface Succession {
  /** This worker listens. */
  arrived(): Promise<void>;
  /** This worker stops. */
  leaving(): Promise<void>;
}

export async function createSuccession(options: SuccessionOptions): Promise<Succession> {
  const { bus, worker, log } = options;
  const { group, slot } = options.port;
  /** Workers that came after this one a short while ago, and when. */
  const younger = new Map<WorkerId, number>();
  let paused: NodeJS.Timeout | undefined;
  let stopping = false;
  /** Until then this worker is one of those that a reload has brought. */
  let successorUntil = 0;

  function resume(): void {
    clearTimeout(paused);
    paused = undefined;
    if (!stopping)
      options.resume().catch((err: unknown) => log.error({ err }, "the port could not be opened again"));
  }

  function pause(): void {
    log.info({}, "a reload is on: new connections are left to the workers that have come");
    options.pause();
    paused = setTimeout(resume, GIVEN_UP_MS);
    paused.unref();
  }

  const end = await bus.subscribe(newsTopic, (news) => {
    if (news.worker === worker || news.group !== group || stopping) return;
    for (const [one, at] of younger) if (performance.now() - at > RECENT_MS) younger.delete(one);
    if (news.event === "arrived") return void younger.set(news.worker, performance.now());
    younger.delete(news.worker);
    // It was this worker's own predecessor, or the reload that brought this one goes on.
    if (news.slot === slot || performance.now() < successorUntil)
      successorUntil = performance.now() + RECENT_MS;
    const isSuccessor = performance.now() < successorUntil;
    if (younger.size > 0 && !isSuccessor && !paused) pause();
    else if ((younger.size === 0 || isSuccessor) && paused) resume();
  });
  const tell = async (event: News["event"]) =>
    void (await bus.publish(newsTopic, { worker, group, slot, event }));

  return {
    arrived: () => tell("arrived"),
    async leaving() {
      stopping = true;
      clearTimeout(paused);
      end();
      await tell("leaving");
    },
  };
}
