/** Names of rooms inside: always `kind:id`, so that no client can name one. */
import type { CombatId, RoomId, UserId, ZoneId } from "./ids.ts";

export type RoomName = string & { readonly __brand: "roomName" };

const named = (kind: string, id: string) => `${kind}:${id}` as RoomName;

export const rooms = {
  /** Every connection of one user in a namespace. */
  user: (id: UserId) => named("user", id),
  /** A room of `/` that clients subscribe to by name. */
  room: (name: string) => named("room", name),
  /** A relay room of `/` (`/ws/{room_id}`, `relay:join`). */
  relay: (name: string) => named("relay", name),
  /** A room of `/game`: its players and spectators. */
  match: (id: RoomId) => named("match", id),
  channel: (id: string) => named("channel", id),
  combat: (id: CombatId) => named("combat", id),
  zone: (id: ZoneId) => named("zone", id),
  /** Viewers in one cell of a zone; local to a worker. `updates` keeps those apart who get other frames. */
  zoneCell: (id: ZoneId, cell: number, updates: "batch" | "each") =>
    named(`cell-${updates}`, `${cell}:${id}`),
  /** Everybody who follows the list of users in `/game`. */
  presence: () => named("presence", "all"),
  /** Everybody in `/game` who watches a list of rooms. */
  roomLists: () => named("lists", "all"),
  /** Those who watch the list of this name. */
  roomList: (name: string) => named("list", name),
  /** Connections that read slower than we write; volatile events pass them by. */
  slow: () => named("slow", "all"),
  /** Connections with a role, such as the moderators of `/chat`. */
  role: (role: string) => named("role", role),
} as const;
