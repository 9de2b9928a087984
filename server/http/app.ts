/** The HTTP side of the port: health, metrics, the API and its document, the dashboard and the demo page. */
import express, { type Express, type Request, type RequestHandler, Router } from "express";
import helmet from "helmet";
import { GameError } from "../../core/contract/errors.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Security } from "../auth/security.ts";
import type { ClusterRoomMembers } from "../cluster/room-connections.ts";
import type { ClusterStatistics } from "../cluster/statistics.ts";
import type { Config } from "../config/config.ts";
import type { Console } from "../console/index.ts";
import type { Notify } from "../delivery/notify.ts";
import type { ClusterMetrics } from "../metrics/cluster-metrics.ts";
import type { Observer } from "../observability/observer.ts";
import { type Described, playground } from "../playground.ts";
import { MAX_DEPTH, nestsDeeperThan } from "../socketio/parser.ts";
import { broadcastRoutes } from "./broadcast.ts";
import { announcedBytes } from "./door.ts";
import { errorHandler, notFound } from "./errors.ts";
import { type HealthDeps, healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { demoPage } from "./pages.ts";
import { mount, operatorsOnly, PUBLIC, type Route, type RouteAccess, route } from "./route.ts";
import { statisticsRoutes } from "./statistics.ts";
import { devTokenRoutes, tokenRoutes } from "./tokens.ts";

export interface HttpDeps {
  readonly config: Config;
  readonly log: Log;
  readonly observer: Pick<Observer, "refused" | "wireOf" | "failedRequest">;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly security: Security;
  readonly notify: Notify;
  readonly statistics: ClusterStatistics;
  readonly members: ClusterRoomMembers;
  readonly metrics: Pick<ClusterMetrics, "text" | "list">;
  /** The dashboard's pages and the console's; absent where they are off. */
  readonly pages?: Router[];
  /** The console's routes and who may call them; absent as the dashboard is. */
  readonly console?: Pick<Console, "routes" | "requireConsole">;
  /** For the playground. */
  readonly described: Described;
  /** Adds the application's own routes. */
  readonly routes?: (router: Router) => void;
  /** Traces requests; undefined: they are not. */
  readonly traceHttp: RequestHandler | undefined;
  notReady(): string | undefined;
  services: HealthDeps["services"];
  counts: HealthDeps["counts"];
  now(): number;
}

export function createHttpApp(deps: HttpDeps): Express {
  const { config } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.set(
    "trust proxy",
    Array.isArray(config.server.trustProxy) ? [...config.server.trustProxy] : config.server.trustProxy,
  );
  app.set("query parser", "simple");
  app.use(securityHeaders(config));
  if (deps.traceHttp) app.use(deps.traceHttp);
  const router = Router();
  const readBody = express.json({
    limit: config.websocket.maxMessageBytes,
    strict: true,
    verify: judgeBody,
  });
  const readable: RequestHandler = (req, res, next) => {
    // The parser would read all of it first, only to throw it away.
    if (announcedBytes(req) > config.websocket.maxMessageBytes) throw new GameError("payload_too_large");
    readBody(req, res, next);
  };
  const { requireRole } = deps.security;
  const requireConsole = deps.console?.requireConsole ?? refuseConsole;
  mount(router, apiRoutes(deps), { requireRole, requireConsole }, readable);
  app.use(router);
  if (deps.pages) app.use(deps.pages);
  if (deps.routes) {
    const own = Router();
    deps.routes(own);
    app.use(own);
  }
  if (config.server.playground) app.use(playground(deps.described));
  if (config.server.demoPage) app.use(demoPage());
  app.use(notFound);
  app.use(errorHandler(deps.log, deps.observer));
  return app;
}

/** Every route that the OpenAPI document tells of, the one that serves it among them. */
export function apiRoutes(deps: HttpDeps): Route[] {
  const { config } = deps;
  const figures: RouteAccess = config.production && !config.server.publicMetrics ? operatorsOnly : PUBLIC;
  const relay: RouteAccess = config.auth.mode === "jwt" ? operatorsOnly : PUBLIC;
  const routes = [
    ...healthRoutes({
      ...deps,
      mayReadReasons: (req) => !config.production || isOperator(deps.security, req),
    }),
    ...metricsRoutes({ metrics: deps.metrics, access: figures, now: deps.now }),
    ...statisticsRoutes({ ...deps, access: { figures, relay } }),
    ...broadcastRoutes({
      notify: deps.notify,
      documents: deps.store.documents,
      access: config.auth.mode === "jwt" ? operatorsOnly : { kind: "open" },
      keepMs: config.retention.onceTtlMs,
    }),
    ...tokenRoutes(deps.security),
    ...(config.auth.mode === "dev" ? devTokenRoutes(deps.security) : []),
    ...(deps.console?.routes ?? []),
  ];
  const document = route(
    {
      method: "get",
      path: "/api/openapi.json",
      summary: "This document.",
      access: PUBLIC,
      answers: { 200: { description: "OpenAPI 3.1", type: "application/json" } },
    },
    ({ res }) => void res.json(description),
  );
  const all = [...routes, document];
  const description = openApiDocument(all);
  return all;
}

const refuseConsole = (): Promise<never> => Promise.reject(new GameError("unauthorized"));

/** For a route that everybody may call: bad credentials are no reason to refuse it. */
const isOperator = (security: Security, req: Request): Promise<boolean> =>
  security.requireOperator(req).then(
    () => true,
    () => false,
  );

/** Scripts, styles, images and sockets of this server only. Where it has no TLS itself, nothing may ask a browser for it. */
function securityHeaders(config: Config) {
  const tls = config.server.tls !== undefined;
  return helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        upgradeInsecureRequests: tls ? [] : null,
      },
    },
    strictTransportSecurity: tls,
  });
}

/** Runs on the bytes before they are parsed; what it throws is the answer. JSON is UTF-8 (RFC 8259, 8.1): in other charsets depth would hide. */
function judgeBody(_req: unknown, _res: unknown, body: Buffer, charset: string): void {
  if (charset !== "utf-8" && charset !== "utf8")
    throw new GameError("invalid_payload", { message: `body: JSON is UTF-8, not ${charset}` });
  if (nestsDeeperThan(body.toString("utf8"), MAX_DEPTH)) throw new GameError("payload_too_large");
}
