/** Which connections of this worker follow a room. `room-delivery.ts` decides what they are sent. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import type { LiveStream } from "../../../core/ports/live.ts";
import type { Services } from "../../../core/ports/services.ts";
import { rooms } from "../../../core/rooms.ts";
import { teamsOf } from "../../../core/teams.ts";
import { seatOf } from "../rooms/rules.ts";
import { followTopic, keys, type Room, type RoomEntry } from "../rooms/stored.ts";
import type { GameContract } from "../schema.ts";
import { createRoomDelivery, type RoomDelivery } from "./room-delivery.ts";
import type { GameSession } from "./state-sender.ts";
import { endedPayload, roomView, statePayload } from "./view.ts";

/** Entries of an action log read at a time. */
const LOG_PAGE = 1_000;

export interface FollowOptions {
  /** The connection has no seat: it sees what spectators see, when they see it. */
  readonly watching?: boolean;
  /** The room, where the caller knows it. */
  readonly room?: Pick<Room, "game" | "phase">;
  /** Of the frames of a real-time room, from here on. */
  readonly form?: "objects" | "columns" | undefined;
}

export type RoomFollowers = ReturnType<typeof createFollowers>;

/** What is told of connections that follow rooms, and of their games: real-time rooms have a way of their own to send states. */
export interface FollowObserver {
  attached(session: GameSession, id: RoomId, options: FollowOptions): Promise<void>;
  detached(session: GameSession, id: RoomId): void;
  started(id: RoomId): void;
  ended(id: RoomId): void;
}

