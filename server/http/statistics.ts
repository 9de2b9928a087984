/** Figures as JSON: of the cluster, of connections and of relay rooms. */
import { rooms } from "../../core/rooms.ts";
import { iso } from "../../core/time.ts";
import { relayRoomId } from "../../namespaces/rooms/index.ts";
import type { ClusterRoomMembers } from "../cluster/room-connections.ts";
import type { ClusterStatistics } from "../cluster/statistics.ts";
import { type Route, type RouteAccess, route } from "./route.ts";
import { GlobalStats, RoomStats, StatisticsAnswer } from "./schemas.ts";

export interface StatisticsDeps {
  readonly statistics: ClusterStatistics;
  readonly members: ClusterRoomMembers;
  /** Of the statistics, and of the routes under `/ws`. */
  readonly access: { readonly figures: RouteAccess; readonly relay: RouteAccess };
  now(): number;
}

export function statisticsRoutes(deps: StatisticsDeps): Route[] {
  const { statistics, members, access } = deps;
  return [
    route(
      {
        method: "get",
        path: "/api/websocket",
        summary: "Statistics of the whole cluster.",
        access: access.figures,
        answers: { 200: { description: "Figures of all workers", schema: StatisticsAnswer } },
        failures: ["503"],
      },
      async ({ res }) => void res.json({ ...(await statistics.read()), timestamp: iso(deps.now()) }),
    ),
    route(
      {
        method: "get",
        path: "/ws/stats",
        summary: "How many connections there are.",
        access: access.relay,
        answers: { 200: { description: "Of all workers", schema: GlobalStats } },
        failures: ["503"],
      },
      async ({ res }) => {
        const total_connections = await statistics.connections();
        res.json({ total_connections, timestamp: iso(deps.now()) });
      },
    ),
    route(
      {
        method: "get",
        path: "/ws/:room_id/stats",
        summary: "The members of a relay room; a room without members has no connections.",
        access: access.relay,
        answers: { 200: { description: "The connections of all workers", schema: RoomStats } },
        failures: ["400", "503"],
      },
      async ({ req, res }) => {
        const { room_id } = req.params;
        const id = relayRoomId(typeof room_id === "string" ? room_id : undefined);
        const { count, connections } = await members.of("/", rooms.relay(id));
        res.json({
          room_id: id,
          connection_count: count,
          connections: connections.map((connection) => ({ ...connection, room_id: id })),
          timestamp: iso(deps.now()),
        });
      },
    ),
  ];
}
