/** Workers, connections, users, streams and deadlines of the whole cluster. */
import { NAMESPACES, type NamespaceName } from "../../../core/contract/contract.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { iso } from "../../../core/time.ts";
import { inboxKey } from "../../delivery/inbox/stored.ts";
import { type Route, route } from "../../http/route.ts";
import type { Inspection } from "../../modules.ts";
import { connectionsScope } from "../../sessions/connection-limit.ts";
import {
  ConnectionsAnswer,
  DeadlinesAnswer,
  StreamsAnswer,
  UserAnswer,
  UsersAnswer,
  WorkersAnswer,
} from "../answers.ts";
import type { ConsoleCluster } from "../cluster.ts";
import { shownDeadline } from "../hidden.ts";
import { ConnectionsQuery, LimitQuery, PageQuery, UsersQuery } from "../schemas.ts";
import { afterOf, answered, pageOf, paramOf, viewers } from "./paging.ts";
import { queryRoute } from "./query.ts";

export interface ClusterRoutesDeps {
  readonly store: Store;
  readonly cluster: ConsoleCluster;
  readonly inspection: Inspection;
  scopeOf(namespace: NamespaceName): PresenceScope;
}

/** Connections of one user that are shown at once. */
const MAX_OF_USER = 200;

export function clusterRoutes({ store, cluster, inspection, scopeOf }: ClusterRoutesDeps): Route[] {
  const { presence, indexes, deadlines } = store;

  async function byNamespace(count: (namespace: NamespaceName) => Promise<number>) {
    const counts = await Promise.all(NAMESPACES.map(count));
    return Object.fromEntries(NAMESPACES.map((namespace, at) => [namespace, counts[at] ?? 0]));
  }

  return [
    route(
      {
        method: "get",
        path: "/api/console/workers",
        summary: "What each worker tells of itself. Counters are since its start: two answers give rates.",
        access: viewers,
        answers: answered(WorkersAnswer),
        failures: ["503"],
      },
      async ({ res }) => {
        const { usedBytes, capacityBytes } = store.space();
        res.json({
          at: iso(store.now()),
          store: {
            kind: store.kind,
            healthy: store.health().ok,
            used_bytes: usedBytes,
            ...(capacityBytes === undefined ? {} : { capacity_bytes: capacityBytes }),
          },
          workers: await cluster.workers(),
        });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/connections",
        summary: "Connections of all workers, one for each namespace.",
        access: viewers,
        query: ConnectionsQuery,
        answers: answered(ConnectionsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const { user, namespace } = query;
        const { items, ...rest } = await cluster.connections({
          ...afterOf(query),
          ...(user === undefined ? {} : { user }),
          ...(namespace === undefined ? {} : { namespace }),
        });
        res.json({ connections: items, ...rest });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/users",
        summary: "Users who are connected, or away in a grace period: everywhere, or in one namespace.",
        access: viewers,
        query: UsersQuery,
        answers: answered(UsersAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const scope = query.namespace === undefined ? connectionsScope : scopeOf(query.namespace);
        const [page, { subjects }] = await Promise.all([
          presence.page(scope, pageOf(query)),
          presence.size(scope),
        ]);
        res.json({
          total: subjects,
          users: page.records.map(({ subject, connections }) => ({ user_id: subject, connections })),
          ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
        });
      },
    ),
    route(
      {
        method: "get",
        path: "/api/console/users/:user_id",
        summary: "All about one user: devices, rooms, ticket, sanctions, and what waits for them.",
        access: viewers,
        answers: answered(UserAnswer),
        failures: ["503"],
      },
      async ({ req, res }) => {
        const user = asId<UserId>(paramOf(req.params, "user_id"));
        const [connections, rooms, fights, queue, sanctions, channels, here, waiting] = await Promise.all([
          cluster.connections({ user, limit: MAX_OF_USER }),
          inspection.game.roomsOf(user),
          inspection.fights.fightsOf(user),
          inspection.queues.placeOf(user),
          inspection.chat.sanctionsOf(user),
          inspection.chat.joined(user),
          byNamespace(async (namespace) => {
            const [found] = await presence.get(scopeOf(namespace), [user]);
            return found?.connections ?? 0;
          }),
          byNamespace((namespace) => indexes.size(inboxKey({ user, namespace }))),
        ]);
        res.json({
          user_id: user,
          connections: connections.items,
          presence: here,
          ...{ rooms, fights, queue, sanctions, channels },
          waiting_events: waiting,
        });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/streams",
        summary: "Streams that connections follow, on all workers. Those of private channels are left out.",
        access: viewers,
        query: PageQuery,
        answers: answered(StreamsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const { items, ...rest } = await cluster.streams(afterOf(query));
        res.json({ streams: items, ...rest });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/deadlines",
        summary: "The deadlines that are due first, and how many wait in all. What they hold is not shown.",
        access: viewers,
        query: LimitQuery,
        answers: answered(DeadlinesAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const { limit } = pageOf(query);
        const [total, soonest] = await Promise.all([deadlines.size(), deadlines.soonest(limit)]);
        res.json({
          total,
          now: iso(store.now()),
          deadlines: soonest.map(({ at, ...deadline }) => ({
            ...shownDeadline(deadline, inspection),
            at: iso(at),
          })),
        });
      },
    ),
  ];
}
