/** The playground: a page that has a form for every command of this server, the application's own ones included. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Router } from "express";
import type { Contract, NamespaceName } from "../core/contract/contract.ts";
import type { Game } from "../core/games/game.ts";
import type { RealtimeGame } from "../core/realtime/game.ts";
import { commonCommands, commonEvents } from "../middleware/common.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { type CustomEvent, withOwnEvents } from "./custom-events.ts";
import { projectRoot } from "./package-version.ts";

const FILES = [
  "playground.css",
  "main.js",
  "player.js",
  "forms.js",
  "links.js",
  "snippets.js",
  "timeline.js",
];

/** What the page is made of. */
export interface Described {
  readonly contracts: readonly Contract[];
  readonly events: readonly CustomEvent[];
  readonly games: readonly Game[];
  readonly realtimeGames: readonly RealtimeGame[];
}

/** Plain WebSocket's path of a namespace, and whether its payload is in `data`. */
const plainOf = (namespace: NamespaceName) => ({
  path: namespace === "/" ? "ws" : `ws${namespace}`,
  enveloped: namespace === "/matchmaking",
});

/** Commands with their schemas, events, and the actions of games, as JSON. */
function describe({ contracts, events, games, realtimeGames }: Described): object {
  return {
    namespaces: contracts.map((contract) => {
      const { namespace } = contract;
      const commands: Contract["commands"] = { ...contract.commands, ...commonCommands };
      const told: Contract["events"] = { ...contract.events, ...commonEvents };
      const own = events.filter((event) => event.namespace === namespace);
      return {
        ...{ namespace, access: contract.access, plain: plainOf(namespace) },
        commands: [
          ...Object.entries(commands).map(([name, { summary, input, roles, anonymous }]) => {
            return { name, summary, input, roles, anonymous };
          }),
          ...own.map(({ name, spec: { summary, input, roles, anonymous } }) => {
            return { name, summary, input, roles, anonymous, own: true };
          }),
        ],
        events: Object.entries(told).map(([name, { summary, delivery }]) => ({ name, summary, delivery })),
      };
    }),
    games: [
      ...games.map(({ name, players, options, actions }) => ({
        ...{ name, players, options },
        actions: Object.fromEntries(Object.entries(actions).map(([action, { args }]) => [action, args])),
      })),
      ...realtimeGames.map(({ name, players }) => ({ name, players, actions: {} })),
    ],
  };
}

export function playground(described: Described): Router {
  const router = Router();
  const folder = path.join(projectRoot(), "web/playground");
  if (!existsSync(folder)) return router;
  const description = JSON.stringify(describe(described));
  router.get("/playground", (_req, res) => {
    res.sendFile("index.html", { root: folder });
  });
  router.get("/playground/contracts.json", (_req, res) => {
    res.type("json").send(description);
  });
  const document = JSON.stringify(asyncApiDocument(withOwnEvents(described.contracts, described.events)));
  router.get("/playground/asyncapi.json", (_req, res) => {
    res.type("json").send(document);
  });
  for (const file of FILES)
    router.get(`/playground/${file}`, (_req, res) => {
      res.sendFile(file, { root: folder, maxAge: 60_000 });
    });
  return router;
}
