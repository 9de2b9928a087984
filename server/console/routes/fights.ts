/** Fights of `/combat`. */
import { type TSchema, Type } from "typebox";
import { combatContract } from "../../../namespaces/combat/schema.ts";
import { type Route, route } from "../../http/route.ts";
import type { Inspection } from "../../modules.ts";
import type { ConsoleCluster } from "../cluster.ts";
import { FightLogQuery, PageQuery } from "../schemas.ts";
import { afterOf, answered, pageOf, paramOf, viewers } from "./paging.ts";
import { queryRoute } from "./query.ts";

const Time = Type.String({ format: "date-time" });
const Count = Type.Integer({ minimum: 0 });
const { participants, phase } = combatContract.commands.combat_state.result.properties.state.properties;
const { log } = combatContract.commands.combat_state.result.properties;

export const fightFields = {
  combat_session_id: Type.String(),
  ruleset: Type.String(),
  phase,
  turn: Type.Integer({ minimum: 0, description: "0 before the fight has started." }),
  version: Count,
  moves: Type.Integer({ minimum: 0, description: "That its log has." }),
  participants,
  created_by: Type.String(),
  created_at: Time,
  deadline: Type.Optional<TSchema>(Time),
  winner: Type.Optional(Type.Unknown({ description: "After the end: the team; null: nobody." })),
};
const FightsAnswer = Type.Object({
  fights: Type.Array(Type.Object(fightFields)),
  cursor: Type.Optional(Type.String({ description: "For the next page; absent at the end." })),
});
const FightAnswer = Type.Object({
  fight: Type.Object(fightFields),
  actor: Type.Union([Type.String(), Type.Null()], { description: "Whose turn it is, while it runs." }),
  views: Type.Array(
    Type.Object({
      user_id: Type.Union([Type.String(), Type.Null()], { description: "Null: a spectator." }),
      state: Type.Optional(
        Type.Object({
          view: Type.Unknown({ description: "The fight as the ruleset shows it to this player." }),
          legal: Type.Array(Type.Unknown(), { description: "Moves that the player could make now." }),
        }),
      ),
      left_out: Type.Optional(Type.Literal(true, { description: "The answer would be too large with it." })),
    }),
  ),
  result: Type.Optional(Type.Unknown({ description: "After the end: the ruleset's." })),
});
const { state_version: _, ...moveFields } = log.items.properties;
const FightLogAnswer = Type.Object({
  combat_session_id: Type.String(),
  ruleset: Type.String(),
  last: Type.Integer({ minimum: 0, description: "The `seq` of the newest move." }),
  steps: Type.Array(
    Type.Object({
      ...moveFields,
      at: Time,
      version: Count,
      state: Type.Optional(Type.Unknown({ description: "What was seen after it, where it was asked for." })),
    }),
  ),
});

export interface FightRoutesDeps {
  readonly cluster: Pick<ConsoleCluster, "fights">;
  readonly inspection: Pick<Inspection, "fights">;
}

export function fightRoutes({ cluster, inspection: { fights } }: FightRoutesDeps): Route[] {
  return [
    queryRoute(
      {
        method: "get",
        path: "/api/console/fights",
        summary:
          "Fights that connections of any worker follow. Others are found by their id, or by their players.",
        access: viewers,
        query: PageQuery,
        answers: answered(FightsAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => {
        const { items, ...rest } = await cluster.fights(afterOf(query));
        res.json({ fights: await fights.summaries(items), ...rest });
      },
    ),
    route(
      {
        method: "get",
        path: "/api/console/fights/:combat_session_id",
        summary:
          "A fight as each of its players and a spectator sees it, with the moves that each could make.",
        access: viewers,
        answers: answered(FightAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res }) => void res.json(await fights.fight(paramOf(req.params, "combat_session_id"))),
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/fights/:combat_session_id/log",
        summary: "The moves of a fight, one after the other, with their draws.",
        access: viewers,
        query: FightLogQuery,
        answers: answered(FightLogAnswer),
        failures: ["404", "503"],
      },
      async ({ req, res, query: { after = 0, as, limit } }) => {
        const page = pageOf(limit === undefined ? {} : { limit });
        const id = paramOf(req.params, "combat_session_id");
        res.json(await fights.log(id, { ...page, after, ...(as === undefined ? {} : { as }) }));
      },
    ),
  ];
}
