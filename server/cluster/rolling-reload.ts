/**
 * In a rolling reload workers that share a port are replaced one after the other. An old one that goes on to take connections would
 * get the clients of those before it, only to send them away again; so it leaves new connections to its successors, and serves
 * those that it has until its own turn comes. And while one worker stops, its successor alone takes connections, so that the
 * clients of one move to one. A client then reconnects once per reload, and the workers have as many as before.
 *
 * Workers count generations: who leaves with a successor in its place hands it a higher one, the same in all places of one reload.
 * Who is of a lower generation than the highest is still to be replaced. So a second reload right after the first is told from
 * the rest of the first.
 */
import { every } from "../../core/async.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { type Bus, topic } from "../../core/ports/store/bus.ts";
import type { Presence } from "../../core/ports/store/presence.ts";

/** Above the time that PM2 takes for one place: start (`listen_timeout`) and stop (`kill_timeout`). */
const GIVEN_UP_MS = 45_000;
/** How often is looked, during a reload, which workers still live. */
const LOOK_MS = 1_000;

/** A worker's place among those that listen on the same port. */
export interface SharedPort {
  /** The same for all of them, and for no others. */
  readonly group: string;
  /** The same for a worker and the one that replaces it. */
  readonly slot: string;
}

interface Leaving {
  readonly event: "leaving";
  readonly worker: WorkerId;
  /** Listens in its place, and is of this generation from now on. */
  readonly successor?: WorkerId;
  readonly generation: number;
}

type News = { readonly worker: WorkerId; readonly group: string } & (
  | { readonly event: "arrived"; readonly slot: string }
  /** The answer to `arrived`: who has just come is as new as can be. */
  | { readonly event: "known"; readonly to: WorkerId; readonly highest: number }
  | Leaving
);

const newsTopic = topic<News>("worker-succession");

export interface RollingReloadOptions {
  readonly bus: Pick<Bus, "publish" | "subscribe">;
  readonly worker: WorkerId;
  readonly port: SharedPort;
  readonly log: Log;
  /** Takes no new connections. */
  pause(): void;
  /** Takes them again. */
  resume(): Promise<void>;
  /** Those of these workers, all of one host, that do not live. */
  dead(among: readonly WorkerId[]): Promise<readonly WorkerId[]>;
}

export interface RollingReload {
  /** This worker listens. */
  arrived(): Promise<void>;
  /** This worker stops. */
  leaving(): Promise<void>;
}

export async function createRollingReload(options: RollingReloadOptions): Promise<RollingReload> {
  const { bus, worker, log } = options;
  const { group, slot } = options.port;
  let generation = 0;
  let highest = 0;
  /** Listens in this worker's place already. */
  let successor: WorkerId | undefined;
  /** Workers that have come to take what this one is not to take. */
  const younger = new Set<WorkerId>();
  /** Workers that stop now, and who takes their clients. */
  const stopping = new Map<WorkerId, WorkerId>();
  let paused = false;
  let stopped = false;
  let endRounds: (() => void) | undefined;
  let givingUp: NodeJS.Timeout | undefined;

  const announce = async (news: News) => void (await bus.publish(newsTopic, news));

  function takesConnections(): boolean {
    if (generation < highest) return false;
    return stopping.size === 0 || [...stopping.values()].includes(worker);
  }

  function update(): void {
    // With nobody left to take them, connections are this worker's again.
    if (younger.size === 0) generation = highest;
    if (generation === highest) younger.clear();
    if (generation === highest && stopping.size === 0) endLooking();
    const takes = takesConnections();
    if (takes !== paused) return;
    paused = !takes;
    if (paused) {
      log.info({}, "a reload is on: new connections are left to the workers that have come");
      options.pause();
    } else options.resume().catch((err: unknown) => log.error({ err }, "the port could not be opened again"));
  }

  function endLooking(): void {
    endRounds?.();
    clearTimeout(givingUp);
    endRounds = undefined;
  }

  function giveUp(): void {
    younger.clear();
    stopping.clear();
    update();
  }

  async function look(): Promise<void> {
    const dead = await options.dead([...new Set([...younger, ...[...stopping].flat()])]);
    for (const one of dead) younger.delete(one);
    for (const [one, next] of stopping) if (dead.includes(one) || dead.includes(next)) stopping.delete(one);
    if (!stopped) update();
  }

  function onLeaving({ worker: leaver, successor: next, generation: handed }: Leaving): void {
    younger.delete(leaver);
    if (successor === leaver) successor = undefined;
    for (const [one, taker] of stopping) if (taker === leaver) stopping.delete(one);
    if (next !== undefined) {
      highest = Math.max(highest, handed);
      if (next === worker) generation = highest;
      if (generation < highest) younger.add(next);
      stopping.set(leaver, next);
      // What fails is looked at again in the next round.
      endRounds ??= every(LOOK_MS, look, () => undefined);
      clearTimeout(givingUp);
      givingUp = setTimeout(giveUp, GIVEN_UP_MS).unref();
    }
    update();
  }

  const end = await bus.subscribe(newsTopic, (news) => {
    if (news.worker === worker || news.group !== group || stopped) return;
    switch (news.event) {
      case "arrived":
        if (news.slot === slot) successor = news.worker;
        if (generation < highest) younger.add(news.worker);
        if (highest > 0) void announce({ worker, group, event: "known", to: news.worker, highest });
        break;
      case "known":
        if (news.to === worker && highest < news.highest) generation = highest = news.highest;
        break;
      case "leaving":
        onLeaving(news);
    }
  });

  return {
    arrived: () => announce({ worker, group, event: "arrived", slot }),
    async leaving() {
      stopped = true;
      endLooking();
      end();
      const next = Math.max(generation + 1, highest);
      await announce({
        worker,
        group,
        event: "leaving",
        generation: next,
        ...(successor === undefined ? {} : { successor }),
      });
    },
  };
}

/** Those of the workers that were killed on this host, or that the store has not heard of for too long. */
export async function deadAmong(
  among: readonly WorkerId[],
  presence: Pick<Presence, "workers">,
  sticky: { wasKilled(worker: WorkerId): Promise<boolean> },
): Promise<readonly WorkerId[]> {
  const listed = new Set((await presence.workers()).map((one) => one.worker));
  const killed = await Promise.all(among.map((one) => sticky.wasKilled(one)));
  return among.filter((one, at) => killed[at] || !listed.has(one));
}
