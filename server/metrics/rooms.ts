/** Memberships of this worker's connections by kind of room, read when somebody asks. */
import type { Server } from "socket.io";
import { NAMESPACES } from "../../core/contract/contract.ts";

/** Kinds of `core/rooms.ts` that people mean by a room; users, roles and cells of the world are not. */
export const ROOM_KINDS = ["room", "relay", "match", "channel", "combat", "zone"] as const;
export type RoomKind = (typeof ROOM_KINDS)[number];
const KINDS: ReadonlySet<string> = new Set(ROOM_KINDS);

/** How many connections are in rooms of each kind, each counted once per room. */
export function membersByKind(io: Server): ReadonlyMap<RoomKind, number> {
  const members = new Map<RoomKind, number>(ROOM_KINDS.map((kind) => [kind, 0]));
  for (const namespace of NAMESPACES)
    for (const [name, sockets] of io.of(namespace).adapter.rooms) {
      const at = name.indexOf(":");
      const kind = at > 0 ? name.slice(0, at) : "";
      if (isKind(kind)) members.set(kind, (members.get(kind) ?? 0) + sockets.size);
    }
  return members;
}

const isKind = (kind: string): kind is RoomKind => KINDS.has(kind);
