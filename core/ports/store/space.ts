/** How much a store holds, as this worker knows it: measured every second, and more often while much is written. */
export interface StoreSpace {
  readonly usedBytes: number;
  /** What it may hold. Undefined: nobody has said. */
  readonly capacityBytes: number | undefined;
  /**
   * Only the reserve is left, which is for what games, queues and sessions need to go on. What can be done without, such as a chat
   * message, is refused with `server_full`.
   */
  readonly isLow: boolean;
}
