import type { UserId } from "../../ids.ts";

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
  /**
   * Listens to many topics that come and go, such as one for each user who is here: little is kept for each. The listener must not
   * throw.
   */
  group(listener: (topic: string, message: unknown) => void): TopicGroup;
}

interface TopicGroup {
  /** Resolves when what is published from now on is heard; while the store is away, soon. Again: nothing. Never rejects. */
  add(topic: string): Promise<void>;
  remove(topic: string): void;
  close(): void;
}

/**
 * Messages about one user, which go to the workers that have connections of theirs. At most once and not kept, as on the bus. While
 * a worker of an older version lives they go to all workers.
 */
export interface UserBus {
  /**
   * To each of these users' workers, with the message for one of them, or for all of them where that is cheaper.
   * @param options.isHint default: heard twice it does no harm, so it is said again to a worker of an older version that was not noticed
   */
  publish<M>(
    topic: Topic<M>,
    users: readonly UserId[],
    messageFor: (users: readonly UserId[]) => M,
    options?: { readonly isHint?: boolean },
  ): Promise<void>;
  /** The listener must not throw, and looks whether the user is here. @returns a function that ends it */
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
