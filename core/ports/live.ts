import type { Contract, EventName, PayloadOf } from "../contract/contract.ts";
import type { Session } from "../contract/session.ts";
import type { RoomName } from "../rooms.ts";
import type { StreamKey } from "./store/keys.ts";
import type { StreamEntry, StreamPosition } from "./store/streams.ts";

/** The local connections that follow a stream. */
export interface Audience<C extends Contract> {
  /** To all of them, encoded once. */
  emit<K extends EventName<C>>(event: K, payload: PayloadOf<C, K>, options?: { exceptUser?: string }): void;
  /** One by one, for what each may see. */
  sessions(): Iterable<Session<C>>;
}

/** How a namespace turns entries of one kind of stream into events. */
export interface LiveStream<C extends Contract, E> {
  readonly key: StreamKey<E>;
  /** The Socket.IO room of those who follow it. */
  readonly room: RoomName;
  /** What an event of an entry counts beside the entry, in bytes; only of streams to which connections come back with a cursor. */
  readonly frameBytes?: number;
  /**
   * Called once per worker and entry, in order of offsets, without gaps; and for a connection that comes back, with that one alone as
   * the audience. Must not throw.
   */
  deliver(entry: E, position: StreamPosition, to: Audience<C>): void;
  /** What stays the same of an entry that another takes the place of (`Change.replace`). Default: all of it. */
  identityOf?(entry: E): unknown;
  /** Called where entries are gone for good (trimmed, or a new epoch): what followed is not what was before. */
  lost?(position: StreamPosition, to: Audience<C>): void;
}

export interface Attached<E> extends StreamPosition {
  /** False where the cursor is of another epoch, or what it missed has been trimmed. Absent without a cursor. */
  readonly recovered?: boolean;
  /** With a cursor: all after it up to `offset`. What comes after `offset` is delivered, missed or live. */
  readonly missed: readonly StreamEntry<E>[];
}

/**
 * Streams followed live. The worker subscribes once per stream however many of its connections follow; a notice that was
 * missed is found within two seconds and filled from the stream, in order.
 */
export interface Live {
  /**
   * Lets a connection follow a stream from `offset + 1` on, with nothing missing and nothing twice. With a cursor the first part of what
   * was missed is returned, and the rest is delivered to this connection alone, as fast as it takes it, before anything newer.
   * Attaching again moves nothing, but to a cursor. Throws `unavailable`, `rate_limited`; then the connection follows what it
   * followed before.
   */
  attach<C extends Contract, E>(
    session: Session<C>,
    stream: LiveStream<C, E>,
    since?: StreamPosition,
  ): Promise<Attached<E>>;
  /** Ends it; done by itself when the connection ends. */
  detach<C extends Contract>(session: Session<C>, key: StreamKey<unknown>): void;
  /** Whether the connection follows the stream, known without asking the store. */
  follows<C extends Contract>(session: Session<C>, key: StreamKey<unknown>): boolean;
  /** The connections here that follow the stream; undefined where none does. */
  audience<C extends Contract>(key: StreamKey<unknown>): Audience<C> | undefined;
}
