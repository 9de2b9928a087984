/** Real-time rooms of this worker: those that it steps, those that its connections follow, and the way between the two. */
import { every } from "../../../core/async.ts";
import type { InputOf, PayloadOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { newId, type RoomId, type UserId, type WorkerId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { FollowOptions } from "../delivery/followers.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { keys } from "../rooms/stored.ts";
import type { GameContract } from "../schema.ts";
import { RealtimeCounts, type RealtimeFigures } from "./figures.ts";
import { createHandovers } from "./handovers.ts";
import { readInputs } from "./inputs.ts";
import { createLinks, type LinkListener } from "./links.ts";
import { Partners } from "./partners.ts";
import { createPlacing } from "./placing.ts";
import { createOwner, type OwnerParts } from "./stepping/owner.ts";
import { type LinkMessage, ownerless, runKeys, type TickPacket } from "./stored.ts";
import { FollowedRoom } from "./viewing/followed.ts";
import type { FrameForm } from "./viewing/frames.ts";

/** An owner that is not heard of for so long is looked for in the store. */
const SILENT_MS = 300;
/** A record that no owner has changed for so long is nobody's. */
const STALE_MS = 350;
const LOOK_MS = 50;

export interface RealtimeOptions extends Pick<OwnerParts, "games" | "change" | "maxRooms"> {
  /** The share of late steps above which rooms are handed to other workers; 0: never. */
  readonly lateShare: number;
  /** The load from which a room begins on a worker with less, where there is one. */
  readonly crowdedFrom: number;
}

export type Realtime = ReturnType<typeof createRealtime>;

export function createRealtime(services: Services, options: RealtimeOptions) {
  const { store, timers, log } = services;
  const { games } = options;
  const host = newId<WorkerId>("h");
  const followed = new Map<RoomId, FollowedRoom>();
  const partners = new Partners();
  const looking = new Map<RoomId, Promise<void>>();
  const counts = new RealtimeCounts();
  let isClosed = false;

  const owner = createOwner(services, {
    ...{ host, counts, ...options },
    send(packet) {
      const here = followed.get(packet.room);
      if (here?.take(packet) === false) catchUp(here);
      for (const other of partners.of(packet.room)) links.packet(other, packet);
      if (packet.end !== undefined) partners.dropRoom(packet.room);
    },
    lost(room) {
      const here = followed.get(room);
      if (here === undefined) return;
      here.owner = undefined;
      look(here);
    },
  });

  /** Tells a followed room all that there is, where this worker steps it. */
  function catchUp(room: FollowedRoom): void {
    const whole = owner.runOf(room.id)?.whole("joined");
    if (whole !== undefined) room.take(whole);
  }

  const listener: LinkListener = {
    heard,
    called: (from) => handovers.called(from),
    partners: () => partners.workers(),
  };
  const links = createLinks(services, host, listener);
  const handovers = createHandovers({
    ...{ host, owner, links, partners, log, look },
    ...{ lateShare: options.lateShare, load: services.room },
    followed: (id) => followed.get(id),
  });
  const placing = createPlacing(services, {
    ...{ owner, links, partners, handovers, counts },
    ...{ crowdedFrom: options.crowdedFrom, isClosed: () => isClosed },
  });

  function heard(message: LinkMessage): void {
    const { from } = message;
    const now = performance.now();
    for (const { room, whole } of message.follow ?? []) {
      const run = owner.runOf(room);
      if (run === undefined) {
        links.notMine(from, room);
        continue;
      }
      const isNew = partners.follow(room, from, now);
      if (whole || isNew) {
        // What happened since the last packet goes to those that follow already: the whole one then continues it.
        links.packet(from, run.whole("joined"));
      }
    }
    for (const room of message.unfollow ?? []) partners.unfollow(room, from);
    for (const batch of message.inputs ?? []) owner.input(batch);
    for (const packet of message.packets ?? []) takePacket(from, packet);
    for (const room of message.begin ?? []) void placing.begin(from, room);
    for (const room of message.notMine ?? [])
      if (!handovers.refused(room, from)) lostOwner(followed.get(room), from);
    for (const handover of message.handovers ?? []) void handovers.received(from, handover);
    for (const offer of message.offers ?? []) handovers.offered(from, offer);
    for (const room of followed.values()) if (room.owner === from) room.heardAt = now;
  }

  function takePacket(from: string, packet: TickPacket): void {
    handovers.sent(from, packet);
    const room = followed.get(packet.room);
    if (room === undefined) {
      links.unfollow(from, packet.room);
      return;
    }
    if (room.mirror === undefined || packet.epoch >= room.mirror.epoch) room.owner = from;
    if (!room.take(packet)) {
      counts.missedPackets++;
      links.follow(from, packet.room, true);
    }
    if (packet.end !== undefined) lostOwner(room, from);
  }

  function lostOwner(room: FollowedRoom | undefined, from: string): void {
    if (room?.owner !== from) return;
    room.owner = undefined;
    look(room);
  }

  /** Finds who steps the room, or steps it here, until one of the two is so. */
  function look(room: FollowedRoom): void {
    if (isClosed || looking.has(room.id)) return;
    const work = find(room)
      .catch((err: unknown) =>
        log.debug({ err, room: room.id }, "the owner of a real-time room could not be found; tried again"),
      )
      .finally(() => looking.delete(room.id));
    looking.set(room.id, work);
  }

  async function find(room: FollowedRoom): Promise<void> {
    await links.listen();
    const key = runKeys.run(room.id);
    const [found, document] = await Promise.all([
      store.documents.load(key),
      store.documents.load(keys.room(room.id)),
    ]);
    const round = document?.state.play?.round;
    room.isPlaying = document?.state.phase === "playing";
    if (!room.isPlaying) return;
    const isRun = found !== undefined && found.state.round === round;
    const isAnothers = isRun && found.state.owner !== "" && found.state.owner !== host && store.shared;
    if (isAnothers) {
      const other = found.state.owner;
      links.follow(other, room.id, true);
      await pause(STALE_MS);
      if (isClosed || room.owner !== undefined) return;
      const again = await store.documents.load(key);
      if (again !== undefined && again.version !== found.version) return;
    }
    if (!owner.owns(room.id) && placing.isCrowded(!isRun) && (await placing.elsewhere(room))) return;
    if (!(await owner.take(room.id, found))) return;
    room.owner = host;
    // Nobody here followed it for a while, though it was stepped here.
    if (room.mirror === undefined) catchUp(room);
  }

  const endLooks = every(
    LOOK_MS,
    () => {
      const now = performance.now();
      for (const room of followed.values()) {
        room.showDelayed();
        if (room.owner === host && owner.owns(room.id)) continue;
        if (room.owner !== undefined && room.owner !== host && now - room.heardAt < SILENT_MS) continue;
        if (room.isPlaying) {
          room.owner = undefined;
          look(room);
        }
      }
      partners.expire(now);
      for (const { id, owner: other } of partners.due(now, followed.values()))
        if (other !== undefined && other !== host) links.follow(other, id, false);
    },
    (err) => log.debug({ err }, "real-time rooms could not be looked at"),
  );

  // A worker that follows no room yet can still be given one.
  if (games.size > 0) void links.listen().catch(() => undefined);

  timers.on(ownerless, async ({ payload: { roomId } }) => {
    if (owner.owns(roomId) || isClosed) return;
    const found = await store.documents.load(runKeys.run(roomId));
    if (found === undefined) return;
    await pause(STALE_MS);
    const again = await store.documents.load(runKeys.run(roomId));
    if (again?.version === found.version) await owner.take(roomId, found);
  });

  return {
    games,

    /** A connection follows a room. */
    async attached(
      session: GameSession,
      id: RoomId,
      { watching = false, room: known, form }: FollowOptions,
    ): Promise<void> {
      if (games.size === 0) return;
      let room = followed.get(id);
      if (room === undefined) {
        const found = known ?? (await store.documents.load(keys.room(id)))?.state;
        const game = found && games.get(found.game);
        if (found === undefined || game === undefined || !session.connected) return;
        room =
          followed.get(id) ??
          new FollowedRoom(id, game, {
            ...{ counts, shedding: services.shedding },
            unreadBytes: (viewer) => services.reading.unreadBytes(viewer),
          });
        followed.set(id, room);
        room.isPlaying ||= found.phase === "playing";
      }
      room.add(session, watching, form);
      if (room.isPlaying && room.owner === undefined) look(room);
    },

    detached(session: GameSession, id: RoomId): void {
      const room = followed.get(id);
      if (room === undefined) return;
      room.remove(session);
      if (room.size > 0) return;
      followed.delete(id);
      if (room.owner !== undefined && room.owner !== host) links.unfollow(room.owner, id);
    },

    /** @throws GameError `server_full` with `retry_after_ms` where no worker has a place for another room of this game */
    checkPlace: async (game: string): Promise<void> => {
      if (games.has(game)) await placing.checkPlace();
    },

    /** The room's game has begun, or begun again. */
    started(id: RoomId): void {
      const room = followed.get(id);
      if (room === undefined) return;
      room.isPlaying = true;
      if (room.owner === undefined) look(room);
    },

    ended(id: RoomId): void {
      const room = followed.get(id);
      if (room === undefined) return;
      room.isPlaying = false;
    },

    /** Sends a `game_sync`. @returns the same, where the room is a real-time one and its game runs */
    sync(
      session: GameSession,
      id: RoomId,
      form?: FrameForm,
    ): PayloadOf<GameContract, "game_sync"> | undefined {
      return followed.get(id)?.sync(session, form);
    },

    /** @throws GameError `not_found` where the connection follows no such room as a player, `invalid_payload`, `rate_limited` */
    input(session: GameSession, input: InputOf<GameContract, "game:input">): void {
      const room = followed.get(input.room_id as RoomId);
      if (room === undefined || !room.isPlayer(session)) throw new GameError("not_found");
      const batch = readInputs(room, session, input, counts);
      counts.inputs += batch.inputs.length;
      if (room.owner === host) owner.input(batch);
      else if (room.owner !== undefined) links.inputs(room.owner, batch);
    },

    viewsOf: (id: RoomId, users: readonly (UserId | null)[]) => followed.get(id)?.viewsFor(users),

    figures: (): RealtimeFigures => ({ ...owner.figures(), followed: followed.size }),

    held: () => ({ realtime_rooms_followed: followed.size }),

    /** This worker stops: its rooms go to others while its clients are still here. */
    leave: () => handovers.leave(),

    async close(): Promise<void> {
      isClosed = true;
      handovers.close();
      endLooks();
      await Promise.allSettled(looking.values());
      await owner.close();
      await links.close();
      followed.clear();
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
