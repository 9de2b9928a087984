/** Branded ids: strings that cannot be taken for one another, and names that nobody can guess. */
import { randomFillSync } from "node:crypto";

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

/** Guests, people at the console, and holders of the API key: in audits and sanctions they are told from users by their ids. */
const NO_USERS = ["anonymous:", "console:", "service:api-key"];

/** Whether an id stands for somebody who is no user; no user may be called so. */
export const isReservedId = (id: string): boolean => NO_USERS.some((reserved) => id.startsWith(reserved));

/**
 * A new id that nobody can guess: `prefix_` and 96 random bits, base64url.
 * @param prefix two or three letters that tell a reader of logs what it names, such as `m` for a match
 */
export function newId<T extends Brand<string>>(prefix: string): T {
  return asId<T>(`${prefix}_${randomName(12)}`);
}

/** Randomness is drawn for many names at a time: a call into the system for each costs several microseconds. */
const pool = Buffer.allocUnsafeSlow(4_096);
let used = pool.length;

/** As much randomness as so many bytes have (at most 64), in base64url. For names, not for secrets that last. */
export function randomName(bytes: number): string {
  if (bytes > 64) throw new RangeError("a name has at most 64 random bytes");
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString("base64url", used, used + bytes);
  used += bytes;
  return name;
}
