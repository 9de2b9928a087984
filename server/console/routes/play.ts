/** Rooms and matches, queues, and channels. */
import type { Store } from "../../../core/ports/store/store.ts";
import { relayScope, roomsScope } from "../../../namespaces/rooms/index.ts";
import { type Route, route } from "../../http/route.ts";
import type { Inspection } from "../../modules.ts";
import {
  ChannelAnswer,
  ChannelsAnswer,
  LogAnswer,
  ModerationAnswer,
  QueueAnswer,
  QueuesAnswer,
  ReportsAnswer,
  RoomAnswer,
  RoomsAnswer,
  TicketAnswer,
} from "../answers.ts";
import type { ConsoleCluster } from "../cluster.ts";
import { BeforeQuery, LogQuery, PageQuery, RoomsQuery } from "../schemas.ts";
import { afterOf, answered, beforeOf, pageOf, paramOf, viewers } from "./paging.ts";
import { queryRoute } from "./query.ts";

export interface PlayRoutesDeps {
  readonly store: Pick<Store, "presence">;
  readonly cluster: ConsoleCluster;
  readonly inspection: Inspection;
}

export const playRoutes = (deps: PlayRoutesDeps): Route[] => [
  ...roomRoutes(deps),
  ...queueRoutes(deps.inspection),
  ...channelRoutes(deps.inspection),
];

function roomRoutes({ store, cluster, inspection: { game } }: PlayRoutesDeps): Route[] {
  return [
    queryRoute(
      {
        method: "get",
        path: "/api/console/rooms",
        summary: "Rooms and matches.",
        access: viewers,
        query: RoomsQuery,
        answers: answered(RoomsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        if (query.list === "public") {
          res.json(await game.publicRooms(pageOf(query)));
        } else if (query.list === "root" || query.list === "relay") {
          const scope = query.list === "root" ? roomsScope : relayScope;
          const { records, ...rest } = await store.presence.page(scope, pageOf(query));
          const rooms = records.map(({ subject, connections }) => ({ name: subject, connections }));
          res.json({ rooms, ...rest });
        } else {
          const { items, ...rest } = await cluster.rooms(afterOf(query));
          res.json({ rooms: await game.summaries(items), ...rest });
        }
      },
    ),
    route(
      {
        method: "get",
        path: "/api/console/rooms/:room_id",
        summary: "A room of `/game`, and its game as each player and a spectator sees it.",
        access: viewers,
        answers: answered(RoomAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res }) => {
        const id = paramOf(req.params, "room_id");
        const room = await game.room(id);
        res.json({ ...room, ...(room.is_realtime ? await cluster.realtime(id) : {}) });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/rooms/:room_id/log",
        summary: "The log of a game, one step after the other.",
        access: viewers,
        query: LogQuery,
        answers: answered(LogAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res, query: { round, after = 0, as, limit } }) => {
        const options = {
          ...pageOf({ ...(limit === undefined ? {} : { limit }) }),
          after,
          ...(round === undefined ? {} : { round }),
          ...(as === undefined ? {} : { as }),
        };
        res.json(await game.log(paramOf(req.params, "room_id"), options));
      },
    ),
  ];
}

function queueRoutes({ queues }: Inspection): Route[] {
  return [
    route(
      {
        method: "get",
        path: "/api/console/queues",
        summary: "The queues of all modes.",
        access: viewers,
        answers: answered(QueuesAnswer),
        failures: ["503"],
      },
      async ({ res }) => void res.json({ queues: await queues.queues() }),
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/queues/:game_mode",
        summary: "The tickets of a queue, oldest first, each with what it waits for.",
        access: viewers,
        query: PageQuery,
        answers: answered(QueueAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res, query }) =>
        void res.json(await queues.tickets(paramOf(req.params, "game_mode"), pageOf(query))),
    ),
    route(
      {
        method: "get",
        path: "/api/console/queues/:game_mode/tickets/:ticket_id",
        summary: "What is still known of a ticket: the newest 10,000 changes of its queue are searched.",
        access: viewers,
        answers: answered(TicketAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res }) => {
        const { params } = req;
        res.json(await queues.ticket(paramOf(params, "game_mode"), paramOf(params, "ticket_id")));
      },
    ),
  ];
}

function channelRoutes({ chat }: Inspection): Route[] {
  return [
    queryRoute(
      {
        method: "get",
        path: "/api/console/channels",
        summary: "Named channels. `global`, `guild:<id>`, `party:<id>` and `room:<room_id>` are not listed.",
        access: viewers,
        query: PageQuery,
        answers: answered(ChannelsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => void res.json(await chat.channels(pageOf(query))),
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/channels/:channel",
        summary:
          "The entries of a channel, newest page first, and who may not write there. Private channels are refused.",
        access: viewers,
        query: BeforeQuery,
        answers: answered(ChannelAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res, query }) =>
        void res.json(await chat.channel(paramOf(req.params, "channel"), beforeOf(query))),
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/reports",
        summary: "Messages that users have reported, newest page first.",
        access: viewers,
        query: BeforeQuery,
        answers: answered(ReportsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => void res.json(await chat.reports(beforeOf(query))),
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/moderation",
        summary: "What moderators and operators have done in `/chat`, newest page first.",
        access: viewers,
        query: BeforeQuery,
        answers: answered(ModerationAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => void res.json(await chat.acts(beforeOf(query))),
    ),
  ];
}
