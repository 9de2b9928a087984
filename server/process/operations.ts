/** The operator's side put together: sending from outside, statistics, metrics, the HTTP API and the dashboard. */

import type http from "node:http";
import type { IncomingMessage } from "node:http";
import type { Express, RequestHandler, Router } from "express";
import type { Server, Socket } from "socket.io";
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { IndexKey } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { StoreSpace } from "../../core/ports/store/space.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { InFlight } from "../../middleware/command-queue.ts";
import { parseModes } from "../../namespaces/matchmaking/mode-config.ts";
import { keys as matchmakingKeys } from "../../namespaces/matchmaking/store.ts";
import { relayScope, roomsScope } from "../../namespaces/rooms/index.ts";
import { createCredentials } from "../admin/credentials.ts";
import { type Admin, createAdmin } from "../admin/index.ts";
import { adminPages } from "../admin/pages.ts";
import type { Security } from "../auth/security.ts";
import { createReach } from "../cluster/reach.ts";
import { createRoomMembers } from "../cluster/room-connections.ts";
import { createStatistics, type WorkerFigures } from "../cluster/statistics.ts";
import type { Config } from "../config/config.ts";
import { createConsole } from "../console/index.ts";
import { consolePages } from "../console/pages.ts";
import type { RunningInbox } from "../delivery/inbox/inbox.ts";
import type { RunningLive } from "../delivery/live.ts";
import { createNotify, type Notify } from "../delivery/notify.ts";
import type { Sender } from "../delivery/outbound.ts";
import type { RunningTimers } from "../delivery/timers.ts";
import { createHttpApp } from "../http/app.ts";
import type { BackingService } from "../http/health.ts";
import { createClusterMetrics } from "../metrics/cluster-metrics.ts";
import { countConnections } from "../metrics/connections.ts";
import type { EventStats } from "../metrics/event-stats.ts";
import { createMetrics, membersByKind } from "../metrics/index.ts";
import { createLimitUsage } from "../metrics/limit-usage.ts";
import type { Retained } from "../metrics/retained.ts";
import type { MetricSources } from "../metrics/sources.ts";
import type { Modules } from "../modules.ts";
import type { Observer } from "../observability/observer.ts";
import type { Described } from "../playground.ts";
import { clientAddress, type TrustsProxy } from "../sessions/client-address.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { UserNames } from "../sessions/user-names.ts";
import { countTraffic, type PacketsPastEngine } from "../socketio/traffic.ts";
import { createGuard } from "./guarded.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { WorkerLoad } from "./worker-load.ts";

export interface OperationsOptions extends PacketsPastEngine {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly inFlight: InFlight;
  readonly outbound: Sender;
  readonly inbox: RunningInbox;
  readonly timers: RunningTimers;
  readonly live: Pick<RunningLive, "list">;
  readonly security: Security;
  readonly observer: Observer;
  readonly modules: Modules;
  now(): number;
  notReady(): string | undefined;
  readonly cutOff: MetricSources["cutOff"];
  readonly load: WorkerLoad;
  scopeOf(namespace: NamespaceName): PresenceScope;
  /** Refusals of who guessed too often, since the start. */
  guessesRefused(): number;
  slowClientsCut(): number;
  /** What this worker has in memory for its connections; once it serves. */
  held(): Retained;
  readonly userNames: UserNames;
  /** Adds the application's own HTTP routes. */
  readonly routes: ((router: Router) => void) | undefined;
  /** Traces requests to the HTTP API; undefined: they are not. */
  readonly traceHttp: RequestHandler | undefined;
  readonly described: Described;
}

