/** A Socket.IO socket as a Session: what handlers see, and what the server keeps of a connection. */
import type { Socket } from "socket.io";
import type { NamespaceName, Role } from "../../core/contract/contract.ts";
import { ERRORS, type ErrorCode } from "../../core/contract/errors.ts";
import type { ClientName, Identity, Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId } from "../../core/ids.ts";
import { type RoomName, rooms } from "../../core/rooms.ts";
import { CommandQueue, type CrowdedQueues } from "../../middleware/command-queue.ts";
import { timestampOf } from "../../middleware/common.ts";
import type { CountedCaller } from "../../middleware/rate-limit/limiter.ts";
import { encodedPayload, writeEvent } from "../socketio/encoded-event.ts";
import { clientNameOf } from "./client-name.ts";

export interface SessionOptions {
  readonly socket: Socket;
  readonly namespace: NamespaceName;
  readonly identity: Identity;
  readonly reliable: boolean;
  readonly transport: Session["transport"];
  readonly now: () => number;
  readonly crowded?: CrowdedQueues;
}

export class SocketSession implements Session {
  readonly id: ConnectionId;
  readonly namespace: NamespaceName;
  readonly userId: UserId;
  readonly client: ClientName;
  readonly reliable: boolean;
  readonly transport: Session["transport"];
  readonly socket: Socket;
  /** Replaced by `refresh_token`; the user stays the same. */
  identity: Identity;
  /** Told of it by whoever replaced it; set by who attached the session. */
  refreshed: ((before: Identity) => Promise<void> | void) | undefined;
  readonly commands: CommandQueue;
  /** Where its events are counted; of the rate limiter. */
  counted: CountedCaller | undefined = undefined;
  /** The namespace prepares to serve it; until then its commands wait. */
  isSettingUp = true;
  /** Ended by `close`, so that what it sent before counts no more. */
  isClosedHere = false;
  /** With this code. */
  closedWith: ErrorCode | undefined;
  readonly #now: () => number;

  constructor(options: SessionOptions) {
    this.socket = options.socket;
    this.id = asId<ConnectionId>(options.socket.id);
    this.namespace = options.namespace;
    this.identity = options.identity;
    this.userId = options.identity.userId;
    this.client = clientNameOf(options.socket, options.identity);
    this.reliable = options.reliable;
    this.transport = options.transport;
    this.#now = options.now;
    this.commands = new CommandQueue(options.crowded, true);
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  get isSlow(): boolean {
    return this.socket.rooms.has(rooms.slow());
  }

  hasRole(...anyOf: Role[]): boolean {
    return this.identity.roles.some((role) => anyOf.includes(role));
  }

  emit(event: string, payload: unknown, options?: { volatile?: boolean }): void {
    const stamped = stamp(this.namespace, payload, this.#now());
    if (options?.volatile && this.isSlow) return;
    this.socket.emit(event, stamped);
  }

  emitFields(event: string, fields: string): void {
    const payload = encodedPayload(this.namespace, fields, this.#now());
    if (!writeEvent(this.socket, event, payload)) this.socket.emit(event, JSON.parse(payload));
  }

  /**
   * Sends and waits for the client's acknowledgement for `waitMs`; `done` is called exactly once. Plain WebSocket clients answer
   * with a frame of their own (`ack {delivery_id}`), so theirs is never acknowledged here and times out.
   */
  emitReliable(event: string, payload: object, waitMs: number, done: (acknowledged: boolean) => void): void {
    this.socket
      .timeout(waitMs)
      .emit(event, stamp(this.namespace, payload, this.#now()), (err: Error | null) => done(err === null));
  }

  join(room: RoomName): void {
    void this.socket.join(room);
  }

  leave(room: RoomName): void {
    void this.socket.leave(room);
  }

  close(code: ErrorCode, message: string = ERRORS[code].message): void {
    if (!this.socket.connected) return;
    this.isClosedHere = true;
    this.closedWith = code;
    this.emit("error", { error: message, code });
    this.socket.disconnect(false);
  }
}

/** A payload as it is sent: with `timestamp` in the namespace's form, unless it tells of an earlier time itself. */
export function stamp(namespace: NamespaceName, payload: unknown, now: number): object {
  const { timestamp = timestampOf(namespace, now) } = (payload ?? {}) as { readonly timestamp?: unknown };
  return { timestamp, ...(payload as object | undefined) };
}
