/** `/metrics`: Prometheus text of the whole cluster. */
import { Router } from "express";
import type { Config } from "../config/config.ts";
import type { Security } from "../security.ts";

export interface MetricsRouteDeps {
  readonly config: Config;
  readonly security: Security;
  metricsText(): Promise<string>;
}

export function metricsRoutes(deps: MetricsRouteDeps): Router {
  const router = Router();
  router.get("/metrics", async (req, res) => {
    const open = !deps.config.production || deps.config.server.publicMetrics;
    if (!open) await deps.security.requireOperator(req);
    res.type("text/plain; version=0.0.4; charset=utf-8").send(await deps.metricsText());
  });
  return router;
}
