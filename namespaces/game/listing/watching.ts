/**
 * Lists of rooms that connections watch: a first page, then what changes. Watches of the same filter are one group, for which each event
 * is encoded once. Changes wait a moment, so that a room that changes often is told once. Where a list changes more than a client can
 * use, or changes were missed, the group gets the first page anew.
 *
 * Old news must not come after newer: a page shows at least what the stream held as it began to be read, so changes follow it only when
 * this worker has heard all that the stream held after the read.
 */

import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { mayHoldBytes } from "../../../core/bytes.ts";
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { LiveStream } from "../../../core/ports/live.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { rooms } from "../../../core/rooms.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { type GameContract, gameContract, type RoomView } from "../schema.ts";
import { type JoinedChange, type ListNews, newsOf, RoomChanges } from "./changes.ts";
import { nameOf } from "./filter.ts";
import type { RoomFilter } from "./schema.ts";
import { createRoomSearch, type RoomsPage } from "./search.ts";
import { type ListChange, listKeys } from "./stored.ts";
import { type RoomWatch, type WatchGroup, WatchGroups } from "./watch-groups.ts";

const ROOMS_PAGE = 50;
/** How long a change waits for others of its room, in milliseconds. */
const WINDOW_MS = 100;
/** Rooms that one group is told of in this time; where more have changed, it gets its page anew, and so often at most. */
const MAX_TOLD = 20;
const RELIST_MS = 2_000;
/** Pages that are read anew before the next changes are told. */
const RELISTS_AT_ONCE = 10;
/** Rooms whose changes wait here, and for a watch whose page is being read. */
const MAX_PENDING = 2_000;
const MAX_HELD = 200;
/** After telling comes a rest that is so many times as long, but not longer than this; and telling pauses after so many milliseconds. */
const SHARE = 3;
const MAX_REST_MS = 2_000;
const SLICE_MS = 10;
/** Connections of a group to which is sent one by one. */
const FEW = 3;
/** How long it is waited for changes that the stream has and this worker has not heard. */
const HEARD_MS = 3_000;
const HEARD_STEP_MS = 20;

export type RoomWatches = ReturnType<typeof createRoomWatches>;

