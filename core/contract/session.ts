/** A connection in one namespace as handlers see it: no transport, no Socket.IO. */

import type { ConnectionId, UserId } from "../ids.ts";
import type { RoomName } from "../rooms.ts";
import type { Contract, EventName, NamespaceName, PayloadOf, Role } from "./contract.ts";
import type { ErrorCode } from "./errors.ts";

/** Who a connection speaks for, read from a verified token (or made for `AUTH_MODE=dev` and anonymous guests). */
export interface Identity {
  readonly userId: UserId;
  readonly name: string;
  /** The address of a picture, where the application's user service knows one. */
  readonly picture?: string;
  readonly roles: readonly Role[];
  readonly anonymous: boolean;
  /** Has no token and may write all the same, as on `/` in development. */
  readonly guest?: true;
  readonly guildId?: string;
  readonly clientId?: string;
  /** The token's word on the player's skill; the only one that counts unless a mode says otherwise. */
  readonly skill?: number;
  /** Of the token: seconds since the epoch, as in the JWT. Absent without a token. */
  readonly token?: { readonly issuedAt: number; readonly expiresAt: number; readonly id?: string };
}

/** What a client is called in relay rooms, and whose word that is. */
export interface ClientName {
  readonly id: string;
  readonly source: "token" | "client" | "connection";
}

export interface Session<C extends Contract = Contract> {
  readonly id: ConnectionId;
  readonly namespace: NamespaceName;
  /** Changes only by `refresh_token`, and never its `userId`. */
  readonly identity: Identity;
  readonly userId: UserId;
  /** The same for as long as the connection lasts. */
  readonly client: ClientName;
  /** True where the client acknowledges reliable events (`auth.reliable`, `?reliable=true`). */
  readonly reliable: boolean;
  /** Plain WebSocket endpoint or Socket.IO; only for defaults that depend on it. */
  readonly transport: "socket.io" | "websocket";
  readonly connected: boolean;
  /** Reads more slowly than it is sent: volatile events pass it by. */
  readonly isSlow: boolean;
  hasRole(...anyOf: Role[]): boolean;
  /** Sends to this connection alone; `timestamp` is added. Volatile: skipped where the client is slow. */
  emit<K extends EventName<C>>(event: K, payload: PayloadOf<C, K>, options?: { volatile?: boolean }): void;
  /**
   * The same for a payload that is text already, of which one part is shared by many connections.
   * @param fields JSON of the payload's fields, without the braces around them
   */
  emitFields<K extends EventName<C>>(event: K, fields: string): void;
  join(room: RoomName): void;
  leave(room: RoomName): void;
  /** Ends the connection after an `error` event with this code. */
  close(code: ErrorCode, message?: string): void;
}
