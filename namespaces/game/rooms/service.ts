/** The commands of rooms and their games: load, decide, commit, and make the members follow. */

import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import { asId, newId, type RoomId, type UserId } from "../../../core/ids.ts";
import type { Bookings } from "../../../core/ports/matches.ts";
import type { Services } from "../../../core/ports/services.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import type { Upstream } from "../../../core/ports/upstream.ts";
import { roughBytes } from "../../../middleware/command-queue.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { deadlineOf, roomView, startedPayload, stateFor } from "../delivery/view.ts";
import { playMove, startGame, timeOutTurn } from "../play/play.ts";
import { agreeRematch, kick, leave } from "../play/players.ts";
import type { Realtime } from "../realtime/index.ts";
import { type GameContract, gameContract, type RoomView } from "../schema.ts";
import { present } from "./commit.ts";
import { createJoining, type JoiningParts } from "./joining.ts";
import { booked } from "./matches.ts";
import type { RoomPlaces } from "./quota.ts";
import { openRoom, seatOf, shown, unchanged } from "./rules.ts";
import { keys, type Room } from "./stored.ts";
import { updateRoom } from "./updating.ts";

export interface RoomServiceParts extends JoiningParts {
  readonly places: RoomPlaces;
  readonly games: ReadonlyMap<string, Game>;
  readonly defaultGame: string;
  readonly realtime: Realtime;
  /** Asked before a user plays another game of a match. */
  readonly bookings?: Bookings;
  /** Asked before an action takes effect, where there is one. */
  readonly upstream?: Upstream;
}

export type RoomService = ReturnType<typeof createRoomService>;

