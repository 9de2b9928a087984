import type { Contract, EventName, PayloadOf } from "../contract/contract.ts";
import type { DeliveryId, UserId } from "../ids.ts";

/** Where an event comes from, and what it is about. */
export interface Origin {
  /** The player who caused it: it counts against their share of the inbox. Left out: it is the server's own. */
  readonly from?: UserId;
  /** Names what it is about, such as one party's invitation: while an older event about the same waits, this one takes its place. */
  readonly about?: string;
}

interface ReliableEvent<C extends Contract, K extends EventName<C> = EventName<C>> {
  readonly event: K;
  readonly payload: PayloadOf<C, K>;
  readonly id: DeliveryId;
  readonly origin?: Origin;
}

/**
 * Reliable events: kept per user and namespace until one of the user's devices acknowledges, sent again with back-off and on
 * the next connection, on any worker. The entry is in the store when the promise has resolved.
 *
 * An inbox is bounded, in count and bytes. Who has sent too much gives up their own oldest entries; players push out nothing that
 * is the server's own.
 */
export interface Inbox {
  /**
   * Events of one namespace for one user, in their order, all of them in one change.
   * @param batch names these events, no more and no fewer, for good: the same again adds nothing
   */
  deliverAll<C extends Contract>(
    contract: C,
    user: UserId,
    batch: string,
    events: readonly ReliableEvent<C>[],
  ): Promise<void>;
  /**
   * @param deliveryId names the event for good: the same again, even by another worker, is one entry
   * @returns whether the user is connected to that namespace now
   */
  deliver<C extends Contract, K extends EventName<C>>(
    contract: C,
    user: UserId,
    event: K,
    payload: PayloadOf<C, K>,
    deliveryId: DeliveryId,
    origin?: Origin,
  ): Promise<{ readonly online: boolean }>;
}
