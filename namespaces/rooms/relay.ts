/** Relay rooms: the data that one connection sends goes to the others as it is; messages of known kinds as events too. Nothing is stored. */
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { rooms } from "../../core/rooms.ts";
import { Membership } from "./membership.ts";
import { createClientNames } from "./names.ts";
import { interpret } from "./relay-messages.ts";
import { type RoomsContract, roomsContract } from "./schema.ts";

/** Connections in a relay room, counted by the room's id. */
export const relayScope: PresenceScope = { name: "relay", online: [], offline: [] };

export function createRelayService(services: Services, maxRoomsPerConnection: number) {
  const outbound = services.outbound.in(roomsContract);
  const names = createClientNames(services);
  const members = new Membership(services, relayScope, {
    maxPerRoom: services.settings.maxConnectionsPerRoom,
    maxPerConnection: maxRoomsPerConnection,
    maxPerUser: services.settings.limits.roomsPerUser,
    maxRooms: services.settings.limits.rooms,
  });

  return {
    join: (session: Session<RoomsContract>, room: string) =>
      members.inTurn(session, room, async () => {
        await names.admit(session);
        const { connections } = await members.enter(session, room);
        session.join(rooms.relay(room));
        return { room_id: room, client_id: session.client.id, client_count: connections };
      }),

    leave: (session: Session<RoomsContract>, room: string) =>
      members.inTurn(session, room, async () => {
        session.leave(rooms.relay(room));
        await members.exit(session, room);
      }),

    /** @throws GameError `not_subscribed` where the connection is not in the room */
    send(session: Session<RoomsContract>, room: string, data: string | Uint8Array): void {
      if (!members.has(session, room)) throw new GameError("not_subscribed");
      outbound.toRoom(
        rooms.relay(room),
        "relay",
        { room_id: room, data, client_id: session.client.id },
        { except: session.id },
      );
      const message = interpret(data);
      if (message) {
        const payload = { ...message.fields, room_id: room, client_id: session.client.id };
        const volatile = message.kind === "position_update";
        outbound.toRoom(rooms.relay(room), message.kind, payload, { except: session.id, volatile });
      }
    },

    ended(session: Session<RoomsContract>): void {
      names.ended(session);
      members.forget(session);
    },
    /** Connections whose names were checked. */
    get names() {
      return names.size;
    },
    get members() {
      return members.size;
    },
  };
}
