/** Time as an argument: rules get `now`, stores and workers a Clock, tests one that they can move. */
export interface Clock {
  /** Milliseconds since the epoch, of this worker. For deadlines use `store.now()`, the store's time. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };

/** Times on the wire are ISO 8601 in UTC. */
export const iso = (ms: number): string => new Date(ms).toISOString();
