/**
 * Figures of the whole cluster: what the store counts, and what the workers tell of themselves when they are asked. Health, metrics and
 * statistics are all made of these, so that they agree.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { coalesce } from "../../core/async.ts";
import { NAMESPACES, type NamespaceName } from "../../core/contract/contract.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { IndexKey } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createClusterRequest } from "./request.ts";

/** Up to so many listed users they are told apart over all namespaces; past it the workers' own counts are added up. */
const MAX_UNION = 10_000;
const PAGE = 1_000;

/** What a worker tells of itself. */
export interface WorkerFigures {
  /** Transport connections. */
  readonly clients: number;
  readonly users: number;
  /** From 0 (idle) to 1 (nothing more fits). */
  readonly load: number;
  readonly started_at: string;
  /** Connections without a token, by namespace: presence counts users only. */
  readonly anonymous: Readonly<Record<string, number>>;
}

interface Statistics {
  /** Transport connections; each carries up to one connection per namespace. */
  readonly connections: number;
  readonly users: number;
  /** Rooms of `/` with members. */
  readonly rooms: number;
  readonly relay_rooms: number;
  readonly namespaces: Readonly<
    Record<NamespaceName, { readonly users: number; readonly connections: number }>
  >;
  /** Tickets that wait, by mode. */
  readonly queues: Readonly<Record<string, number>>;
  readonly workers: readonly {
    readonly worker: string;
    readonly clients: number;
    readonly users: number;
    readonly load: number;
    readonly uptime_s: number;
  }[];
  /** Since the oldest worker that lives was started. */
  readonly uptime_s: number;
}

/** Rooms of `/`, and relay rooms, that have members on any worker. */
interface RoomCounts {
  readonly rooms: number;
  readonly relayRooms: number;
}

export interface ClusterStatistics {
  /** @throws GameError `unavailable` while the store is away */
  read(): Promise<Statistics>;
  /** Transport connections of all workers. @throws GameError `unavailable` while the store is away */
  connections(): Promise<number>;
  /** As they are; as last counted while the store is away. */
  rooms(): Promise<RoomCounts>;
  queueSizes(): Promise<ReadonlyMap<string, number>>;
  close(): void;
}

export interface StatisticsOptions {
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  /** Of this worker, now. */
  own(): WorkerFigures;
  now(): number;
  scopeOf(namespace: NamespaceName): PresenceScope;
  readonly roomsScope: PresenceScope;
  readonly relayScope: PresenceScope;
  readonly queues: ReadonlyMap<string, IndexKey<unknown>>;
}

interface WorkerReply {
  readonly worker: WorkerId;
  readonly figures: WorkerFigures;
}

export async function createStatistics(options: StatisticsOptions): Promise<ClusterStatistics> {
  const { store, worker, log, scopeOf } = options;
  const { presence } = store;
  let counted: RoomCounts = { rooms: 0, relayRooms: 0 };

  const request = await createClusterRequest<null, WorkerReply>({
    store,
    worker,
    log,
    name: "statistics",
    answer: () => ({ worker, figures: options.own() }),
  });

  /** Who does not answer (of another version, or busy, or just killed) counts with what it told with its last heartbeat. */
  const workers = coalesce(async (): Promise<WorkerReply[]> => {
    const [listed, replies] = await Promise.all([presence.workers(), request.askAll(null)]);
    const known = new Set(replies.map((one) => one.worker));
    const silent = listed.filter((other) => !known.has(other.worker));
    return [...replies, ...silent.map((other) => ({ worker: other.worker, figures: figuresOf(other.info) }))];
  });

  const countRooms = coalesce(async (): Promise<RoomCounts> => {
    const [rooms, relays] = await Promise.all([
      presence.size(options.roomsScope),
      presence.size(options.relayScope),
    ]);
    counted = { rooms: rooms.subjects, relayRooms: relays.subjects };
    return counted;
  });

  async function usersIn(namespace: NamespaceName, into: Set<string>): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await presence.page(scopeOf(namespace), {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { subject, connections } of page.records) if (connections > 0) into.add(subject);
      cursor = page.cursor;
      // Others have their turn before the next page.
      if (cursor !== undefined) await nextTurn();
    } while (cursor !== undefined);
  }

  async function queueSizes(): Promise<Map<string, number>> {
    const entries = [...options.queues].map(
      async ([mode, key]) => [mode, await store.indexes.size(key)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  return {
    queueSizes,
    async connections() {
      return (await workers()).reduce((sum, { figures }) => sum + figures.clients, 0);
    },
    async rooms() {
      try {
        return await countRooms();
      } catch (err) {
        log.debug({ err }, "rooms could not be counted");
        return counted;
      }
    },
    close: () => request.close(),
    read: coalesce(async (): Promise<Statistics> => {
      const [sizes, { rooms, relayRooms }, queues, listed] = await Promise.all([
        Promise.all(NAMESPACES.map((namespace) => presence.size(scopeOf(namespace)))),
        countRooms(),
        queueSizes(),
        workers(),
      ]);
      const distinct = new Set<string>();
      const exact = sizes.reduce((sum, size) => sum + size.subjects, 0) <= MAX_UNION;
      if (exact) await Promise.all(NAMESPACES.map((namespace) => usersIn(namespace, distinct)));
      const sum = (read: (figures: WorkerFigures) => number) =>
        listed.reduce((total, { figures }) => total + read(figures), 0);
      const uptimes = listed.map(({ figures }) => uptimeOf(figures, options.now()));
      const namespaces = NAMESPACES.map((namespace, at) => {
        const size = sizes[at] ?? { subjects: 0, connections: 0 };
        const guests = sum((figures) => figures.anonymous[namespace] ?? 0);
        return [namespace, { users: size.subjects, connections: size.connections + guests }] as const;
      });
      return {
        connections: sum((figures) => figures.clients),
        users: exact ? distinct.size : sum((figures) => figures.users),
        rooms,
        relay_rooms: relayRooms,
        namespaces: Object.fromEntries(namespaces) as Statistics["namespaces"],
        queues: Object.fromEntries(queues),
        workers: listed.map(({ worker: id, figures }, at) => ({
          worker: id,
          clients: figures.clients,
          users: figures.users,
          load: Math.round(figures.load * 100) / 100,
          uptime_s: uptimes[at] ?? 0,
        })),
        uptime_s: Math.max(...uptimes),
      };
    }),
  };
}

const uptimeOf = ({ started_at }: WorkerFigures, now: number): number =>
  Math.max(0, Math.round((now - (Date.parse(started_at) || now)) / 1_000));

/** A worker of another version may tell other things. */
function figuresOf(info: Readonly<Record<string, unknown>>): WorkerFigures {
  const { clients, users, load, started_at, anonymous } = info;
  return {
    clients: typeof clients === "number" ? clients : 0,
    users: typeof users === "number" ? users : 0,
    load: typeof load === "number" ? load : 0,
    started_at: typeof started_at === "string" ? started_at : "",
    anonymous:
      typeof anonymous === "object" && anonymous !== null ? (anonymous as Record<string, number>) : {},
  };
}
