/** Health for people and monitors, readiness for load balancers. */
import { Router } from "express";
import type { Store } from "../../core/ports/store.ts";

export interface HealthDeps {
  readonly store: Store;
  /** False while starting and while draining. */
  ready(): boolean;
  /** Connections of this worker. */
  clients(): number;
  /** Rooms of the whole cluster, as last counted. */
  rooms(): number;
}

export function healthBody(deps: HealthDeps) {
  const health = deps.store.health();
  return {
    status: health.ok ? "healthy" : "degraded",
    clients: deps.clients(),
    rooms: deps.rooms(),
    ...(health.ok ? {} : { reasons: [health.reason] }),
  };
}

export function healthRoutes(deps: HealthDeps): Router {
  const router = Router();
  router.get("/health", (_req, res) => {
    res.json(healthBody(deps));
  });
  router.get("/api/v1/websocket/health", (_req, res) => {
    res.json(healthBody(deps));
  });
  router.get("/ready", (_req, res) => {
    const ready = deps.ready();
    res.status(ready ? 200 : 503).json({ ready });
  });
  return router;
}
