/** Rooms of `/`, followed over reconnects: each message once and in order, or a gap that is told. */
import type { RoomsContract } from "../namespaces/rooms/events.ts";
import { CommandError } from "./errors.ts";
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

/** How often a message is tried that met a connection which did not follow the room yet. */
const PUBLISH_TRIES = 8;

export function createRooms(client: NamespaceClient<RoomsContract>, newId: () => string): Rooms {
  const followed = new Map<string, Followed>();
  /** Called whenever a room was resumed. */
  const resumed = new Set<() => void>();

  function tell({ listener }: Followed, told: readonly Told<RoomMessage>[]): void {
    for (const item of told)
      if (item.kind === "entry") listener.message(item.entry);
      else listener.gap?.(item.position);
  }

  async function resume(room: string, f: Followed): Promise<boolean> {
    const answer = await client.call("subscribe", { room, since: f.follower.cursor });
    const missed = (answer.messages ?? []).map(({ room, data, client_id, offset }) => ({
      offset,
      entry: { room, data, client_id, offset },
    }));
    const { epoch, offset, recovered = false } = answer;
    const { told, again } = f.follower.resumed({ epoch, offset, recovered, missed });
    tell(f, told);
    for (const go of [...resumed]) go();
    return again;
  }

  function nextResume(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        resumed.delete(go);
        resolve();
      };
      // It may have been resumed while the refusal was on its way.
      const timer = setTimeout(go, 1_000);
      resumed.add(go);
    });
  }

  client.on("message", ({ room, data, client_id, offset }) => {
    const f = room === undefined ? undefined : followed.get(room);
    if (f && room !== undefined && offset !== undefined)
      tell(f, f.follower.live(offset, { room, data, client_id, offset }));
  });
  client.on("lost", ({ room, epoch, offset }) => {
    const f = followed.get(room);
    if (f) tell(f, f.follower.lost({ epoch, offset }));
  });
  client.socket.on("disconnect", () => {
    for (const f of followed.values()) f.follower.interrupt();
  });
  client.socket.on("connect", () => {
    for (const [room, f] of followed)
      if (f.started && f.follower.resuming)
        void resumeUntilDone(
          client,
          () => resume(room, f),
          () => !f.ended,
        );
  });

  return {
    async follow(room, listener, since) {
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
          const { epoch, offset } = await client.call("subscribe", { room });
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
      }
      return f.follower.cursor;
    },
    async leave(room) {
      const f = followed.get(room);
      if (!f) return;
      f.ended = true;
      followed.delete(room);
      await client.call("unsubscribe", { room });
    },
    async publish(room, data) {
      const client_msg_id = newId();
      for (let tries = 1; ; tries++)
        try {
          const { epoch, offset } = await client.call("publish", { room, data, client_msg_id });
          return { epoch, offset };
        } catch (err) {
          // On a new connection the room is resumed at the same time; then the same message is sent again.
          const early = err instanceof CommandError && err.code === "not_subscribed" && followed.has(room);
          if (!early || tries === PUBLISH_TRIES) throw err;
          await nextResume();
        }
    },
  };
}

const isEntry = (told: Told<RoomMessage>) => told.kind === "entry";
