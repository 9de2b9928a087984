/**
 * The server's side of the Socket.IO Admin UI (@socket.io/admin-ui 0.5.1), whose page is served as it is. Its own `instrument()`
 * is not used: it wraps every packet and every `socket.data`, never stops its timer, keeps sessions per worker and shows request
 * headers; docs/decisions has the figures. What the page is told has the same form.
 */
import os from "node:os";
import type { Server, Socket } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { originAllowed } from "../../middleware/origin.ts";
import type { ByteLimiter } from "../../middleware/rate-limit/bytes.ts";
import type { RateLimiter } from "../../middleware/rate-limit/limiter.ts";
import type { Config } from "../config/config.ts";
import { createConsoleAudit } from "../console/audit.ts";
import type { ConnectionCounts } from "../metrics/connections.ts";
import type { Observer } from "../observability/observer.ts";
import { createGuard, type Guard } from "../process/guarded.ts";
import type { Traffic } from "../socketio/traffic.ts";
import { countBytes } from "../socketio/watched-decoder.ts";
import { createActs } from "./acts.ts";
import { createAttempts } from "./attempts.ts";
import type { AdminCredentials } from "./credentials.ts";
import { createDetails, type Details } from "./details.ts";
import { createAdminSessions, createLogin } from "./login.ts";

// Whether the dashboard has a viewer on any worker: only then do workers measure for it.

/** Told anew this often while somebody watches; a worker that is silent for three times as long has no watchers any more. */
const ROUND_MS = 2_000;
const FORGOTTEN_AFTER_MS = 3 * ROUND_MS;

interface Watch {
  readonly worker: WorkerId;
  readonly watchers: number;
  /** Somebody has just come, and wants the figures now. */
  readonly fresh: boolean;
}

const watchTopic = topic<Watch>("admin:watch");

interface Watching {
  /** This worker's own watchers have come or gone. */
  publishFigures(fresh: boolean): void;
  close(): void;
}

interface WatchingOptions {
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

async function createWatching(options: WatchingOptions): Promise<Watching> {
  const { store, worker, guard } = options;
  /** By worker, until when its watchers count. */
  const known = new Map<WorkerId, number>();
  let interval: NodeJS.Timeout | undefined;
  let closed = false;

  function publishFigures(fresh: boolean): void {
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
    if (options.watchers() > 0) publishFigures(false);
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
    publishFigures: publishFigures,
    close() {
      closed = true;
      end();
      if (interval !== undefined) stop();
    },
  };
}

// What the dashboard's diagrams show, read from counters that are there anyway: nothing is counted for it per packet.

/** In the Admin UI's form. */
interface AggregatedEvent {
  /** Milliseconds since the epoch, of the second. */
  readonly timestamp: number;
  readonly type: string;
  readonly count: number;
}

interface Figures {
  /** What has happened since it was asked last. */
  take(now: number): AggregatedEvent[];
}

function createFigures(traffic: Traffic, connections: ConnectionCounts): Figures {
  const read = () => {
    const bytes = traffic.bytes();
    return new Map([
      ["rawConnection", connections.opened],
      ["rawDisconnection", connections.closed],
      ["packetsIn", traffic.packetsReceived()],
      ["packetsOut", traffic.packetsSent()],
      ["bytesIn", bytes.received],
      ["bytesOut", bytes.sent],
    ]);
  };
  let last = read();
  return {
    take(now) {
      const current = read();
      const timestamp = Math.floor(now / 1_000) * 1_000;
      const events = [...current].flatMap(([type, total]) => {
        const count = total - (last.get(type) ?? 0);
        return count > 0 ? [{ timestamp, type, count }] : [];
      });
      last = current;
      return events;
    },
  };
}

const NAMESPACE = "/admin";
const FEATURES = ["AGGREGATED_EVENTS"];
const DETAILED_FEATURES = [...FEATURES, "ALL_EVENTS"];

export interface AdminOptions {
  readonly config: Config;
  readonly credentials: AdminCredentials;
  readonly io: Server;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly limiter: Pick<RateLimiter, "take">;
  readonly bytes: ByteLimiter;
  readonly traffic: Traffic;
  readonly connections: ConnectionCounts;
  readonly log: Log;
  readonly observer: Observer;
  now(): number;
  addressOf(socket: Socket): string;
}

export interface Admin {
  /** Sockets that the dashboard has listeners on. */
  watched(): number;
  close(): void;
}

export async function createAdmin(options: AdminOptions): Promise<Admin> {
  const { config, credentials, io, store, worker, log, addressOf } = options;
  const admin = io.of(NAMESPACE);
  const guard = createGuard(log, "dashboard");
  const detailed = config.admin.mode === "development";
  const figures = createFigures(options.traffic, options.connections);
  const details: Details | undefined = detailed
    ? await createDetails({ io, admin, store, worker, log, guard, addressOf })
    : undefined;
  const acts = createActs({
    ...{ io, own: NAMESPACE, limiter: options.limiter, log, guard, addressOf },
    readOnly: config.admin.readOnly,
    operator: credentials.username,
    audit: createConsoleAudit(store),
  });
  const opened = new WeakMap<Socket, string>();

  const watching = await createWatching({
    store,
    worker,
    guard,
    watchers: () => admin.sockets.size,
    started() {
      figures.take(options.now());
      details?.start();
    },
    stopped: () => details?.stop(),
    round() {
      details?.round();
      admin.emit("server_stats", {
        serverId: worker,
        hostname: os.hostname(),
        pid: process.pid,
        uptime: process.uptime(),
        clientsCount: io.engine.clientsCount,
        pollingClientsCount: options.connections.polling,
        aggregatedEvents: figures.take(options.now()),
        namespaces: [...io._nsps.values()].map(({ name, sockets }) => ({ name, socketsCount: sockets.size })),
      });
    },
  });

  admin.use(
    createLogin({
      credentials,
      sessions: createAdminSessions(store.documents),
      attempts: createAttempts(options.limiter, store),
      log,
      refused: (socket, thrown) => options.observer.refusedConnect(socket, thrown, "dashboard"),
      addressOf,
      originAllowed: ({ handshake: { headers } }) =>
        originAllowed(
          headers.origin,
          { host: headers.host },
          { mode: "jwt", origins: config.cors.origins },
        ) ||
        // Behind a trusted proxy the front has compared with the host that the client asked for.
        (config.auth.mode === "jwt" && headers["x-forwarded-host"] !== undefined),
      opened: (socket, session) => void opened.set(socket, session),
    }),
  );

  const welcome = guard((socket: Socket) => {
    countBytes(socket, options.bytes, undefined);
    acts.listen(socket);
    socket.on(
      "disconnect",
      guard(() => watching.publishFigures(false)),
    );
    const session = opened.get(socket);
    if (session !== undefined) socket.emit("session", session);
    socket.emit("config", {
      supportedFeatures: [...acts.features, ...(detailed ? DETAILED_FEATURES : FEATURES)],
    });
    watching.publishFigures(true);
    details
      ?.welcome(socket)
      .catch((err: unknown) => log.warn({ err }, "sockets could not be listed for the dashboard"));
  });
  admin.on("connection", welcome);

  return {
    watched: () => details?.watched() ?? 0,
    close() {
      watching.close();
      details?.close();
    },
  };
}
