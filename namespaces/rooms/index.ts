/** `/`: rooms that clients name themselves, streams behind them, and relay rooms. */
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Services } from "../../core/ports/services.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import { roomsHandlers } from "./handlers.ts";
import { usersScopeOf } from "./membership.ts";
import { clientNamesScope } from "./names.ts";
import { createRelayService, relayScope } from "./relay.ts";
import { type RoomsContract, roomsContract } from "./schema.ts";
import { createRoomService, roomsScope } from "./service.ts";

export { relayRoomId } from "./names.ts";
export { relayScope } from "./relay.ts";
export { roomsContract } from "./schema.ts";
export { roomsScope } from "./service.ts";

export interface RoomsOptions {
  /** How many rooms, and how many relay rooms, one connection may be in. Default 1,000. */
  readonly maxRoomsPerConnection?: number;
}

export function createRooms(services: Services, options: RoomsOptions = {}): NamespaceModule<RoomsContract> {
  const { maxRoomsPerConnection = 1_000 } = options;
  const service = createRoomService(services, maxRoomsPerConnection);
  const relay = createRelayService(services, maxRoomsPerConnection);
  return {
    contract: roomsContract,
    handlers: roomsHandlers(services, service, relay),
    presence: { name: presenceScope("/"), online: [], offline: [] },
    scopes: [roomsScope, usersScopeOf(roomsScope), relayScope, usersScopeOf(relayScope), clientNamesScope],
    connected(session) {
      session.emit("connected", {
        data: { client_id: session.id, message: "Connected to WebSocket server" },
      });
    },
    disconnected(session) {
      service.ended(session);
      relay.ended(session);
    },
    held: () => ({
      room_members: service.members,
      relay_members: relay.members,
      relay_names: relay.names,
    }),
  };
}
