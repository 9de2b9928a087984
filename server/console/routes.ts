/** All routes of the console: what serves them, and what the OpenAPI document is made of. */
import type { Route } from "../http/route.ts";
import { type ActionRoutesDeps, actionRoutes } from "./action-routes.ts";
import type { ConsoleAudit } from "./audit.ts";
import { type ClusterRoutesDeps, clusterRoutes } from "./cluster-routes.ts";
import { playRoutes } from "./play-routes.ts";
import type { ConsoleAccess } from "./session.ts";
import { sessionRoutes } from "./session-routes.ts";

export interface ConsoleRoutesDeps extends ClusterRoutesDeps, Omit<ActionRoutesDeps, "chat"> {
  readonly access: ConsoleAccess;
  readonly audit: ConsoleAudit;
}

export const consoleRoutes = (deps: ConsoleRoutesDeps): Route[] => [
  ...sessionRoutes(deps.access, deps.audit),
  ...clusterRoutes(deps),
  ...playRoutes(deps),
  ...actionRoutes({ ...deps, chat: deps.inspection.chat }),
];
