/** What the console asks all workers, and what each answers: read where it lies, when it is asked. Nothing runs while nobody looks. */
import os from "node:os";
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { iso } from "../../core/time.ts";
import type { FightInspection } from "../../namespaces/combat/shown/inspect.ts";
import type { GameInspection } from "../../namespaces/game/inspect.ts";
import type { WorldInspection } from "../../namespaces/world/inspect.ts";
import { createClusterRequest } from "../cluster/request.ts";
import type { FollowedStream } from "../delivery/live-followed.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { SocketSession } from "../sessions/socket-session.ts";
import { isOfPrivateChannel } from "./hidden.ts";
import { first, merged, type PageWish } from "./merging.ts";
import {
  answerOfWorld,
  placedPage,
  type WorldAnswer,
  type WorldQuestion,
  zoneOf,
  zonesPage,
} from "./zones.ts";

type Question =
  | { readonly about: "workers" }
  | (PageWish & {
      readonly about: "connections";
      readonly user?: string;
      readonly namespace?: NamespaceName;
    })
  | (PageWish & { readonly about: "rooms" })
  | (PageWish & { readonly about: "fights" })
  | (PageWish & { readonly about: "streams" })
  | { readonly about: "realtime"; readonly room: string }
  | WorldQuestion;

/** One connection in one namespace, as the console shows it. */
export interface ShownConnection {
  readonly id: string;
  readonly worker: string;
  readonly user_id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly namespace: string;
  readonly transport: string;
  /** The device, as its token or itself names it. */
  readonly device?: string;
  readonly address: string;
  readonly connected_at: string;
  readonly reliable: boolean;
  readonly slow: boolean;
  /** Of `/world`: where it is. */
  readonly zone?: string;
}

/** Counters since the start, so that whoever asks twice has rates. */
export type WorkerCounters = Readonly<Record<string, number>>;

type ShownWorker = SilentWorker | HeardWorker;

/** It did not answer in time. */
interface SilentWorker {
  readonly worker: string;
  readonly silent: true;
}

interface HeardWorker {
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  readonly node: string;
  readonly uptime_s: number;
  readonly memory_bytes: number;
  readonly heap_bytes: number;
  readonly cpu_s: number;
  readonly sessions: Readonly<Record<string, number>>;
  readonly figures: WorkerCounters;
}

interface Answer extends WorldAnswer {
  readonly workers?: HeardWorker;
  readonly connections?: readonly ShownConnection[];
  readonly rooms?: readonly string[];
  readonly fights?: readonly string[];
  readonly streams?: readonly FollowedStream[];
  readonly realtime?: NonNullable<Awaited<ReturnType<GameInspection["realtimeViews"]>>>;
}

export interface ConsoleClusterOptions {
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  readonly registry: SessionRegistry;
  readonly game: Pick<GameInspection, "followedHere" | "realtimeViews">;
  readonly fights: Pick<FightInspection, "fightOf">;
  readonly world: WorldInspection;
  /** Streams that connections of this worker follow. */
  streams(): Iterable<FollowedStream>;
  /** Of this worker, since its start or now. */
  counters(): WorkerCounters;
  addressOf(session: SocketSession): string;
}

export type ConsoleCluster = Awaited<ReturnType<typeof createConsoleCluster>>;

