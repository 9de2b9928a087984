/**
 * The application: stores, ports, namespaces and the port they are served on, put together once and taken apart in order.
 * `createApp` is the public API; it touches no process, so that several run in one (tests, examples).
 */

import type { NamespaceName } from "../core/contract/contract.ts";
import { newId, type WorkerId } from "../core/ids.ts";
import type { Services } from "../core/ports/services.ts";
import { cryptoRandom } from "../core/random.ts";
import { systemClock } from "../core/time.ts";
import { CrowdedQueues } from "../middleware/command-queue.ts";
import type { App, AppOptions } from "./app-api.ts";
import { createSecurity } from "./auth/security.ts";
import { createDisconnects } from "./cluster/disconnects.ts";
import { createForwardedDrain } from "./cluster/drain-forwarded.ts";
import { startHeartbeat } from "./cluster/heartbeat.ts";
import { createRollingReload, deadAmong } from "./cluster/rolling-reload.ts";
import { createSessionAffinity } from "./cluster/session-affinity.ts";
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
import { openDeps } from "./deps.ts";
import { createGateway } from "./gateway/index.ts";
import { createHttpListener, urlOf } from "./http/http-listener.ts";
import { retainedBy } from "./metrics/retained.ts";
import { createModules } from "./modules.ts";
import { createObserver } from "./observability/observer.ts";
import { createOperations } from "./process/operations.ts";
import { watchOutages } from "./process/outages.ts";
import { drainSessions, spreadWithin } from "./process/shutdown.ts";
import { connectionsScope, createConnectionLimit } from "./sessions/connection-limit.ts";
import { createTokenExpiry } from "./sessions/expiry.ts";
import { SessionRegistry } from "./sessions/registry.ts";
import { createUserNames } from "./sessions/user-names.ts";
import type { AttachDeps } from "./socketio/attach.ts";
import { createConnectDeadline } from "./socketio/connect-deadline.ts";
import { ConnectGates } from "./socketio/connect-gate.ts";
import { createInFlight } from "./socketio/in-flight.ts";
import { joinWrites } from "./socketio/joined-writes/adapter.ts";
import { connectLimitMs, createSocketServer, slimRequests } from "./socketio/server.ts";
import { createSlowClientSweep } from "./socketio/slow-clients.ts";
import { createStorageQuotas } from "./storage-quota/index.ts";

export type { App, AppOptions } from "./app-api.ts";

/** @throws Error with one line that says what to do, where a store or a file cannot be opened */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const undo: (() => unknown)[] = [];
  try {
    return await compose(config, options, undo);
  } catch (err) {
    for (const end of undo.reverse()) await end();
    throw err;
  }
}

