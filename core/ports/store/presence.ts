import type { ConnectionId, WorkerId } from "../../ids.ts";
import type { DeadlineKind } from "./deadlines.ts";

/** The deadline that an edge of a subject's count sets; its id is the subject, its partition the scope's. */
export interface EdgeDeadline {
  readonly kind: DeadlineKind<PresenceEdge>;
  readonly afterMs: number;
}

export interface PresenceEdge {
  readonly scope: string;
  readonly subject: string;
}

/**
 * What is counted, and what happens as the count changes. `online`: set when it goes from 0 to 1; `offline`: when it goes to 0;
 * `counted`: when it changes otherwise, also as a dead worker is swept. Going offline cancels the deadlines of the other two, and
 * coming online those of `offline`, in the same atomic step.
 */
export interface PresenceScope {
  readonly name: string;
  readonly online: readonly EdgeDeadline[];
  readonly offline: readonly EdgeDeadline[];
  readonly counted?: readonly EdgeDeadline[];
}

export interface PresenceRecord<P> {
  readonly subject: string;
  /** 0 while in a grace period. */
  readonly connections: number;
  /** Of those connections, how many acknowledge reliable events. */
  readonly reliable: number;
  readonly profile: P;
}

export interface PresencePage<P> {
  readonly records: readonly PresenceRecord<P>[];
  readonly cursor?: string;
}

export interface WorkerInfo {
  readonly worker: WorkerId;
  /** What the worker last told of itself. */
  readonly info: Readonly<Record<string, unknown>>;
}

/**
 * Who is connected to what, across workers: users of a namespace, or members of a room (the subject then is the room).
 * - A connection counts once however often it is told; a worker that dies is swept by another, with the same edges.
 * - A subject stays listed after its last connection until `leave` (or, where the scope has no `offline` deadlines, is
 *   gone at once).
 */
export interface Presence {
  /**
   * Counts a connection. With `max`, a subject that has that many already refuses it.
   * @param profile kept with the subject; absent leaves the one that is there
   * @returns the subject's connections after it, or `refused`
   */
  connect<P>(
    scope: PresenceScope,
    connection: {
      readonly subject: string;
      readonly connection: ConnectionId;
      readonly reliable?: boolean;
      readonly profile?: P;
      readonly max?: number;
    },
  ): Promise<{ readonly connections: number; readonly refused: boolean }>;
  disconnect(
    scope: PresenceScope,
    subject: string,
    connection: ConnectionId,
  ): Promise<{ readonly connections: number }>;
  /** Takes the subject off the list if it still has no connection; true to exactly one caller. */
  leave(scope: PresenceScope, subject: string): Promise<boolean>;
  /** Replaces the profile of a listed subject; false where it is not listed. */
  update<P>(scope: PresenceScope, subject: string, profile: P): Promise<boolean>;
  get<P>(scope: PresenceScope, subjects: readonly string[]): Promise<(PresenceRecord<P> | undefined)[]>;
  /** Subjects in order of their names; a page is bounded by count, and in bytes by `PAGE_BYTES`. */
  page<P>(scope: PresenceScope, options: { cursor?: string; limit: number }): Promise<PresencePage<P>>;
  size(scope: PresenceScope): Promise<{ readonly subjects: number; readonly connections: number }>;

  /**
   * Tells that this worker lives, with figures about itself. At least every `deadAfterMs / 3`.
   * @returns false where others have taken it for dead and swept it: it must tell its connections anew
   */
  heartbeat(info: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Which workers were listed at the last heartbeat: another text for other workers. */
  readonly listed: string;
  /** Takes this worker off the list, when all its connections are gone. */
  retire(): Promise<void>;
  /** The workers that live, this one among them. */
  workers(): Promise<WorkerInfo[]>;
  /** Disconnects what workers silent for `deadAfterMs` have left in these scopes. Returns those workers. */
  sweep(scopes: readonly PresenceScope[], deadAfterMs: number): Promise<WorkerId[]>;
}