export async function createConsoleCluster(options: ConsoleClusterOptions) {
  const { store, worker, log, registry, game, fights, world } = options;

  const request = await createClusterRequest<Question, Answer>({
    store,
    worker,
    log,
    name: "console",
    answer,
  });

  /** Workers of older versions know nothing of some questions, and answer with nothing. */
  const ask = async (question: Question): Promise<Answer[]> =>
    (await request.ask(question)).map((one: Answer | undefined) => one ?? {});

  async function answer(question: Question): Promise<Answer> {
    switch (question.about) {
      case "workers":
        return { workers: shownWorker() };
      case "connections":
        return { connections: connectionsHere(question) };
      case "rooms":
        return { rooms: first(game.followedHere(), question, (id) => id) };
      case "fights":
        return { fights: first(fightsHere(), question, (id) => id) };
      case "streams":
        return { streams: first(shownStreams(options.streams()), question, nameOf) };
      case "realtime": {
        const realtime = await game.realtimeViews(question.room);
        return realtime === undefined ? {} : { realtime };
      }
      default:
        return answerOfWorld(world, worker, question);
    }
  }

  /** Those that connections of this worker follow. */
  function* fightsHere(): Iterable<string> {
    for (const stream of options.streams()) {
      const id = fights.fightOf(stream);
      if (id !== undefined) yield id;
    }
  }

  /** Ids that several workers may have. */
  const idsOf = (pages: readonly (readonly string[])[], { limit }: PageWish) =>
    merged([[...new Set(pages.flat())].sort()], limit, (id) => id);

  function connectionsHere(question: Question & { readonly about: "connections" }): ShownConnection[] {
    const { user, namespace } = question;
    const all = user === undefined ? registry.all() : registry.ofUser(user as SocketSession["userId"]);
    const wanted = namespace === undefined ? all : inNamespace(all, namespace);
    return first(wanted, question, ({ id }) => id).map((session) => {
      const zone = world.zoneOf(session.id);
      return { ...connectionOf(session), ...(zone === undefined ? {} : { zone }) };
    });
  }

  function connectionOf(session: SocketSession): ShownConnection {
    return {
      id: session.id,
      worker,
      user_id: session.userId,
      name: session.identity.name,
      roles: session.identity.roles,
      namespace: session.namespace,
      transport: session.transport === "websocket" ? "plain WebSocket" : session.socket.conn.transport.name,
      ...(session.client.source === "connection" ? {} : { device: session.client.id }),
      address: options.addressOf(session),
      connected_at: iso(session.socket.handshake.issued),
      reliable: session.reliable,
      slow: session.isSlow,
    };
  }

  function shownWorker(): HeardWorker {
    const { rss, heapUsed } = process.memoryUsage();
    const cpu = process.cpuUsage();
    const sessions: Record<string, number> = {};
    for (const { namespace, count } of registry.counts())
      sessions[namespace] = (sessions[namespace] ?? 0) + count;
    return {
      worker,
      host: os.hostname(),
      pid: process.pid,
      node: process.version,
      uptime_s: Math.round(process.uptime()),
      memory_bytes: rss,
      heap_bytes: heapUsed,
      cpu_s: (cpu.user + cpu.system) / 1e6,
      sessions,
      figures: options.counters(),
    };
  }

  return {
    /** All workers that live; one that did not answer in time has no figures. */
    async workers() {
      const answers = await ask({ about: "workers" });
      const told = new Map<string, ShownWorker>();
      for (const { workers: one } of answers) if (one) told.set(one.worker, one);
      const listed = store.health().ok ? await store.presence.workers() : [];
      for (const other of listed)
        if (!told.has(other.worker)) told.set(other.worker, { worker: other.worker, silent: true });
      return [...told.values()].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    },

    connections: async (wish: PageWish & { readonly user?: string; readonly namespace?: NamespaceName }) =>
      merged(
        (await ask({ about: "connections", ...wish })).map(({ connections = [] }) => connections),
        wish.limit,
        ({ id }) => id,
      ),

    /** Ids of the rooms that connections of any worker follow. */
    rooms: async (wish: PageWish) =>
      idsOf(
        (await ask({ about: "rooms", ...wish })).map(({ rooms = [] }) => rooms),
        wish,
      ),

    /** Ids of the fights that connections of any worker follow. */
    fights: async (wish: PageWish) =>
      idsOf(
        (await ask({ about: "fights", ...wish })).map((one) => one.fights ?? []),
        wish,
      ),

    /** The zones that any worker has open. */
    zones: async (wish: PageWish) => zonesPage(await ask({ about: "zones", ...wish }), wish),

    /** One zone on each worker that has it open; undefined where none has. */
    zone: async (zone: string) => zoneOf(await ask({ about: "zone", zone })),

    players: async (zone: string, wish: PageWish) =>
      placedPage(
        (await ask({ about: "players", zone, ...wish })).map(({ players = [] }) => players),
        wish,
      ),

    entities: async (zone: string, wish: PageWish) =>
      placedPage(
        (await ask({ about: "entities", zone, ...wish })).map((one) => one.entities ?? []),
        wish,
      ),

    /** Each with its followers on all workers; `offset` is the newest that any of them has told. */
    async streams(wish: PageWish) {
      const sums = new Map<string, FollowedStream & { readonly workers: number }>();
      for (const { streams = [] } of await ask({ about: "streams", ...wish }))
        for (const stream of streams) {
          const known = sums.get(nameOf(stream)) ?? {
            ...stream,
            offset: 0,
            followers: 0,
            behind: 0,
            workers: 0,
          };
          sums.set(nameOf(stream), {
            ...known,
            offset: Math.max(known.offset, stream.offset),
            followers: known.followers + stream.followers,
            behind: known.behind + stream.behind,
            workers: known.workers + 1,
          });
        }
      return merged([[...sums.values()]], wish.limit, nameOf);
    },

    /** A real-time game as its players see it, from a worker that follows it. */
    realtime: async (room: string) =>
      (await ask({ about: "realtime", room })).find(({ realtime }) => realtime)?.realtime,

    close: () => request.close(),
  };
}

const nameOf = ({ partition, name }: Pick<FollowedStream, "partition" | "name">) => `${partition} ${name}`;

/** Without those of private channels, whose names say who talks to whom. */
function* shownStreams(all: Iterable<FollowedStream>): Iterable<FollowedStream> {
  for (const stream of all) if (!isOfPrivateChannel(stream.partition)) yield stream;
}

function* inNamespace(all: Iterable<SocketSession>, namespace: NamespaceName): Iterable<SocketSession> {
  for (const session of all) if (session.namespace === namespace) yield session;
}
