/** The namespaces of this server, made with their services and options, and what they need of one another. */

import type { Contract, NamespaceName } from "../core/contract/contract.ts";
import type { NamespaceModule } from "../core/contract/namespace.ts";
import type { Game } from "../core/games/game.ts";
import type { Ruleset } from "../core/games/ruleset.ts";
import type { Log } from "../core/ports/log.ts";
import type { Bookings } from "../core/ports/matches.ts";
import type { Parties } from "../core/ports/parties.ts";
import type { Services } from "../core/ports/services.ts";
import type { PresenceScope } from "../core/ports/store/presence.ts";
import type { RealtimeGame } from "../core/realtime/game.ts";
import { shippedGames, shippedRealtimeGames } from "../games/index.ts";
import { skirmish } from "../games/skirmish.ts";
import { type ChatOptions, createBlockList, createChat } from "../namespaces/chat/index.ts";
import type { ChatDesk } from "../namespaces/chat/inspect.ts";
import { type CombatOptions, createCombat, type HandOut } from "../namespaces/combat/index.ts";
import type { FightInspection } from "../namespaces/combat/shown/inspect.ts";
import { createGame, type GameOptions, type OnGameEnded, type OnJoin } from "../namespaces/game/index.ts";
import type { GameInspection } from "../namespaces/game/inspect.ts";
import { asGame } from "../namespaces/game/realtime/as-game.ts";
import type { RealtimeFigures } from "../namespaces/game/realtime/figures.ts";
import {
  createMatchmaking,
  type MatchmakingModule,
  type MatchmakingOptions,
  type Rate,
} from "../namespaces/matchmaking/index.ts";
import type { MatchmakingInspection } from "../namespaces/matchmaking/inspect.ts";
import { parseModes } from "../namespaces/matchmaking/mode-config.ts";
import { createRooms, roomsScope } from "../namespaces/rooms/index.ts";
import { createWorld, type WorldModule, type WorldOptions } from "../namespaces/world/index.ts";
import type { WorldInspection } from "../namespaces/world/inspect.ts";
import { configuredFilter } from "./chat-filter.ts";
import type { Config } from "./config/config.ts";
import type { Lifecycle } from "./process/lifecycle.ts";
import { type AttachDeps, attachNamespace } from "./socketio/attach.ts";
import type { UpstreamGateway } from "./upstream/call.ts";
import { createUpstream, type UpstreamClient } from "./upstream/index.ts";

/** What an application around this server adds to it. */
export interface ModuleOptions {
  /** Games beside the shipped ones. */
  readonly games?: readonly Game[];
  /** Real-time games beside the shipped ones. */
  readonly realtimeGames?: readonly RealtimeGame[];
  /** Combat rulesets beside `skirmish`. */
  readonly rulesets?: readonly Ruleset<unknown>[];
  /** Hands out what an ended fight is worth, once. */
  readonly rewards?: HandOut;
  /** Told of each game that has ended, at least once. */
  readonly onGameEnded?: OnGameEnded;
  /** Asked before a user takes a seat in a room, or watches it. */
  readonly onJoin?: OnJoin;
  /** What makes skills of results, by the names that matchmaking modes use; beside `glicko2`. */
  readonly raters?: Readonly<Record<string, Rate>>;
  /** What makes matches of the tickets that wait, by the names that matchmaking modes use. */
  readonly matchers?: MatchmakingOptions["matchers"];
  /** Options of namespaces, in place of the configured ones; `chat.filter` takes the place of the configured filters. */
  readonly game?: Omit<
    GameOptions,
    "games" | "realtimeGames" | "upstream" | "bookings" | "onGameEnded" | "onJoin"
  >;
  readonly matchmaking?: Pick<MatchmakingOptions, "maxPartySize">;
  readonly chat?: ChatOptions;
  readonly combat?: Omit<CombatOptions, "rulesets" | "rewards">;
  readonly world?: WorldOptions;
}

interface Entry {
  readonly module: Pick<NamespaceModule<Contract>, "presence" | "scopes" | "compare" | "leaving" | "held"> & {
    readonly contract: Contract;
  };
  attach(deps: AttachDeps): void;
}

export interface Inspection {
  readonly game: GameInspection;
  readonly queues: MatchmakingInspection;
  readonly chat: ChatDesk;
  readonly fights: FightInspection;
  readonly world: WorldInspection;
}

export interface Modules {
  readonly list: readonly Entry[];
  /** All that they count connections in. */
  readonly scopes: readonly PresenceScope[];
  /** The scope that counts a namespace's users. */
  scopeOf(namespace: NamespaceName): PresenceScope;
  /** The scope that counts the rooms of `/`. */
  readonly roomsScope: PresenceScope;
  readonly matchmaking: MatchmakingModule;
  readonly world: WorldModule;
  /** Of this worker's real-time rooms. */
  readonly realtime: () => RealtimeFigures;
  /** What the operators' console shows of namespaces. */
  readonly inspection: Inspection;
  /** All that rooms can run. */
  readonly games: readonly Game[];
  readonly realtimeGames: readonly RealtimeGame[];
  /** The gateway that commands are forwarded to, where one is configured. */
  readonly upstream: UpstreamClient | undefined;
}

