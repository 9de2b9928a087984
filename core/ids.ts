/** Branded ids: strings that cannot be taken for one another. */
import { randomName } from "./random.ts";

type Brand<K extends string> = string & { readonly __brand: K };

/** Who a player is, on every connection and worker: the token's `sub`, or `anonymous:<connection id>`. */
export type UserId = Brand<"user">;
/** One connection in one namespace (Socket.IO's socket id). */
export type ConnectionId = Brand<"connection">;
/** One worker process; part of every session id it hands out. */
export type WorkerId = Brand<"worker">;
/** A room of `/game`; a match's room has the match's id. */
export type RoomId = Brand<"room">;
export type MatchId = RoomId;
export type TicketId = Brand<"ticket">;
export type DeliveryId = Brand<"delivery">;
export type CombatId = Brand<"combat">;
export type ZoneId = Brand<"zone">;
export type PartyId = Brand<"party">;

/** Names a string as an id of one kind; the caller has checked where it comes from. */
export function asId<T extends Brand<string>>(value: string): T {
  return value as T;
}

/**
 * A new id that nobody can guess: `prefix_` and 96 random bits, base64url.
 * @param prefix two or three letters that tell a reader of logs what it names, such as `m` for a match
 */
export function newId<T extends Brand<string>>(prefix: string): T {
  return asId<T>(`${prefix}_${randomName(12)}`);
}
