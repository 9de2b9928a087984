/** Zones of `/world`. */
import { Type } from "typebox";
import { GameError } from "../../../core/contract/errors.ts";
import { type Route, route } from "../../http/route.ts";
import type { ConsoleCluster } from "../cluster.ts";
import { PageQuery } from "../schemas.ts";
import { afterOf, answered, paramOf, viewers } from "./paging.ts";
import { queryRoute } from "./query.ts";

const Id = Type.String();
const Count = Type.Integer({ minimum: 0 });
const NextCursor = Type.Optional(Type.String({ description: "For the next page; absent at the end." }));
const worker = Type.String({ description: "That keeps it; of a persistent entity, one that has it." });

const sums = {
  zone: Id,
  players: Count,
  entities: Type.Integer({ minimum: 0, description: "With the persistent ones." }),
  viewers: Type.Integer({ minimum: 0, description: "Connections that watch it." }),
};
const ZonesAnswer = Type.Object({
  zones: Type.Array(
    Type.Object({
      ...sums,
      workers: Type.Integer({ minimum: 0, description: "That have it open." }),
    }),
  ),
  cursor: NextCursor,
});
const ZoneAnswer = Type.Object({
  ...sums,
  rules: Type.Object({
    view_distance: Type.Number(),
    speed_limit: Type.Number({ description: "Units a second; 0: none." }),
    max_players: Type.Integer({ description: "0: as many as come." }),
  }),
  workers: Type.Array(
    Type.Object({
      worker: Id,
      players: Type.Integer({ minimum: 0, description: "Of this worker's users, whom it moves." }),
      entities: Type.Integer({ minimum: 0, description: "Of this worker's users." }),
      persistent: Type.Integer({ minimum: 0, description: "Of the store; every worker has them all." }),
      viewers: Count,
      ready: Type.Boolean({ description: "It has what the store and the other workers have." }),
    }),
  ),
});
const place = { x: Type.Number(), y: Type.Number(), worker };
const PlayersAnswer = Type.Object({
  players: Type.Array(
    Type.Object({
      ...{ user_id: Id, name: Type.String(), ...place },
      connection: Type.Optional(Type.String({ description: "The one that moves the player." })),
    }),
  ),
  cursor: NextCursor,
});
const EntitiesAnswer = Type.Object({
  entities: Type.Array(
    Type.Object({
      ...{ entity_id: Id, kind: Type.String(), ...place },
      owner: Id,
      persistent: Type.Boolean(),
      data: Type.Optional(Type.Unknown()),
    }),
  ),
  cursor: NextCursor,
});

export interface ZoneRoutesDeps {
  readonly cluster: Pick<ConsoleCluster, "zones" | "zone" | "players" | "entities">;
}

export function zoneRoutes({ cluster }: ZoneRoutesDeps): Route[] {
  return [
    queryRoute(
      {
        method: "get",
        path: "/api/console/zones",
        summary: "The zones that any worker has open: those that somebody is in, or has an entity in.",
        access: viewers,
        query: PageQuery,
        answers: answered(ZonesAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const { items, ...rest } = await cluster.zones(afterOf(query));
        res.json({ zones: items, ...rest });
      },
    ),
    route(
      {
        method: "get",
        path: "/api/console/zones/:zone",
        summary: "A zone, and what each worker that has it open keeps of it.",
        access: viewers,
        answers: answered(ZoneAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res }) => {
        const zone = await cluster.zone(paramOf(req.params, "zone"));
        if (zone === undefined)
          throw new GameError("not_found", { message: "no worker has a zone of this name open" });
        res.json(zone);
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/zones/:zone/players",
        summary: "The players in a zone, by their ids, each from the worker that moves them.",
        access: viewers,
        query: PageQuery,
        answers: answered(PlayersAnswer),
        failures: ["503"],
      },
      async ({ req, res, query }) => {
        const { items, ...rest } = await cluster.players(paramOf(req.params, "zone"), afterOf(query));
        res.json({ players: items, ...rest });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/zones/:zone/entities",
        summary: "The entities in a zone, by their ids.",
        access: viewers,
        query: PageQuery,
        answers: answered(EntitiesAnswer),
        failures: ["503"],
      },
      async ({ req, res, query }) => {
        const { items, ...rest } = await cluster.entities(paramOf(req.params, "zone"), afterOf(query));
        res.json({ entities: items, ...rest });
      },
    ),
  ];
}
