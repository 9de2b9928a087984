/** `/game`: presence, rooms and authoritative games. */
import { createAntiEntropy } from "../../core/consistency/anti-entropy.ts";
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Game } from "../../core/games/game.ts";
import { watchedGame } from "../../core/games/watched.ts";
import { asId, type RoomId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Bookings, Matches } from "../../core/ports/matches.ts";
import type { Parties } from "../../core/ports/parties.ts";
import type { RoomMembers } from "../../core/ports/room-members.ts";
import type { Services } from "../../core/ports/services.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Upstream } from "../../core/ports/upstream.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { createFollowers } from "./delivery/followers.ts";
import { roomView } from "./delivery/view.ts";
import { gameHandlers } from "./handlers.ts";
import { type OnGameEnded, type OnJoin, tellEnds } from "./hooks.ts";
import { createGameInspection, type GameInspection } from "./inspect.ts";
import { createRoomLists } from "./listing/publish.ts";
import { listedRound } from "./listing/stored.ts";
import { createRoomWatches } from "./listing/watching.ts";
import { createReplays } from "./play/replays.ts";
import { profileFor } from "./presence/stored.ts";
import { createUsers } from "./presence/users.ts";
import { asGame } from "./realtime/as-game.ts";
import type { RealtimeFigures } from "./realtime/figures.ts";
import { createRealtime } from "./realtime/index.ts";
import { createRoomCommit } from "./rooms/commit.ts";
import { createJoinCodes } from "./rooms/join-codes.ts";
import { createBackfill, createEngagements, createMatches } from "./rooms/matches.ts";
import { createOwnRoomsPage } from "./rooms/mine.ts";
import { createRoomPlaces } from "./rooms/quota.ts";
import { createMembers, createSeats, idOf } from "./rooms/seats.ts";
import { createRoomService } from "./rooms/service.ts";
import { deadlines } from "./rooms/stored.ts";
import { type GameContract, gameContract } from "./schema.ts";

export type { GameEnd, JoinRequest, OnGameEnded, OnJoin } from "./hooks.ts";
export { gameContract } from "./schema.ts";

/** Half seconds in which all users here are compared: with the rooms that they must follow, and with their published presence. */
const ROOM_STEPS = 8;
const LIST_STEPS = 60;

export interface GameOptions {
  /** The games that rooms and matches can run, by their names. */
  readonly games: readonly Game[];
  /** Those that are stepped at a fixed rate. */
  readonly realtimeGames?: readonly RealtimeGame[];
  /** The game of a room that names none. Default `relay` where it is there, else the first. */
  readonly defaultGame?: string;
  /** With more users than this their list is not pushed, only paged on request. Default 200. */
  readonly pushedUsers?: number;
  /** Which users are hidden from which. Default: none. */
  readonly blocks?: BlockList;
  /** For watching one's party. Default: nobody is in one. */
  readonly parties?: Parties;
  /** Asked before a user plays another game of a match. Default: nobody is in a queue. */
  readonly bookings?: Bookings;
  /** Told of each game that has ended, at least once. */
  readonly onGameEnded?: OnGameEnded;
  /** Asked before a user takes a seat in a room, or watches it. */
  readonly onJoin?: OnJoin;
  /** Asked before a game's action takes effect, where there is one. */
  readonly upstream?: Upstream;
  /** Rooms that one user can have a seat in, without matches. Default: `limits.gameRoomsPerUser`. */
  readonly maxRoomsPerUser?: number;
  /** How long a room is kept after its game, in milliseconds. Default 10 minutes. */
  readonly endedRoomMs?: number;
}

