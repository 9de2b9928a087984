import type { Bus } from "./bus.ts";
import type { SharedCounters } from "./counters.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Documents } from "./documents.ts";
import type { Indexes } from "./indexes.ts";
import type { Leases } from "./leases.ts";
import type { Presence } from "./presence.ts";
import type { StoreSpace } from "./space.ts";
import type { Streams } from "./streams.ts";

export type StoreHealth =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      /** It does not pass by itself: only a new process can go on. */
      readonly final?: true;
    };

/** Only a new process can go on. */
export const isFinal = (health: StoreHealth): boolean => !health.ok && health.final === true;

/**
 * All state that outlives a connection, behind one door. Two kinds: embedded (one process, durable under DATA_DIR) and Redis
 * (any number of workers). Every method answers within about a second: a store that is away makes them throw GameError
 * `unavailable`, at once where it is known to be away.
 */
export interface Store {
  readonly kind: "embedded" | "redis";
  /** Whether other workers may write to it too. */
  readonly shared: boolean;
  readonly documents: Documents;
  readonly streams: Streams;
  readonly indexes: Indexes;
  readonly deadlines: Deadlines;
  readonly leases: Leases;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly counters: SharedCounters;
  /** The store's time in milliseconds since the epoch, as this worker knows it: its own clock, corrected. */
  now(): number;
  health(): StoreHealth;
  space(): StoreSpace;
  /**
   * Before something is stored that can be done without, such as a message: whether there is room for it beside the reserve. It counts
   * until it must be part of what is measured.
   */
  claimSpace(bytes: number): boolean;
  /** Called when health changes. @returns a function that ends it */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Waits for what is under way, then lets go of files and connections. */
  close(): Promise<void>;
}
