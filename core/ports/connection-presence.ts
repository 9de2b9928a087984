import type { Session } from "../contract/session.ts";
import type { PresenceScope } from "./store/presence.ts";

/** What is counted: a session, or a transport connection. */
export type Attendant = Pick<Session, "id" | "reliable" | "connected">;

/**
 * Presence of this worker's own connections: tells the store, tells it again where the store forgot or took this worker
 * for dead, and keeps trying to tell of a connection that has ended.
 */
export interface ConnectionPresence {
  /**
   * Counts the connection with the subject. With `max` it throws `unavailable` while the store is away; without, the connection
   * is counted later and `connections` is what this worker knows. The profile is asked for each time the store is told.
   */
  join<P>(
    scope: PresenceScope,
    attendant: Attendant,
    as: { readonly subject: string; readonly profile?: () => P; readonly max?: number },
  ): Promise<{ readonly connections: number; readonly refused: boolean }>;
  /** Never throws; done by itself when the connection ends. */
  leave(
    scope: PresenceScope,
    attendant: Attendant,
    subject: string,
  ): Promise<{ readonly connections: number }>;
}
