/** Rooms of `/`: the connections that follow one are counted over all workers, and a publish appends to the room's stream. */
import type { CommandTurn } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Services } from "../../core/ports/services.ts";
import { commandId, partitions, type StreamKey, streamKey } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { StreamPosition } from "../../core/ports/store/streams.ts";
import { rooms } from "../../core/rooms.ts";
import { roughBytes } from "../../middleware/command-queue.ts";
import { Membership } from "./membership.ts";
import type { RoomsContract } from "./schema.ts";

/** Connections that follow a room of `/`, counted by the room's name. */
export const roomsScope: PresenceScope = { name: "rooms", online: [], offline: [] };

export interface StoredRoomMessage {
  readonly data: unknown;
  readonly client_id: string;
  /** The store's time in milliseconds since the epoch. */
  readonly at: number;
}

const messagesOf = (room: string): StreamKey<StoredRoomMessage> =>
  streamKey(partitions.room(room), "messages");

function liveRoom(room: string): LiveStream<RoomsContract, StoredRoomMessage> {
  return {
    key: messagesOf(room),
    room: rooms.room(room),
    frameBytes: Buffer.byteLength(JSON.stringify(room)),
    deliver: ({ data, client_id, at }, { offset }, to) =>
      to.emit("message", { room, data, client_id, offset, timestamp: at }),
    lost: (position, to) => to.emit("lost", { room, recovered: false, ...position }),
  };
}

export function createRoomService(services: Services, maxRoomsPerConnection: number) {
  const { live, store, settings, storageQuotas } = services;
  const members = new Membership(services, roomsScope, {
    maxPerRoom: settings.maxConnectionsPerRoom,
    maxPerConnection: maxRoomsPerConnection,
    maxPerUser: settings.limits.roomsPerUser,
    maxRooms: settings.limits.rooms,
  });

  return {
    /** Follows the room from its end on. With a cursor, `messages` is the first part of what came after it, up to `offset`. */
    subscribe: (session: Session<RoomsContract>, room: string, since: StreamPosition | undefined) =>
      members.inTurn(session, room, async () => {
        const { connections, added } = await members.enter(session, room);
        try {
          // The first connection there may create the room's stream, which is kept for a day even if nobody publishes.
          const mayBeNew = added && connections === 1;
          if (mayBeNew) await storageQuotas.stream(session.userId);
          const attached = await live.attach(session, liveRoom(room), since);
          const { epoch, offset, recovered, missed } = attached;
          if (mayBeNew && offset > 0) storageQuotas.streamWasThere(session.userId);
          const joined = { room, client_count: connections, epoch, offset };
          if (recovered === undefined) return joined;
          const messages = missed.map(({ offset, entry: { data, client_id, at } }) => {
            return { room, data, client_id, offset, timestamp: at };
          });
          return { ...joined, recovered, messages };
        } catch (err) {
          if (added) await members.exit(session, room);
          throw err;
        }
      }),

    unsubscribe: (session: Session<RoomsContract>, room: string) =>
      members.inTurn(session, room, async () => {
        live.detach(session, messagesOf(room));
        await members.exit(session, room);
      }),

    /** @throws GameError `not_subscribed` where the connection does not follow the room; `rate_limited` */
    async publish(
      session: Session<RoomsContract>,
      room: string,
      message: { readonly data: unknown; readonly clientMsgId?: string | undefined },
      turn: CommandTurn,
    ): Promise<StreamPosition & { duplicate: boolean }> {
      const key = messagesOf(room);
      // A connection that has ended hears nothing any more. What it sent before still takes effect.
      const isIn = session.connected ? live.follows(session, key) : members.has(session, room);
      if (!isIn) throw new GameError("not_subscribed");
      const paid = storageQuotas.message(session, roughBytes(message.data));
      if (paid) await paid;
      // A publish before this one may have waited for longer.
      if (turn.mine) await turn.mine;
      const entry: StoredRoomMessage = { data: message.data, client_id: session.id, at: store.now() };
      const appended = store.streams.append(key, entry, {
        ...settings.retention,
        ...(message.clientMsgId === undefined
          ? {}
          : { idempotencyKey: commandId(session.userId, message.clientMsgId) }),
      });
      turn.placed();
      const { epoch, offset, duplicate } = await appended;
      return { epoch, offset, duplicate };
    },

    ended: (session: Session<RoomsContract>) => members.forget(session),
    get members() {
      return members.size;
    },
  };
}
