/** Rooms of `/`, followed over reconnects: each message once and in order, or a notice of a gap. */
import type { GameContract } from "../namespaces/game/schema.ts";
import type { RoomsContract } from "../namespaces/rooms/schema.ts";
import { CommandError, isPassing } from "./errors.ts";
import { Follower, type FollowerUpdate, type Position, resumeUntilDone } from "./follower.ts";
import type { NamespaceClient } from "./namespace.ts";
import { createRoomLists, type RoomFilter, type RoomList, type WatchOptions } from "./room-list.ts";

export interface RoomMessage {
  readonly room: string;
  readonly data: unknown;
  readonly client_id: string;
  readonly offset: number;
}

export interface RoomListener {
  message(message: RoomMessage): void;
  /** Messages are gone for good; the next ones continue after this position. */
  gap?(position: Position): void;
  /** The server refuses to go on, by this code: nothing follows. */
  ended?(code: string): void;
}

interface FollowedRoom {
  readonly follower: Follower<RoomMessage>;
  readonly listener: RoomListener;
  /** Followed once; from then on each connection resumes it. */
  started: boolean;
}

export interface Rooms {
  /** Follows a room from its end on, or after `since`. @throws CommandError */
  follow(room: string, listener: RoomListener, since?: Position): Promise<Position>;
  leave(room: string): Promise<void>;
  /** Sends to a followed room, once; after a reconnect when it is followed again. @throws CommandError */
  publish(room: string, data: unknown): Promise<Position>;
  /**
   * The newest rooms of `/game` that fit, kept up to date over reconnects. Resolves with the first ones there.
   * @throws CommandError `conflict` where too many lists are watched
   */
  watch(filter?: RoomFilter, options?: WatchOptions): Promise<RoomList>;
}

/** Each namespace is opened by what needs it. */
export function createRooms(
  openOwn: () => NamespaceClient<RoomsContract>,
  openGame: () => NamespaceClient<GameContract>,
): Rooms {
  let following: Following | undefined;
  let watching: ReturnType<typeof createRoomLists> | undefined;
  const own = () => {
    following ??= followRooms(openOwn());
    return following;
  };
  return {
    follow: (room, listener, since) => own().follow(room, listener, since),
    leave: (room) => own().leave(room),
    publish: (room, data) => own().publish(room, data),
    watch(filter, options) {
      watching ??= createRoomLists(openGame());
      return watching(filter, options);
    },
  };
}

type Following = Omit<Rooms, "watch">;

function followRooms(client: NamespaceClient<RoomsContract>): Following {
  const followed = new Map<string, FollowedRoom>();

  function deliver({ listener }: FollowedRoom, updates: readonly FollowerUpdate<RoomMessage>[]): void {
    for (const item of updates)
      client.notify("a room", () =>
        item.kind === "entry" ? listener.message(item.entry) : listener.gap?.(item.position),
      );
  }

  /** @param first before all that waits, as a new connection needs it */
  async function resume(room: string, f: FollowedRoom, first: boolean): Promise<boolean> {
    const answer = await client.own("subscribe", { room, since: f.follower.cursor }, { first });
    // Left meanwhile, or followed anew from elsewhere.
    if (followed.get(room) !== f) return false;
    const missed = (answer.messages ?? []).map(({ room, data, client_id, offset }) => ({
      offset,
      entry: { room, data, client_id, offset },
    }));
    const { epoch, offset, recovered = false } = answer;
    const { updates, again } = f.follower.resumed({ epoch, offset, recovered, missed });
    deliver(f, updates);
    client.goOn();
    return again;
  }

  client.watch("message", ({ room, data, client_id, offset }) => {
    const f = room === undefined ? undefined : followed.get(room);
    if (f && room !== undefined && offset !== undefined)
      deliver(f, f.follower.live(offset, { room, data, client_id, offset }));
  });
  client.watch("lost", ({ room, epoch, offset }) => {
    const f = followed.get(room);
    if (f) deliver(f, f.follower.lost({ epoch, offset }));
  });
  client.socket.on("disconnect", () => {
    for (const f of followed.values()) f.follower.interrupt();
  });
  client.onConnected(() => {
    for (const [room, f] of followed)
      if (f.started) void resumeUntilDone(client, again(room, f), isWanted(room, f));
  });

  const isWanted = (room: string, f: FollowedRoom) => () => followed.get(room) === f;

  /** Resumes a room, or ends it where the server does not want that. */
  const again = (room: string, f: FollowedRoom) => async () => {
    try {
      return await resume(room, f, true);
    } catch (thrown) {
      if (!(thrown instanceof CommandError) || isPassing(thrown)) throw thrown;
      if (!isWanted(room, f)()) return false;
      followed.delete(room);
      client.goOn();
      client.notify("a room", () => f.listener.ended?.(thrown.code));
      return false;
    }
  };

  async function follow(room: string, listener: RoomListener, since?: Position): Promise<Position> {
    const existing = followed.get(room);
    if (existing) throw new Error(`the room ${room} is followed already`);
    // Interrupted from the start: messages that come before the answer wait for it.
    const f: FollowedRoom = {
      follower: new Follower(since ?? { epoch: "", offset: 0 }),
      listener,
      started: false,
    };
    f.follower.interrupt();
    followed.set(room, f);
    try {
      let again = since !== undefined;
      if (!again) {
        const { epoch, offset } = await client.own("subscribe", { room });
        const first = f.follower.resumed({ epoch, offset, recovered: false, missed: [] });
        deliver(f, first.updates.filter(isEntry));
        again = first.again;
      }
      while (again) again = await resume(room, f, false);
      f.started = true;
    } catch (err) {
      if (followed.get(room) === f) followed.delete(room);
      throw err;
    } finally {
      client.goOn();
    }
    return f.follower.cursor;
  }

  async function publish(room: string, data: unknown): Promise<Position> {
    // On a new connection only when the room is followed again: the server refuses it before.
    const ready = () => followed.get(room)?.follower.isResuming !== true;
    const { epoch, offset } = await client.own("publish", { room, data }, { ready });
    return { epoch, offset };
  }

  return {
    follow: (room, listener, since) => client.running(() => follow(room, listener, since)),
    leave: (room) =>
      client.running(async () => {
        if (!followed.delete(room)) return;
        client.goOn();
        await client.own("unsubscribe", { room });
      }),
    publish: (room, data) => client.running(() => publish(room, data)),
  };
}

const isEntry = (updates: FollowerUpdate<RoomMessage>) => updates.kind === "entry";
