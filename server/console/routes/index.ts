/** All routes of the console: what serves them, and what the OpenAPI document is made of. */
import type { Route } from "../../http/route.ts";
import type { ConsoleAudit } from "../audit.ts";
import type { ConsoleAccess } from "../session.ts";
import { type ActionRoutesDeps, actionRoutes } from "./actions.ts";
import { type ClusterRoutesDeps, clusterRoutes } from "./cluster.ts";
import { fightRoutes } from "./fights.ts";
import { playRoutes } from "./play.ts";
import { sessionRoutes } from "./session.ts";
import { zoneRoutes } from "./zones.ts";

export interface ConsoleRoutesDeps extends ClusterRoutesDeps, Omit<ActionRoutesDeps, "chat"> {
  readonly access: ConsoleAccess;
  readonly audit: ConsoleAudit;
}

export const consoleRoutes = (deps: ConsoleRoutesDeps): Route[] => [
  ...sessionRoutes(deps.access, deps.audit),
  ...clusterRoutes(deps),
  ...playRoutes(deps),
  ...fightRoutes(deps),
  ...zoneRoutes(deps),
  ...actionRoutes({ ...deps, chat: deps.inspection.chat }),
];
