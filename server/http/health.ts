/** Health for people and monitors, readiness for load balancers. */
import type { Request } from "express";
import type { Store } from "../../core/ports/store.ts";
import { PUBLIC, type Route, route } from "./route.ts";
import { HealthAnswer, ReadyAnswer } from "./schemas.ts";

export interface HealthDeps {
  readonly store: Store;
  /** False while starting and while draining. */
  ready(): boolean;
  /** Connections of this worker. */
  clients(): number;
  /** Rooms of the whole cluster, as last counted. */
  rooms(): number;
  /** Whether the caller may read what exactly is wrong: reasons name hosts and addresses. */
  mayReadReasons(req: Request): Promise<boolean> | boolean;
}

/** Told to everybody else. */
const WITHHELD = "the store is not available";

async function healthBody(deps: HealthDeps, req: Request) {
  const health = deps.store.health();
  return {
    status: health.ok ? "healthy" : "degraded",
    clients: deps.clients(),
    rooms: deps.rooms(),
    ...(health.ok ? {} : { reasons: [(await deps.mayReadReasons(req)) ? health.reason : WITHHELD] }),
  };
}

export function healthRoutes(deps: HealthDeps): Route[] {
  const health = (path: string, summary: string) =>
    route(
      {
        method: "get",
        path,
        summary,
        access: PUBLIC,
        answers: { 200: { description: "Alive; `degraded` while the store is away", schema: HealthAnswer } },
      },
      async ({ req, res }) => void res.json(await healthBody(deps, req)),
    );
  return [
    health("/health", "Whether this worker is well; 200 also while a service behind it is away."),
    health("/api/v1/websocket/health", "The same, under S2's name."),
    route(
      {
        method: "get",
        path: "/ready",
        summary: "Whether a load balancer may send clients here.",
        access: PUBLIC,
        answers: {
          200: { description: "Ready", schema: ReadyAnswer },
          503: { description: "Starting or draining", schema: ReadyAnswer },
        },
      },
      ({ res }) => {
        const ready = deps.ready();
        res.status(ready ? 200 : 503).json({ ready });
      },
    ),
  ];
}
