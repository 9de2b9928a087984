/** Time as an argument: rules get `now`, stores and workers a Clock, tests one that they can move. */
export interface Clock {
  /** Milliseconds since the epoch, of this worker. For deadlines use `store.now()`, the store's time. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };

/** The last time that was written: what is told within one millisecond is told with the same text. */
let written = { ms: 0, text: new Date(0).toISOString() };

/** Times on the wire are ISO 8601 in UTC. */
export function iso(ms: number): string {
  if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() };
  return written.text;
}
