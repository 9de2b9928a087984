/** Health for people and monitors, readiness for load balancers. */
import type { Request } from "express";
import type { WorkerId } from "../../core/ids.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { ServiceHealth } from "../upstream/index.ts";
import { PUBLIC, type Route, route } from "./route.ts";
import { HealthAnswer, ReadyAnswer } from "./schemas.ts";

/** Which worker has answered: what a balancer in front hides. */
const WORKER_HEADER = "x-muster-worker";

export interface BackingService {
  readonly name: string;
  readonly health: ServiceHealth;
  /** What everybody may read of a reason. Default: that it is not available. */
  readonly told?: string;
}

export interface HealthDeps {
  readonly worker: WorkerId;
  readonly store: Pick<Store, "health">;
  /** What this server stands on, each with how it is. */
  services(): readonly BackingService[];
  /** Why no client should be sent here: starting, stopping, overloaded, cut off; undefined where clients may come. */
  notReady(): string | undefined;
  /** As in the statistics. */
  counts(): Promise<{ readonly clients: number; readonly rooms: number }>;
  /** Whether the caller may read what exactly is wrong: reasons name hosts and addresses. */
  mayReadReasons(req: Request): Promise<boolean> | boolean;
}

async function healthBody(deps: HealthDeps, req: Request) {
  const failed = deps
    .services()
    .flatMap(({ name, health, told }) =>
      health.ok ? [] : [{ told: told ?? `the ${name} is not available`, ...health }],
    );
  const { clients, rooms } = await deps.counts();
  if (failed.length === 0) return { status: "healthy", clients, rooms };
  const mayRead = await deps.mayReadReasons(req);
  const reasons = failed.map(({ told, reason }) => (mayRead ? reason : told));
  return { status: "degraded", clients, rooms, reasons };
}

export function healthRoutes(deps: HealthDeps): Route[] {
  const health = (path: string, summary: string) =>
    route(
      {
        method: "get",
        path,
        summary,
        access: PUBLIC,
        answers: {
          200: {
            description: "Alive; `degraded` while the store or the gateway is away, or the store nearly full",
            schema: HealthAnswer,
          },
        },
      },
      async ({ req, res }) => {
        res.set(WORKER_HEADER, deps.worker);
        res.json(await healthBody(deps, req));
      },
    );
  return [
    health("/health", "Whether this worker is well; 200 also while a service behind it is away."),
    health("/api/v1/websocket/health", "The same, under the name that the text RPG's clients use."),
    route(
      {
        method: "get",
        path: "/ready",
        summary: "Whether a load balancer may send clients here.",
        access: PUBLIC,
        answers: {
          200: { description: "Ready", schema: ReadyAnswer },
          503: {
            description: "Starting, draining, overloaded, or cut from the store while other workers are not",
            schema: ReadyAnswer,
          },
        },
      },
      ({ res }) => {
        const reason = deps.notReady();
        const store = deps.store.health().ok;
        res.set(WORKER_HEADER, deps.worker);
        res.status(reason === undefined ? 200 : 503).json({ ready: reason === undefined, store, reason });
      },
    ),
  ];
}
