/** Sends the connections of this worker that follow one room the entries of its stream, one by one. */
import type { EventName, PayloadOf } from "../../../core/contract/contract.ts";
import type { Game } from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Audience } from "../../../core/ports/live.ts";
import type { Room, RoomEntry } from "../rooms/stored.ts";
import type { GameContract, RoomView } from "../schema.ts";
import { createDelay, type Delay } from "./spectator-delay.ts";
import { createStateSender, type GameSession, type StateSender } from "./state-sender.ts";
import { endedPayload, roomView, sameForAll, startedPayload, stateFor, statePayload } from "./view.ts";

export interface RoomDeliveryParts {
  readonly games: ReadonlyMap<string, Game>;
  now(): number;
  /** The connection follows the room no longer. */
  detach(session: GameSession): void;
  /** The action log of the room's present game. */
  readLog(room: Room): Promise<readonly LogEntry[]>;
}

type SendToFollowers = <K extends EventName<GameContract>>(
  event: K,
  payload: PayloadOf<GameContract, K>,
) => void;

interface Receivers {
  readonly send: SendToFollowers;
  readonly states: StateSender;
  sessions(): Iterable<GameSession>;
  /** Whether these are all that follow: a payload that all may see is then encoded once. */
  readonly all: boolean;
}

export type RoomDelivery = ReturnType<typeof createRoomDelivery>;

export function createRoomDelivery(id: RoomId, { games, now, detach, readLog }: RoomDeliveryParts) {
  const sessions = new Set<GameSession>();
  /** Connections of users without a seat. */
  const watchers = new Set<GameSession>();
  const patching = new Set<GameSession>();
  const wantsPatches = (session: GameSession) => patching.has(session);
  const live = createStateSender(id, wantsPatches);
  const later = createStateSender(id, wantsPatches);
  let delay: Delay | undefined;
  let filled: Promise<void> | undefined;

  /** How spectators of this game are held back; undefined where they are not. */
  function delayFor(name: string): Delay | undefined {
    const delayMs = games.get(name)?.spectatorDelayMs ?? 0;
    if (delayMs > 0)
      delay ??= createDelay({ delayMs, now, release: (entry) => deliver(entry, toSome(watchers, later)) });
    return delay;
  }

  function toSome(some: Iterable<GameSession>, states: StateSender): Receivers {
    const now = [...some];
    return {
      states,
      all: false,
      sessions: () => now,
      send(event, payload) {
        for (const session of now) session.emit(event, payload);
      },
    };
  }

  const toAll = (to: Audience<GameContract>): Receivers => ({
    states: live,
    all: true,
    sessions: () => to.sessions(),
    send: (event, payload) => to.emit(event, payload),
  });

  function deliver(entry: RoomEntry, to: Receivers): void {
    switch (entry.kind) {
      case "updated":
        to.send("room:updated", { room: entry.room });
        return;
      case "started": {
        // Players get it by their inbox, so that nobody misses the start.
        const game = games.get(entry.game);
        if (game === undefined) return;
        for (const session of to.sessions())
          if (!entry.play.players.includes(session.userId))
            session.emit("game_started", startedPayload(entry.room, game, entry.play, session.userId));
        return;
      }
      case "played": {
        const game = games.get(entry.game);
        if (game === undefined) return;
        if (to.all && patching.size === 0 && sameForAll(game, entry.events)) {
          to.send("game_state", statePayload(id, game, entry, null));
          return;
        }
        to.states.played(game, entry, to.sessions());
        return;
      }
      case "ended":
        to.send("game_ended", endedPayload(id, entry));
        return;
      case "left":
        for (const session of [...sessions])
          if (session.userId === entry.userId) expel(session, entry.kicked === true);
        return;
      case "closed":
        to.send("room:updated", { room: entry.room });
        for (const session of [...to.sessions()]) detach(session);
    }
  }

  function expel(session: GameSession, kicked = false): void {
    session.emit("room:left", kicked ? { room_id: id, reason: "kicked" } : { room_id: id });
    detach(session);
  }

  return {
    sessions,
    expel,

    add(session: GameSession, as: { readonly watching: boolean }): void {
      sessions.add(session);
      if (as.watching) watchers.add(session);
      else watchers.delete(session);
    },

    /** @returns whether nobody follows the room any more */
    remove(session: GameSession): boolean {
      sessions.delete(session);
      watchers.delete(session);
      patching.delete(session);
      return sessions.size === 0;
    },

    setPatches(session: GameSession, wanted: boolean): void {
      if (wanted) patching.add(session);
      else patching.delete(session);
    },

    watches: (session: GameSession) => watchers.has(session),
    get watchers(): number {
      return watchers.size;
    },

    deliver(entry: RoomEntry, to: Audience<GameContract>): void {
      const name = "game" in entry ? entry.game : "room" in entry ? entry.room.game : undefined;
      const held = name === undefined ? delay : delayFor(name);
      const atOnce = entry.kind === "left" || (entry.kind === "updated" && held?.idle === true);
      if (held === undefined || atOnce) {
        deliver(entry, toAll(to));
        return;
      }
      held.hold(entry);
      const members = [...to.sessions()].filter((session) => !watchers.has(session));
      deliver(entry, toSome(members, live));
    },

    /** Entries are lost: the next state is not the successor of what was sent. */
    forget(): void {
      live.forget();
      later.forget();
      filled = undefined;
    },

    /**
     * What a spectator may know of the room now; undefined where spectators know what players do.
     * @throws GameError `unavailable` where the past could not be read
     */
    async pastOf(room: Room) {
      const game = games.get(room.game);
      const held = delayFor(room.game);
      if (game === undefined || held === undefined) return undefined;
      if (room.play !== null) {
        filled ??= readLog(room).then((log) => held.fill(room, game, log));
        try {
          await filled;
        } catch (err) {
          filled = undefined;
          throw err;
        }
      }
      const { play, over } = held.shown();
      return {
        room: maskedView(room, over),
        over,
        version: play?.version ?? 0,
        /** What this user may see of that state; null before the first that is old enough. */
        stateFor: (user: GameSession["userId"]) => (play === null ? null : stateFor(game, play, user)),
      };
    },

    close(): void {
      delay?.close();
    },
  };
}

/** Spectators with a delay see a game as running until they have got its last states. */
function maskedView(room: Room, over: boolean): RoomView {
  const view = roomView(room);
  if (view.phase !== "ended" || over) return view;
  const { rematch, ...masked } = view;
  return { ...masked, phase: "playing" };
}