export function createRoomService(services: Services, parts: RoomServiceParts) {
  const { store, settings, random, inbox, outbound, storageQuotas } = services;
  const { change, followers, codes, places, games } = parts;
  const { documents } = store;
  const signals = outbound.in(gameContract);

  const load = async (id: RoomId) => present((await documents.load(keys.room(id)))?.state);
  const { seatBy, sitOrWatch } = createJoining(services, parts, load, gameNamed);

  function gameNamed(name: string): Game {
    const game = games.get(name);
    if (game === undefined) throw new GameError("not_found", { message: `there is no game ${name}` });
    return game;
  }

  /** The room, for those who have a seat in it; to others it does not exist. */
  async function loadAsMember(id: RoomId, user: UserId): Promise<Room> {
    const room = await load(id);
    if (seatOf(room, user) === undefined) throw new GameError("not_found");
    return room;
  }

  /** Makes a member's connection follow the room. */
  async function followAsMember(session: GameSession, id: RoomId): Promise<void> {
    if (followers.follows(session, id)) return;
    await loadAsMember(id, session.userId);
    await followers.attach(session, id);
  }

  return {
    async create(session: GameSession, input: InputOf<GameContract, "room:create">): Promise<RoomView> {
      const id = newId<RoomId>("r");
      const game = gameNamed(input.game ?? parts.defaultGame);
      const owner = { userId: session.userId, name: session.identity.name };
      const wish = {
        id,
        game,
        name: input.name,
        maxPlayers: input.max_players,
        private: input.private,
        labels: input.labels,
        options: input.options,
        now: store.now(),
      };
      openRoom({ ...wish, joinCode: null }, owner); // refused before anything is taken
      await places.take(session, id);
      const joinCode = wish.private === true ? await codes.take(id) : null;
      const room = openRoom({ ...wish, joinCode }, owner);
      await seatBy(session, room, input.form, () => change(id, () => shown(room)));
      followers.setPatches(session, id, input.patches === true);
      return roomView(room);
    },

    async join(session: GameSession, input: InputOf<GameContract, "room:join">): Promise<RoomView> {
      const room = await sitOrWatch(session, input);
      if (input.patches !== undefined) followers.setPatches(session, asId(room.room_id), input.patches);
      return room;
    },

    async leave(session: GameSession, id: RoomId): Promise<void> {
      const watching = followers.follows(session, id);
      const room = (await documents.load(keys.room(id)))?.state;
      if (room === undefined || seatOf(room, session.userId) === undefined) {
        if (!watching) throw new GameError("not_found");
        followers.detach(session, id);
        return;
      }
      const game = gameNamed(room.game);
      await change(id, (current, now) =>
        current === undefined ? unchanged : leave(current, game, session.userId, { now, random }),
      );
    },

    async start(session: GameSession, id: RoomId): Promise<number> {
      const game = gameNamed((await loadAsMember(id, session.userId)).game);
      await followAsMember(session, id);
      await parts.realtime.checkPlace(game.name);
      let version = 0;
      await change(id, (current, now) => {
        const owned = present(current);
        if (owned.owner !== session.userId)
          throw new GameError("forbidden", { message: "only the room's owner starts the game" });
        const started = startGame(owned, game, { now, random });
        version = started.room.play?.version ?? 0;
        return started;
      });
      return version;
    },

    async update(session: GameSession, input: InputOf<GameContract, "room:update">): Promise<RoomView> {
      const id = asId<RoomId>(input.room_id);
      const game = gameNamed((await loadAsMember(id, session.userId)).game);
      let updated: Room | undefined;
      await change(id, (current) => {
        const room = present(current);
        const decision = updateRoom(room, game, session.userId, input);
        updated = decision.room ?? room;
        return decision;
      });
      return roomView(present(updated));
    },

    async kick(session: GameSession, id: RoomId, user: UserId): Promise<void> {
      const game = gameNamed((await loadAsMember(id, session.userId)).game);
      await change(id, (current, now) => kick(present(current), game, session.userId, user, { now, random }));
    },

    async rematch(session: GameSession, id: RoomId, agree: boolean): Promise<RoomView> {
      const room = await loadAsMember(id, session.userId);
      const game = gameNamed(room.game);
      await followAsMember(session, id);
      if (agree && !room.match) await places.takeAgain(id); // matches are no part of that limit
      if (agree) await parts.realtime.checkPlace(game.name);
      const answer = () =>
        change(id, (current, now) =>
          agreeRematch(present(current), game, session.userId, agree, { now, random }),
        );
      await (agree ? booked(parts.bookings, session.userId, room, answer) : answer());
      return roomView(await load(id));
    },

    /** The deadline of a turn: nothing where it has ended in time. */
    async timeOut(id: RoomId, since: number): Promise<void> {
      await change(id, (room, now) => {
        const game = room === undefined ? undefined : games.get(room.game);
        if (room === undefined || game === undefined) return unchanged;
        return timeOutTurn(room, game, since, { now, random });
      });
    },

    async act(session: GameSession, input: InputOf<GameContract, "game:action">): Promise<number> {
      const id = asId<RoomId>(input.room_id);
      const { userId } = session;
      const onceId = input.action_id === undefined ? undefined : commandId(userId, input.action_id);
      const known = () =>
        onceId === undefined ? undefined : documents.resultOf(keys.room(id).partition, onceId);
      const before = await known();
      if (before !== undefined) return before as number;
      await followAsMember(session, id);
      const { room_id, action, args, version: on } = input;
      await storageQuotas.stored(session, roughBytes(args));
      await parts.upstream?.forward({
        action: "game_action",
        user: userId,
        body: { room_id, action, args: args ?? {}, ...(on !== undefined && { version: on }) },
        requestId: onceId ?? newId("a"),
      });
      let version = 0;
      try {
        const result = await change<number>(
          id,
          (current, now) => {
            const room = present(current);
            if (seatOf(room, userId) === undefined) throw new GameError("not_found");
            const move = { action: input.action, args: input.args, version: input.version };
            const decision = playMove(room, gameNamed(room.game), userId, move, { now, random });
            version = decision.version;
            return decision;
          },
          onceId === undefined
            ? {}
            : { once: { id: onceId, ttlMs: settings.onceTtlMs, result: () => version } },
        );
        return result ?? version;
      } catch (err) {
        // The same command on another worker may have been faster.
        const meanwhile = err instanceof GameError ? await known() : undefined;
        if (meanwhile === undefined) throw err;
        return meanwhile as number;
      }
    },

    async state(
      session: GameSession,
      { room_id, patches, form }: InputOf<GameContract, "room:state">,
    ): Promise<ResultOf<GameContract, "room:state">> {
      const id = asId<RoomId>(room_id);
      if (!followers.follows(session, id)) await followAsMember(session, id);
      if (patches !== undefined) followers.setPatches(session, id, patches);
      const room = await load(id);
      const result = room.result === null ? {} : { result: room.result };
      const sync = parts.realtime.sync(session, id, form);
      if (sync !== undefined)
        return { room: roomView(room), version: room.play?.version ?? 0, ...sync, ...result };
      const past = await followers.pastFor(session, room);
      if (past !== undefined) {
        const { version, over } = past;
        const state = past.stateFor(session.userId);
        return { room: past.room, state, version, ...(over ? result : {}) };
      }
      const { play } = room;
      if (play === null) return { room: roomView(room), state: null, version: 0 };
      const state = stateFor(gameNamed(room.game), play, session.userId);
      return { room: roomView(room), state, version: play.version, ...deadlineOf(play), ...result };
    },

    async signal(session: GameSession, input: InputOf<GameContract, "room:signal">): Promise<void> {
      const room = await loadAsMember(asId<RoomId>(input.room_id), session.userId);
      const others = room.seats.map(({ userId }) => userId).filter((user) => user !== session.userId);
      const named = input.to === undefined ? others : [input.to].flat();
      const to = others.filter((user) => named.includes(user));
      if (input.to !== undefined && to.length < new Set(named).size)
        throw new GameError("not_found", { message: "no such other player in this room" });
      const payload = { room_id: room.id, from: session.userId, data: input.data };
      for (const user of to) signals.toUser(user, "room:signal", payload);
    },

    /** The outbox entry of a start: connections follow the room, and every player's inbox gets the event. */
    async announceStart(id: RoomId, round: number): Promise<void> {
      const room = (await documents.load(keys.room(id)))?.state;
      const play = room?.play;
      if (room === undefined || play == null || play.round !== round) return;
      const game = gameNamed(room.game);
      await followers.followOnAllWorkers(id, play.players);
      const view = roomView(room);
      await Promise.all(
        play.players.map((user) =>
          inbox.deliver(
            gameContract,
            user,
            "game_started",
            startedPayload(view, game, play, user),
            asId(`${id}:started:${round}`),
            { about: `started:${id}` },
          ),
        ),
      );
    },
  };
}
