/** The port and all that answers behind it: HTTP, Socket.IO, plain endpoints, and the ways a worker takes clients and lets them go. */
import type { Express } from "express";
import type { Server } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { InFlight } from "../../middleware/command-queue.ts";
import type { Security } from "../auth/security.ts";
import { createForwardedDrain } from "../cluster/drain-forwarded.ts";
import { createPeers, outwardHost } from "../cluster/peers.ts";
import { createRollingReload, deadAmong, type SharedPort } from "../cluster/rolling-reload.ts";
import { createSessionAffinity, type SessionAffinity } from "../cluster/session-affinity.ts";
import type { Config } from "../config/config.ts";
import { createGateway, type Gateway } from "../gateway/index.ts";
import { createHttpListener, type HttpListener, urlOf } from "../http/http-listener.ts";
import type { Observer } from "../observability/observer.ts";
import type { AddressLimit } from "../sessions/address-limit.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { ConnectionStages } from "../socketio/limits/connection-stages.ts";
import { maxPolledBytes } from "../socketio/server.ts";
import { type CutOff, createCutOff } from "./cut-off.ts";
import { LEAVE_LIMIT_MS, stopServing } from "./drain.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { WorkerLoad } from "./worker-load.ts";

export interface ServingOptions {
  readonly config: Config;
  readonly worker: WorkerId;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  readonly store: Store;
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly inFlight: InFlight;
  readonly observer: Observer;
  readonly originAllowed: Security["originAllowed"];
  readonly arrive: AddressLimit["arrive"];
  readonly stages: Pick<ConnectionStages, "isCrowded">;
  readonly load: WorkerLoad;
  readonly security: Pick<Security, "bytes" | "crowded">;
  /** The HTTP API and the pages. */
  readonly httpApp: Express;
  readonly sharedPort: SharedPort | undefined;
  now(): number;
  /** Called when the last clients are closed: from now on no new client is let in. */
  /** Gives what can be given to other workers while the clients are still here. Must not throw. */
  handOver(): Promise<void>;
  onClosing(): void;
  /** When aborted, a stopping worker does not wait for clients and commands. */
  readonly skip: AbortSignal;
}

export interface Serving {
  readonly server: HttpListener["server"];
  readonly sessionAffinity: SessionAffinity;
  /** Undefined where the plain endpoints are off. */
  readonly gateway: Gateway | undefined;
  readonly cutOff: Pick<CutOff, "reason" | "counts">;
  /** What other workers need to ask this one directly. */
  toldPeers(): { readonly peer_url?: string };
  /** Opens the port. @returns where, with the port that was free where 0 was configured */
  listen(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
}

/** @throws Error where a file of the certificate cannot be read, or the store is away */
export async function createServing(options: ServingOptions): Promise<Serving> {
  const { config, worker, log, lifecycle, store, io, registry, inFlight, observer } = options;
  // Engine.IO sends at least a ping within this time.
  const idleMs = config.websocket.pongWaitMs + 1_000;
  const sessionAffinity = createSessionAffinity(worker, { idleMs, refused: observer.refusedAsGone });
  const gateway = config.server.plainEndpoints
    ? createGateway({
        ...{ io, registry, config, observer, now: options.now },
        bytes: options.security.bytes,
        crowded: options.security.crowded,
      })
    : undefined;
  const peers = store.shared ? createPeers({ presence: store.presence, worker, log }) : undefined;
  if (peers) lifecycle.add("services", "the addresses of other workers", peers);
  const cutOff = createCutOff({
    ...{ store, registry, inFlight, log },
    afterMs: config.server.cutOffAfterMs,
    anyIsWell: peers?.anyIsWell ?? (() => Promise.resolve(false)),
  });
  lifecycle.add("clients", "the watch for being cut off", cutOff);
  let peerUrl = config.server.peerUrl;
  const httpListener = createHttpListener({
    cutOff,
    ...{ io, sessionAffinity, observer, idleMs },
    ...(config.server.tls === undefined ? {} : { tls: config.server.tls }),
    requestTimeoutMs: config.websocket.timeoutMs,
    originAllowed: options.originAllowed,
    maxPolledBytes: maxPolledBytes(config),
    arrive: options.arrive,
    maxConnecting: config.websocket.maxConnecting,
    isCrowded: () => options.stages.isCrowded,
    load: options.load,
    ...(gateway === undefined ? {} : { plainUpgrade: gateway.upgrade, plainRefuse: gateway.refuse }),
    app: options.httpApp,
  });
  lifecycle.add("sockets", "the HTTP server", httpListener);
  if (gateway) lifecycle.add("sockets", "the plain endpoints", gateway);

  const rollingReload =
    options.sharedPort === undefined
      ? undefined
      : await createRollingReload({
          ...{ bus: store.bus, worker, log },
          port: options.sharedPort,
          pause: () => httpListener.stopListening(),
          resume: () => httpListener.listenAgain(),
          dead: (among) => deadAmong(among, store.presence, sessionAffinity),
        });
  const forwardedDrain = await createForwardedDrain({
    ...{ bus: store.bus, worker, io, sessionAffinity, inFlight },
    sessionsOn: (connection) => registry.onTransport(connection),
  });
  lifecycle.add("services", "the drain of forwarded connections", forwardedDrain);

  const { drainMs } = config.server;
  const draining = {
    close: () =>
      stopServing({
        ...{ httpListener, rollingReload, forwardedDrain, registry, inFlight, log, drainMs },
        amongOthers: store.shared,
        handOver: options.handOver,
        onClosing: options.onClosing,
        skip: options.skip,
      }),
  };
  lifecycle.add("clients", "the drain", draining, drainMs + LEAVE_LIMIT_MS);

  return {
    server: httpListener.server,
    sessionAffinity,
    gateway,
    cutOff,
    toldPeers: () => (peerUrl === undefined ? {} : { peer_url: peerUrl }),
    async listen() {
      const { host } = config.server;
      const port = await httpListener.listen(host, config.server.port);
      const outward = outwardHost(host);
      if (outward !== undefined && store.shared) peerUrl ??= urlOf({ ...config.server, host: outward }, port);
      await rollingReload?.arrived();
      return { host, port, url: urlOf(config.server, port) };
    },
  };
}
