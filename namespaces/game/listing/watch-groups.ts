/** The watches of this worker's connections, by connection and by filter. */
import { GameError } from "../../../core/contract/errors.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { type RoomName, rooms } from "../../../core/rooms.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { RoomChanges } from "./changes.ts";
import type { RoomFilter } from "./schema.ts";

const MAX_WATCHES = 4;

interface WatchedList {
  readonly name: string;
  readonly filter: RoomFilter;
  /** Of its first page. */
  readonly limit: number;
}

export interface WatchGroup extends WatchedList {
  /** The Socket.IO room of those who hear its changes. */
  readonly room: RoomName;
  /** Changes were not told: the first page must be sent anew. */
  isStale: boolean;
  /** When that was done last. */
  listedAt: number;
  /** Rooms that it was told of since this time. */
  told: number;
  toldSince: number;
  /** Those of its connections that hear its changes. */
  readonly open: Set<GameSession>;
}

export interface RoomWatch {
  readonly session: GameSession;
  readonly group: WatchGroup;
  /** Changes since it began, until it hears those of its group. */
  readonly held: RoomChanges;
  /** Where the stream ended after its page was read; undefined before that. */
  end: StreamPosition | undefined;
  /** Not all changes were held. */
  isStale: boolean;
}

export class WatchGroups {
  readonly #groups = new Map<string, { readonly group: WatchGroup; readonly watches: Set<RoomWatch> }>();
  readonly #bySession = new Map<GameSession, Map<string, RoomWatch>>();
  #count = 0;

  get size(): number {
    return this.#groups.size;
  }

  get watches(): number {
    return this.#count;
  }

  *all(): Iterable<WatchGroup> {
    for (const { group } of this.#groups.values()) yield group;
  }

  stale(): WatchGroup[] {
    return [...this.all()].filter(({ isStale }) => isStale);
  }

  of(session: GameSession): RoomWatch[] {
    return [...(this.#bySession.get(session)?.values() ?? [])];
  }

  /** @throws GameError `conflict` where the connection has as many as it may */
  check(session: GameSession, name: string): void {
    const own = this.#bySession.get(session);
    if (own !== undefined && !own.has(name) && own.size >= MAX_WATCHES)
      throw new GameError("conflict", { message: `a connection watches ${MAX_WATCHES} lists at most` });
  }

  /** In place of one of the same name. It hears nothing yet. */
  add(session: GameSession, list: WatchedList): RoomWatch {
    const before = this.#bySession.get(session)?.get(list.name);
    const found = this.#groups.get(list.name) ?? { group: newGroup(list), watches: new Set() };
    const { group } = found;
    const watch: RoomWatch = { session, group, held: new RoomChanges(), end: undefined, isStale: false };
    if (before !== undefined) this.remove(before);
    this.#groups.set(list.name, found);
    found.watches.add(watch);
    const own = this.#bySession.get(session) ?? new Map<string, RoomWatch>();
    this.#bySession.set(session, own.set(list.name, watch));
    this.#count++;
    return watch;
  }

  /** From now on it hears what its group is told. */
  open({ session, group }: RoomWatch): void {
    session.join(group.room);
    group.open.add(session);
  }

  remove(watch: RoomWatch): void {
    const { session, group } = watch;
    const own = this.#bySession.get(session);
    if (own?.get(group.name) !== watch) return;
    own.delete(group.name);
    if (own.size === 0) this.#bySession.delete(session);
    session.leave(group.room);
    group.open.delete(session);
    this.#count--;
    const found = this.#groups.get(group.name);
    if (found?.watches.delete(watch) && found.watches.size === 0) this.#groups.delete(group.name);
  }
}

const newGroup = (list: WatchedList): WatchGroup => ({
  ...list,
  room: rooms.roomList(list.name),
  isStale: false,
  listedAt: 0,
  told: 0,
  toldSince: 0,
  open: new Set(),
});
