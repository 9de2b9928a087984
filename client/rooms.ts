/** Rooms of `/`, followed over reconnects: each message once and in order, or a gap that is told. */
import type { RoomsContract } from "../namespaces/rooms/events.ts";
import { Follower, type Position, type Told } from "./follower.ts";
import type { NamespaceClient } from "./namespace.ts";
import { resumeUntilDone } from "./resume.ts";

export interface RoomMessage {
  readonly room: string;
  readonly data: unknown;
  readonly client_id: string;
  readonly offset: number;
}

export interface RoomListener {
  message(message: RoomMessage): void;
  /** Messages are gone for good; what follows continues after this position. */
  gap?(position: Position): void;
}

interface Followed {
  readonly follower: Follower<RoomMessage>;
  readonly listener: RoomListener;
  /** The cursor is one of the server's. */
  started: boolean;
  ended: boolean;
}

export interface Rooms {
  /** Follows a room from its end on, or after `since`. @throws CommandError */
  follow(room: string, listener: RoomListener, since?: Position): Promise<Position>;
  leave(room: string): Promise<void>;
  /** Sends to a followed room, once; after a reconnect when it is followed again. @throws CommandError */
  publish(room: string, data: unknown): Promise<Position>;
}

export function createRooms(client: NamespaceClient<RoomsContract>): Rooms {
  const followed = new Map<string, Followed>();

  function tell({ listener }: Followed, told: readonly Told<RoomMessage>[]): void {
    for (const item of told)
      client.tell("a room", () =>
        item.kind === "entry" ? listener.message(item.entry) : listener.gap?.(item.position),
      );
  }

  async function resume(room: string, f: Followed): Promise<boolean> {
    const answer = await client.own("subscribe", { room, since: f.follower.cursor }, { first: true });
    const missed = (answer.messages ?? []).map(({ room, data, client_id, offset }) => ({
      offset,
      entry: { room, data, client_id, offset },
    }));
    const { epoch, offset, recovered = false } = answer;
    const { told, again } = f.follower.resumed({ epoch, offset, recovered, missed });
    tell(f, told);
    client.goOn();
    return again;
  }

  client.watch("message", ({ room, data, client_id, offset }) => {
    const f = room === undefined ? undefined : followed.get(room);
    if (f && room !== undefined && offset !== undefined)
      tell(f, f.follower.live(offset, { room, data, client_id, offset }));
  });
  client.watch("lost", ({ room, epoch, offset }) => {
    const f = followed.get(room);
    if (f) tell(f, f.follower.lost({ epoch, offset }));
  });
  client.socket.on("disconnect", () => {
    for (const f of followed.values()) f.follower.interrupt();
  });
  client.onConnected(() => {
    for (const [room, f] of followed)
      if (f.started && f.follower.resuming)
        void resumeUntilDone(
          client,
          () => resume(room, f),
          () => !f.ended,
        );
  });

  async function follow(room: string, listener: RoomListener, since?: Position): Promise<Position> {
    const existing = followed.get(room);
    if (existing) throw new Error(`the room ${room} is followed already`);
    // Interrupted from the start: what comes before the answer waits for it.
    const f: Followed = {
      follower: new Follower(since ?? { epoch: "", offset: 0 }),
      listener,
      started: since !== undefined,
      ended: false,
    };
    f.follower.interrupt();
    followed.set(room, f);
    try {
      let again = f.started;
      if (!again) {
        const { epoch, offset } = await client.own("subscribe", { room });
        f.started = true;
        const first = f.follower.resumed({ epoch, offset, recovered: false, missed: [] });
        tell(f, first.told.filter(isEntry));
        again = first.again;
      }
      while (again) again = await resume(room, f);
    } catch (err) {
      followed.delete(room);
      f.ended = true;
      throw err;
    } finally {
      client.goOn();
    }
    return f.follower.cursor;
  }

  async function publish(room: string, data: unknown): Promise<Position> {
    // On a new connection only when the room is followed again: the server refuses it before.
    const ready = () => followed.get(room)?.follower.resuming !== true;
    const { epoch, offset } = await client.own("publish", { room, data }, { ready });
    return { epoch, offset };
  }

  return {
    follow: (room, listener, since) => client.running(() => follow(room, listener, since)),
    async leave(room) {
      const f = followed.get(room);
      if (!f) return;
      f.ended = true;
      followed.delete(room);
      client.goOn();
      await client.call("unsubscribe", { room });
    },
    publish: (room, data) => client.running(() => publish(room, data)),
  };
}

const isEntry = (told: Told<RoomMessage>) => told.kind === "entry";