/** @param undo gets what ends each part that runs by itself, for a start that fails half way */
async function compose(config: Config, options: AppOptions, undo: (() => unknown)[]): Promise<App> {
  const { log, clock = systemClock, random = cryptoRandom, worker = newId<WorkerId>("w") } = options;
  const settings = toSettings(config);
  const deps = await openDeps(config, {
    worker,
    clock,
    log,
    redisPrefix: options.redisPrefix ?? "muster",
    ...(options.timeOffsetMs === undefined ? {} : { timeOffsetMs: options.timeOffsetMs }),
  });
  const store = options.wrapStore?.(deps.store) ?? deps.store;
  undo.push(() => deps.close());
  let ready = false;
  let draining = false;

  const io = createSocketServer(config, deps.adapter);
  const connectDeadline = createConnectDeadline(io, connectLimitMs(config));
  const gates = new ConnectGates();
  const crowded = new CrowdedQueues();
  undo.push(() => crowded.close());
  // Compressed frames are each socket's own.
  const joinedWrites =
    config.server.fastBroadcast && !config.server.compression ? joinWrites(io, gates) : undefined;
  if (joinedWrites?.active === false)
    log.warn({}, "this Socket.IO is not the one that joined writes were made for: broadcasts go its own way");
  const registry = new SessionRegistry();
  const inFlight = createInFlight();
  const disconnects = createDisconnects({ store, registry, log });
  undo.push(() => disconnects.close());
  const outbound = createOutbound(io, () => clock.now(), disconnects.ask);
  const slowClients = createSlowClientSweep(io, registry, log);
  undo.push(() => slowClients.close());
  const reading = createSessionReading(slowClients);
  undo.push(() => reading.close());
  const live = createLive({ streams: store.streams, sender: outbound, log, reading });
  undo.push(() => live.close());
  const timers = createTimers({ deadlines: store.deadlines, log });
  const connectionPresence = createConnectionPresence(store.presence, log);
  const expiry = createTokenExpiry(clock);
  undo.push(() => expiry.close());
  const userNames = createUserNames(options.loadUser, { log, now: () => clock.now() }, options.userNames);
  const security = createSecurity({ config, store, clock, log, registry });
  undo.push(() => security.close());
  const scopeOf = (namespace: NamespaceName) => modules.scopeOf(namespace);
  const inbox = createInbox({
    store,
    timers,
    registry,
    log,
    deviceMs: config.grace.deviceMs,
    bounds: boundsOf(settings.limits.inbox, settings.limits.inboxPerSender),
    scopeOf,
  });
  undo.push(() => inbox.close());
  const services: Services = {
    ...{ store, live, outbound, inbox, timers, connectionPresence, reading, random, log, settings },
    storageQuotas: createStorageQuotas(store, settings.limits),
  };
  const modules = createModules(services, config, options);
  undo.push(() => modules.close());
  const observer = createObserver({
    ...{ log, development: !config.production, now: () => clock.now() },
    addressOf: (request) => operations.addressOf(request),
  });
  undo.push(() => observer.close());
  const connectionLimit = createConnectionLimit(connectionPresence, config.websocket.maxConnectionsPerUser);
  const operations = await createOperations({
    ...{ config, log, store, worker, io, registry, inFlight, outbound, inbox, timers },
    ...{ security, observer, modules, scopeOf },
    now: () => clock.now(),
    ready: () => ready,
    slowClientsCut: () => slowClients.cut,
    held: () => held(),
    userNames,
    joinedPackets: () => joinedWrites?.packetsSent() ?? 0,
  });
  undo.push(() => operations.close());

  const attachDeps: AttachDeps = {
    io,
    registry,
    connectionPresence,
    live,
    inbox,
    expiry,
    inFlight,
    gates,
    crowded,
    log,
    observer,
    now: () => clock.now(),
    admit: () => security.admit(io.engine.clientsCount, draining),
    authenticate: userNames.named(connectionLimit.guard(security.authenticate)),
    isRevoked: (identity) => security.revocations.isRevoked(identity),
    refresh: userNames.named(security.refresh),
    forget: (session) => security.limiter.forget(session.id),
    customCommands: (namespace) =>
      (options.events ?? [])
        .filter((event) => event.namespace === namespace)
        .map((event) => event.compile(eventContext(services, operations.notify))),
    hooks: {
      log,
      limit: security.limit,
      wireOf: observer.wireOf,
      observe(session, event, outcome, startedAt, thrown) {
        operations.stats.observe(session.namespace, event, outcome, performance.now() - startedAt);
        observer.command(session, event, outcome, startedAt, thrown);
      },
    },
  };
  for (const entry of modules.list) entry.attach(attachDeps);
  const contracts = modules.list.map(({ module }) => module.contract);
  for (const line of strayRules(config.rateLimits, contracts, options.events ?? [])) log.warn({}, line);

  // Engine.IO sends at least a ping within this time.
  const idleMs = config.websocket.pongWaitMs + 1_000;
  const sessionAffinity = createSessionAffinity(worker, { idleMs, refused: observer.refusedAsGone });
  const gateway = config.server.plainEndpoints
    ? createGateway({ io, registry, config, observer, now: () => clock.now() })
    : undefined;
  const httpListener = createHttpListener({
    io,
    sessionAffinity,
    observer,
    ...(config.server.tls === undefined ? {} : { tls: config.server.tls }),
    requestTimeoutMs: config.websocket.timeoutMs,
    idleMs,
    originAllowed: security.originAllowed,
    ...(gateway === undefined ? {} : { plainUpgrade: gateway.upgrade }),
    app: operations.httpApp,
  });
  joinedWrites?.watch();
  connectDeadline.watch();
  slimRequests(io);
  await operations.watch(httpListener.server);

  const rollingReload =
    options.sharedPort === undefined
      ? undefined
      : await createRollingReload({
          bus: store.bus,
          worker,
          port: options.sharedPort,
          log,
          pause: () => httpListener.stopListening(),
          resume: () => httpListener.listenAgain(),
          dead: (among) => deadAmong(among, store.presence, sessionAffinity),
        });
  const forwardedDrain = await createForwardedDrain({
    bus: store.bus,
    worker,
    io,
    sessionAffinity,
    inFlight,
    sessionsOn: (connection) => registry.onTransport(connection),
  });
  const ends = [() => disconnects.close(), () => forwardedDrain.close()];
  await inbox.start();
  const heartbeat = await startHeartbeat({
    presence: store.presence,
    connectionPresence,
    scopes: [...modules.scopes, connectionsScope],
    log,
    info: () => ({ ...operations.figures() }),
  });
  const lost = (reason: string) => options.onStoreLost?.(reason);
  ends.push(watchOutages(store, { heartbeat, live, inbox, log, lost }));
  timers.start();

  const parts = {
    reading,
    security,
    modules,
    slowClients,
    joinedWrites,
    gateway,
    sessionAffinity,
    connectionLimit,
  };
  const held = () => retainedBy({ ...attachDeps, ...parts, operations });

  return {
    worker,
    services,
    io,
    modules,
    notify: operations.notify,
    dashboardLogin: operations.madeCredentials,
    held,
    mintToken: security.mintToken,
    revoke: (what) => security.revocations.revoke(what),
    async listen() {
      const { host } = config.server;
      const port = await httpListener.listen(host, config.server.port);
      await rollingReload?.arrived();
      ready = true;
      return { host, port, url: urlOf(config.server, port) };
    },
    async runDue() {
      expiry.check();
      observer.look();
      await heartbeat.beat();
      await timers.runDue();
      for (const { module } of modules.list) await module.compare?.();
      await live.check();
    },
    async close({ skip } = {}) {
      ready = false;
      await httpListener.acceptWaiting();
      httpListener.stopListening();
      await rollingReload?.leaving();
      const { drainMs } = config.server;
      const skipping = skip === undefined ? {} : { skip };
      await Promise.all([
        forwardedDrain.leave({ spreadMs: spreadWithin(drainMs), ...skipping }),
        drainSessions({
          registry,
          inFlight,
          log,
          drainMs,
          amongOthers: store.kind === "redis",
          onClosing() {
            draining = true;
          },
          ...skipping,
        }),
      ]);
      slowClients.close();
      crowded.close();
      expiry.close();
      await modules.close();
      await timers.close();
      for (const end of ends) end();
      operations.close();
      inbox.close();
      live.close();
      reading.close();
      security.close();
      observer.close();
      await heartbeat.close();
      await gateway?.close();
      await httpListener.close();
      await io.close();
      await deps.close();
    },
  };
}