/** @throws Error where two games have one name or the default game is not among them */
export function createGame(
  services: Services,
  options: GameOptions,
): {
  readonly module: NamespaceModule<GameContract>;
  readonly matches: Matches;
  readonly members: RoomMembers;
  /** Of this worker's real-time rooms. */
  readonly realtime: () => RealtimeFigures;
  /** For the operators' console. */
  readonly inspection: GameInspection;
} {
  const { store, settings, timers, log } = services;
  const { pushedUsers = 200, endedRoomMs = 600_000 } = options;
  const { maxRoomsPerUser = settings.limits.gameRoomsPerUser } = options;
  const realtimeGames = options.realtimeGames ?? [];
  const games = gamesByName([
    ...options.games.map((game) => watchedGame(game, { checks: !settings.production })),
    ...realtimeGames.map(asGame),
  ]);
  const defaultGame = options.defaultGame ?? (games.has("relay") ? "relay" : options.games[0]?.name);
  if (defaultGame === undefined || !games.has(defaultGame))
    throw new Error(`the default game ${String(defaultGame)} is not among the games`);

  const scope: PresenceScope = {
    name: presenceScope("/game"),
    online: [{ kind: deadlines.online, afterMs: 0 }],
    counted: [{ kind: deadlines.counted, afterMs: 0 }],
    offline: [
      { kind: deadlines.offline, afterMs: 0 },
      { kind: deadlines.gone, afterMs: settings.graceMs.presence },
    ],
  };
  const change = createRoomCommit(services, endedRoomMs, options.onGameEnded !== undefined);
  if (options.onGameEnded !== undefined) tellEnds(services, options.onGameEnded);
  const seats = createSeats(services, scope, change, games, maxRoomsPerUser);
  const realtime = createRealtime(services, {
    games: new Map(realtimeGames.map((game) => [game.name, game])),
    change,
    maxRooms: settings.limits.realtimeRooms,
    lateShare: settings.limits.realtimeLateShare,
    crowdedFrom: settings.limits.realtimeBeginElsewhere,
  });
  const followers = createFollowers(services, games, realtime);
  const codes = createJoinCodes(services);
  const lists = createRoomLists(services);
  const watches = createRoomWatches(services);
  const places = createRoomPlaces(services, change, seats);
  const users = createUsers(services, scope, { ...options, pushedUsers });
  const rooms = createRoomService(services, {
    change,
    seats,
    followers,
    codes,
    places,
    games,
    defaultGame,
    realtime,
    ...(options.bookings && { bookings: options.bookings }),
    ...(options.upstream && { upstream: options.upstream }),
    ...(options.onJoin && { onJoin: options.onJoin }),
  });

  timers.on(deadlines.online, async ({ payload: { subject } }) => {
    await users.reveal(asId<UserId>(subject));
    await seats.sync(asId<UserId>(subject));
  });
  timers.on(deadlines.offline, async ({ payload: { subject }, dueAt }) => {
    await seats.sync(asId<UserId>(subject), dueAt);
    await users.reveal(asId<UserId>(subject));
  });
  timers.on(deadlines.counted, ({ payload: { subject } }) => users.reveal(asId<UserId>(subject)));
  timers.on(deadlines.chosen, ({ payload: { userId } }) => users.reveal(userId));
  timers.on(deadlines.gone, ({ payload: { subject } }) => users.gone(asId<UserId>(subject)));
  timers.on(deadlines.seat, ({ payload: { roomId }, id }) => seats.expire(roomId, asId<UserId>(id)));
  timers.on(deadlines.own, ({ payload: { userId, roomId } }) => seats.compareOwn(userId, roomId));
  timers.on(deadlines.seats, async ({ payload: { roomId } }) => {
    await seats.compare(roomId);
  });
  timers.on(deadlines.round, ({ payload: { roomId, users: seated } }) => seats.round(roomId, seated));
  timers.on(deadlines.turn, ({ payload: { roomId, since } }) => rooms.timeOut(roomId, since));
  timers.on(deadlines.started, ({ payload: { roomId, round } }) => rooms.announceStart(roomId, round));
  timers.on(deadlines.listed, async ({ payload: { roomId, game } }) => {
    await lists.list(roomId, game);
    await places.compare(roomId);
  });
  timers.on(listedRound, async ({ payload: { game }, id }) => {
    await lists.list(asId(id), game);
    await lists.again(asId(id), game);
  });
  timers.on(deadlines.code, async ({ payload: { roomId }, id }) => {
    if (!(await codes.check(id, roomId))) await places.compare(roomId);
  });
  timers.on(deadlines.lonely, ({ payload: { roomId } }) => places.endLonely(roomId));

  /** Connections that have their `welcome`: a step after it that fails is tried again, without a second `welcome`. */
  const welcomed = new WeakSet<Session<GameContract>>();

  /** Makes a connection follow the users and its user's rooms, and sends both as they are. */
  async function showIn(session: Session<GameContract>): Promise<void> {
    await followers.listen();
    const seated = await seats.roomsOf(session.userId, idOf);
    await Promise.all(seated.map((id: RoomId) => followers.attach(session, id)));
    // Read again, now that no change of them is missed.
    for (const room of seated.length === 0 ? [] : await seats.roomsOf(session.userId, roomView))
      session.emit("room:updated", { room });
    await users.attend(session);
  }

  async function welcome(session: Session<GameContract>): Promise<void> {
    if (welcomed.has(session)) return;
    const presence = await users.pushing();
    const { name, picture, roles } = session.identity;
    session.emit("welcome", {
      user: {
        user_id: session.userId,
        name,
        ...(picture !== undefined && { picture }),
        roles: [...roles],
      },
      connection_id: session.id,
      presence,
    });
    welcomed.add(session);
  }

  const listenForPlayers = () =>
    followers.listen().catch((err: unknown) => log.warn({ err }, "cannot hear of new matches; tried again"));
  void listenForPlayers();
  const endHealth = store.onHealth((health) => {
    if (health.ok) void listenForPlayers();
  });

  const rounds = [
    { steps: ROOM_STEPS, look: followers.compare, failed: "rooms could not be compared; tried again" },
    {
      steps: LIST_STEPS,
      look: users.compare,
      failed: "the list of users could not be compared; tried again",
    },
  ].map(({ steps, look, failed }) =>
    createAntiEntropy({ of: followers.users, steps, look, failed: (err) => log.debug({ err }, failed) }),
  );

  const module: NamespaceModule<GameContract> = {
    contract: gameContract,
    handlers: gameHandlers(
      services,
      rooms,
      users,
      watches,
      createReplays(services, (name) => realtime.games.has(name)),
      createOwnRoomsPage(services),
      realtime,
    ),
    presence: scope,
    profile: (identity) => profileFor(identity),
    async connected(session) {
      if (session.identity.anonymous) return;
      followers.add(session);
      await welcome(session);
      await showIn(session);
    },
    async refreshed(session) {
      if (!session.identity.anonymous) await users.claimed(session);
    },
    disconnected(session) {
      users.leave(session);
      watches.leave(session);
      followers.remove(session);
    },
    held: () => ({
      list_viewers: users.viewers,
      room_watches: watches.size,
      players: followers.size.users,
      followed_games: followers.size.rooms,
      ...realtime.held(),
    }),
    async compare() {
      for (const antiEntropy of rounds) await antiEntropy.whole();
    },
    leaving: () => realtime.leave(),
    async close() {
      endHealth();
      for (const antiEntropy of rounds) antiEntropy.end();
      watches.close();
      await users.close();
      await realtime.close();
      await followers.close();
    },
  };
  return {
    module,
    matches: {
      ...createMatches(services, change, seats, games),
      ...createEngagements(services, change),
      ...createBackfill(services, { change, seats, followers }, games),
    },
    members: createMembers(services, seats),
    realtime: realtime.figures,
    inspection: createGameInspection(services, {
      ...{ games, followed: followers.rooms, realtimeViews: realtime.viewsOf },
      isRealtime: (name) => realtime.games.has(name),
    }),
  };
}

function gamesByName(games: readonly Game[]): ReadonlyMap<string, Game> {
  const byName = new Map(games.map((game) => [game.name, game]));
  if (byName.size < games.length) throw new Error("two games have the same name");
  return byName;
}
