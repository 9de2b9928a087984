/**
 * The server's side of the Socket.IO Admin UI (@socket.io/admin-ui 0.5.1), whose page is served as it is. Its own `instrument()`
 * is not used: it wraps every packet and every `socket.data`, never stops its timer, keeps sessions per worker and shows request
 * headers; docs/decisions has the figures. What the page is told has the same form.
 */
import os from "node:os";
import type { Server, Socket } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { originAllowed } from "../../middleware/origin.ts";
import type { RateLimiter } from "../../middleware/rate-limit/limiter.ts";
import type { Config } from "../config/config.ts";
import type { ConnectionCounts } from "../metrics/connections.ts";
import type { Observer } from "../observability/observer.ts";
import { createGuard } from "../process/guarded.ts";
import type { Traffic } from "../socketio/traffic.ts";
import type { AdminCredentials } from "./credentials.ts";
import { createDetails, type Details } from "./details.ts";
import { createFigures } from "./figures.ts";
import { createLogin } from "./login.ts";
import { createAdminSessions } from "./sessions.ts";
import { createWatching } from "./watching.ts";

const NAMESPACE = "/admin";
/** Nothing can be changed from the page: joins and events of its own would go past every rule. */
const FEATURES = ["AGGREGATED_EVENTS"];
const DETAILED_FEATURES = [...FEATURES, "ALL_EVENTS"];

export interface AdminOptions {
  readonly config: Config;
  readonly credentials: AdminCredentials;
  readonly io: Server;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly limiter: Pick<RateLimiter, "take">;
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
      limiter: options.limiter,
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
    // Whatever the page sends is nobody's event.
    socket.use(() => undefined);
    socket.on(
      "disconnect",
      guard(() => watching.tell(false)),
    );
    const session = opened.get(socket);
    if (session !== undefined) socket.emit("session", session);
    socket.emit("config", { supportedFeatures: detailed ? DETAILED_FEATURES : FEATURES });
    watching.tell(true);
    details
      ?.sockets()
      .then((sockets) => socket.emit("all_sockets", sockets))
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
