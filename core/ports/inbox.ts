import type { Contract, EventName, PayloadOf } from "../contract.ts";
import type { DeliveryId, UserId } from "../ids.ts";

/**
 * Reliable events: kept per user and namespace until one of the user's devices acknowledges, sent again with back-off and on
 * the next connection, on any worker. The entry is in the store when the promise has resolved.
 */
export interface Inbox {
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
  ): Promise<{ readonly online: boolean }>;
}