const entryOf = <C extends Contract>(module: NamespaceModule<C>): Entry => ({
  module,
  attach: (deps) => attachNamespace(deps, module),
});

/**
 * @param lifecycle gets each namespace as it is made
 * @param headers what requests to the gateway carry beside their own
 * @throws Error, RangeError or ModesError where an option makes no sense
 */
export function createModules(
  services: Services,
  config: Config,
  options: ModuleOptions,
  lifecycle: Lifecycle,
  headers?: UpstreamGateway["headers"],
): Modules {
  const games = [...shippedGames, ...(options.games ?? [])];
  const realtimeGames = [...shippedRealtimeGames, ...(options.realtimeGames ?? [])];
  const upstream = upstreamOf(config, services.log, headers);
  const blocks = createBlockList(services);
  // Asked only once all namespaces are there: matchmaking needs the game's matches, the game the parties.
  const parties: Parties = {
    partyOf: (user) => matchmaking.membership.partyOf(user),
    membersOf: (party) => matchmaking.membership.membersOf(party),
    onPartyChange: (listener, lost) => matchmaking.membership.onPartyChange(listener, lost),
  };
  const bookings: Bookings = { book: (user, match) => matchmaking.bookings.book(user, match) };
  const own = <M extends { readonly contract: Contract; close?(): Promise<void> }>(module: M): M =>
    lifecycle.add("namespaces", module.contract.namespace, module);
  const game = createGame(services, {
    pushedUsers: config.presence.pushedUsers,
    blocks,
    parties,
    bookings,
    ...(config.game.defaultGame !== undefined && { defaultGame: config.game.defaultGame }),
    endedRoomMs: config.game.endedRoomMs,
    ...(upstream && { upstream }),
    ...options.game,
    ...(options.onGameEnded && { onGameEnded: options.onGameEnded }),
    ...(options.onJoin && { onJoin: options.onJoin }),
    games,
    realtimeGames,
  });
  own(game.module);
  const matchmaking = own(
    createMatchmaking(services, {
      modes: parseModes(config.matchmaking.modes, [...games, ...realtimeGames.map(asGame)]),
      matches: game.matches,
      blocks,
      ...(upstream && !config.matchmaking.local && { upstream }),
      ...(options.raters && { raters: options.raters }),
      ...(options.matchers && { matchers: options.matchers }),
      maxPartySize: config.matchmaking.maxPartySize,
      ...options.matchmaking,
    }),
  );
  const filter = options.chat?.filter ?? configuredFilter(config.chat);
  const chat = own(
    createChat(services, {
      parties: matchmaking.membership,
      rooms: game.members,
      filterTimeoutMs: config.chat.filter.timeoutMs,
      filterFallback: config.chat.filter.fallback,
      typingMs: config.chat.typingTimeMs,
      ...options.chat,
      ...(filter === undefined ? {} : { filter }),
    }),
  );
  const combat = own(
    createCombat(services, {
      blocks,
      turnSeconds: config.combat.turnTimeMs / 1_000,
      joinSeconds: config.combat.joinTimeMs / 1_000,
      forfeitAfter: config.combat.forfeitAfter,
      keepEndedSeconds: config.combat.keepEndedMs / 1_000,
      ...options.combat,
      rulesets: [skirmish, ...(options.rulesets ?? [])],
      ...(options.rewards === undefined ? {} : { rewards: options.rewards }),
    }),
  );
  const world = own(createWorld(services, { ...worldOptions(config), ...options.world }));
  const rooms = own(createRooms(services));
  // Added last, to be closed first: commands that wait for its answer end.
  if (upstream) lifecycle.add("namespaces", "the gateway", upstream);
  const list = [
    entryOf(rooms),
    entryOf(game.module),
    entryOf(chat),
    entryOf(combat),
    entryOf(world),
    entryOf(matchmaking),
  ];
  return {
    list,
    scopeOf(namespace) {
      const entry = list.find(({ module }) => module.contract.namespace === namespace);
      if (!entry) throw new Error(`no presence scope for ${namespace}`);
      return entry.module.presence;
    },
    scopes: list.flatMap(({ module }) => [module.presence, ...(module.scopes ?? [])]),
    roomsScope,
    matchmaking,
    world,
    realtime: game.realtime,
    inspection: {
      ...{ game: game.inspection, queues: matchmaking.inspection, chat: chat.desk },
      ...{ fights: combat.inspection, world: world.inspection },
    },
    ...{ games, realtimeGames, upstream },
  };
}

function worldOptions({ world: { tickHz, ...world } }: Config): WorldOptions {
  return { ...world, tickMs: 1_000 / tickHz };
}

function upstreamOf({ upstream }: Config, log: Log, headers: UpstreamGateway["headers"]) {
  const { url, secret, secretHeader, timeoutMs } = upstream;
  if (url === undefined) return undefined;
  return createUpstream({
    url,
    ...(secret !== undefined && { secret }),
    secretHeader,
    timeoutMs,
    log,
    headers,
  });
}
