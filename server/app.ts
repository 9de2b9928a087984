/**
 * The application: stores, ports, namespaces and the port they are served on, put together once and taken apart in order.
 * `createApp` is the public API; it touches no process, so that several run in one (tests, examples).
 */

import type { NamespaceName } from "../core/contract/contract.ts";
import { newId, type WorkerId } from "../core/ids.ts";
import type { Services } from "../core/ports/services.ts";
import { cryptoRandom } from "../core/random.ts";
import { systemClock } from "../core/time.ts";
import { CrowdedQueues, createInFlight } from "../middleware/command-queue.ts";
import { type App, type AppOptions, checkOptions } from "./app-api.ts";
import { createSecurity } from "./auth/security.ts";
import { createDisconnects } from "./cluster/disconnects.ts";
import { createHeartbeat } from "./cluster/heartbeat.ts";
import { createNeighbours } from "./cluster/neighbours.ts";
import { createUserBus, HEARS_USERS } from "./cluster/user-bus.ts";
import { type Config, toSettings } from "./config/config.ts";
import { strayRules } from "./config/stray-rules.ts";
import { eventContext } from "./custom-events.ts";
import { createConnectionPresence } from "./delivery/connection-presence.ts";
import { createInbox } from "./delivery/inbox/inbox.ts";
import { boundsOf } from "./delivery/inbox/ledger.ts";
import { createLive } from "./delivery/live.ts";
import { createOutbound } from "./delivery/outbound.ts";
import { createSessionReading } from "./delivery/read-scheduler.ts";
import { createTimers } from "./delivery/timers.ts";
import { createNearestEvent } from "./known-events.ts";
import { retainedBy } from "./metrics/retained.ts";
import { createModules } from "./modules.ts";
import { createObserver } from "./observability/observer.ts";
import { createPacedLog } from "./observability/paced-log.ts";
import { openDeps } from "./open-store.ts";
import { forwardAbort } from "./process/drain.ts";
import { Lifecycle, type LifecyclePart } from "./process/lifecycle.ts";
import { createOperations } from "./process/operations.ts";
import { watchOutages } from "./process/outages.ts";
import { createServing } from "./process/serving.ts";
import { createWorkerLoad } from "./process/worker-load.ts";
import { createAddressLimit } from "./sessions/address-limit.ts";
import { connectionsScope, createConnectionLimit } from "./sessions/connection-limit.ts";
import { createTokenExpiry } from "./sessions/expiry.ts";
import { createGuessLimit } from "./sessions/guess-limit.ts";
import { withOwnSessions } from "./sessions/own-sessions.ts";
import { SessionRegistry } from "./sessions/registry.ts";
import { SocketSession } from "./sessions/socket-session.ts";
import { createUserNames } from "./sessions/user-names.ts";
import type { AttachDeps } from "./socketio/attach.ts";
import { ConnectGates } from "./socketio/connect-gate.ts";
import { directMessages } from "./socketio/direct-messages.ts";
import { joinWrites } from "./socketio/joined-writes/adapter.ts";
import { createConnectionStages } from "./socketio/limits/connection-stages.ts";
import { slimRequests } from "./socketio/limits/handshakes.ts";
import { limitEnginePackets } from "./socketio/limits/packet-budget.ts";
import { limitPolling } from "./socketio/limits/polling.ts";
import { createSlowClientSweep } from "./socketio/limits/slow-clients.ts";
import { createUnsent } from "./socketio/limits/unsent.ts";
import { closeSocketServer, connectLimitMs, createSocketServer } from "./socketio/server.ts";
import { createStorageQuotas } from "./storage-quota.ts";

export type { App, AppOptions } from "./app-api.ts";

/** @throws Error with one line that says what to do, where a store or a file cannot be opened */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  checkOptions(options);
  const lifecycle = new Lifecycle(options.log);
  try {
    return await compose(config, options, lifecycle);
  } catch (err) {
    await lifecycle.close();
    throw err;
  }
}

