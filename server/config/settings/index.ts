/** The tree of all settings, as they stand in the YAML file. */
import { Type } from "typebox";
import { admin, auth, store } from "./access.ts";
import { cors, log, server, tracing, websocket } from "./connections.ts";
import { grace, limits, rateLimits, retention } from "./limits.ts";
import { chat, combat, game, matchmaking, presence, rooms, upstream, world } from "./play.ts";

export const SETTINGS = Type.Object(
  {
    websocket,
    server,
    auth,
    cors,
    admin,
    store,
    log,
    tracing,
    rate_limits: rateLimits,
    grace,
    retention,
    limits,
    upstream,
    matchmaking,
    rooms,
    chat,
    presence,
    game,
    combat,
    world,
  },
  { additionalProperties: false },
);
