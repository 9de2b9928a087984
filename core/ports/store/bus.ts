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

/** Messages to the other workers of this host, past the store. */
export interface Neighbours {
  /**
   * Hears what other workers of this host send to this name, which no other worker has. The listener must not throw.
   * @returns a function that ends it
   * @throws Error where the socket cannot be made
   */
  listen(name: string, heard: (message: unknown) => void): Promise<() => Promise<void>>;
  /**
   * At most once, and in the order in which it is sent.
   * @param message plain data, as JSON writes it
   * @returns false: no worker of this name is known on this host yet, or it does not keep up; it must be sent another way
   */
  send(name: string, message: unknown): boolean;
}
