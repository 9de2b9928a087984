import { type Handlers, OPERATORS } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Services } from "../../core/ports/services.ts";
import { relayRoomId, roomName } from "./names.ts";
import type { createRelayService } from "./relay.ts";
import { type RoomsContract, roomsContract } from "./schema.ts";
import type { createRoomService } from "./service.ts";

export function roomsHandlers(
  { settings, outbound }: Services,
  service: ReturnType<typeof createRoomService>,
  relay: ReturnType<typeof createRelayService>,
): Handlers<RoomsContract> {
  const all = outbound.in(roomsContract);
  return {
    async subscribe(session, { room, since }) {
      const joined = await service.subscribe(session, roomName(room), since);
      session.emit("subscribed", {
        room: joined.room,
        data: { room: joined.room, client_count: joined.client_count },
      });
      return joined;
    },
    async unsubscribe(session, input) {
      const room = roomName(input.room);
      await service.unsubscribe(session, room);
      session.emit("unsubscribed", { room, data: { room } });
      return {};
    },
    async publish(session, { room, data, client_msg_id }, turn) {
      const message = { data, clientMsgId: client_msg_id };
      const { epoch, offset, duplicate } = await service.publish(session, roomName(room), message, turn);
      return duplicate ? { epoch, offset, duplicate } : { epoch, offset };
    },
    broadcast(session, { data }) {
      if (settings.production && !settings.openBroadcast && !session.hasRole(...OPERATORS))
        throw new GameError("forbidden");
      all.toAll("message", { data, client_id: session.id });
      return {};
    },
    "relay:join": (session, { room_id }) => relay.join(session, relayRoomId(room_id)),
    async "relay:leave"(session, { room_id }) {
      await relay.leave(session, relayRoomId(room_id));
      return {};
    },
    relay(session, { room_id, data }) {
      relay.send(session, relayRoomId(room_id), data);
      return {};
    },
  };
}
