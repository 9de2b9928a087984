/** The public API: what an application around this server imports. */
export { Type } from "typebox";
export { GameError } from "../core/contract/errors.ts";
export type { Identity } from "../core/contract/session.ts";
export {
  action,
  defineGame,
  type Game,
  type GameContext,
  type GameDefinition,
  type GameEvent,
  type GameResult,
} from "../core/games/game.ts";
export { type LogEntry, replay } from "../core/games/replay.ts";
export { defineAction, defineRuleset } from "../core/games/ruleset.ts";
export type { UserId } from "../core/ids.ts";
export { replaying } from "../core/random.ts";
export * from "../core/realtime/index.ts";
export type { Teams } from "../core/teams.ts";
export { shippedGames } from "../games/index.ts";
export { skirmish } from "../games/skirmish.ts";
export type { GameEnd, JoinRequest, OnGameEnded, OnJoin } from "../namespaces/game/index.ts";
export { type AuditOptions, auditRealtime, type RealtimeAudit } from "../namespaces/game/realtime/audit.ts";
export type {
  MatchCandidate,
  Matcher,
  MatcherContext,
  ProposedMatch,
  Rate,
} from "../namespaces/matchmaking/index.ts";
export { type App, type AppOptions, createApp } from "./app.ts";
export { type Config, ConfigError, loadConfig } from "./config/index.ts";
export { type CustomEvent, defineEvent, type EventContext } from "./custom-events.ts";
export type { Notify } from "./delivery/notify.ts";
export { createLog } from "./process/log.ts";
export type { Authenticate, ConnectRequest, OnConnect, OwnIdentity } from "./sessions/own-sessions.ts";
export type { LoadUser, UserNamesOptions, UserProfile } from "./sessions/user-names.ts";