export function createFollowers(
  { live, store, userBus, settings, log }: Services,
  games: ReadonlyMap<string, Game>,
  observer: FollowObserver,
) {
  const sessions = new Map<UserId, Set<GameSession>>();
  const feeds = new Map<RoomId, RoomDelivery>();
  const following = new WeakMap<GameSession, Set<RoomId>>();
  let listening: Promise<() => void> | undefined;

  function feedOf(id: RoomId): RoomDelivery {
    const known = feeds.get(id);
    if (known !== undefined) return known;
    const feed = createRoomDelivery(id, {
      games,
      now: () => store.now(),
      detach: (session) => detach(session, id),
      readLog,
    });
    feeds.set(id, feed);
    return feed;
  }

  const stream = (id: RoomId): LiveStream<GameContract, RoomEntry> => ({
    key: keys.entries(id),
    room: rooms.match(id),
    deliver(entry, _position, to) {
      feeds.get(id)?.deliver(entry, to);
      if (entry.kind === "started") observer.started(id);
      if (entry.kind === "ended" || entry.kind === "closed") observer.ended(id);
    },
    lost(_position, to) {
      feeds.get(id)?.forget();
      refresh(id, [...to.sessions()]).catch((err: unknown) =>
        log.warn({ err, room: id }, "members could not be sent the state after a gap"),
      );
    },
  });

  /** @throws GameError `room_full` where as many watch already */
  function checkPlaceFor(session: GameSession, id: RoomId): void {
    const feed = feeds.get(id);
    if (feed !== undefined && !feed.watches(session) && feed.watchers >= settings.limits.spectators)
      throw new GameError("room_full", { message: "as many watch this room here as may" });
  }

  /** @throws GameError `room_full` where it is to watch, and as many do already; `unavailable` */
  async function attach(session: GameSession, id: RoomId, options: FollowOptions = {}): Promise<void> {
    const { watching = false } = options;
    if (watching) checkPlaceFor(session, id);
    feedOf(id).add(session, { watching });
    const own = following.get(session);
    if (own === undefined) following.set(session, new Set([id]));
    else own.add(id);
    try {
      await live.attach(session, stream(id));
    } finally {
      if (!live.follows(session, keys.entries(id))) forget(session, id);
    }
    await observer.attached(session, id, options);
    // Left meanwhile.
    if (following.get(session)?.has(id) !== true) observer.detached(session, id);
  }

  function detach(session: GameSession, id: RoomId): void {
    live.detach(session, keys.entries(id));
    forget(session, id);
  }

  function forget(session: GameSession, id: RoomId): void {
    following.get(session)?.delete(id);
    observer.detached(session, id);
    const feed = feeds.get(id);
    if (feed === undefined || !feed.remove(session)) return;
    feed.close();
    feeds.delete(id);
  }

  async function readLog({ id, play }: Room): Promise<readonly LogEntry[]> {
    if (play === null) return [];
    const entries: LogEntry[] = [];
    for (let after = 0; ; ) {
      const page = await store.streams.read(keys.log(id, play.round), { after, limit: LOG_PAGE });
      entries.push(...page.entries.map(({ entry }) => entry));
      after = page.entries.at(-1)?.offset ?? page.offset;
      if (after >= page.offset) return entries;
      // Other work has its turn before the next page.
      await nextTurn();
    }
  }

  /** Sends the whole state, after entries were lost. */
  async function refresh(id: RoomId, some: readonly GameSession[]): Promise<void> {
    const found = await store.documents.load(keys.room(id));
    for (const session of some) {
      if (found === undefined) feeds.get(id)?.expel(session);
      else if (feeds.get(id)?.watches(session) !== true) sendWhole(session, found.state);
      else if ((await feeds.get(id)?.pastOf(found.state)) === undefined) sendWhole(session, found.state);
    }
  }

  function sendWhole(session: GameSession, room: Room): void {
    session.emit("room:updated", { room: roomView(room) });
    const game = games.get(room.game);
    if (room.play !== null && game !== undefined)
      session.emit("game_state", {
        ...statePayload(room.id, game, { play: room.play, events: [] }, session.userId),
        missed: true,
      });
    if (room.result !== null) {
      const teams = teamsOf(room.play?.players ?? [], room.play?.teams);
      session.emit("game_ended", endedPayload(room.id, { result: room.result, teams }));
    }
  }

  /**
   * Connections of users with a seat follow the room; what happened before is sent as the whole state.
   * @param missed they were not notified of their seat, so they are sent the room
   */
  async function followSeated(id: RoomId, users: readonly UserId[], missed = false): Promise<void> {
    const late = users
      .flatMap((user) => [...(sessions.get(user) ?? [])])
      .filter((session) => !live.follows(session, keys.entries(id)) || feeds.get(id)?.watches(session));
    if (late.length === 0) return;
    await Promise.all(late.map((session) => attach(session, id)));
    const found = await store.documents.load(keys.room(id));
    for (const session of late) {
      if (found === undefined || seatOf(found.state, session.userId) === undefined) detach(session, id);
      else if ((found.state.play?.version ?? 0) > (found.state.play?.first ?? 0))
        sendWhole(session, found.state);
      else if (missed) session.emit("room:updated", { room: roomView(found.state) });
    }
  }

  /** Rooms that connections of a user follow as if the user had a seat there. */
  function taken(user: UserId): Set<RoomId> {
    const found = new Set<RoomId>();
    for (const session of sessions.get(user) ?? [])
      for (const id of following.get(session) ?? []) if (!feeds.get(id)?.watches(session)) found.add(id);
    return found;
  }

  /** Ends the following of a user that follows a room as a player and has no seat there. */
  async function expelStrangers(id: RoomId, user: UserId): Promise<void> {
    const found = await store.documents.load(keys.room(id));
    if (found !== undefined && seatOf(found.state, user) !== undefined) return;
    const feed = feeds.get(id);
    for (const session of [...(sessions.get(user) ?? [])])
      if (feed?.sessions.has(session) && !feed.watches(session)) feed.expel(session);
  }

  return {
    /** The users who are connected here. */
    users: {
      all: () => sessions.keys(),
      get size() {
        return sessions.size;
      },
    },

    /** Finds what a missed hint left: rooms where users have a seat and that a connection does not follow, and the reverse. */
    async compare(users: readonly UserId[]): Promise<void> {
      const lists = await store.documents.loadMany(users.map(keys.ownRooms));
      await Promise.all(
        users.map(async (user, at) => {
          const own = new Set(lists[at]?.state.rooms.map(({ id }) => id));
          const strange = [...taken(user)].filter((id) => !own.has(id));
          await Promise.all([
            ...[...own].map((id) => followSeated(id, [user], true)),
            ...strange.map((id) => expelStrangers(id, user)),
          ]);
        }),
      );
    },

    /** Subscribes to hints about which rooms this worker's users must follow. Again: retries where it failed. */
    async listen(): Promise<void> {
      listening ??= userBus.subscribe(followTopic, ({ roomId, users }) => {
        followSeated(roomId, users).catch((err: unknown) =>
          log.warn({ err, room: roomId }, "players could not follow their room; they do later"),
        );
      });
      try {
        await listening;
      } catch (err) {
        listening = undefined;
        throw err;
      }
    },

    /** The rooms that connections here follow. */
    rooms: () => feeds.keys(),

    /** Users whose connections follow their rooms, and rooms that are followed. */
    get size() {
      return { users: sessions.size, rooms: feeds.size };
    },

    add(session: GameSession): void {
      const own = sessions.get(session.userId);
      if (own === undefined) sessions.set(session.userId, new Set([session]));
      else own.add(session);
    },

    remove(session: GameSession): void {
      const own = sessions.get(session.userId);
      own?.delete(session);
      if (own?.size === 0) sessions.delete(session.userId);
      for (const id of [...(following.get(session) ?? [])]) forget(session, id);
    },

    attach,
    detach,

    /** From here on the connection gets patches of this room's states, or whole ones. */
    setPatches(session: GameSession, id: RoomId, wanted: boolean): void {
      feeds.get(id)?.setPatches(session, wanted);
    },

    /** What a watching connection may know of a game with a spectator delay; undefined for all others. */
    async pastFor(session: GameSession, room: Room) {
      const feed = feeds.get(room.id);
      return feed?.watches(session) ? feed.pastOf(room) : undefined;
    },

    follows: (session: GameSession, id: RoomId) => live.follows(session, keys.entries(id)),

    /** Makes all connections of these users, on all workers, follow the room. A comparison finds those that miss it. */
    async followOnAllWorkers(roomId: RoomId, users: readonly UserId[]): Promise<void> {
      await userBus.publish(followTopic, users, (some) => ({ roomId, users: some }));
    },

    async close(): Promise<void> {
      const end = await listening?.catch(() => undefined);
      end?.();
      sessions.clear();
      for (const feed of feeds.values()) feed.close();
      feeds.clear();
    },
  };
}
