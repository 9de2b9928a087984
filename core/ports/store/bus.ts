/** A topic between workers and what travels on it. */
export interface Topic<M> {
  readonly topic: string;
  readonly __message?: M;
}

export const topic = <M>(name: string): Topic<M> => ({ topic: name });

/**
 * Small messages to all workers, the sender too. At most once and not kept: what must not be lost goes into a stream or a
 * deadline. While the store is away, `publish` reaches this worker only and says so.
 */
export interface Bus {
  /** @returns true where the other workers were reached too (or there are none) */
  publish<M>(topic: Topic<M>, message: M): Promise<boolean>;
  /** The listener must not throw. @returns a function that ends it */
  subscribe<M>(topic: Topic<M>, listener: (message: M) => void): Promise<() => void>;
}
