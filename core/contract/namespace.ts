/** What a namespace gives to the server: its contract, its handlers, and what it does as connections come and go. */

import type { PresenceScope } from "../ports/store/presence.ts";
import type { Contract, Handlers } from "./contract.ts";
import type { Identity, Session } from "./session.ts";

export interface NamespaceModule<C extends Contract> {
  readonly contract: C;
  readonly handlers: Handlers<C>;
  /** Who is connected here: the server counts every user with a token in and out. */
  readonly presence: PresenceScope;
  /** Other scopes it counts in, to be swept when a worker dies. */
  readonly scopes?: readonly PresenceScope[];
  /** What presence keeps of a user. */
  profile?(identity: Identity): unknown;
  /**
   * After the connection was let in and counted, before its first event is handled. What it throws is told to the client as
   * an `error`; the connection stays.
   */
  connected?(session: Session<C>): Promise<void> | void;
  /** After `refresh_token` gave the connection another identity of the same user; before its answer. What it throws is logged. */
  refreshed?(session: Session<C>, before: Identity): Promise<void> | void;
  /** After the connection has ended. Must not throw. */
  disconnected?(session: Session<C>): Promise<void> | void;
  /** How much the module has in memory for its connections, by what it is; all noughts when nobody is connected. */
  held?(): Readonly<Record<string, number>>;
  /** Compares what is kept here with the store, which it does by itself every few seconds: for tests, which do not wait for that. */
  compare?(): Promise<void>;
  /** The worker is about to stop, and its clients are still here: what can be given to other workers without a gap. Must not throw. */
  leaving?(): Promise<void>;
  /** Ends what the module itself runs (ticks, listeners). */
  close?(): Promise<void>;
}