export function createRoomWatches({ store, live, reading, outbound, log }: Services) {
  const search = createRoomSearch(store);
  const toAll = outbound.in(gameContract);
  const groups = new WatchGroups();
  /** Watches whose changes are held back until their page has gone out and this worker has heard of all that it may show. */
  const settling = new Set<RoomWatch>();
  const pending = new RoomChanges();
  const key = listKeys.changes();
  /** What this worker has heard of the stream. */
  let heard: StreamPosition = { epoch: "", offset: 0 };
  let isTelling = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  /** When changes may be told next. */
  let restUntil = 0;

  const stream: LiveStream<GameContract, ListChange> = {
    key,
    room: rooms.roomLists(),
    deliver(change, position) {
      heard = position;
      const now = performance.now();
      for (const watch of settling) hold(watch, change, now);
      pending.add(change, now);
      if (pending.size > MAX_PENDING) missed();
      settle();
      arm();
    },
    lost(position) {
      heard = position;
      missed();
      settle();
      arm();
    },
  };

  /** Changes are gone that somebody may have to hear of. */
  function missed(): void {
    pending.clear();
    for (const watch of settling) watch.isStale = true;
    for (const group of groups.all()) group.isStale = true;
  }

  function hold(watch: RoomWatch, change: ListChange, now: number): void {
    if (watch.held.size < MAX_HELD) watch.held.add(change, now);
    else watch.isStale = true;
  }

  const isHeard = (end: StreamPosition) => end.epoch !== heard.epoch || end.offset <= heard.offset;

  /** Between two rounds of telling, so that no round is half heard. */
  function settle(): void {
    if (isTelling) return;
    for (const watch of settling) {
      if (watch.end === undefined || !isHeard(watch.end)) continue;
      settling.delete(watch);
      const { group, session } = watch;
      groups.open(watch);
      for (const change of watch.held.take(Number.POSITIVE_INFINITY)) {
        const news = newsOf(group.filter, change);
        if (news) session.emit(news.event, payloadOf(group.name, news));
      }
      if (watch.isStale) group.isStale = true;
    }
  }

  function arm(): void {
    if (timer !== undefined || isTelling || isClosed) return;
    const due = [pending.oldest, ...groups.stale().map(({ listedAt }) => listedAt + RELIST_MS - WINDOW_MS)];
    const first = Math.min(...due.filter((at) => at !== undefined)) + WINDOW_MS;
    if (!Number.isFinite(first)) return;
    timer = setTimeout(round, Math.max(first, restUntil) - performance.now());
    timer.unref();
  }

  function round(): void {
    timer = undefined;
    if (groups.size === 0) pending.clear();
    isTelling = true;
    tell()
      .catch((err: unknown) => log.warn({ err }, "lists of rooms could not be told"))
      .finally(() => {
        isTelling = false;
        settle();
        arm();
      });
  }

  /** Once encoded for many; few are each sent the text of the room, which all groups share. */
  function send({ name, room, open }: WatchGroup, news: ListNews, texts: Map<RoomView, string>): void {
    if (open.size > FEW || news.event === "room:unlisted") {
      toAll.toRoom(room, news.event, payloadOf(name, news), { local: true });
      return;
    }
    const text = texts.get(news.room) ?? JSON.stringify(news.room);
    texts.set(news.room, text);
    for (const session of open)
      if (mayHoldBytes(text)) session.emit(news.event, { watch: name, room: news.room });
      else session.emitFields(news.event, `"watch":${JSON.stringify(name)},"room":${text}`);
  }

  /** @returns how long it took of this process, in milliseconds */
  async function tellGroups(changes: readonly JoinedChange[]): Promise<number> {
    const texts = new Map<RoomView, string>();
    let busyMs = 0;
    let begun = performance.now();
    async function pause(): Promise<void> {
      busyMs += performance.now() - begun;
      await nextTurn();
      begun = performance.now();
    }
    for (const group of groups.all()) {
      if (performance.now() - group.toldSince > WINDOW_MS) {
        group.toldSince = performance.now();
        group.told = 0;
      }
      for (const change of group.isStale ? [] : changes) {
        const news = newsOf(group.filter, change);
        if (news === undefined) continue;
        if (++group.told > MAX_TOLD) {
          group.isStale = true;
          break;
        }
        send(group, news, texts);
        if (performance.now() - begun > SLICE_MS) await pause();
      }
      if (performance.now() - begun > SLICE_MS) await pause();
    }
    return busyMs + performance.now() - begun;
  }

  async function tell(): Promise<void> {
    const changes = pending.take(performance.now() - WINDOW_MS);
    const busyMs = changes.length === 0 ? 0 : await tellGroups(changes);
    const now = performance.now();
    restUntil = now + Math.min(SHARE * busyMs, MAX_REST_MS);
    const due = groups.stale().filter(({ listedAt }) => now - listedAt >= RELIST_MS);
    for (const group of due.slice(0, RELISTS_AT_ONCE)) {
      group.isStale = false;
      group.listedAt = now;
      if (!(await relist(group))) group.isStale = true;
    }
  }

  /** @returns whether the group has the page */
  async function relist({ name, room, filter, limit }: WatchGroup): Promise<boolean> {
    try {
      const page = await search(filter, { limit }, () => nextTurn());
      const [end] = await store.streams.positions([key]);
      if (end === undefined) return false;
      const until = performance.now() + HEARD_MS;
      while (!isHeard(end) && performance.now() < until) await delay(HEARD_STEP_MS);
      if (!isHeard(end)) return false;
      toAll.toRoom(room, "room:list", { watch: name, ...page }, { local: true });
      return true;
    } catch (err) {
      log.debug({ err }, "a list of rooms could not be read; tried again");
      return false;
    }
  }

  const page = (
    session: GameSession,
    { cursor, limit = ROOMS_PAGE, ...filter }: InputOf<GameContract, "room:list">,
  ): Promise<RoomsPage> =>
    reading.turn(session, (spend) => search(pickFilter(filter), { cursor, limit }, spend));

  function end(watch: RoomWatch): void {
    settling.delete(watch);
    groups.remove(watch);
    if (groups.of(watch.session).length === 0) live.detach(watch.session, key);
  }

  return {
    page,

    /** Watches over all connections of this worker. */
    get size(): number {
      return groups.watches;
    },

    /** @throws GameError `conflict` where the connection watches as many lists as it may */
    async watch(
      session: GameSession,
      { limit = ROOMS_PAGE, ...given }: InputOf<GameContract, "room:watch">,
    ): Promise<ResultOf<GameContract, "room:watch">> {
      const filter = pickFilter(given);
      const name = nameOf(filter, limit);
      groups.check(session, name);
      const { epoch, offset } = await live.attach(session, stream);
      if (!session.connected) throw new GameError("unavailable");
      groups.check(session, name);
      if (epoch !== heard.epoch || offset > heard.offset) heard = { epoch, offset };
      const before = groups.of(session).find(({ group }) => group.name === name);
      if (before !== undefined) settling.delete(before);
      const watch = groups.add(session, { name, filter, limit });
      settling.add(watch);
      try {
        const first = await page(session, { ...filter, limit });
        const [position] = await store.streams.positions([key]);
        if (position === undefined) throw new GameError("unavailable");
        // After the answer, which leaves in the same turn as this promise resolves.
        setImmediate(() => {
          watch.end = position;
          settle();
          arm();
        });
        return { watch: name, ...first };
      } catch (err) {
        end(watch);
        throw err;
      }
    },

    unwatch(session: GameSession, name: string | undefined): void {
      for (const watch of groups.of(session)) if (name === undefined || watch.group.name === name) end(watch);
    },

    leave(session: GameSession): void {
      for (const watch of groups.of(session)) {
        settling.delete(watch);
        groups.remove(watch);
      }
    },

    close(): void {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Only what filters: a command has other fields too. */
const pickFilter = ({ game, phase, open, labels }: RoomFilter): RoomFilter => ({
  ...(game !== undefined && { game }),
  ...(phase !== undefined && { phase }),
  ...(open !== undefined && { open }),
  ...(labels !== undefined && { labels }),
});

function payloadOf(watch: string, news: ListNews) {
  return news.event === "room:listed" ? { watch, room: news.room } : { watch, room_id: news.room_id };
}
