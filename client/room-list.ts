/** Lists of rooms of `/game` that stay up to date: the newest that fit, from a page and the changes after it. */
import type { InputOf, PayloadOf } from "../core/contract/contract.ts";
import type { GameContract } from "../namespaces/game/schema.ts";
import { CommandError, isPassing } from "./errors.ts";
import { resumeUntilDone } from "./follower.ts";
import type { NamespaceClient } from "./namespace.ts";
import { checkNames } from "./options.ts";

export type ListedRoom = PayloadOf<GameContract, "room:listed">["room"];
/** Rooms that fit all of it: of a game, in a phase, with free seats, with labels. */
export type RoomFilter = Omit<InputOf<GameContract, "room:watch">, "limit">;

export interface WatchOptions {
  /** Rooms that the list has at most: 1 to 100. Default 50. */
  readonly limit?: number;
  /** The server refuses to go on, by this code: nothing follows. */
  ended?(code: string): void;
}

export interface RoomList {
  /** Newest first. A new array after each change. */
  readonly rooms: readonly ListedRoom[];
  /** False while the connection is lost: the rooms are those of before. */
  readonly isLive: boolean;
  /** Called after each change. @returns a function that ends it */
  onChange(listener: (rooms: readonly ListedRoom[]) => void): () => void;
  close(): void;
}

type Page = Pick<PayloadOf<GameContract, "room:list">, "rooms" | "cursor">;

const DEFAULT_LIMIT = 50;
/** How often a list that has become short is filled up from the server, in milliseconds. */
const REFILL_MS = 2_000;

/** @returns the function that opens a list */
export function createRoomLists(client: NamespaceClient<GameContract>) {
  const lists = new Set<WatchedList>();

  function* named(watch: string): Iterable<WatchedList> {
    for (const list of lists) if (list.name === watch) yield list;
  }

  /** Asks for the page; on the server it begins the watch, or takes the place of the same. */
  async function ask(list: WatchedList, first: boolean): Promise<void> {
    const { watch, ...page } = await client.own("room:watch", list.input, { first });
    if (!lists.has(list)) {
      // Closed meanwhile.
      forget(watch);
      return;
    }
    list.name = watch;
    for (const each of named(watch)) each.begin(page);
  }

  function forget(watch: string): void {
    for (const _ of named(watch)) return;
    // It ends with the connection in any case.
    client.own("room:unwatch", { watch }).catch(() => undefined);
  }

  function end(list: WatchedList): void {
    if (!lists.delete(list)) return;
    list.isLive = false;
    if (list.name !== undefined && client.connected) forget(list.name);
  }

  /** A list that must have its page again: on a new connection, or where it has become short. */
  const again = (list: WatchedList, first: boolean) =>
    resumeUntilDone(
      client,
      async () => {
        try {
          await ask(list, first);
        } catch (thrown) {
          if (!(thrown instanceof CommandError) || isPassing(thrown)) throw thrown;
          if (!lists.has(list)) return false;
          end(list);
          client.notify("a list of rooms", () => list.options.ended?.(thrown.code));
        }
        return false;
      },
      () => lists.has(list),
    );

  async function refill(list: WatchedList): Promise<void> {
    if (list.isRefilling) return;
    list.isRefilling = true;
    await client.wait(Math.max(0, list.refilledAt + REFILL_MS - performance.now()));
    list.isRefilling = false;
    list.refilledAt = performance.now();
    if (list.isShort && list.isLive) await again(list, false);
  }

  client.watch("room:listed", ({ watch, room }) => {
    for (const list of named(watch)) list.put(room);
  });
  client.watch("room:unlisted", ({ watch, room_id }) => {
    for (const list of named(watch)) {
      list.remove(room_id);
      if (list.isShort) void refill(list);
    }
  });
  client.watch("room:list", ({ watch, rooms, cursor }) => {
    for (const list of named(watch)) list.begin({ rooms, ...(cursor !== undefined && { cursor }) });
  });
  client.socket.on("disconnect", () => {
    for (const list of lists) list.isLive = false;
  });
  client.onConnected(() => {
    for (const list of lists) if (list.name !== undefined) void again(list, true);
  });

  return (filter: RoomFilter = {}, options: WatchOptions = {}): Promise<RoomList> =>
    client.running(async () => {
      const list = new WatchedList(client, filter, options, () => end(list));
      lists.add(list);
      try {
        await ask(list, false);
      } catch (err) {
        lists.delete(list);
        throw err;
      }
      return list;
    });
}

class WatchedList implements RoomList {
  readonly options: WatchOptions;
  readonly input: InputOf<GameContract, "room:watch">;
  readonly close: () => void;
  /** The server's name of it. */
  name: string | undefined;
  isLive = false;
  isRefilling = false;
  refilledAt = Number.NEGATIVE_INFINITY;
  readonly #client: NamespaceClient<GameContract>;
  readonly #listeners = new Set<(rooms: readonly ListedRoom[]) => void>();
  readonly #limit: number;
  #rooms: readonly ListedRoom[] = [];
  /** The server has older ones, too. */
  #isCut = false;

  constructor(
    client: NamespaceClient<GameContract>,
    filter: RoomFilter,
    options: WatchOptions,
    close: () => void,
  ) {
    checkNames(options, { limit: true, ended: true });
    const { limit = DEFAULT_LIMIT } = options;
    this.#client = client;
    this.#limit = limit;
    this.options = options;
    this.input = { ...filter, limit };
    this.close = close;
  }

  get rooms(): readonly ListedRoom[] {
    return this.#rooms;
  }

  /** Rooms have left, and older ones could take their places. */
  get isShort(): boolean {
    return this.#isCut && this.#rooms.length < this.#limit / 2;
  }

  onChange(listener: (rooms: readonly ListedRoom[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin({ rooms, cursor }: Page): void {
    this.isLive = true;
    this.#isCut = cursor !== undefined;
    this.#change(rooms);
  }

  put(room: ListedRoom): void {
    const others = this.#rooms.filter(({ room_id }) => room_id !== room.room_id);
    const oldest = others.at(-1);
    // It stands behind those that the list has.
    if (
      this.#isCut &&
      oldest !== undefined &&
      newestFirst(oldest, room) < 0 &&
      others.length === this.#rooms.length
    )
      return;
    this.#change([...others, room]);
  }

  remove(room_id: string): void {
    const left = this.#rooms.filter((room) => room.room_id !== room_id);
    if (left.length < this.#rooms.length) this.#change(left);
  }

  #change(rooms: readonly ListedRoom[]): void {
    const sorted = [...rooms].sort(newestFirst);
    if (sorted.length > this.#limit) this.#isCut = true;
    const now = sorted.slice(0, this.#limit);
    this.#rooms = now;
    for (const listener of this.#listeners) this.#client.notify("a list of rooms", () => listener(now));
  }
}

function newestFirst(one: ListedRoom, other: ListedRoom): number {
  const { created_at: at = "" } = one;
  const { created_at: otherAt = "" } = other;
  if (at !== otherAt) return at < otherAt ? 1 : -1;
  return one.room_id < other.room_id ? 1 : -1;
}
