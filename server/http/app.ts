/** The HTTP side of the port: health, metrics, the API, the dashboard and the demo page. */
import express, { type Express } from "express";
import helmet from "helmet";
import cors from "cors";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store.ts";
import type { Config } from "../config/config.ts";
import type { Security } from "../security.ts";
import { devTokenRoutes } from "./dev-token.ts";
import { errorHandler, notFound } from "./errors.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";

export interface HttpDeps {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly security: Security;
  ready(): boolean;
  clients(): number;
  rooms(): number;
  /** Prometheus text of the whole cluster. */
  metricsText(): Promise<string>;
}

export function createHttpApp(deps: HttpDeps): Express {
  const { config } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", Array.isArray(config.server.trustProxy) ? [...config.server.trustProxy] : config.server.trustProxy);
  app.set("query parser", "simple");
  app.use(helmet());
  app.use(cors({ origin: config.production ? [...config.cors.origins] : true, maxAge: 600 }));
  app.use(express.json({ limit: config.websocket.maxMessageBytes, strict: true }));
  app.use(healthRoutes(deps));
  app.use(metricsRoutes(deps));
  if (config.auth.mode === "dev") app.use(devTokenRoutes(deps.security));
  app.use(notFound);
  app.use(errorHandler(deps.log));
  return app;
}
