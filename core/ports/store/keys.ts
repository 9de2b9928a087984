/**
 * Names of stored things. A partition holds what must change together: everything in one Change is of one partition,
 * and on a Redis cluster a partition lies in one slot. The type parameter is what is stored there; it exists for the
 * compiler only.
 */
import type { NamespaceName } from "../../contract/contract.ts";
import type { CombatId, RoomId, UserId, ZoneId } from "../../ids.ts";

export type Partition = string & { readonly __brand: "partition" };

interface Key<Kind extends "document" | "stream" | "index", T> {
  readonly partition: Partition;
  readonly name: string;
  readonly __kind?: Kind;
  readonly __holds?: T;
}
/** A versioned state. */
export type DocumentKey<T> = Key<"document", T>;
/** An ordered list of entries with offsets. */
export interface StreamKey<E> extends Key<"stream", E> {
  /**
   * What is kept beside each entry, to be read without it (`Streams.tags`): up to `MAX_TAG` characters from space to `~`. Undefined:
   * nothing. A method, so that a key of one kind of entry is still a key of any.
   */
  tagOf?(entry: E): string | undefined;
}
/** Members sorted by a score, each with a value. */
export type IndexKey<V> = Key<"index", V>;

export const documentKey = <T>(partition: Partition, name: string): DocumentKey<T> => ({ partition, name });
export const streamKey = <E>(
  partition: Partition,
  name: string,
  tagOf?: (entry: E) => string | undefined,
): StreamKey<E> => ({ partition, name, ...(tagOf === undefined ? {} : { tagOf }) });
export const indexKey = <V>(partition: Partition, name: string): IndexKey<V> => ({ partition, name });

const named = (name: string) => name as Partition;

export const partitions = {
  /** One room of `/`. */
  room: (name: string) => named(`room:${name}`),
  /** One room of `/game` with its game. */
  game: (id: RoomId) => named(`game:${id}`),
  /** Lists of rooms and their join codes. */
  lobby: () => named("lobby"),
  /** One user's seats, inboxes, block list and settings. */
  user: (id: UserId) => named(`user:${id}`),
  /** One chat channel by its id. */
  channel: (id: string) => named(`channel:${id}`),
  combat: (id: CombatId) => named(`combat:${id}`),
  /** Persistent entities of one zone of `/world`. */
  zone: (id: ZoneId) => named(`zone:${id}`),
  /** All of matchmaking: tickets, queues, parties and matches change together. */
  matchmaking: () => named("matchmaking"),
  presence: (scope: string) => named(`presence:${scope}`),
  /** Who is counted of one kind, over the whole cluster. */
  quota: (kind: string) => named(`census:${kind}`),
  /** What an HTTP request with an idempotency key did. */
  http: (key: string) => named(`http:${key}`),
  /** Cluster-wide settings: revocations, the secret made for development. */
  system: () => named("system"),
} as const;

/** The scope of presence that tells who is connected to a namespace. */
export const presenceScope = (namespace: NamespaceName) => `ns:${namespace}`;

/**
 * The idempotency id of a user's command: no other user can name it, whatever the ids hold.
 * @param given the client's id, such as `client_msg_id`
 */
export const commandId = (user: UserId, given: string) => `${user.length}:${user}:${given}`;