async function compose(config: Config, options: AppOptions, lifecycle: Lifecycle): Promise<App> {
  const { clock = systemClock, random = cryptoRandom, worker = newId<WorkerId>("w") } = options;
  const now = () => clock.now();
  // Under the lowest, so that it is closed after all that writes to it.
  const log = lifecycle.add(
    "store",
    "the log",
    createPacedLog(options.log, () => performance.now()),
  );
  const service = <P extends LifecyclePart>(name: string, part: P): P =>
    lifecycle.add("services", name, part);
  const settings = toSettings(config);
  const { store, adapter, tracing } = await openDeps(config, {
    ...{ worker, clock, log, lifecycle },
    redisPrefix: options.redisPrefix ?? config.store.redisPrefix,
    ...{ wrapStore: options.wrapStore, timeOffsetMs: options.timeOffsetMs },
  });
  let ready = false;
  let draining = false;

  const io = createSocketServer(config, adapter);
  lifecycle.add("sockets", "Socket.IO", { close: () => closeSocketServer(io) });
  const { maxConnections, maxConnecting, maxMessageBytes, writeWaitMs } = config.websocket;
  const stages = createConnectionStages(io, {
    ...{ limitMs: connectLimitMs(config), max: maxConnections, maxConnecting },
  });
  const gates = new ConnectGates();
  // Compressed frames are each socket's own.
  const joins = config.server.fastBroadcast && !config.server.compression;
  const joinedWrites = joins ? joinWrites(io, gates, config.server) : undefined;
  if (joinedWrites?.active === false)
    log.warn({}, "this Socket.IO is not the one that joined writes were made for: broadcasts go its own way");
  const registry = new SessionRegistry(() => store.now());
  const load = service(
    "the load watch",
    createWorkerLoad({
      ...{ config, log, delayMs: options.eventLoopDelayMs, connections: () => io.engine?.clientsCount ?? 0 },
      unsentBytes: (mostOfOne) => slowClients.unsentInAll(mostOfOne),
      realtime: () => modules.realtime(),
    }),
  );
  const inFlight = createInFlight();
  const observer = service(
    "the observer",
    createObserver({
      ...{ log, development: !config.production, now },
      addressOf: (request) => operations.addressOf(request),
    }),
  );
  const disconnects = service("disconnects", createDisconnects({ store, registry, log }));
  const userBus = service("messages about users", createUserBus({ store, registry, log }));
  const outbound = service(
    "outbound",
    createOutbound({ io, now, disconnectUser: disconnects.ask, shedding: load.shedding, userBus }),
  );
  const polling = limitPolling(io);
  const unsent = createUnsent((connection) => gates.heldBytes(connection), polling);
  const slowClients = service(
    "slow clients",
    createSlowClientSweep({ io, registry, unsent, log, writeWaitMs, maxMessageBytes }),
  );
  const reading = service("reading", createSessionReading(slowClients));
  const live = service(
    "live delivery",
    createLive({ streams: store.streams, sender: outbound, log, reading }),
  );
  const connectionPresence = createConnectionPresence(store.presence, log);
  const expiry = service("token expiry", createTokenExpiry(clock));
  const userNames = createUserNames(options.loadUser, { log, now }, options.userNames);
  const security = service(
    "security",
    createSecurity({
      ...{ config, store, clock, log, registry, load },
      addressOf: (request) => operations.addressOf(request),
    }),
  );
  const crowded = service("command queues", new CrowdedQueues());
  const timers = lifecycle.add("namespaces", "timers", createTimers({ deadlines: store.deadlines, log }));
  const scopeOf = (namespace: NamespaceName) => modules.scopeOf(namespace);
  const inbox = service(
    "the inbox",
    createInbox({
      ...{ store, timers, registry, log, scopeOf, userBus },
      deviceMs: config.grace.deviceMs,
      bounds: boundsOf(settings.limits.inbox, settings.limits.inboxPerSender),
    }),
  );
  const guesses = service(
    "guesses",
    createGuessLimit({
      rule: config.rateLimits.guesses,
      clock: { now: () => store.now() },
      counters: store.shared ? store.counters : undefined,
      addressOf: (session) =>
        session instanceof SocketSession ? operations.addressOf(session.socket.request) : undefined,
    }),
  );
  const services: Services = {
    ...{ store, live, outbound, inbox, timers, connectionPresence, reading, random, log, settings },
    ...{ shedding: load.shedding, room: load, userBus },
    neighbours: service("neighbours", createNeighbours(log)),
    storageQuotas: createStorageQuotas(store, settings.limits),
    guesses,
  };
  const modules = createModules(services, config, options, lifecycle, tracing?.headers);
  const connectionLimit = createConnectionLimit(connectionPresence, config.websocket.maxConnectionsPerUser);
  const addressLimit = createAddressLimit({
    max: config.websocket.maxConnectionsPerAddress,
    rate: config.rateLimits.address,
    addressOf: (request) => operations.addressOf(request),
    now,
  });
  const operations = await createOperations(
    {
      ...{ config, log, store, worker, io, registry, inFlight, outbound, inbox, timers, live },
      ...{ security, observer, modules, scopeOf, userNames, now },
      notReady: () => (ready ? serving.cutOff.reason : "starting or stopping"),
      cutOff: () => serving.cutOff,
      load,
      guessesRefused: () => guesses.refused,
      slowClientsCut: () => slowClients.cut,
      held: () => held(),
      sentPast: () => joinedWrites?.packetsSent() ?? 0,
      receivedPast: () => direct?.received ?? 0,
      routes: options.routes,
      traceHttp: tracing?.http,
      described: {
        contracts: modules.list.map(({ module }) => module.contract),
        events: options.events ?? [],
        games: modules.games,
        realtimeGames: modules.realtimeGames,
      },
    },
    lifecycle,
  );

  const contracts = modules.list.map(({ module }) => module.contract);
  const attachDeps: AttachDeps = {
    ...{ io, registry, connectionPresence, live, inbox, userBus, expiry, inFlight, gates, crowded },
    ...{ log, observer, now, bytes: security.bytes },
    admit(connection) {
      security.admit(draining);
      stages.admit(connection);
      addressLimit.check(connection);
    },
    takePlace: (connection) => stages.takePlace(connection),
    refused: (connection) => stages.refused(connection),
    authenticate: userNames.named(
      connectionLimit.guard(
        withOwnSessions(options, security.authenticate, (request) => operations.addressOf(request), now),
      ),
    ),
    isRevoked: (identity) => security.revocations.isRevoked(identity),
    refresh: userNames.named(security.refresh),
    forget: (session) => security.limiter.forget(session.id),
    customCommands: (namespace) =>
      (options.events ?? [])
        .filter((event) => event.namespace === namespace)
        .map((event) => event.compile(eventContext(services, operations.notify))),
    hooks: {
      ...{ log, trace: tracing?.command },
      limit: security.limit,
      crowded: security.crowded,
      wireOf: observer.wireOf,
      namesIgnored: !config.production,
      nearest: createNearestEvent(contracts, options.events ?? []),
      observe(session, event, outcome, startedAt, thrown) {
        operations.stats.observe(session.namespace, event, outcome, performance.now() - startedAt);
        observer.command(session, event, outcome, startedAt, thrown);
      },
    },
  };
  for (const entry of modules.list) entry.attach(attachDeps);
  for (const line of strayRules(config.rateLimits, contracts, options.events ?? [])) log.warn({}, line);

  const skip = new AbortController();
  const serving = await createServing({
    ...{ config, worker, log, lifecycle, store, io, registry, inFlight, observer, now },
    originAllowed: security.originAllowed,
    ...{ arrive: addressLimit.arrive, stages, load, security },
    httpApp: operations.httpApp,
    sharedPort: options.sharedPort,
    async handOver() {
      await Promise.all(modules.list.map(({ module }) => module.leaving?.()));
    },
    onClosing() {
      draining = true;
    },
    skip: skip.signal,
  });
  joinedWrites?.watch(slowClients.wrote);
  slimRequests(io);
  io.engine.on("connection", addressLimit.count);
  for (const part of [stages, slowClients, polling]) part.watch();
  limitEnginePackets(io);
  const direct = config.server.fastIo ? directMessages(io) : undefined;
  service("operations", { start: () => operations.watch(serving.server) });
  const heartbeat = lifecycle.add(
    "cluster",
    "the heartbeat",
    createHeartbeat({
      ...{ presence: store.presence, connectionPresence, log },
      scopes: [...modules.scopes, connectionsScope],
      info: () => ({ ...operations.figures(), ...serving.toldPeers(), ...HEARS_USERS }),
      beaten: () => userBus.look(),
      ...(store.shared && { turns: { leases: store.leases, worker } }),
    }),
  );
  const lost = (reason: string) => options.onStoreLost?.(reason);
  service("outages", watchOutages(store, { heartbeat, live, inbox, log, lost }));
  await lifecycle.start();

  const { sessionAffinity, gateway } = serving;
  const parts = { reading, security, modules, slowClients, joinedWrites, connectionLimit, operations };
  const held = () => retainedBy({ ...attachDeps, ...parts, addressLimit, stages, sessionAffinity, gateway });

  return {
    ...{ worker, services, io, modules, held },
    notify: operations.notify,
    dashboardLogin: operations.madeCredentials,
    mintToken: security.mintToken,
    revoke: (what) => security.revocations.revoke(what),
    async listen() {
      const place = await serving.listen();
      ready = true;
      return place;
    },
    async runDue() {
      expiry.check();
      observer.look();
      await heartbeat.beat();
      await timers.runDue();
      for (const { module } of modules.list) await module.compare?.();
      await live.check();
    },
    close(closing = {}) {
      ready = false;
      if (closing.skip) forwardAbort(closing.skip, skip);
      return lifecycle.close();
    },
  };
}
