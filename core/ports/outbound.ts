import type { Contract, EventName, NamespaceName, PayloadOf } from "../contract/contract.ts";
import type { ConnectionId, UserId } from "../ids.ts";
import type { RoomName } from "../rooms.ts";

export interface SendOptions {
  /** Newest wins: may be skipped for a slow client. */
  readonly volatile?: boolean;
  /** Only to connections on this worker. */
  readonly local?: boolean;
  /** Not to this connection. */
  readonly except?: ConnectionId;
  /** Not to these users. */
  readonly exceptUsers?: readonly UserId[];
}

/** Sends events of one namespace; `timestamp` is added in the namespace's form. Encoded once per send, not per recipient. */
export interface NamespaceOutbound<C extends Contract> {
  toRoom<K extends EventName<C>>(
    room: RoomName,
    event: K,
    payload: PayloadOf<C, K>,
    options?: SendOptions,
  ): void;
  /**
   * The same for a payload that is text already, of which parts are shared by many rooms.
   * @param fields JSON of the payload's fields, without the braces around them
   */
  fieldsToRoom(
    room: RoomName,
    event: EventName<C>,
    fields: string,
    options?: Pick<SendOptions, "volatile" | "local">,
  ): void;
  toUser<K extends EventName<C>>(
    user: UserId,
    event: K,
    payload: PayloadOf<C, K>,
    options?: SendOptions,
  ): void;
  toAll<K extends EventName<C>>(event: K, payload: PayloadOf<C, K>, options?: SendOptions): void;
}

/** Best-effort sending to connections on any worker (ordinary and volatile events). */
export interface Outbound {
  in<C extends Contract>(contract: C): NamespaceOutbound<C>;
  /** Ends every connection of the user in all namespaces on all workers, or in one. */
  disconnectUser(user: UserId, namespace?: NamespaceName): void;
}

/** What a worker leaves out while it is too slow for its clients. */
export interface Shedding {
  /** Volatile events are to be left out: the next one says what this one would have said. */
  readonly volatile: boolean;
  /** Counts one that was. */
  left(): void;
}

/** How much room this worker has, for parts that choose where something new goes. */
export interface WorkerRoom {
  /** From 0 (idle) to 1 (nothing more fits), averaged over about five seconds. */
  readonly load: number;
  /** Its clients wait already: what is new goes elsewhere, or is refused with `server_full`. */
  readonly isFull: boolean;
  /** For `retry_after_ms` of such a refusal, in milliseconds. */
  readonly retryMs: number;
}
