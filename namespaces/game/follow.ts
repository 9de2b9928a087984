/** Which connections follow a room, and how an entry of its stream becomes what each of them is sent. */
import type { Game } from "../../core/game.ts";
import type { RoomId, UserId } from "../../core/ids.ts";
import type { Audience, LiveStream } from "../../core/ports/live.ts";
import type { Services } from "../../core/ports/services.ts";
import { rooms } from "../../core/rooms.ts";
import type { Session } from "../../core/session.ts";
import type { GameContract } from "./events.ts";
import { seatOf } from "./rules.ts";
import type { Room, RoomEntry } from "./stored.ts";
import { followTopic, keys } from "./stored.ts";
import { roomView, sameForAll, startedPayload, statePayload } from "./view.ts";

type GameSession = Session<GameContract>;

export type Followers = ReturnType<typeof createFollowers>;

export function createFollowers({ live, store, log }: Services, games: ReadonlyMap<string, Game>) {
  const sessions = new Map<UserId, Set<GameSession>>();
  let listening: Promise<() => void> | undefined;

  const stream = (id: RoomId): LiveStream<GameContract, RoomEntry> => ({
    key: keys.entries(id),
    room: rooms.match(id),
    deliver: (entry, _position, to) => deliver(id, entry, to),
    lost: (_position, to) => {
      refresh(id, [...to.sessions()]).catch((err: unknown) =>
        log.warn({ err, room: id }, "members could not be sent the state after a gap"),
      );
    },
  });

  function deliver(id: RoomId, entry: RoomEntry, to: Audience<GameContract>): void {
    switch (entry.kind) {
      case "updated":
        to.emit("room:updated", { room: entry.room });
        return;
      case "started": {
        // Players hear of it by their inbox, so that nobody misses the start.
        const game = games.get(entry.game);
        if (game === undefined) return;
        for (const session of to.sessions())
          if (!entry.play.players.includes(session.userId))
            session.emit("game_started", startedPayload(entry.room, game, entry.play, session.userId));
        return;
      }
      case "played":
        deliverState(id, entry, to);
        return;
      case "ended":
        to.emit("game_ended", { room_id: id, result: entry.result });
        return;
      case "left":
        for (const session of [...to.sessions()]) if (session.userId === entry.userId) expel(session, id);
        return;
      case "closed":
        to.emit("room:updated", { room: entry.room });
        for (const session of [...to.sessions()]) live.detach(session, keys.entries(id));
    }
  }

  function deliverState(
    id: RoomId,
    entry: Extract<RoomEntry, { kind: "played" }>,
    to: Audience<GameContract>,
  ): void {
    const game = games.get(entry.game);
    if (game === undefined) return;
    if (sameForAll(game, entry.events)) {
      const { play, events } = entry;
      to.emit("game_state", { room_id: id, version: play.version, state: play.state, events: [...events] });
      return;
    }
    for (const session of to.sessions())
      session.emit("game_state", statePayload(id, game, entry, session.userId));
  }

  function expel(session: GameSession, id: RoomId): void {
    session.emit("room:left", { room_id: id });
    live.detach(session, keys.entries(id));
  }

  /** Sends the whole state, where single changes are gone. */
  async function refresh(id: RoomId, some: readonly GameSession[]): Promise<void> {
    const found = await store.documents.load(keys.room(id));
    for (const session of some) {
      if (found === undefined) expel(session, id);
      else sendWhole(session, found.state);
    }
  }

  function sendWhole(session: GameSession, room: Room): void {
    session.emit("room:updated", { room: roomView(room) });
    const game = games.get(room.game);
    if (room.play !== null && game !== undefined)
      session.emit(
        "game_state",
        statePayload(room.id, game, { play: room.play, events: [] }, session.userId),
      );
    if (room.result !== null) session.emit("game_ended", { room_id: room.id, result: room.result });
  }

  /** Connections of a new match's players follow it; what happened before they did is sent whole. */
  async function followMatch(id: RoomId, users: readonly UserId[]): Promise<void> {
    const late = users
      .flatMap((user) => [...(sessions.get(user) ?? [])])
      .filter((session) => !live.follows(session, keys.entries(id)));
    if (late.length === 0) return;
    await Promise.all(late.map((session) => live.attach(session, stream(id))));
    const found = await store.documents.load(keys.room(id));
    for (const session of late) {
      if (found === undefined || seatOf(found.state, session.userId) === undefined)
        live.detach(session, keys.entries(id));
      else if ((found.state.play?.version ?? 0) > 1) sendWhole(session, found.state);
    }
  }

  return {
    /** Hears from now on which rooms this worker's users must follow. Again: tries again where it failed. */
    async listen(): Promise<void> {
      listening ??= store.bus.subscribe(followTopic, ({ roomId, users }) => {
        followMatch(roomId, users).catch((err: unknown) =>
          log.warn({ err, room: roomId }, "players could not follow their room; they do when they act"),
        );
      });
      try {
        await listening;
      } catch (err) {
        listening = undefined;
        throw err;
      }
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
    },

    attach: (session: GameSession, id: RoomId) => live.attach(session, stream(id)),
    detach: (session: GameSession, id: RoomId) => live.detach(session, keys.entries(id)),
    follows: (session: GameSession, id: RoomId) => live.follows(session, keys.entries(id)),

    /** All connections of these users, on all workers, follow the room. Best effort; those who miss it follow when they act. */
    async tell(roomId: RoomId, users: readonly UserId[]): Promise<void> {
      await store.bus.publish(followTopic, { roomId, users });
    },

    async close(): Promise<void> {
      const end = await listening?.catch(() => undefined);
      end?.();
      sessions.clear();
    },
  };
}