export interface Operations {
  readonly notify: Notify;
  readonly stats: EventStats;
  readonly httpApp: Express;
  /** User and password of the dashboard where they were made for development, to be shown. */
  madeCredentials(): Promise<{ readonly username: string; readonly password: string } | undefined>;
  /** Begins to count and to serve the dashboard, once Socket.IO is attached to the server. */
  watch(server: http.Server): Promise<void>;
  /** The client's address: the first one, from this server outwards, that is not a trusted proxy's. */
  addressOf(request: IncomingMessage): string;
  /** Figures of this worker that other workers may show. */
  figures(): WorkerFigures;
  /** Connections that poll, those that were opened and not closed, and sockets that the dashboard has listeners on. */
  held(): { readonly polling: number; readonly open: number; readonly watched: number };
}

export async function createOperations(
  options: OperationsOptions,
  lifecycle: Lifecycle,
): Promise<Operations> {
  const { config, log, store, worker, io, registry, security, load, now, scopeOf } = options;
  const { upstream } = options.modules;
  const startedAt = new Date(now()).toISOString();
  const started = performance.now();
  const guard = createGuard(log, "metrics");
  const traffic = countTraffic(io, options, guard);
  const { observer } = options;
  const connections = countConnections(io, guard, observer.refusedByEngine);
  const clients = () => io.engine?.clientsCount ?? 0;
  const own = <P extends { close(): unknown }>(name: string, part: P): P =>
    lifecycle.add("services", name, part);
  const members = own("room members", await createRoomMembers({ io, registry, store, worker, log }));
  const reach = own("reach", await createReach({ io, registry, store, worker, log }));

  const figures = (): WorkerFigures => {
    const anonymous: Record<string, number> = {};
    for (const session of registry.all())
      if (session.identity.anonymous) anonymous[session.namespace] = (anonymous[session.namespace] ?? 0) + 1;
    const now = { clients: clients(), users: registry.userCount, load: load.load };
    return { ...now, started_at: startedAt, anonymous };
  };
  const modes = parseModes(config.matchmaking.modes);
  const statistics = own(
    "statistics",
    await createStatistics({
      store,
      worker,
      log,
      now,
      scopeOf,
      own: figures,
      roomsScope,
      relayScope,
      queues: new Map<string, IndexKey<unknown>>(
        [...modes.keys()].map((mode) => [mode, matchmakingKeys.queue(mode)]),
      ),
    }),
  );

  const metrics = own(
    "metrics",
    createMetrics({
      clients,
      sessions: () => registry.counts(),
      rooms: async () => (await statistics.rooms()).rooms,
      inFlight: () => options.inFlight.size,
      bytes: () => traffic.bytes(),
      messagesSent: () => traffic.packetsSent(),
      timers: () => options.timers.counts,
      storeHealthy: () => store.health().ok,
      storeSpace: () => store.space(),
      gatewayHealthy: () => upstream?.health().ok ?? true,
      uptimeS: () => (performance.now() - started) / 1_000,
      connections: () => connections,
      refused: () => observer.counts,
      roomsByKind: async () => {
        const { rooms, relayRooms } = await statistics.rooms();
        return [
          ["room", rooms],
          ["relay", relayRooms],
        ];
      },
      membersByKind: () => membersByKind(io),
      queueSizes: () => statistics.queueSizes(),
      limitUsage: createLimitUsage({
        store,
        limits: config.limits,
        rooms: () => statistics.rooms(),
        zones: () => options.modules.world.held?.().open_zones ?? 0,
      }),
      rateLimited: () => [...security.refused, ["guess", options.guessesRefused()]],
      inboxDropped: () => options.inbox.dropped,
      slowClientsCut: options.slowClientsCut,
      load,
      shed: () => ({ ...load.shed, commands: security.refused.get("overload") ?? 0 }),
      cutOff: options.cutOff,
      held: () => Object.entries(options.held()),
      realtime: options.modules.realtime,
      userLoads: () => options.userNames.counts,
    }),
  );
  const clusterMetrics = own(
    "metrics of the cluster",
    await createClusterMetrics(store, worker, metrics.registry, log),
  );

  const notify = createNotify({
    outbound: options.outbound,
    inbox: options.inbox,
    contracts: options.modules.list.map(({ module }) => module.contract),
    reach,
    onSent(event, namespaces, users) {
      if (event !== "match_found" || !namespaces.includes("/matchmaking")) return;
      options.modules.matchmaking
        .matchedElsewhere(users)
        .catch((err: unknown) => log.warn({ err }, "players of a gateway's match still count as waiting"));
    },
  });

  const services = (): BackingService[] => [
    { name: "store", health: store.health() },
    ...(store.space().isLow ? [lackOfSpace(store.space())] : []),
    ...(load.reason === undefined ? [] : [overloaded(load.reason)]),
    ...(upstream === undefined ? [] : [{ name: "gateway", health: upstream.health() }]),
  ];

  const credentials = createCredentials(config, store.documents);
  const operatorsConsole =
    credentials &&
    own(
      "the console",
      await createConsole({
        ...{ config, credentials, store, worker, log, registry, security, scopeOf },
        inspection: options.modules.inspection,
        streams: () => options.live.list(),
        disconnect: options.outbound.disconnectUser,
        addressOf: (request) => clientAddress(request, trusts),
        counters: () => ({
          ...{ clients: clients(), users: registry.userCount, event_loop_delay_ms: load.delayMs },
          ...{ load_level: load.level, commands_under_way: options.inFlight.size },
          messages_received: traffic.packetsReceived(),
          messages_sent: traffic.packetsSent(),
          bytes_received: traffic.bytes().received,
          bytes_sent: traffic.bytes().sent,
          connections_opened: connections.opened,
          connections_closed: connections.closed,
          polling: connections.polling,
          slow_clients_cut: options.slowClientsCut(),
        }),
      }),
    );
  const httpApp = createHttpApp({
    config,
    log,
    observer,
    store,
    worker,
    security,
    notify,
    statistics,
    members,
    metrics: clusterMetrics,
    ...(credentials === undefined ? {} : { pages: [adminPages(), consolePages()] }),
    ...(operatorsConsole && { console: operatorsConsole }),
    ...(options.routes === undefined ? {} : { routes: options.routes }),
    traceHttp: options.traceHttp,
    described: options.described,
    notReady: () => options.notReady() ?? load.reason,
    services,
    async counts() {
      // Of this worker alone where the others cannot be asked: health must not wait for what is away.
      const all = store.health().ok ? statistics.connections().catch(() => clients()) : clients();
      const [everywhere, { rooms }] = await Promise.all([all, statistics.rooms()]);
      return { clients: everywhere, rooms };
    },
    now,
  });
  // Express' own rule for `req.ip`.
  const trusts = httpApp.get("trust proxy fn") as TrustsProxy;
  const addressOf = (request: IncomingMessage) => clientAddress(request, trusts);
  let admin: Admin | undefined;

  return {
    notify,
    stats: metrics.stats,
    httpApp,
    madeCredentials: async () => credentials?.made(),
    figures,
    held: () => ({
      polling: connections.polling,
      open: connections.opened - connections.closed,
      watched: admin?.watched() ?? 0,
    }),
    addressOf,
    async watch(server) {
      traffic.watch(server);
      connections.watch();
      if (credentials === undefined) return;
      admin = own(
        "the dashboard",
        await createAdmin({
          config,
          credentials,
          io,
          store,
          worker,
          limiter: security.limiter,
          bytes: security.bytes,
          traffic,
          connections,
          log,
          observer,
          now,
          addressOf: (socket: Socket) => addressOf(socket.request),
        }),
      );
    },
  };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

const overloaded = (reason: string): BackingService => ({
  name: "worker",
  health: { ok: false, reason },
  told: "this worker is overloaded",
});

function lackOfSpace({ usedBytes, capacityBytes = 0 }: StoreSpace): BackingService {
  const figures = `${megabytes(usedBytes)} of ${megabytes(capacityBytes)}`;
  const told = "the store is nearly full: messages are refused";
  return { name: "store", health: { ok: false, reason: `${told} (${figures})` }, told };
}
